"""A piece is handed over: when it will be there, how sure that is, and how late it may still be handed over."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network import feeds
from zerotrip.core.clock import SHANGHAI
from zerotrip.network.engine.lateness import BINS, Lateness, Observation, run_key
from zerotrip.network.engine.promise import Corrections, End, FeedEnded, Network, Promise

OUTLET, COUNTY, CITY, FAR = "P361028105", "C361028", "C361000", "C440000"
TUESDAY = datetime(2026, 11, 24, tzinfo=SHANGHAI)


def at(hour: int, minute: int = 0, day: int = 0) -> datetime:
    return TUESDAY + timedelta(days=day, hours=hour, minutes=minute)


def county(**more: str) -> Network:
    """An outlet, its county and city; three runs a day to the county, two on to the city; couriers at both ends."""
    rounds = [
        f"早揽,{OUTLET},collection,{feeds.DAILY},8:00:00,10:00:00",
        f"晚揽,{OUTLET},collection,{feeds.DAILY},14:00:00,16:00:00",
        f"上午投,{CITY},delivery,{feeds.DAILY},9:00:00,12:00:00",
        f"下午投,{CITY},delivery,{feeds.DAILY},14:00:00,18:00:00",
    ]
    made = {
        "stops": feeds.stops(f"{OUTLET} {COUNTY} {CITY} {FAR}"),
        "trips": feeds.trips("一 二 三 甲 乙"),
        "stop_times": feeds.times(
            f"一 {OUTLET} 9:00 | {COUNTY} 9:40",
            f"二 {OUTLET} 12:00 | {COUNTY} 12:40",
            f"三 {OUTLET} 17:00 | {COUNTY} 17:40",
            f"甲 {COUNTY} 13:30 | {CITY} 15:00",
            f"乙 {COUNTY} 19:00 | {CITY} 20:30",
        ),
        "transfers": feeds.transfers(f"{OUTLET} {OUTLET} 2 600", f"{COUNTY} {COUNTY} 2 2700"),
        "rounds": "\n".join(["round_id,stop_id,kind,service_id,start_time,end_time", *rounds]),
    }
    return Network(feeds.understood(feeds.files(**(made | more))))


def promised(network: Network, origin: End, target: End, moment: datetime) -> Promise:
    found = network.promise(origin, target, moment)
    assert found is not None
    return found


def test_from_counter_to_counter() -> None:
    found = promised(county(), End(OUTLET), End(CITY), at(10))
    assert (found.net, found.handover, found.departure) == ("city", at(11, 50), at(12))
    assert [(leg.run, leg.origin, leg.target) for leg in found.legs] == [("二", OUTLET, COUNTY), ("甲", COUNTY, CITY)]
    assert found.scheduled == at(15)
    assert at(15) <= found.arrival < at(15, 10)
    assert found.arrival_p95 > at(20, 30), (
        "the five minutes to spare in the county are easily missed: then the evening's run"
    )
    assert found.arrival_p95 == found.at_level(0.95)


def test_who_hands_over_before_the_cut_off_is_promised_the_same_and_after_it_the_next() -> None:
    network = county()
    first, last, late = (
        promised(network, End(OUTLET), End(CITY), moment)
        for moment in (at(9), at(11, 50), at(11, 50, 0) + timedelta(0, 1))
    )
    assert first == last
    assert (late.departure, late.scheduled) == (at(17), at(20, 30))


def test_from_door_to_door() -> None:
    found = promised(county(), End(OUTLET, door=True), End(CITY, door=True), at(7))
    assert [leg.run for leg in found.legs] == ["早揽", "二", "甲", "上午投"]
    assert found.handover == found.departure == at(8), "who orders by eight is on the morning's round"
    assert (found.legs[0].departure, found.legs[0].arrival) == (at(8), at(10))
    assert (found.legs[-1].departure, found.legs[-1].arrival) == (at(9, day=1), at(12, day=1))
    assert found.scheduled == at(9, day=1), "no door is reached before the round goes out"
    assert at(10, day=1) < found.arrival < at(11, day=1), "half the doors are reached by the middle of the round"
    assert at(11, 30, day=1) < found.arrival_p95 < at(13, day=1)


def test_within_one_stop() -> None:
    network = county()
    assert promised(network, End(CITY), End(CITY), at(10)).arrival == at(10)
    found = promised(network, End(CITY), End(CITY, door=True), at(10))
    assert [leg.run for leg in found.legs] == ["下午投"]


def test_what_was_learnt_moves_the_promise() -> None:
    network = county()
    key = run_key("city", "R", COUNTY, 12)
    late = [Observation("run", key, at(12, 40, -n), at(14, 0, -n)) for n in range(1, 200)]
    before = promised(network, End(OUTLET), End(CITY), at(10))
    after = promised(network.knowing(network.lateness.learn(late)), End(OUTLET), End(CITY), at(10))
    assert before.scheduled == after.scheduled == at(15)
    assert after.arrival >= at(20, 30), "the noon run has been late every day: count on the evening's"


def test_a_correction_asks_for_more_where_promises_were_broken() -> None:
    network = county()
    careful = network.knowing(
        network.lateness, Corrections().learn([("city", rank) for rank in np.linspace(0.3, 1, 999)])
    )
    one, two = (promised(each, End(OUTLET, True), End(CITY, True), at(7)) for each in (network, careful))
    assert two.arrival > one.arrival
    assert two.arrival_p95 > one.arrival_p95
    assert one.rank(one.at_level(0.8)) == pytest.approx(0.8, abs=0.02)


def test_the_latest_hand_over_for_a_wished_arrival() -> None:
    network = county()
    found = network.latest(End(OUTLET), End(CITY), at(18), level=0.5)
    assert found is not None
    assert found.handover == at(11, 50)
    sure = network.latest(End(OUTLET), End(CITY), at(18), level=0.95)
    assert sure is not None
    assert sure.handover == at(8, 50), "to be nearly sure, with the run before"
    assert network.latest(End(CITY), End(OUTLET), at(18)) is None


def test_no_way_is_no_promise() -> None:
    assert county().promise(End(CITY), End(OUTLET), at(10)) is None
    assert county().promise(End(OUTLET), End(FAR), at(10)) is None
    assert county().promise(End(CITY, door=True), End(OUTLET), at(10)) is None, "no courier collects there"


def test_an_unknown_stop_is_an_error() -> None:
    with pytest.raises(KeyError):
        county().promise(End("X"), End(CITY), at(10))


def test_past_the_end_of_the_timetable_nothing_is_promised() -> None:
    network = county()
    last = datetime(2026, 11, 30, 18, tzinfo=SHANGHAI)
    with pytest.raises(FeedEnded, match="2026-11-30"):
        network.promise(End(OUTLET), End(CITY), last)
    with pytest.raises(FeedEnded, match="2026-11-30"):
        network.promise(End(OUTLET), End(CITY), last + timedelta(days=40))
    with pytest.raises(FeedEnded, match="2026-11-01"):
        network.promise(End(OUTLET), End(CITY), at(10) - timedelta(days=60))
    found = promised(network, End(OUTLET), End(CITY), last - timedelta(hours=3))
    assert found.scheduled == last.replace(hour=20, minute=30)
    with pytest.raises(FeedEnded, match="2026-11-30"):
        found.at_level(0.999)  # to be that sure one needs tomorrow's run


def test_over_the_turn_of_the_year() -> None:
    network = county(calendar=feeds.calendar(f"{feeds.DAILY} 1111111 20261101 20270301"))
    found = promised(network, End(OUTLET, door=True), End(CITY, door=True), datetime(2026, 12, 31, 13, tzinfo=SHANGHAI))
    assert found.legs[-1].departure == datetime(2027, 1, 1, 9, tzinfo=SHANGHAI)


def test_a_day_without_runs_is_waited_for() -> None:
    closed = "service_id,date,exception_type\n" + "\n".join(f"{feeds.DAILY},202611{day},2" for day in (25, 26))
    found = promised(county(calendar_dates=closed), End(OUTLET, True), End(CITY, True), at(7))
    assert found.scheduled == at(9, day=3)


def test_a_planner_asks_in_minutes() -> None:
    network, base = county(), at(0)
    found = network.carry(End(OUTLET, True), End(CITY, True), 7 * 60, 0.95, base=base)
    asked = promised(network, End(OUTLET, True), End(CITY, True), at(7))
    assert found is not None
    assert base + timedelta(minutes=found.departs) == asked.departure
    assert base + timedelta(minutes=found.arrives) == asked.arrival
    assert base + timedelta(minutes=found.surely) == asked.arrival_p95
    assert network.told(found.path) == asked
    assert network.carry(End(OUTLET, True), End(CITY, True), 8 * 60, 0.95, base=base) == found
    assert network.carry(End(CITY), End(OUTLET), 0, 0.95, base=base) is None


def test_the_timetable_alone() -> None:
    network = county()
    assert network.earliest_scheduled(OUTLET, CITY, at(12)) == at(15), "no dwell before the first run"
    assert network.earliest_scheduled(CITY, OUTLET, at(12)) is None


def wild(seed: int) -> Network:
    """Seven stops and some thirty runs anyhow, in two services, with lateness of all sorts; runs overtake."""
    dice = np.random.default_rng(seed)
    names = [f"S{n}" for n in range(7)]
    lines, trips = [], []
    for n in range(30):
        calls = [str(name) for name in dice.choice(names, int(dice.integers(2, 5)), replace=False)]
        minute, stations = int(dice.integers(0, 1300)), []
        for name in calls:
            stations.append(f"{name} {minute // 60}:{minute % 60:02}")
            minute += int(dice.integers(5, 200))
        lines.append(f"t{n} {' | '.join(stations)}")
        trips.append(f"R{n % 5},{'每日' if n % 3 else '工作日'},t{n}")
    keys = [
        run_key("province", f"R{dice.integers(0, 5)}", f"S{dice.integers(0, 7)}", int(dice.integers(0, 24)))
        for _ in range(60)
    ]
    lateness = Lateness().add({("run", key): dice.dirichlet(np.full(BINS, 0.3)) * 200 for key in keys})
    rounds = [
        f"{kind}{stop}{hour},{stop},{kind},每日,{hour}:00:00,{hour + int(dice.integers(1, 5))}:00:00"
        for stop in names
        for kind in ("collection", "delivery")
        for hour in (8, 14)
    ]
    return Network(
        feeds.understood(
            feeds.files(
                stops=feeds.stops(" ".join(names)),
                routes="route_id,agency_id,route_short_name,route_long_name,route_type\n"
                + "\n".join(f"R{n},post,{n},某线{n},3" for n in range(5)),
                trips="\n".join(["route_id,service_id,trip_id", *trips]),
                stop_times=feeds.times(*lines),
                calendar=feeds.calendar("每日 1111111 20261101 20270228", "工作日 1111100 20261101 20270228"),
                transfers=feeds.transfers(*(f"{name} {name} 2 {int(dice.integers(0, 60)) * 60}" for name in names)),
                rounds="\n".join(["round_id,stop_id,kind,service_id,start_time,end_time", *rounds]),
            )
        ),
        lateness,
    )


WILD = [wild(seed) for seed in range(4)]
UNCOMPILED = [Network(network.feed, network.lateness, compiled=False) for network in WILD]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(0, 6),
    st.integers(0, 6),
    st.booleans(),
    st.booleans(),
    st.integers(2 * 1440, 9 * 1440),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_without_the_compiler_every_answer_is_the_same(
    network: int, one: int, other: int, collected: bool, delivered: bool, minute: int, level: float
) -> None:
    origin, target, moment = End(f"S{one}", collected), End(f"S{other}", delivered), TUESDAY + timedelta(minutes=minute)
    compiled, plain = WILD[network], UNCOMPILED[network]
    assert plain.promise(origin, target, moment, (0.5, level)) == compiled.promise(origin, target, moment, (0.5, level))
    assert plain.latest(origin, target, moment, level) == compiled.latest(origin, target, moment, level)
    base = TUESDAY
    assert plain.carry(origin, target, minute, level, base=base) == compiled.carry(
        origin, target, minute, level, base=base
    )


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(WILD),
    st.integers(0, 6),
    st.integers(0, 6),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 9 * 1440), min_size=2, max_size=8),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_later_is_never_sooner_and_nothing_comes_before_the_timetable_can(
    network: Network, one: int, other: int, collected: bool, delivered: bool, minutes: list[int], level: float
) -> None:
    origin, target = End(f"S{one}", collected), End(f"S{other}", delivered)
    before = None
    for minute in sorted(minutes):
        found = network.carry(origin, target, minute, level, base=TUESDAY)
        if found is None:
            before = (10**9, 10**9, 10**9)
            continue
        if before is not None:
            assert found.arrives >= before[1]
            assert found.surely >= before[2]
        before = found[:3]
        assert found.surely >= found.arrives
        told = network.promise(origin, target, TUESDAY + timedelta(minutes=minute), (0.5, level))
        assert told is not None
        assert told.scheduled <= told.arrival <= told.arrival_p95
        assert told.at_level(0.2) <= told.at_level(0.5) <= told.at_level(0.97)
        assert told.departure >= told.handover >= TUESDAY + timedelta(minutes=minute)
        if not (collected or delivered) and one != other:
            plain = network.earliest_scheduled(origin.stop, target.stop, TUESDAY + timedelta(minutes=minute))
            assert plain is not None
            assert plain <= told.scheduled


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(WILD), st.integers(0, 6), st.integers(0, 6), st.integers(2 * 1440, 9 * 1440))
def test_the_latest_hand_over_is_in_time_and_the_next_minute_is_not(
    network: Network, one: int, other: int, minute: int
) -> None:
    origin, target, by = End(f"S{one}"), End(f"S{other}"), TUESDAY + timedelta(minutes=minute)
    found = network.latest(origin, target, by, level=0.9)
    if found is None or one == other:
        return
    assert found.at_level(0.9) <= by
    after = network.promise(origin, target, found.handover + timedelta(minutes=1))
    assert after is None or after.at_level(0.9) > by


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(WILD), st.integers(0, 6), st.integers(0, 6), st.lists(st.integers(0, 4 * 1440), max_size=6))
def test_an_answer_does_not_depend_on_what_was_asked_before(
    network: Network, one: int, other: int, minutes: list[int]
) -> None:
    fresh = network.knowing(network.lateness)
    for minute in minutes:
        moment = TUESDAY + timedelta(minutes=minute)
        ends = (End(f"S{one}"), End(f"S{other}", door=True))
        assert fresh.promise(*ends, moment) == network.knowing(network.lateness).promise(*ends, moment)


def test_a_way_on_foot_is_part_of_the_path() -> None:
    """From the station's square one walks to the platform, and from the last stop to the door of the hall."""
    network = county(
        stops=feeds.stops(f"SQUARE {OUTLET} {COUNTY} SIDE {CITY} HALL"),
        stop_times=feeds.times(
            f"一 {OUTLET} 9:00 | {COUNTY} 9:40",
            f"二 SIDE 10:00 | {CITY} 11:00",
            f"三 SIDE 12:00 | {CITY} 13:00",
            f"甲 {CITY} 23:00 | {OUTLET} 23:30",
            f"乙 {CITY} 23:10 | {OUTLET} 23:40",
        ),
        transfers=feeds.transfers(
            f"SQUARE {OUTLET} 2 300", f"{COUNTY} SIDE 2 600", f"{CITY} HALL 2 900", f"{CITY} {CITY} 2 3600"
        ),
        rounds="",
    )
    found = promised(network, End("SQUARE"), End("HALL"), at(8))
    assert [(leg.run, leg.origin, leg.target) for leg in found.legs] == [("一", OUTLET, COUNTY), ("二", "SIDE", CITY)]
    assert found.handover == at(8, 55)
    assert found.scheduled == at(11, 15)
    assert promised(network, End("SQUARE"), End(OUTLET), at(8)).scheduled == at(8, 5)
    assert promised(network, End("SQUARE"), End("HALL"), at(8, 56)).legs[0].departure == at(9, day=1)
