"""An itinerary as the route picture: on a card before it is chosen, and on the case's pages as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from zerotrip.cases.itinerary.forecast import Act
from zerotrip.cases.itinerary.meaning import carried_by, legs_of
from zerotrip.cases.itinerary.reckoning import acts_of
from zerotrip.cases.models import Case, CaseLeg
from zerotrip.core.picture import Leg, LegKind, Moment, Picture, Station
from zerotrip.core.words import listed
from zerotrip.journey.itinerary import HOME, Itinerary, Segment, Step, strip
from zerotrip.journey.itinerary import Leg as ItineraryLeg


@dataclass(frozen=True, slots=True)
class Stop:
    """Steps done one after the other at one place, and the leg that leads there (None: data, or nothing yet)."""

    steps: tuple[Step, ...]
    leg: CaseLeg | None
    place: str
    name: str


def planned(itinerary: Itinerary) -> Picture:
    """As it is offered."""
    stops = _stops(itinerary, legs_of(itinerary))
    return Picture(
        stations=tuple(_station(stop) for stop in stops),
        legs=tuple(_leg(before, after) for before, after in pairwise(stops)),
        trips_promised=itinerary.trips,
        title=_("办事路线"),
    )


def going(case: Case, legs: Sequence[CaseLeg], trips: int, at: datetime) -> Picture | None:
    """As it stands at `at`: what is over with its actual times, the rest as planned or expected. None without one."""
    itinerary = carried_by(case)
    if itinerary is None:
        return None
    stops = _stops(itinerary, legs)
    acts = {act.key: act for act in acts_of(case, itinerary, legs, list(case.visits.all()))}
    over = [_over(stop, acts) for stop in stops]
    stations = [replace(_station(stop), at=_time(stop, acts, done)) for stop, done in zip(stops, over, strict=True)]
    lines = [_leg(before, after) for before, after in pairwise(stops)]
    here: int | None = None
    progress = None
    for n, stop in enumerate(stops):
        passed = not stop.steps and n + 1 < len(stops) and _arrived(stops[n + 1], over[n + 1])
        if over[n] or passed:
            stations[n] = replace(stations[n], state="done")
            if n:
                lines[n - 1] = replace(lines[n - 1], state="done")
            continue
        if here is None:
            here, progress = _present(n, stop, lines, stations, at)
        elif n and stop.leg is not None and stop.leg.arrived_at is not None:
            lines[n - 1] = replace(lines[n - 1], state="done")
    if case.state == "returned" and lines:
        lines[-1] = replace(lines[-1], state="failed")
    return Picture(
        stations=tuple(stations),
        legs=tuple(lines),
        trips=trips,
        trips_promised=case.trips_promised,
        title=case.version.name,
        promise=Moment(_("前办好"), case.promised_at) if case.promised_at else None,
        forecast=Moment(_("办好"), case.forecast_at) if case.forecast_at and case.state != "closed" else None,
        now_index=2 * (len(stops) - 1) if case.state == "closed" else here,
        progress=progress,
    )


def actual(case: Case, legs: Sequence[CaseLeg]) -> tuple[Segment, ...]:
    """The strip of time as it went and as it is expected to go on."""
    itinerary = carried_by(case)
    if itinerary is None:
        return ()
    acts = {act.key: act for act in acts_of(case, itinerary, legs, list(case.visits.all()))}
    moved = {leg.step: leg for leg in legs if leg.target != HOME or leg.kind == "post"}
    steps: list[Step] = []
    before = case.applied_at
    for step in itinerary.steps:
        done, leg = acts[step.key].done, moved.get(step.key)
        came = (leg.arrived_at or leg.expected_at or leg.arrives) if leg is not None else before
        begins = max(came, before) if done or step.actor == "agency" else max(step.begins, came)
        ends = (
            max(begins, done) if done else max(begins + (step.ends - step.begins), step.ends if leg is None else begins)
        )
        steps.append(step._replace(begins=begins, ends=ends))
        before = ends
    gone = tuple(
        row._replace(departs=leg.departed_at or leg.departs, arrives=leg.arrived_at or leg.expected_at or leg.arrives)
        for row, leg in zip(_rows(itinerary, legs), legs, strict=True)
    )
    finish = case.closed_at or case.forecast_at or itinerary.finish
    return stretches(replace(itinerary, steps=tuple(steps), legs=gone, begins=case.applied_at, finish=finish))


def _rows(itinerary: Itinerary, legs: Sequence[CaseLeg]) -> list[ItineraryLeg]:
    """The legs of a case as legs of an itinerary."""
    return [
        ItineraryLeg(
            leg.kind,  # type: ignore[arg-type]  # kinds are the same words
            leg.origin, leg.origin_name, leg.target, leg.target_name, leg.departs, leg.arrives,
            leg.arrives_surely, tuple(leg.papers), leg.step,
        )
        for leg in legs
    ]  # fmt: skip


def stretches(way: Itinerary) -> tuple[Segment, ...]:
    """The strip of a way. What the applicant does at home, such as signing for the result, is nobody's errand."""
    out = [(step.begins, step.ends) for step in way.steps if step.visit]
    out += [(leg.departs, leg.arrives) for leg in way.legs if leg.kind == "person"]
    return tuple(
        segment
        if segment.kind != "person" or any(a < segment.ends and segment.begins < b for a, b in out)
        else replace(segment, kind="wait")
        for segment in strip(way)
    )


def _stops(itinerary: Itinerary, legs: Sequence[CaseLeg]) -> list[Stop]:
    """The places of the steps in their order, beginning at home. Who goes out again begins at home again."""
    grouped: list[list[Step]] = []
    for step in itinerary.steps:
        if grouped and grouped[-1][0].place == step.place and not _another_visit(grouped[-1], step):
            grouped[-1].append(step)
        else:
            grouped.append([step])
    stops: list[Stop] = []
    start = _leading(grouped[0][0].place, {s.key for s in grouped[0]}, legs) if grouped else None
    if start is not None and start.origin not in {HOME, start.target}:
        stops.append(Stop((), None, start.origin, start.origin_name))  # the rest of a way begins where the papers are
    elif not grouped or grouped[0][0].place != HOME:
        stops.append(Stop((), None, HOME, _("您家")))
    for steps in grouped:
        first = steps[0]
        name = _("您家") if first.place == HOME else first.place_name
        leg = _leading(first.place, {s.key for s in steps}, legs)
        if leg is not None and leg.kind == "person" and leg.origin == HOME and stops and stops[-1].place != HOME:
            stops.append(Stop((), None, HOME, _("您家")))
        stops.append(Stop(tuple(steps), leg, first.place, name))
    return stops


def _another_visit(steps: Sequence[Step], step: Step) -> bool:
    """Whether a step is done in a later visit than those before it at the same place."""
    return bool(step.visit) and any(before.visit and before.visit != step.visit for before in steps)


def _leading(place: str, keys: set[str], legs: Sequence[CaseLeg]) -> CaseLeg | None:
    """What goes to a place for its steps: paper before a person before data."""
    serving = [leg for leg in legs if leg.target == place and leg.step in keys]
    return min(serving, key=lambda leg: ("post", "person", "data").index(leg.kind), default=None)


def _station(stop: Stop) -> Station:
    names = listed(dict.fromkeys(step.name for step in stop.steps))
    return Station(stop.name, names, at=stop.steps[-1].ends if stop.steps else None)


def _leg(before: Stop, after: Stop) -> Leg:
    leg = after.leg
    if leg is None:
        return Leg("data", _("短信告知") if after.place == HOME else _("网上传送"))
    kind: LegKind = leg.kind  # type: ignore[assignment]  # one of the three
    number = (leg.consignment.number or "") if leg.consignment_id and leg.consignment else ""
    return Leg(kind, words(leg), when=leg.departed_at or leg.departs, number=number)


def words(leg: CaseLeg) -> str:
    """What the leg is, in a few words for the applicant."""
    if leg.kind == "post":
        return _("上门取件") if leg.origin == HOME else _("寄到家") if leg.target == HOME else _("寄往窗口")
    if leg.kind == "person":
        return _("您回家") if leg.target == HOME else _("您去一趟")
    return _("网上传送")


def _over(stop: Stop, acts: dict[str, Act]) -> bool:
    return bool(stop.steps) and all(acts[step.key].done for step in stop.steps if step.key in acts)


def _arrived(stop: Stop, over: bool) -> bool:
    """Whether the way to a stop is over, so that what lies before it is behind us."""
    return over or (stop.leg is not None and (stop.leg.departed_at or stop.leg.arrived_at) is not None)


def _time(stop: Stop, acts: dict[str, Act], done: bool) -> datetime | None:
    if not stop.steps:
        return None
    act = acts.get(stop.steps[-1].key)
    if done and act is not None:
        return act.done
    ends = stop.steps[-1].ends
    if stop.leg is None or stop.leg.expected_at is None:
        return ends
    if stop.place == HOME:  # nothing has to open there: what comes earlier is done earlier
        return stop.leg.expected_at + max(ends - stop.leg.arrives, timedelta())
    return max(ends, stop.leg.expected_at)


def _present(n: int, stop: Stop, lines: list[Leg], stations: list[Station], at: datetime) -> tuple[int, float | None]:
    """Mark the present moment on the first stop that is not over, or on the way to it. Returns part and progress."""
    leg = stop.leg
    if n == 0 or leg is None or leg.arrived_at is not None:
        if n:
            lines[n - 1] = replace(lines[n - 1], state="done")
        stations[n] = replace(stations[n], state="now")
        return 2 * n, None
    if leg.departed_at is None:
        return 2 * (n - 1), None
    lines[n - 1] = replace(lines[n - 1], state="now")
    whole = ((leg.expected_at or leg.arrives) - leg.departed_at).total_seconds()
    gone = (at - leg.departed_at).total_seconds()
    return 2 * n - 1, min(max(gone / whole, 0.0), 1.0) if whole > 0 else 0.5
