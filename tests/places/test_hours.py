"""When a place is open."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.core.clock import SHANGHAI
from zerotrip.places.hours import (
    BadHours,
    DaysOff,
    Hours,
    Period,
    hours,
    is_open,
    minutes,
    next_opening,
    opening_periods,
    openings,
    parse_periods,
)
from zerotrip.places.models import DaysOffRule
from zerotrip.rules.calendar_cn import packaged
from zerotrip.rules.errors import BeyondHorizon

CALENDAR = packaged()
OFFICE = [Period.of("08:30", "12:00"), Period.of("13:30", "17:30")]
HALL = hours(dict.fromkeys(range(5), OFFICE), DaysOff.CLOSED)
OUTLET = hours({key: [Period.of("09:00", "17:00")] for key in range(7)}, DaysOff.OPEN)
SHOP = hours({key: [Period.of("09:00", "17:00")] for key in range(7)}, DaysOff.HOLIDAYS)
MACHINES = hours({key: [Period.of("00:00", "24:00")] for key in range(7)})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_the_hall_closes_for_lunch() -> None:
    assert is_open(HALL, at("2026-11-24 11:59"), CALENDAR)
    assert not is_open(HALL, at("2026-11-24 12:00"), CALENDAR)
    assert not is_open(HALL, at("2026-11-24 13:29"), CALENDAR)
    assert is_open(HALL, at("2026-11-24 13:30"), CALENDAR)


def test_the_last_minute_is_open_and_the_closing_minute_is_not() -> None:
    assert is_open(HALL, at("2026-11-24 17:29:59"), CALENDAR)
    assert not is_open(HALL, at("2026-11-24 17:30"), CALENDAR)
    assert is_open(MACHINES, at("2026-11-24 23:59"), CALENDAR)
    assert is_open(MACHINES, at("2026-11-25 00:00"), CALENDAR)


def test_the_time_zone_of_the_question_does_not_matter() -> None:
    assert is_open(HALL, datetime.fromisoformat("2026-11-24T00:30:00+00:00"), CALENDAR)
    with pytest.raises(ValueError, match="naive"):
        is_open(HALL, datetime(2026, 11, 24, 9), CALENDAR)


def test_a_holiday_closes_the_hall_but_not_the_outlet() -> None:
    national_day = day("2026-10-01")
    assert opening_periods(HALL, national_day, CALENDAR) == ()
    assert opening_periods(SHOP, national_day, CALENDAR) == ()
    assert opening_periods(OUTLET, national_day, CALENDAR)


def test_a_weekend_closes_the_hall_but_not_the_shop() -> None:
    assert opening_periods(HALL, day("2026-11-28"), CALENDAR) == ()
    assert opening_periods(SHOP, day("2026-11-28"), CALENDAR)


def test_a_working_saturday_has_the_hours_of_a_weekday() -> None:
    assert opening_periods(HALL, day("2026-02-14"), CALENDAR) == tuple(OFFICE)


def test_an_exception_goes_before_everything() -> None:
    special = hours(
        dict.fromkeys(range(5), OFFICE),
        DaysOff.CLOSED,
        {day("2026-10-01"): [Period.of("09:00", "11:00")], day("2026-11-24"): []},
    )
    assert is_open(special, at("2026-10-01 10:00"), CALENDAR)
    assert not is_open(special, at("2026-11-24 10:00"), CALENDAR)


def test_on_the_eve_of_national_day_the_next_opening_is_after_it() -> None:
    after_work = at("2026-09-30 17:30")
    opening = next_opening(HALL, after_work, CALENDAR)
    assert opening is not None
    assert opening.opens == at("2026-10-08 08:30")
    last_minute = next_opening(HALL, after_work - timedelta(minutes=1), CALENDAR)
    assert last_minute is not None
    assert last_minute.opens <= after_work < last_minute.closes + timedelta(seconds=1)


def test_past_the_loaded_holidays_the_calendar_refuses_and_so_do_we() -> None:
    with pytest.raises(BeyondHorizon):
        next_opening(HALL, at("2026-12-31 18:00"), CALENDAR)
    assert next_opening(OUTLET, at("2026-12-31 18:00"), CALENDAR) is not None


def test_a_place_that_never_opens_has_no_next_opening() -> None:
    assert next_opening(Hours(), at("2026-03-02 10:00"), CALENDAR) is None


@pytest.mark.parametrize(
    "text", ["25:00-26:00", "9-12", "12:00-09:00", "09:00-12:00,11:00-13:00", "早上", "09:00", "1:2:3-4"]
)
def test_impossible_hours_are_refused(text: str) -> None:
    with pytest.raises(BadHours):
        parse_periods(text)


def test_the_stored_rules_are_the_rules_of_the_engine() -> None:
    assert set(DaysOffRule.values) == {str(rule) for rule in DaysOff}


def test_hours_as_clerks_write_them() -> None:
    assert parse_periods("8:30—12：00、13:30至17:30") == tuple(OFFICE)
    assert parse_periods(" 休 ") == ()
    assert parse_periods("09:00-12:00,12:00-17:00") == (Period.of("09:00", "17:00"),)
    assert minutes("24:00") == 1440


def some_periods() -> st.SearchStrategy[tuple[Period, ...]]:
    """Up to three periods of a day that do not overlap, from an even number of different minutes."""
    edges = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(sorted)
    return edges.map(lambda e: tuple(Period(a, b) for a, b in zip(e[::2], e[1::2], strict=False)))


DATES = st.dates(date(2025, 1, 1), date(2026, 10, 15))
ANY_HOURS = st.builds(
    hours,
    st.dictionaries(st.integers(0, 6), some_periods()),
    st.sampled_from(DaysOff),
    st.dictionaries(DATES, some_periods(), max_size=3),
)
MOMENTS = st.builds(
    lambda d, m: datetime(d.year, d.month, d.day, m // 60, m % 60, tzinfo=SHANGHAI), DATES, st.integers(0, 1439)
)


@given(ANY_HOURS, DATES)
def test_periods_of_a_day_never_overlap(some: Hours, on: date) -> None:
    periods = opening_periods(some, on, CALENDAR)
    for earlier, later in itertools.pairwise(periods):
        assert earlier.closes < later.opens


@given(ANY_HOURS, MOMENTS)
def test_the_next_opening_is_open_from_its_first_to_its_last_minute(some: Hours, now: datetime) -> None:
    opening = next_opening(some, now, CALENDAR)
    if opening is None:
        assert not is_open(some, now, CALENDAR)
        return
    assert opening.closes > now
    assert is_open(some, opening.opens, CALENDAR)
    assert is_open(some, opening.closes - timedelta(minutes=1), CALENDAR)
    if opening.opens > now:
        assert not is_open(some, now, CALENDAR)
        assert not is_open(some, opening.opens - timedelta(minutes=1), CALENDAR) or opening.opens.hour == 0


@given(ANY_HOURS, MOMENTS)
def test_open_means_inside_one_of_the_days_openings(some: Hours, now: datetime) -> None:
    inside = any(o.opens <= now < o.closes for o in openings(some, now.date(), CALENDAR))
    assert is_open(some, now, CALENDAR) == inside
