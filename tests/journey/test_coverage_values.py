"""What one more service changes, where it helps most, and how many people there are: without a database."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journey.plain import PlainProvince, provinces, with_service
from zerotrip.journey.coverage import population
from zerotrip.journey.coverage.greedy import Savings, next_stations
from zerotrip.journey.coverage.values import (
    Best,
    Change,
    changes,
    effect,
    trips_saved,
    what_if,
)


def savings(province: PlainProvince, service: str) -> Savings:
    table, asking = province.table(), province.asking(service)
    weight = {cell: province.people[cell[0]] * province.items[cell[1]] for cell in table}

    def own(candidate: str) -> dict[tuple[str, str], int]:
        evaluate = province.under(with_service(province.offers, candidate, service))
        cells = [(township, shape) for township in province.around(candidate) for shape in asking]
        return {cell: saved for cell in cells if (saved := trips_saved(table[cell], evaluate(*cell)))}

    def bound(candidate: str) -> int:
        cells = [(township, shape) for township in province.around(candidate) for shape in asking]
        return sum(weight[cell] * max(1, table[cell].trips or 0) for cell in cells)

    return Savings(own, bound, lambda cell: weight[cell])


def gained(province: PlainProvince, service: str, opened: tuple[str, ...]) -> int:
    """Trips saved by opening several stations at once, everything computed anew."""
    before, offers = province.table(), province.offers
    for outlet in opened:
        offers = with_service(offers, outlet, service)
    after = province.table(offers)
    return effect(changes(before, after), province.people, province.items).trips


@given(provinces(), st.data())
@settings(max_examples=150, deadline=None)
def test_what_if_is_what_a_full_recomputation_would_find(province: PlainProvince, data: st.DataObject) -> None:
    outlet = data.draw(st.sampled_from(province.outlets))
    service = data.draw(st.sampled_from(province.services))
    offers = with_service(province.offers, outlet, service)
    table = province.table()
    cells = [(t, s) for t in province.around(outlet) for s in province.asking(service)]
    assert what_if(province.under(offers), table, cells) == changes(table, province.table(offers))


@given(provinces(), st.data())
@settings(max_examples=100, deadline=None)
def test_the_first_station_is_the_best_of_all(province: PlainProvince, data: st.DataObject) -> None:
    service = data.draw(st.sampled_from(province.services))
    picks = list(next_stations(province.outlets, savings(province, service), 1))
    best = max(gained(province, service, (outlet,)) for outlet in province.outlets)
    assert (picks[0].gain if picks else 0) == best


@given(provinces(), st.data())
@settings(max_examples=100, deadline=None)
def test_each_further_station_gains_at_most_what_the_one_before_did(
    province: PlainProvince, data: st.DataObject
) -> None:
    service = data.draw(st.sampled_from(province.services))
    picks = list(next_stations(province.outlets, savings(province, service), 5))
    gains = [pick.gain for pick in picks]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)
    assert [pick.total for pick in picks] == list(itertools.accumulate(gains))
    opened = tuple(pick.candidate for pick in picks)
    assert len(set(opened)) == len(opened)
    if picks:
        assert picks[-1].total == gained(province, service, opened), "as if all had been opened at once"


@given(provinces(), st.data())
@settings(max_examples=60, deadline=None)
def test_lazily_chosen_is_as_good_as_trying_every_station_each_time(
    province: PlainProvince, data: st.DataObject
) -> None:
    service = data.draw(st.sampled_from(province.services))
    picks = list(next_stations(province.outlets, savings(province, service), 3))
    opened: tuple[str, ...] = ()
    for pick in picks:
        best = max(gained(province, service, (*opened, outlet)) for outlet in province.outlets)
        opened = (*opened, pick.candidate)
        assert pick.total == best


@given(provinces(), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=50, deadline=None)
def test_two_stations_are_never_worth_less_than_63_percent_of_the_best_two(
    province: PlainProvince, first: int, second: int
) -> None:
    service = province.services[0]
    picks = list(next_stations(province.outlets, savings(province, service), 2))
    reached = picks[-1].total if picks else 0
    best = max(gained(province, service, pair) for pair in itertools.combinations(province.outlets, 2))
    assert reached >= 0.632 * best


def test_trips_saved_counts_a_way_where_there_was_none() -> None:
    cells = [("360102001", "a"), ("360102001", "b"), ("360102002", "a")]
    found = [
        Change(*cells[0], Best(2, 900, 100), Best(0, 700, 100)),
        Change(*cells[1], Best(None), Best(1, 60, 0)),
        Change(*cells[2], Best(1, 900, 0), Best(1, 30, 0)),
    ]
    assert [change.saved for change in found] == [2, 1, 0]
    done = effect(found, {"360102001": 1000, "360102002": 50}, {"a": 3, "b": 2})
    assert (done.townships, done.people, done.trips, done.items) == (1, 1000, 1000 * (3 * 2 + 2 * 1), 5)


@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.dictionaries(st.integers(0, 5), st.integers(0, 10**6)))
def test_nobody_is_lost_or_counted_twice_when_people_are_spread(sizes: list[int], figured: dict[int, int]) -> None:
    """`sizes`: townships of each county of one city; some counties have a figure of their own within the city's."""
    counties = [f"3601{number:02d}" for number in range(1, len(sizes) + 1)]
    townships = [f"{county}{n:03d}" for county, size in zip(counties, sizes, strict=True) for n in range(size)]
    own = {counties[number]: people for number, people in figured.items() if number < len(sizes)}
    people = population.spread(townships, own | {"360100": sum(own.values()) + 12345})
    for county, number in own.items():
        assert sum(n for code, n in people.items() if code.startswith(county)) == number
    others = [people[code] for code in townships if code[:6] not in own]
    assert sum(others) == (12345 if others else 0)
    assert not others or max(others) - min(others) <= 1


def test_without_a_figure_every_township_counts_the_same() -> None:
    assert population.spread(["440103001", "440103002"], population.packaged()) == {"440103001": 1, "440103002": 1}
    assert population.by_equal_weight(population.packaged(), ["440103001"])
    assert not population.by_equal_weight(population.packaged(), ["360102001"])


def test_the_packaged_figures_are_the_census_of_2020() -> None:
    figures = population.packaged()
    assert len(figures) == 11
    assert sum(figures.values()) == 45_188_635, "as the bulletin says for the province"
