"""What must hold on every timetable: all ways of asking agree with each other and with the oracle."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network import feeds
from tests.network.oracle import Oracle
from zerotrip.network.engine import gtfs, scan
from zerotrip.network.engine.scan import INF, Scanner
from zerotrip.network.engine.timetable import Timetable

NAMES = "ABCDE"
DAY = date(2026, 11, 23)


@st.composite
def some_files(draw: st.DrawFn) -> feeds.Files:
    """A few trips among five stops within some minutes, so that times coincide, runs circle and changes are tight."""
    lines, starts = [], []
    count = draw(st.integers(1, 6))
    for number in range(count):
        stops = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5))
        minute = draw(st.sampled_from([0, 1, 5, 23 * 60 + 55]))
        calls = []
        for place, stop in enumerate(stops):
            arrival = minute + draw(st.sampled_from([0, 0, 1, 3]))
            departure = arrival + draw(st.sampled_from([0, 0, 1]))
            blank = 0 < place < len(stops) - 1 and draw(st.integers(0, 4)) == 0
            marks = [mark for mark in ("nopick", "nodrop") if draw(st.integers(0, 5)) == 0]
            when = f"{_clock(arrival)}-{_clock(departure)}"
            calls.append(" ".join([stop, "" if blank else when, *([] if blank else marks)]).strip() + (" " * blank))
            minute = departure
        lines.append(f"t{number} " + " | ".join(calls))
        if draw(st.integers(0, 5)) == 0:
            starts.append(f"t{number},00:00:00,00:0{draw(st.integers(1, 9))}:00,{draw(st.sampled_from([60, 200]))},1")
    changes = {
        (draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))): (
            draw(st.sampled_from([0, 2, 2, 3])),
            draw(st.sampled_from([0, 60, 300])),
        )
        for _ in range(draw(st.integers(0, 4)))
    }
    services = ["all", "some"]
    return feeds.files(
        stops=feeds.stops(" ".join(NAMES)),
        trips="\n".join(
            ["route_id,service_id,trip_id", *(f"R,{draw(st.sampled_from(services))},t{n}" for n in range(count))]
        ),
        stop_times=feeds.times(*lines),
        calendar=feeds.calendar("all 1111111 20261101 20261130", "some 1100000 20261101 20261130"),
        transfers=feeds.transfers(*(f"{a} {b} {kind} {seconds}" for (a, b), (kind, seconds) in changes.items())),
        frequencies="\n".join(["trip_id,start_time,end_time,headway_secs,exact_times", *starts]),
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


moments = st.integers(0, 12 * 60) | st.integers(86000, 87000)


@settings(max_examples=150, deadline=None)
@given(some_files(), moments, st.integers(1, 600))
def test_every_question_gets_the_same_answer(content: feeds.Files, at: int, later: int) -> None:
    table = Timetable.build(feeds.understood(content), DAY, 2)
    scanner, oracle = Scanner(table), Oracle(content, DAY, 2)
    profiles = {profile.goal: profile for profile in scanner.profiles()}
    plain = Scanner(table, compiled=False)
    for origin, source in table.index.items():
        expected = oracle.arrivals(origin, at)
        everywhere = scanner.arrivals(source, at)
        delayed = scanner.arrivals(source, at + later)
        assert np.all(delayed >= everywhere), "who leaves later never arrives earlier"
        for target, goal in table.index.items():
            found = scanner.arrival(source, goal, at)
            assert found == expected.get(target, INF)
            assert everywhere[goal] == found
            assert profiles[goal].at(source, at) == found
            assert plain.arrival(source, goal, at) == found
            if found < INF:
                latest = scanner.latest(source, goal, found)
                assert latest is not None
                assert latest >= at
                assert scanner.arrival(source, goal, latest) <= found
                assert source == goal or scanner.arrival(source, goal, latest + 1) > found
                assert plain.latest(source, goal, found) == latest
                assert scanner.latest_all(goal, found)[source] == latest
                _walkable(scanner.journey(source, goal, at), origin, target, at, found, content)


def _walkable(legs: tuple | None, origin: str, target: str, at: int, found: int, content: feeds.Files) -> None:
    """The legs lead from origin to target in time, and change only where and as fast as it is possible."""
    assert legs is not None
    here, now, walked, aboard = origin, at, False, False
    same, walks = Oracle(content, DAY, 1).same, Oracle(content, DAY, 1).walks
    for leg in legs:
        assert leg.origin == here
        if leg.trip:
            wait = 0 if walked or not aboard else same.get(here, 0)
            assert wait is not None
            assert leg.departure >= now + wait
            walked, aboard = False, True
        else:
            assert not walked, "nobody walks twice in a row"
            assert leg.departure == now
            assert (leg.target, leg.arrival - now) in walks[here]
            walked = True
        here, now = leg.target, leg.arrival
    assert (here, now) == (target, found)


@settings(max_examples=40, deadline=None)
@given(some_files(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(content: feeds.Files, dice: random.Random) -> None:
    mixed = {}
    for name, text in content.items():
        head, *rows = text.splitlines()
        mixed[name] = "\n".join([head, *dice.sample(rows, len(rows))])
    one, two = (Timetable.build(feeds.understood(files), DAY, 2) for files in (content, mixed))
    for origin in one.stops:
        ours, theirs = (Scanner(table).arrivals(table.index[origin], 60) for table in (one, two))
        assert {stop: ours[one.index[stop]] for stop in one.stops} == {
            stop: theirs[two.index[stop]] for stop in two.stops
        }


@settings(max_examples=40, deadline=None)
@given(some_files(), st.booleans())
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, content: feeds.Files, packed: bool
) -> None:
    feed = feeds.understood(content)
    path = tmp_path_factory.mktemp("feed") / ("feed.zip" if packed else "feed")
    gtfs.write(feed, path)
    again = gtfs.read(path)
    for name in (
        "zone",
        "tables",
        "aside",
        "stops",
        "trips",
        "services",
        "transfers",
        "rounds",
        "first_day",
        "last_day",
    ):
        assert getattr(again, name) == getattr(feed, name), name
    gtfs.write(again, path)
    assert gtfs.read(path).digest == again.digest


def test_scans_work_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba refuses to compile for keeping when no folder can be written; then it compiles for this process only."""
    import numba

    made = numba.njit

    def njit(*arguments: object, **options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return made(*arguments, **options)

    monkeypatch.setattr(numba, "njit", njit)
    scan.kernel.cache_clear()
    table = Timetable.build(feeds.understood(feeds.files()), DAY, 1)
    assert Scanner(table).arrival(table.index["A"], table.index["B"], 0) == 9 * 3600
    scan.kernel.cache_clear()


def test_an_empty_second_day_is_no_trouble() -> None:
    content = feeds.files(calendar=feeds.calendar(f"{feeds.DAILY} 1000000 20261101 20261130"))
    table = Timetable.build(feeds.understood(content), date(2026, 11, 25), 2)
    assert len(table.departure) == 0
    scanner = Scanner(table)
    a, b = table.index["A"], table.index["B"]
    assert scanner.arrival(a, b, 0) == INF
    assert scanner.latest(a, b, 86400) is None
    assert scanner.profile(b).at(a, 0) == INF
    assert scanner.journey(a, a, 5) == ()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_way_of_many_rides_is_told_whole(compiled: bool) -> None:
    """A hundred changes."""
    stops, runs = [f"S{n}" for n in range(101)], [f"r{n}" for n in range(100)]
    lines = [f"r{n} S{n} {n // 6:02}:{n % 6}0 | S{n + 1} {n // 6:02}:{n % 6}5" for n in range(100)]
    feed = feeds.understood(
        feeds.files(
            stops=feeds.stops(" ".join(stops)), trips=feeds.trips(" ".join(runs)), stop_times=feeds.times(*lines)
        )
    )
    table = Timetable.build(feed, date(2026, 11, 24), 2)
    rides = Scanner(table, compiled=compiled).rides(table.index["S0"], table.index["S100"], 0)
    assert rides is not None
    assert [(table.stops[on], table.stops[off]) for on, off, _gap, _dwell in rides[::-1].tolist()] == [*pairwise(stops)]
