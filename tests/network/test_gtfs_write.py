"""What is written is a feed for others too: a validator that nobody here wrote finds no error in it."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.network import feeds
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.gtfs import FeedRefused, Table

RULES = ["from_stop_id,to_stop_id,transfer_type,min_transfer_time", "B,B,2,900"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_validator_accepts_it(tmp_path: Path, packed: bool) -> None:
    content = feeds.files(
        stops=feeds.stops("A B C"),
        trips=feeds.trips("早班 晚班"),
        stop_times=feeds.times("早班 A 8:00 | B 9:00-9:20 | C 10:00", "晚班 C 22:00 | A 26:00"),
        transfers="\n".join(RULES),
        feed_info="feed_publisher_name,feed_publisher_url,feed_lang,feed_version\n邮政,https://example.com/,zh,1",
        rounds=f"round_id,stop_id,kind,service_id,start_time,end_time\nr,A,collection,{feeds.DAILY},09:00:00,11:00:00",
    )
    path = tmp_path / ("feed.zip" if packed else "feed")
    gtfs.write(feeds.understood(content), path)
    tool = Path(sysconfig.get_path("scripts")) / "gtfs-validator"
    subprocess.run([tool, "-i", path, "-o", tmp_path / "report", "-d", "2026-11-24"], check=True, capture_output=True)
    notices = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))["notices"]
    assert [notice["code"] for notice in notices if notice["severity"] == "ERROR"] == []
    assert "unknown_file" in {notice["code"] for notice in notices}, "rounds.txt is ours, and passed over"


def test_the_same_feed_makes_the_same_zip(tmp_path: Path) -> None:
    feed = feeds.understood(feeds.files())
    for name in ("one.zip", "two.zip"):
        gtfs.write(feed, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_feed_made_in_a_program_is_checked_too() -> None:
    tables = {name: feeds.understood(feeds.files()).tables[name] for name in ("agency", "routes", "trips", "calendar")}
    tables["stops"] = Table.of(["stop_id", "stop_lat", "stop_lon"], [("A", 28.1, 115.1), ("B", 28.5, 115.5)])
    columns = ["trip_id", "stop_sequence", "stop_id", "arrival_time", "departure_time"]
    calls = [("早班", 1, "A", None, "08:00:00"), ("早班", 2, "B", "09:00:00", None)]
    tables["stop_times"] = Table.of(columns, calls)
    assert gtfs.from_tables(tables, name="made").trips["早班"].calls[1].departure == 9 * 3600
    tables["stop_times"] = Table.of(columns, [*calls, ("早班", 3, "C", "10:00:00", None)])
    with pytest.raises(FeedRefused, match=r"stop_times.txt:4 stop_id 指向 stops.txt 中没有的“C”。"):
        gtfs.from_tables(tables)
