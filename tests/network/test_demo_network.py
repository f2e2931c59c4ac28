"""The demo province's timetable: as its rules say, the same every time, and accepted by a validator of others."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from zerotrip.demo import network, network_feed
from zerotrip.network.engine import gtfs
from zerotrip.rules.calendar_cn import packaged

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("feed")
    network_feed.write(made, FIRST, LAST)
    return made


@pytest.fixture(scope="module")
def feed(folder: Path) -> gtfs.Feed:
    return gtfs.read(folder)


def test_every_township_county_city_and_province_has_its_stop() -> None:
    tiers = Counter(stop.tier for stop in network.plan().stops.values())
    assert tiers == {"hub": 1, "city": 11, "county": 100, "outlet": 1581, "away": 30}


def test_it_is_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    network_feed.write(tmp_path, FIRST, LAST)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_a_working_day_is_as_busy_as_promised(feed: gtfs.Feed) -> None:
    def hops(day: date) -> int:
        return sum(len(t.calls) - 1 for t in feed.trips.values() if feed.services[t.service].runs(day))

    tuesday, sunday, national_day, exchange = (
        date(2026, 3, 3), date(2026, 3, 8), date(2026, 10, 1), date(2026, 2, 14),
    )  # fmt: skip
    assert hops(tuesday) >= 13_000 > hops(sunday) > hops(national_day) > 5_000
    assert packaged().is_working_day(exchange)
    assert hops(exchange) == hops(tuesday)


def test_every_place_has_somebody_who_collects_and_delivers(feed: gtfs.Feed) -> None:
    rounds = Counter((one.stop, one.kind) for one in feed.rounds)
    for stop in feed.stops:
        for kind in ("collection", "delivery"):
            assert rounds[stop, kind] >= 1, (stop, kind)
    assert all(one.start < one.end for one in feed.rounds)


def test_outlets_are_served_two_to_six_times_a_day_and_never_at_noon(feed: gtfs.Feed) -> None:
    for trip in feed.trips.values():
        if not trip.id.startswith("T"):
            continue
        for call in trip.calls[1:-1]:
            arrives, departs = call.arrival // 60, call.departure // 60
            if 12 * 60 <= arrives < 13 * 60 + 30:
                assert departs >= 13 * 60 + 30, trip.id
    a_day = Counter(
        call.stop for t in feed.trips.values() if t.id.startswith("T") for call in {c.stop: c for c in t.calls}.values()
    )
    assert {n for stop, n in a_day.items() if stop.startswith("P")} <= {2, 3, 4, 6}


def test_a_validator_of_others_finds_no_error(folder: Path, tmp_path: Path) -> None:
    from gtfs_validator import cli  # type: ignore[import-untyped]

    cli.main(["-i", str(folder), "-o", str(tmp_path)])
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert not [notice["code"] for notice in report["notices"] if notice["severity"] == "ERROR"]
