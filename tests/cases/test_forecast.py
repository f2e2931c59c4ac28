"""The rest of a way told again: on time it is the plan, later news never makes it end sooner, what is over stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zerotrip.cases.itinerary.forecast import Act, Calendar, Forecast, Move, forecast
from zerotrip.core.clock import SHANGHAI
from zerotrip.rules.calendar_cn import packaged

BASE = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
HOURS = st.integers(0, 24 * 6).map(lambda h: timedelta(hours=h))


def days() -> Calendar:
    known = packaged().tentative()
    return Calendar(known.add_working_days, known.working_days_between, known.is_working_day)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, 24, hour, tzinfo=SHANGHAI) + timedelta(days=day)


def steps() -> tuple[list[Act], list[Move]]:
    """Applied Tuesday, collected, at the window Wednesday 10:00, decided Friday 17:00, posted Monday, home at 16:00."""
    acts = [
        Act("apply", False, "home", BASE, BASE + timedelta(minutes=10), at_home=True),
        Act("review", True, "W", at(1, 10), at(3, 17)),
        Act("receive", False, "home", at(6, 16), at(6, 16), at_home=True),
    ]
    moves = [
        Move("post", "home", "W", "review", at(0, 14), at(1, 10)),
        Move("post", "W", "home", "receive", at(6, 9), at(6, 16)),
    ]
    return acts, moves


def told(acts: list[Act], moves: list[Move], moment: datetime) -> Forecast:
    return forecast(acts, moves, moment, days=days(), opens=lambda _c, t, _l: t, carry=lambda _a, _b, _t: None)


def test_on_time_it_is_the_plan() -> None:
    acts, moves = steps()
    assert told(acts, moves, BASE) == Forecast(at(6, 16), (at(1, 10), at(6, 16)), {a.key: a.ends for a in acts})
    acts[0].done = BASE + timedelta(minutes=5)
    moves[0].left, moves[0].done = at(0, 14), at(1, 10)
    assert told(acts, moves, at(1, 10)).finish == at(6, 16)


def test_a_late_piece_moves_the_working_days_and_what_follows() -> None:
    acts, moves = steps()
    acts[0].done = BASE
    moves[0].left, moves[0].done = at(0, 14), at(2, 15)
    found = told(acts, moves, at(2, 15))
    assert found.steps["review"] == at(6, 17)  # two working days after Thursday: Monday
    assert found.finish == at(6, 17) + (at(6, 16) - at(3, 17))


def test_an_early_decision_brings_the_result_sooner() -> None:
    acts, moves = steps()
    acts[0].done, acts[1].done = BASE, at(1, 16)
    moves[0].left, moves[0].done = at(0, 14), at(1, 10)
    assert told(acts, moves, at(1, 16)).finish < at(6, 16)


def test_the_promise_of_the_network_counts_where_there_is_one() -> None:
    acts, moves = steps()
    acts[0].done, acts[1].done = BASE, at(4, 10)
    moves[0].left, moves[0].done = at(0, 14), at(1, 10)
    late = at(7, 11)
    found = forecast(
        acts,
        moves,
        at(7, 9),
        days=days(),
        opens=lambda _c, t, _l: t,
        carry=lambda a, b, t: late if b == "home" else None,
    )
    assert found.finish == late


def test_excluded_days_do_not_count() -> None:
    acts, moves = steps()
    acts[0].done = BASE
    moves[0].left, moves[0].done = at(0, 14), at(1, 10)
    plain = told(acts, moves, at(1, 11))
    more = forecast(
        acts, moves, at(1, 11), days=days(), opens=lambda _c, t, _l: t, carry=lambda _a, _b, _t: None, excluded=3
    )
    known = packaged().tentative()
    assert more.steps["review"].date() == known.add_working_days(plain.steps["review"].date(), 3)


@given(first=HOURS, more=HOURS)
def test_later_news_never_ends_sooner(first: timedelta, more: timedelta) -> None:
    """The papers come to the window later: the end is never sooner for it."""

    def end(arrived: datetime) -> datetime:
        acts, moves = steps()
        acts[0].done = BASE
        moves[0].left, moves[0].done = at(0, 14), arrived
        return told(acts, moves, arrived).finish

    assert end(at(1, 10) + first) <= end(at(1, 10) + first + more)


@given(passed=HOURS)
def test_it_is_never_told_to_be_over_before_now(passed: timedelta) -> None:
    acts, moves = steps()
    moment = BASE + passed * 3
    assert told(acts, moves, moment).finish >= moment
