"""The forecast of a case: its rows as what `forecast` tells the rest of the way from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from zerotrip.cases.clocks import calendar
from zerotrip.cases.itinerary.forecast import Act, Calendar, Forecast, Move, forecast
from zerotrip.cases.models import Case, CaseLeg, Visit
from zerotrip.core.clock import local
from zerotrip.core.errors import Problem
from zerotrip.core.memo import briefly
from zerotrip.journey.itinerary import HOME, Itinerary
from zerotrip.network import queries as network
from zerotrip.places import queries as places
from zerotrip.places.hours import Hours, next_opening
from zerotrip.places.models import Place

EXTENSION: Final = 10
"""Working days by which a review may be extended (行政许可法 42)."""

MOST_OPENINGS: Final = 40
VOID: Final = frozenset({"withdrawn", "not_accepted"})
"""With these outcomes nothing of the itinerary's result will come: there is no forecast."""


def reckon(case: Case, itinerary: Itinerary, legs: Sequence[CaseLeg], at: datetime) -> Forecast | None:
    """When the case will be over as things stand at `at`; None when its itinerary no longer applies.

    Reads the visits, pauses and the correction of the case; openings and the post's stops at most a minute old.
    """
    if case.outcome in VOID:
        return None
    visits = list(case.visits.all())
    return forecast(
        acts_of(case, itinerary, legs, visits),
        [_move(leg) for leg in legs],
        at,
        days=_days(),
        opens=_opens,
        carry=lambda origin, target, start: carry(case, origin, target, start),
        excluded=_excluded(case, at),
    )


def acts_of(case: Case, itinerary: Itinerary, legs: Sequence[CaseLeg], visits: Sequence[Visit]) -> list[Act]:
    """The steps of the itinerary with when they were done."""
    steps = list(itinerary.steps)
    agency = [n for n, step in enumerate(steps) if step.actor == "agency"]
    last = agency[-1] if agency else -1
    ends = dict(zip(agency, _agency_ends(case, len(agency)), strict=True))
    acts: list[Act] = []
    for n, step in enumerate(steps):
        if n in ends:
            done = ends[n]
        elif n > last and last >= 0:
            done = case.closed_at
        else:
            done = _own_end(case, step.mode, step.visit, step.place, legs, visits)
        if done is not None and acts and acts[-1].done is not None:
            done = max(done, acts[-1].done)
        at_home = step.place == HOME
        acts.append(Act(step.key, step.actor == "agency", step.place, step.begins, step.ends, at_home, done))
    return acts


def _agency_ends(case: Case, count: int) -> list[datetime | None]:
    """When the agency's steps were over: the last by the result, the one before by the decision, the first of three
    by the acceptance.
    """
    produced, decided, accepted = case.produced_at or case.closed_at, case.decided_at, case.accepted_at
    if count <= 1:
        return [produced][:count]
    if count == 2:
        return [decided or produced, produced]
    return [accepted or decided or produced, *[decided or produced] * (count - 2), produced]


def _own_end(
    case: Case, mode: str, visit: int, place: str, legs: Sequence[CaseLeg], visits: Sequence[Visit]
) -> datetime | None:
    """When a step of the applicant before the agency's was over."""
    if visit:
        done = visits[visit - 1].at if len(visits) >= visit else None
    elif mode == "online":
        done = case.applied_at
    else:
        collected = next((leg for leg in legs if leg.kind == "post" and leg.origin == HOME), None)
        done = collected.departed_at if collected is not None else case.applied_at
    return done or case.accepted_at or (case.received_at if not visit else None)


def _move(leg: CaseLeg) -> Move:
    return Move(
        leg.kind,  # type: ignore[arg-type]  # one of the three
        leg.origin,
        leg.target,
        leg.step,
        leg.departs,
        leg.arrives,
        leg.departed_at,
        leg.arrived_at,
        leg.expected_at if leg.departed_at else None,
    )


def _excluded(case: Case, at: datetime) -> int:
    """Working days that do not count: corrections, special procedures and an extension."""
    days = calendar()

    def between(begin: datetime, end: datetime) -> int:
        return max(0, days.working_days_between(local(begin).date(), local(end).date()))

    total = EXTENSION if case.extended_at and case.decided_at is None else 0
    correction = getattr(case, "correction", None)
    if correction is not None:
        total += between(correction.asked_at, correction.answered_at or at)
    for pause in case.pauses.all():
        planned = pause.started_at + timedelta(days=pause.needed_days or 0)
        total += between(pause.started_at, pause.ended_at or max(planned, at))
    return total


def _days() -> Calendar:
    known = calendar()
    return Calendar(known.add_working_days, known.working_days_between, known.is_working_day)


@briefly(60)
def _hours(code: str) -> Hours | None:
    place = Place.objects.filter(code=code).first()
    return places.hours_of([place])[place.pk] if place is not None else None


def _opens(code: str, at: datetime, long: timedelta) -> datetime:
    """The next time the place is open for so long; `at` itself when its hours are not known."""
    hours = _hours(code.partition("#")[0])
    if hours is None:
        return at
    start = at
    for _n in range(MOST_OPENINGS):
        opening = next_opening(hours, start, calendar())
        if opening is None:
            return at
        begin = max(opening.opens, at)
        if begin + long <= opening.closes:
            return begin
        start = opening.closes
    return at


def carry(case: Case, origin: str, target: str, at: datetime) -> datetime | None:
    """The median arrival of a piece for the case by the network's promise; None without a timetable or a way."""
    from zerotrip.network.engine.promise import End  # compiles: only when asked

    try:
        ends = [_end(case, code) for code in (origin, target)]
        if None in ends:
            return None
        (a, door_a), (b, door_b) = ends  # type: ignore[misc]
        told = network.promise(End(a, door=door_a), End(b, door=door_b), at)
    except Problem:
        return None
    return told.arrival if told is not None else None


def _end(case: Case, code: str) -> tuple[str, bool] | None:
    if code == HOME:
        return network.stop_of_division(case.contact.division_id), True
    place = _place(code.partition("#")[0])
    return None if place is None else (network.stop_of(place), place.kind != "outlet")


@briefly(60)
def _place(code: str) -> Place | None:
    return Place.objects.filter(code=code).first()
