"""Blocks: the same parts as networkx finds, and never another answer than the whole scan's."""

from __future__ import annotations

from datetime import date

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.network import feeds
from tests.network.oracle import Oracle
from tests.network.test_scan_oracle import follows
from zerotrip.network.engine.blocks import Blocks
from zerotrip.network.engine.scan import INF, Scanner
from zerotrip.network.engine.timetable import Timetable

DAY = date(2026, 11, 23)
NAMES = "ABCDEFGH"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=5), max_size=8))
def test_blocks_are_biconnected_components_with_every_trip_in_one(trips: list[list[int]]) -> None:
    found = Blocks.of(10, trips)
    graph = nx.Graph()
    for number, trip in enumerate(trips):
        nx.add_path(graph, trip)
        graph.add_edges_from((("trip", number), stop) for stop in trip)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    expected = {frozenset(node for node in part if isinstance(node, int)) for part in nx.biconnected_components(graph)}
    ours = {
        frozenset({int(found.top[block]), *np.flatnonzero(found.above == block).tolist()})
        for block in range(len(found.top))
    }
    assert {part for part in ours if len(part) > 1} == {part for part in expected if len(part) > 1}
    for trip, block in zip(trips, found.trip.tolist(), strict=True):
        if len(set(trip)) > 1:
            assert set(trip) <= {int(found.top[block]), *np.flatnonzero(found.above == block).tolist()}


@st.composite
def hubs_and_outlets(draw: st.DrawFn) -> feeds.Files:
    """Trips among few stops each, so that the network falls into parts; tight changes, some stops without any."""
    lines = []
    count = draw(st.integers(2, 9))
    for number in range(count):
        hub = draw(st.integers(0, len(NAMES) - 2))
        near = NAMES[hub : hub + draw(st.integers(2, 3))]
        stops = draw(st.lists(st.sampled_from(near), min_size=2, max_size=5))
        minute = draw(st.sampled_from([0, 0, 1, 5, 23 * 60 + 55]))
        calls = []
        for stop in stops:
            arrival = minute + draw(st.sampled_from([0, 0, 1, 3]))
            minute = arrival + draw(st.sampled_from([0, 0, 1]))
            marks = [mark for mark in ("nopick", "nodrop") if draw(st.integers(0, 6)) == 0]
            calls.append(" ".join([stop, f"{_clock(arrival)}-{_clock(minute)}", *marks]))
        lines.append(f"t{number} " + " | ".join(calls))
    changes = [
        f"{stop} {stop} {draw(st.sampled_from(['2 60', '2 300', '3 0', '2 3600']))}"
        for stop in NAMES
        if draw(st.integers(0, 3)) == 0
    ]
    return feeds.files(
        stops=feeds.stops(" ".join(NAMES)),
        trips="\n".join(["route_id,service_id,trip_id", *(f"R,all,t{n}" for n in range(count))]),
        stop_times=feeds.times(*lines),
        calendar=feeds.calendar("all 1111111 20261101 20261130"),
        transfers=feeds.transfers(*changes),
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hubs_and_outlets(), st.integers(0, 12 * 60) | st.integers(86000, 87000), st.integers(60, 7200))
def test_going_block_by_block_gives_the_whole_scans_answers(content: feeds.Files, at: int, span: int) -> None:
    table = Timetable.build(feeds.understood(content), DAY, 2)
    scanner, plain, oracle = Scanner(table), Scanner(table, compiled=False), Oracle(content, DAY, 2)
    whole = Scanner(table, by_blocks=False)
    for origin, source in table.index.items():
        expected = oracle.arrivals(origin, at)
        everywhere, soon = scanner.arrivals(source, at), scanner.arrivals(source, at, at + span)
        for target, goal in table.index.items():
            found = scanner.arrival(source, goal, at)
            assert found == expected.get(target, INF) == everywhere[goal] == plain.arrival(source, goal, at)
            assert (
                scanner.arrival(source, goal, at, at + span) == soon[goal] == whole.arrival(source, goal, at, at + span)
            )
            legs = scanner.journey(source, goal, at)
            assert (legs is None) == (found == INF)
            if legs is not None:
                follows(table, legs, origin, target, at, found)


def test_an_outlet_is_reached_through_its_hub_alone() -> None:
    """Three hubs in a row with two outlets each: on the way between two outlets lie four blocks of eight."""
    lines = ["up A 08:00 | B 09:00", "on B 10:00 | C 11:00"]
    lines += [f"{hub}{n} {hub} 12:0{n} | {hub.lower()}{n} 13:00" for hub in "ABC" for n in (1, 2)]
    lines += ["back a1 06:00 | A 07:00"]
    names = ["A", "B", "C", *(f"{hub}{n}" for hub in "abc" for n in (1, 2))]
    trips = [line.split()[0] for line in lines]
    content = feeds.files(
        stops=feeds.stops(" ".join(names)),
        trips="\n".join(["route_id,service_id,trip_id", *(f"R,all,{trip}" for trip in trips)]),
        stop_times=feeds.times(*lines),
        calendar=feeds.calendar("all 1111111 20261101 20261130"),
    )
    table = Timetable.build(feeds.understood(content), DAY, 1)
    assert len(table.blocks.top) == 8
    legs = Scanner(table).journey(table.index["a1"], table.index["c2"], 0)
    assert [leg.trip for leg in legs or ()] == ["back", "up", "on", "C2"]


@pytest.mark.parametrize("walk", [True, False])
def test_walks_make_one_block(walk: bool) -> None:
    content = feeds.files(**({"transfers": feeds.transfers("A B 2 60")} if walk else {}))
    table = Timetable.build(feeds.understood(content), DAY, 1)
    assert (len(table.blocks.top) == 0) == walk
