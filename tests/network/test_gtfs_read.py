"""Reading feeds as they come: whole ones, and all the ways to break them. A mistake is a sentence with file and row."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network import feeds
from zerotrip.network.engine import gtfs, gtfs_files
from zerotrip.network.engine.gtfs import NEVER_CHANGE, Feed, FeedRefused, Finding
from zerotrip.network.engine.scan import INF, Scanner
from zerotrip.network.engine.timetable import FeedEnded, Timetable

DAY = date(2026, 11, 24)


def refusal(**changed: str) -> Finding:
    """The first error of the small feed with these files changed."""
    with pytest.raises(FeedRefused) as caught:
        feeds.understood(feeds.files(**changed))
    return caught.value.report[0]


def warnings(feed: Feed) -> list[str]:
    return [f.sentence() for f in feed.report if f.severity == "warning"]


def earliest(feed: Feed, origin: str, target: str, at: str, day: date = DAY) -> str:
    """The earliest arrival of who is at `origin` at this time of day; "" if never within two days."""
    table = Timetable.build(feed, day, 2)
    hours, minutes = map(int, at.split(":"))
    found = Scanner(table).arrival(table.index[origin], table.index[target], hours * 3600 + minutes * 60, table.end)
    return "" if found == INF else f"{table.moment(found):%d %H:%M:%S}"


def zipped(path: Path, content: dict[str, bytes], folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(folder + name, data)
    return path


def as_bytes(content: feeds.Files) -> dict[str, bytes]:
    return {f"{name}.txt": text.encode() for name, text in content.items()}


# ── what a feed says


def test_a_small_post() -> None:
    feed = feeds.understood(feeds.files())
    assert (feed.zone, feed.first_day, feed.last_day) == ("Asia/Shanghai", date(2026, 11, 1), date(2026, 11, 30))
    assert earliest(feed, "A", "B", "07:59") == "24 09:00:00"
    assert earliest(feed, "A", "B", "08:00") == "24 09:00:00"
    assert earliest(feed, "A", "B", "08:01") == "25 09:00:00"
    assert earliest(feed, "B", "A", "00:00") == ""


def test_a_run_past_midnight_belongs_to_its_day_of_service() -> None:
    content = feeds.files(
        stop_times=feeds.times("早班 A 23:30 | B 24:40-25:00 | A 26:00"),
        calendar=feeds.calendar(f"{feeds.DAILY} 0100000 20261101 20261130"),  # Tuesdays
    )
    feed = feeds.understood(content)
    assert earliest(feed, "B", "A", "00:30", date(2026, 11, 25)) == "25 02:00:00", "Wednesday morning, Tuesday's run"
    assert earliest(feed, "B", "A", "00:30", date(2026, 11, 19)) == ""


def test_blank_times_are_spread_evenly() -> None:
    feed = feeds.understood(
        feeds.files(stops=feeds.stops("A C D B"), stop_times=feeds.times("早班 A 8:00-8:30 | C | D | B 9:30-9:40"))
    )
    assert [(c.stop, c.arrival // 60) for c in feed.trips["早班"].calls] == [
        ("A", 480),
        ("C", 530),
        ("D", 550),
        ("B", 570),
    ]


def test_only_one_of_the_two_times() -> None:
    text = "trip_id,stop_sequence,stop_id,arrival_time,departure_time\n早班,1,A,,8:00:00\n早班,5,B,9:00:00,"
    feed = feeds.understood(feeds.files(stop_times=text))
    assert [(c.arrival, c.departure) for c in feed.trips["早班"].calls] == [(28800, 28800), (32400, 32400)]


def test_where_one_may_not_board_or_alight() -> None:
    calls = "早班 A 8:00 nodrop | C 8:30 nopick | D 8:45 nodrop | B 9:00 nopick"
    feed = feeds.understood(feeds.files(stops=feeds.stops("A B C D"), stop_times=feeds.times(calls)))
    reached = {pair: bool(earliest(feed, *pair, "07:00")) for pair in ("AB", "AC", "AD", "CB", "DB")}
    assert reached == {"AB": True, "AC": True, "AD": False, "CB": False, "DB": True}


def test_exceptions_add_and_take_away_days() -> None:
    dates = f"service_id,date,exception_type\n{feeds.DAILY},20261124,2\n{feeds.DAILY},20261205,1"
    feed = feeds.understood(feeds.files(calendar_dates=dates))
    assert earliest(feed, "A", "B", "07:00") == "25 09:00:00"
    assert feed.last_day == date(2026, 12, 5)
    assert earliest(feed, "A", "B", "07:00", date(2026, 12, 4)) == "05 09:00:00"


def test_a_feed_with_dates_alone() -> None:
    dates = f"service_id,date,exception_type\n{feeds.DAILY},20261124,1"
    feed = feeds.understood(feeds.files(calendar="", calendar_dates=dates))
    assert (feed.first_day, feed.last_day) == (DAY, DAY)


@pytest.mark.parametrize("exact", ["1", "0", ""])
def test_runs_repeated_by_a_headway(exact: str) -> None:
    often = f"trip_id,start_time,end_time,headway_secs,exact_times\n早班,10:00:00,11:00:00,1200,{exact}"
    feed = feeds.understood(feeds.files(frequencies=often))
    assert earliest(feed, "A", "B", "07:00") == "24 11:00:00", "the times of stop_times are only the pattern"
    assert earliest(feed, "A", "B", "10:21") == "24 11:40:00"
    assert earliest(feed, "A", "B", "10:41") == "25 11:00:00", "none begins at the end time"
    assert bool(warnings(feed)) == (exact != "1"), "an approximate headway is read as an exact one, and said so"


CHANGE = feeds.files(
    stops=feeds.stops("A B C D"),
    trips=feeds.trips("one two three"),
    stop_times=feeds.times("one A 8:00 | B 9:00", "two B 9:05 | C 10:00", "three D 9:10 | C 9:30"),
)


@pytest.mark.parametrize(
    ("rules", "arrival"),
    [
        ((), "24 10:00:00"),
        (("B B 2 300",), "24 10:00:00"),
        (("B B 2 301",), "25 10:00:00"),
        (("B B 3 ",), ""),
        (("B D 2 600",), "24 09:30:00"),
        (("B D 2 601",), "24 10:00:00"),
        (("B D 0 ",), "24 09:30:00"),
        (("B D 1 ", "B B 3 "), "24 09:30:00"),
        (("B D 3 ",), "24 10:00:00"),
        (("D B 2 60",), "24 10:00:00"),
        (("A D 2 60", "D C 2 60"), "24 09:30:00"),
        (("B C 2 600",), "24 09:10:00"),
    ],
)
def test_changing(rules: tuple[str, ...], arrival: str) -> None:
    feed = feeds.understood(CHANGE | {"transfers": feeds.transfers(*rules)})
    assert earliest(feed, "A", "C", "07:00") == arrival


def test_staying_aboard_needs_no_transfer_time_and_nor_does_boarding() -> None:
    content = CHANGE | {
        "transfers": feeds.transfers("A A 3 ", "B B 3 "),
        "stop_times": feeds.times("one A 8:00 | B 9:00 | C 9:20", "two B 9:05 | C 10:00", "three D 9:10 | C 9:30"),
    }
    assert earliest(feeds.understood(content), "A", "C", "07:00") == "24 09:20:00"


def test_a_rule_for_a_station_holds_for_its_platforms() -> None:
    platforms = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nA,甲,28,115,0,\nC,丙,28,115,0,\n"
    content = CHANGE | {
        "stops": platforms + "S,站,28.1,115.1,1,\nB,二,28.1,115.1,0,S\nD,四,28.1,115.1,0,S",
        "transfers": feeds.transfers("S S 2 900", "B D 2 60"),
    }
    feed = feeds.understood(content)
    assert feed.transfers == {("B", "B"): 900, ("B", "D"): 60, ("D", "B"): 900, ("D", "D"): 900}
    assert earliest(feed, "A", "C", "07:00") == "24 09:30:00"
    assert feed.platforms("S") == ("B", "D")
    assert feeds.understood(CHANGE | {"transfers": feeds.transfers("B B 3 ")}).transfers[("B", "B")] == NEVER_CHANGE


def test_clocks_that_change() -> None:
    """On the day summer time ends, service times still count from noon minus twelve hours: 01:00 of the wall clock."""
    content = feeds.files(
        agency="agency_id,agency_name,agency_url,agency_timezone\npost,Post,https://example.com/,Europe/Berlin",
        stop_times=feeds.times("早班 A 3:00 | B 26:00"),
        calendar=feeds.calendar(f"{feeds.DAILY} 1111111 20261024 20261025"),
    )
    table = Timetable.build(feeds.understood(content), date(2026, 10, 25), 2)
    assert table.base.isoformat() == "2026-10-25T01:00:00+02:00"
    leaves = [table.moment(int(seconds)).isoformat() for seconds in table.departure]
    assert leaves == ["2026-10-25T03:00:00+01:00"], "three o'clock on the wall, four hours after midnight"
    assert table.moment(int(table.arrival[0])).isoformat() == "2026-10-26T02:00:00+01:00"
    spring = Timetable.build(
        feeds.understood(content | {"calendar": feeds.calendar(f"{feeds.DAILY} 1111111 20260328 20260330")}),
        date(2026, 3, 28),
        3,
    )
    assert [spring.moment(int(s)).isoformat() for s in spring.departure] == [
        "2026-03-28T03:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T03:00:00+02:00",
    ]


def test_courier_rounds() -> None:
    head = "round_id,stop_id,kind,service_id,start_time,end_time"
    feed = feeds.understood(feeds.files(rounds=f"{head}\nr1,A,collection,{feeds.DAILY},08:30:00,11:00:00"))
    (one,) = feed.rounds
    assert (one.stop, one.kind, one.start, one.end) == ("A", "collection", 30600, 39600)
    wrong = refusal(rounds=f"{head}\nr1,X,lunch,{feeds.DAILY},08:30:00,07:00:00")
    assert (wrong.file, wrong.row) == ("rounds.txt", 2)


def test_a_feed_that_has_ended_is_refused() -> None:
    feed = feeds.understood(feeds.files())
    with pytest.raises(FeedEnded, match="2026-11-30") as ended:
        Timetable.build(feed, date(2026, 12, 2), 2)
    assert "ended on 2026-11-30" in ended.value.en
    with pytest.raises(FeedEnded, match="2026-11-01"):
        Timetable.build(feed, date(2026, 10, 29), 3)
    Timetable.build(feed, date(2026, 10, 29), 4)


# ── how files come


def test_marks_line_ends_quotes_and_spaces(tmp_path: Path) -> None:
    content = as_bytes(feeds.files())
    content["stops.txt"] = (
        '\ufeffstop_id, stop_name ,stop_lat,stop_lon\r\nA ,"甲, ""北门""",28.1,115.1\r\n\r\nB,,28.5,115.5\r\n'
    ).encode()
    feed = gtfs.read(zipped(tmp_path / "feed.zip", content))
    assert feed.stops["A"].name == '甲, "北门"'
    assert feed.stops["B"].name == "B"
    assert gtfs.read(zipped(tmp_path / "deep.zip", content, "feed/")).stops == feed.stops


def test_other_files_are_kept_aside(tmp_path: Path) -> None:
    content = as_bytes(feeds.files()) | {"shapes.txt": b"shape_id\n1\n", "readme.md": b"\x00\xff", "深.txt": b""}
    feed = gtfs.read(zipped(tmp_path / "feed.zip", content))
    assert sorted(f.file for f in feed.report if f.severity == "note") == ["readme.md", "shapes.txt", "深.txt"]
    gtfs.write(feed, tmp_path / "again")
    assert (tmp_path / "again" / "readme.md").read_bytes() == b"\x00\xff"
    assert gtfs.read(tmp_path / "again").aside == feed.aside


def test_what_is_no_feed(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "feed.zip", as_bytes(feeds.files())).read_bytes()
    bad = {
        "cut.zip": whole[:-40],
        "half.zip": whole[: len(whole) // 2],
        "text.zip": b"not a zip at all",
        "empty.zip": b"",
        "broken.zip": whole[:50] + bytes(60) + whole[110:],
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FeedRefused, match="不是完整的 zip"):
            gtfs.read(tmp_path / name)
    with pytest.raises(FeedRefused, match="没有") as caught:
        gtfs.read(tmp_path / "nowhere")
    assert "no file or folder" in caught.value.en
    (tmp_path / "void").mkdir()
    with pytest.raises(FeedRefused, match="缺少这个必需的文件") as caught:
        gtfs.read(tmp_path / "void")
    assert {f.file for f in caught.value.report} == {
        f"{n}.txt" for n in ("agency", "stops", "routes", "trips", "stop_times")
    }


def test_a_zip_that_swells_up_is_left_alone(tmp_path: Path) -> None:
    content = as_bytes(feeds.files()) | {"stop_times.txt": b"0" * 30_000_000}
    path = zipped(tmp_path / "bomb.zip", content)
    assert path.stat().st_size < 100_000
    with pytest.raises(FeedRefused, match="解压后超过 10 MB"):
        gtfs.read(path, largest=10 << 20)
    folder = tmp_path / "bomb"
    folder.mkdir()
    (folder / "stop_times.txt").write_bytes(content["stop_times.txt"])
    with pytest.raises(FeedRefused, match="解压后超过 10 MB"):
        gtfs.read(folder, largest=10 << 20)


@pytest.mark.parametrize(
    ("name", "data", "row"),
    [
        ("stops.txt", "stop_id,stop_name\n甲".encode("gb18030"), 2),
        ("stops.txt", b'stop_id\n"A\n', 2),
        ("stops.txt", b"stop_id,stop_id\nA,B\n", 1),
        ("stops.txt", b"stop_id,stop_lat,stop_lon\nA,28,115,7\n", 2),
        ("stops.txt", b"", None),
        ("stops.txt", b"stop_id\n" + b"A" * 200_000, 2),
        ("stops.txt", b"stop_id\n" + b"," * 2_000_000, 1),
        ("stops.txt", b"," * 2_000_000, 0),
        ("trips.txt", b"route_id,trip_id\nR,x\n", 1),
    ],
)
def test_files_that_are_no_tables(name: str, data: bytes, row: int | None) -> None:
    with pytest.raises(FeedRefused) as caught:
        gtfs.understand(as_bytes(feeds.files()) | {name: data})
    first = caught.value.report[0]
    assert (first.severity, first.file, first.row) == ("error", name, row)


# ── what rows may say

HEAD = "trip_id,stop_sequence,stop_id,arrival_time,departure_time\n"
CALENDAR = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n每日,"
FREQUENCY = "trip_id,start_time,end_time,headway_secs\n早班,"


@pytest.mark.parametrize(
    ("file", "text", "row"),
    [
        ("agency", "agency_name,agency_url,agency_timezone", None),
        ("agency", "agency_name,agency_url,agency_timezone\n邮政,u,Mars/Base", 2),
        ("agency", "agency_name,agency_url,agency_timezone\n邮政,u,../../etc/passwd", 2),
        ("agency", "agency_id,agency_name,agency_url,agency_timezone\na,甲,u,UTC\nb,乙,u,Asia/Shanghai", 3),
        ("agency", "agency_id,agency_name,agency_url,agency_timezone\na,甲,u,UTC\na,乙,u,UTC", 3),
        ("stops", "stop_id,stop_lat,stop_lon\nA,28,115\nB,28,115\nA,28,115", 4),
        ("stops", "stop_id,stop_lat,stop_lon\nA,91,115\nB,28,115", 2),
        ("stops", "stop_id,stop_lat,stop_lon\nA,28,nan\nB,28,115", 2),
        ("stops", "stop_id,stop_lat,stop_lon,parent_station\nA,28,115,B\nB,28,115,", 2),
        ("stops", "stop_id,stop_lat,stop_lon,parent_station\nA,28,115,S\nB,28,115,", 2),
        ("stops", "stop_id,stop_lat,stop_lon,location_type\nA,28,115,9\nB,28,115,", 2),
        ("stops", "stop_id,stop_lat,stop_lon\n,28,115\nA,28,115\nB,28,115", 2),
        ("routes", "route_id,route_type\nR,bus", 2),
        ("routes", "route_id,agency_id,route_type\nR,nobody,3", 2),
        ("trips", "route_id,service_id,trip_id\nX,每日,早班", 2),
        ("trips", "route_id,service_id,trip_id\nR,从不,早班", 2),
        ("trips", "route_id,service_id,trip_id\nR,每日,早班\nR,每日,早班", 3),
        ("stop_times", HEAD + "早班,1,A,8:00:00,8:00:00\n早班,2,X,9:00:00,9:00:00", 3),
        ("stop_times", HEAD + "晚班,1,A,8:00:00,8:00:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("stop_times", HEAD + "早班,1,A,8:00:00,8:00:00\n早班,2,B,7:00:00,7:00:00", 3),
        ("stop_times", HEAD + "早班,1,A,8:10:00,8:00:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("stop_times", HEAD + "早班,1,A,8:00:00,8:00:00\n早班,1,B,9:00:00,9:00:00", 3),
        ("stop_times", HEAD + "早班,1,A,8:00:00,8:00:00\n早班,2,B,,", 3),
        ("stop_times", HEAD + "早班,1,A,8:00,8:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("stop_times", HEAD + "早班,1,A,8:00:00,8:00:00\n早班,2,B,999:00:00,999:00:00", 3),
        ("stop_times", HEAD + "早班,-1,A,8:00:00,8:00:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("stop_times", HEAD + f"早班,{'9' * 5000},A,8:00:00,8:00:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("stop_times", HEAD + "早班,１,A,8:00:00,8:00:00\n早班,2,B,9:00:00,9:00:00", 2),
        ("calendar", CALENDAR + "1,1,1,1,1,1,1,20261301,20261130", 2),
        ("calendar", CALENDAR + "1,1,1,1,1,1,1,20261130,20261101", 2),
        ("calendar", CALENDAR + "1,1,1,1,1,1,2,20261101,20261130", 2),
        ("calendar", CALENDAR + "1,1,1,1,1,1,1,00010101,99991231", 2),
        ("calendar", CALENDAR + "0,0,0,0,0,0,0,20261101,20261130", None),
        ("calendar", "", None),
        ("calendar_dates", "service_id,date,exception_type\n每日,20261124,3", 2),
        ("calendar_dates", "service_id,date,exception_type\n每日,20261124,1\n每日,20261124,2", 3),
        ("frequencies", FREQUENCY + "08:00:00,09:00:00,0", 2),
        ("frequencies", FREQUENCY + "09:00:00,08:00:00,60", 2),
        ("frequencies", FREQUENCY + "00:00:00,99:00:00,1", 2),
        ("frequencies", FREQUENCY + "8am,09:00:00,60", 2),
        ("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,X,2,60", 2),
        ("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,2,", 2),
        ("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,2,-60", 2),
        ("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,7,60", 2),
        ("transfers", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,2,99999999999999999999", 2),
    ],
)
def test_mistakes_are_named(file: str, text: str, row: int | None) -> None:
    first = refusal(**{file: text})
    assert (first.severity, first.row) == ("error", row)
    assert first.file in ({f"{file}.txt"} if row else {f"{file}.txt", ""})
    assert first.zh.endswith("。")
    assert first.en.endswith(".")
    assert len(first.zh) < 120


def test_trips_call_at_platforms() -> None:
    first = refusal(stops="stop_id,stop_lat,stop_lon,location_type\nA,28,115,1\nB,28,115,")
    assert (first.file, first.row) == ("stop_times.txt", 2)
    assert "不是站台" in first.zh


def test_what_is_odd_but_usable_is_a_warning() -> None:
    content = feeds.files(
        trips=feeds.trips("早班 空班"),
        transfers="from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id\n,,4,早班,空班\nA,B,1,早班,",
    )
    feed = feeds.understood(content)
    assert list(feed.trips) == ["早班"]
    assert feed.transfers == {}
    assert [sentence.split(" ")[0] for sentence in warnings(feed)] == [
        "trips.txt:3",
        "transfers.txt:2",
        "transfers.txt:3",
    ]


def test_commas_at_the_end_of_a_row_do_no_harm() -> None:
    head, *rows = feeds.files()["stop_times"].splitlines()
    feed = feeds.understood(feeds.files(stop_times="\n".join([head, *(f"{row},, " for row in rows)])))
    assert [call.stop for call in feed.trips["早班"].calls] == ["A", "B"]
    assert [sentence.split(" ")[0] for sentence in warnings(feed)] == ["stop_times.txt:2", "stop_times.txt:3"]
    assert "有 9 列" in refusal(stop_times="\n".join([head, *(f"{row},,x" for row in rows)])).zh


def test_what_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    head = "trip_id,start_time,end_time,headway_secs,exact_times\n"
    often = "\n".join(f"t{n},00:00:00,27:00:00,10,1" for n in range(300))
    names = " ".join(f"t{n}" for n in range(300))
    times = feeds.times(*(f"{name} A 8:00 | B 9:00" for name in names.split()))
    content = {"trips": feeds.trips(names), "stop_times": times, "frequencies": head + often}
    assert refusal(**content).zh == "重复的班次总数过多。"
    monkeypatch.setattr(gtfs_files, "MOST_ROWS", 1000)
    assert refusal(stops=feeds.files()["stops"] + "\n" * 1000).zh == "超过 1000 行，不予读取。"


def test_the_same_mistake_many_times_is_counted() -> None:
    rows = "\n".join(f"早班,{n},X,8:00:00,8:00:00" for n in range(500))
    with pytest.raises(FeedRefused) as caught:
        feeds.understood(feeds.files(stop_times=HEAD + rows))
    assert len(caught.value.report) == 21
    assert caught.value.report[-1].zh == "同样的问题还有 480 处。"
    assert caught.value.zh.endswith("（另有 20 个问题）")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_is_a_sentence(data: st.DataObject) -> None:
    """Bytes changed, cut or doubled anywhere: the feed is read or refused, never anything else."""
    content = as_bytes(CHANGE | {"transfers": feeds.transfers("B B 2 300")})
    name = data.draw(st.sampled_from(sorted(content)))
    raw = content[name]
    at = data.draw(st.integers(0, len(raw)))
    junk = data.draw(st.binary(max_size=6) | st.sampled_from([b'"', b",", b"\n", b"\x00", b"99999999999", b"-1"]))
    content[name] = raw[:at] + junk + raw[data.draw(st.integers(at, min(len(raw), at + 20))) :]
    try:
        feed = gtfs.understand(content)
    except FeedRefused as refused:
        report = refused.report
    else:
        Timetable.build(feed, feed.first_day, 2)
        report = feed.report
    assert all(finding.zh.endswith("。") and finding.en.endswith(".") for finding in report)
