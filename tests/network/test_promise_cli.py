"""`zerotrip promise --feed`: any public feed can be tried, without a database."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.network import feeds
from tests.network.oracle import Oracle
from zerotrip.__main__ import main
from zerotrip.network.engine import gtfs

CONTENT = feeds.files(
    stops="stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nA,甲,28,115,0,\nB,乙,28,115,0,S\n"
    "C,丙,28,115,0,\nD,丁,28,115,0,S\nS,站,28,115,1,",
    trips=feeds.trips("one two three"),
    stop_times=feeds.times("one A 8:00 | B 9:00", "two D 9:05 | C 25:00", "three C 20:00 | A 50:00"),
    transfers=feeds.transfers("B D 2 120"),
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROTRIP_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.zip"
    gtfs.write(feeds.understood(CONTENT), path)
    return path


def ask(feed: Path, origin: str, target: str, at: str, *more: str) -> list[str]:
    when = ("--latest", "--by") if "--latest" in more else ("--at",)
    rest = [word for word in more if word != "--latest"]
    return ["promise", "--feed", str(feed), "--from", origin, "--to", target, *when, at, *rest]


def answer(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    assert main([*ask(*arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def leg(run: str | None, origin: str, target: str, departure: str, arrival: str) -> dict[str, str | None]:
    return {"run": run, "from": origin, "to": target, "departure": departure, "arrival": arrival}


def test_an_answer_with_its_legs(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, feed, "A", "C", "2026-11-24T07:10") == {
        "departure": "2026-11-24T08:00:00+08:00",
        "arrival": "2026-11-25T01:00:00+08:00",
        "arrival_p95": None,
        "net": None,
        "legs": [
            leg("one", "A", "B", "2026-11-24T08:00:00+08:00", "2026-11-24T09:00:00+08:00"),
            leg(None, "B", "D", "2026-11-24T09:00:00+08:00", "2026-11-24T09:02:00+08:00"),
            leg("two", "D", "C", "2026-11-24T09:05:00+08:00", "2026-11-25T01:00:00+08:00"),
        ],
    }
    assert main(ask(feed, "A", "C", "2026-11-24T07:10")) == 0
    words = capsys.readouterr().out
    assert "A → C  11-24 08:00 → 11-25 01:00" in words
    assert "步行" in words


def test_the_reverse(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, feed, "A", "C", "2026-11-25T01:30", "--latest")
    assert (found["departure"], found["arrival"]) == ("2026-11-24T08:00:00+08:00", "2026-11-25T01:00:00+08:00")
    found = answer(capsys, feed, "B", "C", "2026-11-25T01:00", "--latest")
    assert found["departure"] == "2026-11-24T09:03:00+08:00", "one has to walk before the run leaves"
    assert answer(capsys, feed, "C", "A", "2026-11-25T01:00", "--latest")["arrival"] is None


def test_times_with_another_zone_and_a_station(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, feed, "A", "S", "2026-11-24T00:00:00Z")["arrival"] == "2026-11-24T09:00:00+08:00"
    assert answer(capsys, feed, "S", "C", "2026-11-24T09:05")["departure"] == "2026-11-24T09:05:00+08:00"
    same = answer(capsys, feed, "S", "S", "2026-11-24T09:05")
    assert (same["departure"], same["arrival"], same["legs"]) == ("2026-11-24T09:05:00+08:00",) * 2 + ([],)


def test_our_own_feeds_know_division_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = feeds.files(
        stops=feeds.stops("P360102014 C360102"), stop_times=feeds.times("早班 P360102014 8:00 | C360102 9:00")
    )
    gtfs.write(feeds.understood(content), tmp_path / "own")
    found = answer(capsys, tmp_path / "own", "360102014", "360102", "2026-11-24T07:10")
    assert [(leg["from"], leg["to"]) for leg in found["legs"]] == [("P360102014", "C360102")]


def test_what_comes_after_the_next_day_is_not_reached(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = {"departure": None, "arrival": None, "arrival_p95": None, "net": None, "legs": []}
    assert answer(capsys, feed, "C", "A", "2026-11-24T19:00") == none, "there only at two on the day after the next"
    assert main(ask(feed, "C", "A", "2026-11-24T19:00")) == 0
    assert "时限内无法到达" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("origin", "target", "at", "sentence"),
    [
        ("A", "X", "2026-11-24T07:10", "时刻表中没有“X”这个站点。"),
        ("A" * 900, "B", "2026-11-24T07:10", "这个站点。"),
        ("A", "B", "2026-12-24T07:10", "时刻表的有效期到 2026-11-30 为止"),
        ("A", "B", "2026-12-03T07:10", "时刻表的有效期到 2026-11-30 为止"),
        ("A", "B", "2026-10-24T07:10", "时刻表从 2026-11-01 起有效"),
        ("A", "B", "0001-01-01T00:00:00+14:00", "时刻表从 2026-11-01 起有效"),
        ("A", "B", "9999-12-31T23:59:59-14:00", "时刻表的有效期到 2026-11-30 为止"),
        ("A", "B", "tomorrow", "应写成 2026-11-24T09:10。"),
        ("A", "B", "2026-13-24T07:10", "应写成 2026-11-24T09:10。"),
    ],
)
@pytest.mark.parametrize("reverse", [[], ["--latest"]])
def test_a_sentence_for_what_cannot_be_asked(
    feed: Path, capsys: pytest.CaptureFixture[str], origin: str, target: str, at: str, sentence: str, reverse: list[str]
) -> None:
    assert main(ask(feed, origin, target, at, *reverse)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1


def test_english_for_who_reads_it(
    feed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert main(ask(feed, "A", "X", "2026-11-24T07:10")) == 1
    assert capsys.readouterr().err == 'There is no stop "X" in the timetable.\n'


def test_a_broken_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK nothing")
    assert main(ask(tmp_path / "bad.zip", "A", "B", "2026-11-24T07:10")) == 1
    assert "bad.zip 不是完整的 zip 文件" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "A", "--to", "B"],
        ["--from", "A", "--to", "B", "--at", "x", "--latest"],
        ["--by", "x", "--queries", "y"],
        [],
    ],
)
def test_wrong_usage(feed: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["promise", "--feed", str(feed), *arguments])
    assert ended.value.code == 2


def lines_of(feed: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    file = tmp_path / "queries.ndjson"
    file.write_text(text, encoding="utf-8")
    assert main(["promise", "--feed", str(feed), "--queries", str(file)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_bad_line_is_named_in_its_place(feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = '{"from": "A", "to": "B", "at": "2026-11-24T07:10"}'
    bad = ["{", "[]", "1", "null", '{"from": "A"}', '{"from": "A", "to": ["B"], "at": "2026-11-24"}', "[" * 5000,
           '{"from": "A", "to": "X", "at": "2026-11-24"}', '{"from": "A", "to": "B", "at": ""}', "\ufeff"]  # fmt: skip
    found = lines_of(
        feed, tmp_path, "\n".join([good, *bad, '{"from": "A", "to": "B", "by": "2026-11-24T09:00"}']), capsys
    )
    assert [set(one) == {"error"} for one in found] == [False, *[True] * len(bad), False]
    assert found[0] == found[-1]
    assert lines_of(feed, tmp_path, f"\ufeff{good}\r\n\r\n", capsys) == found[:1], "as some editors save it"


def test_many_questions_are_answered_in_their_order(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(7)
    questions = [
        (*dice.choices("ABCD", k=2), datetime(2026, 11, dice.randrange(1, 29), dice.randrange(24), dice.randrange(60)))
        for _ in range(200)
    ]
    text = "\n".join(json.dumps({"from": a, "to": b, "at": at.isoformat()}) for a, b, at in questions)
    found = lines_of(feed, tmp_path, text, capsys)
    assert len(found) == len(questions)
    for (origin, target, at), one in zip(questions, found, strict=True):
        midnight = datetime.combine(at.date(), datetime.min.time())
        oracle = Oracle(CONTENT, at.date(), 2)
        expected = oracle.arrivals(origin, int((at - midnight).total_seconds()), 2 * 86400).get(target)
        arrival = one["arrival"] and datetime.fromisoformat(one["arrival"]).replace(tzinfo=None)
        assert arrival == (None if expected is None else midnight + timedelta(seconds=expected))


def test_it_is_read_once_and_again_when_it_changes(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = answer(capsys, feed, "A", "C", "2026-11-24T07:10")
    (kept,) = (tmp_path / "var" / "cache").glob("plan-*.npz")
    assert answer(capsys, feed, "A", "C", "2026-11-24T07:10") == first
    kept.write_bytes(b"torn")
    assert answer(capsys, feed, "A", "C", "2026-11-24T07:10") == first
    gtfs.write(feeds.understood(CONTENT | {"transfers": feeds.transfers("B D 2 600")}), feed)
    assert answer(capsys, feed, "A", "C", "2026-11-24T07:10")["arrival"] is None


def test_without_a_folder_to_keep_anything_in(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZEROTRIP_VAR", str(tmp_path / "file"))
    assert answer(capsys, feed, "A", "B", "2026-11-24T07:10")["arrival"]


def test_it_loads_neither_the_product_nor_the_compiler(feed: Path, tmp_path: Path) -> None:
    """A process of its own: what it has loaded at the end shows why it starts quickly."""
    script = (
        "import sys; from zerotrip.__main__ import main; code = main(sys.argv[1:]);"
        "print(code, sorted({m.split('.')[0] for m in sys.modules} & {'django', 'numba', 'psycopg', 'networkx'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *ask(feed, "A", "B", "2026-11-24T07:10", "--json")],
        capture_output=True, text=True, encoding="utf-8", check=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_public_feed_answers(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project.parent / "shared" / "data" / "cairns_gtfs.zip"
    if not path.exists():
        pytest.skip("the public feed is not beside the project")
    found = answer(capsys, path, "750069", "750311", "2014-06-02T05:00")
    assert found["arrival"] == "2014-06-02T10:30:00+10:00"
    assert main(ask(path, "750069", "750311", f"{date(2015, 1, 5)}T05:00")) == 1
    assert "2014-12-28" in capsys.readouterr().err


def test_what_arrives_as_the_next_day_ends_is_still_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Published in whole minutes, the last hop has no duration: it leaves when the day is over and is there at once."""
    content = feeds.files(
        stops=feeds.stops("A B C D"),
        trips=feeds.trips("late early"),
        stop_times=feeds.times("late A 23:58 | B 24:00 | C 24:00", "early B 0:00 | D 0:00"),
    )
    gtfs.write(feeds.understood(content), tmp_path / "feed.zip")
    midnight = "2026-11-26T00:00:00+08:00"
    for target in ("B", "C", "D"):
        assert answer(capsys, tmp_path / "feed.zip", "A", target, "2026-11-24T23:59")["arrival"] == midnight


def test_the_day_before_begins_at_midnight_though_the_clocks_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """29 March 2026 has 23 hours in Berlin: counted back from noon its hours begin on the evening before."""
    content = feeds.files(
        agency="agency_id,agency_name,agency_url,agency_timezone\npost,Post,https://example.com/,Europe/Berlin",
        trips=feeds.trips("evening morning", "spring"),
        stop_times=feeds.times("evening A 23:30 | B 23:40", "morning A 0:10 | B 0:20"),
        calendar=feeds.calendar("spring 0000011 20260328 20260329"),
    )
    gtfs.write(feeds.understood(content), tmp_path / "feed.zip")

    def latest(by: str) -> str | None:
        return answer(capsys, tmp_path / "feed.zip", "A", "B", by, "--latest")["departure"]

    assert latest("2026-03-30T10:00") == "2026-03-29T23:30:00+02:00"
    assert latest("2026-03-30T23:00") == "2026-03-29T23:30:00+02:00"
    assert latest("2026-03-29T01:00") == "2026-03-28T23:30:00+01:00"
    assert latest("2026-03-30T00:00") is not None
    gtfs.write(feeds.understood(content | {"calendar": feeds.calendar("spring 0000010 20260328 20260328"),
                                           "calendar_dates": "service_id,date,exception_type\nspring,20260331,1"}),
               tmp_path / "gap.zip")  # fmt: skip
    found = answer(capsys, tmp_path / "gap.zip", "A", "B", "2026-03-30T10:00", "--latest")
    assert found["departure"] is None
