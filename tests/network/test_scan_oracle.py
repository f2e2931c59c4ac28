"""The scan against Dijkstra on a time-expanded graph: the same arrivals on two whole feeds."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from tests.network.oracle import Oracle
from zerotrip.demo import network_feed
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.scan import INF, Scanner
from zerotrip.network.engine.timetable import Timetable

SOURCES, TARGETS = 20, 100


def equal_on_random_queries(content: Mapping[str, str], path: Path, days: tuple[date, ...]) -> None:
    """2,000 random questions: places, days and times of day, answered by the end of the next day."""
    dice = random.Random(20261124)
    feed = gtfs.read(path)
    stops = sorted(feed.stops)
    reached = 0
    for day in days:
        table = Timetable.build(feed, day, 2)
        scanner, oracle = Scanner(table), Oracle(content, day, 2)
        for _ in range(SOURCES // len(days)):
            origin, at = dice.choice(stops), dice.randrange(86400)
            expected = oracle.arrivals(origin, at, until=2 * 86400)
            everywhere = scanner.arrivals(table.index[origin], at, table.end)
            for target in dice.choices(stops, k=TARGETS):
                pair = table.index[origin], table.index[target]
                found = scanner.arrival(*pair, at, table.end)
                assert found == expected.get(target, INF), (day, origin, target, at)
                assert everywhere[pair[1]] == found
                legs = scanner.journey(*pair, at, table.end)
                if legs is not None:
                    follows(table, legs, origin, target, at, found)
                    reached += 1
    assert reached > SOURCES * TARGETS // 4


def follows(table: Timetable, legs: tuple, origin: str, target: str, at: int, found: int) -> None:
    """The legs are really there, one after the other."""
    here, now = origin, at
    for leg in legs:
        assert (leg.origin, leg.departure >= now) == (here, True)
        ride = [leg.enter]
        while ride[-1] != leg.leave:
            ride.append(int(table.following[ride[-1]]))
        assert {int(table.run[c]) for c in ride} == {leg.run}
        assert (int(table.departure[leg.enter]), int(table.arrival[leg.leave])) == (leg.departure, leg.arrival)
        here, now = leg.target, leg.arrival
    assert (here, now) == (target, found)


def test_a_public_feed(project: Path) -> None:
    path = project.parent / "shared" / "data" / "cairns_gtfs.zip"
    if not path.exists():
        pytest.skip("the public feed is not beside the project")
    with zipfile.ZipFile(path) as archive:
        content = {name.removesuffix(".txt"): archive.read(name).decode() for name in archive.namelist()}
    equal_on_random_queries(content, path, (date(2014, 6, 6), date(2014, 12, 25)))


def test_the_demo_province(tmp_path: Path) -> None:
    network_feed.write(tmp_path, date(2026, 11, 1), date(2027, 1, 31))
    content = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.txt")}
    equal_on_random_queries(content, tmp_path, (date(2026, 11, 24), date(2026, 12, 31)))
