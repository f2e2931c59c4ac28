"""An itinerary drawn: the route picture, and the strip of time beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from zerotrip.core import picture as core
from zerotrip.core.words import listed
from zerotrip.journey.itinerary.types import HOME, Itinerary, Leg, Step
from zerotrip.journey.wording import paper_names

SegmentKind = Literal["person", "post", "data", "agency", "wait"]
_ORDER: tuple[SegmentKind, ...] = ("person", "agency", "post", "data")
"""Who is named when several are under way at a time."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the strip: who is at it, from when to when. Segments follow each other without gap or overlap."""

    kind: SegmentKind
    begins: datetime
    ends: datetime
    label: str = ""


def picture(itinerary: Itinerary) -> core.Picture:
    """Stations are the places where steps are done, in order; between two what goes there: paper before person
    before data.
    """
    stops: list[list[Step]] = []
    for step in itinerary.steps:
        if stops and stops[-1][0].place == step.place:
            stops[-1].append(step)
        else:
            stops.append([step])
    legs = [_between(itinerary.legs, before, after) for before, after in pairwise(stops)]
    first = stops[0][0] if stops else None
    stations = [_station(steps) for steps in stops]
    if first is not None and first.place != HOME:
        came = next((leg for leg in itinerary.legs if leg.target == first.place and leg.origin == HOME), None)
        if came is not None:
            stations.insert(0, core.Station(came.origin_name, at=came.departs))
            legs.insert(0, core.Leg(came.kind, when=came.departs))
    return core.Picture(
        stations=tuple(stations),
        legs=tuple(legs),
        trips_promised=itinerary.trips,
        promise=core.Moment(at=itinerary.finish_p95),
        forecast=core.Moment(at=itinerary.finish),
    )


def _station(steps: list[Step]) -> core.Station:
    return core.Station(steps[0].place_name, sub=listed(dict.fromkeys(s.name for s in steps)), at=steps[-1].ends)


def _between(legs: tuple[Leg, ...], before: list[Step], after: list[Step]) -> core.Leg:
    keys = {step.key for step in after}
    serving = [leg for leg in legs if leg.step in keys and leg.target == after[0].place]
    for kind in ("post", "person", "data"):
        for leg in serving:
            if leg.kind == kind:
                return core.Leg(leg.kind, label=paper_names(leg.papers), when=leg.departs)
    person = after[0].actor == "person" and before[-1].actor == "person"
    return core.Leg("person" if person else "data", when=before[-1].ends)


def strip(itinerary: Itinerary) -> tuple[Segment, ...]:
    """The time from the beginning to the median finish, cut where someone else takes over; what nobody is at is
    waiting (for an opening, a round, a run).
    """
    spans: list[Segment] = [
        Segment(leg.kind, leg.departs, leg.arrives, paper_names(leg.papers) or leg.target_name)
        for leg in itinerary.legs
    ]
    spans += [Segment(_kind(step), step.begins, step.ends, step.name) for step in itinerary.steps]
    spans = [span for span in spans if span.begins < span.ends]
    cuts = sorted({itinerary.begins, itinerary.finish, *(m for span in spans for m in (span.begins, span.ends))})
    cuts = [cut for cut in cuts if itinerary.begins <= cut <= itinerary.finish]
    found: list[Segment] = []
    for start, end in pairwise(cuts):
        busy = [span for span in spans if span.begins <= start and span.ends >= end]
        chosen = min(busy, key=lambda span: _ORDER.index(span.kind), default=None)
        kind, label = (chosen.kind, chosen.label) if chosen else ("wait", "")
        if found and (found[-1].kind, found[-1].label) == (kind, label):
            found[-1] = Segment(found[-1].kind, found[-1].begins, end, label)
        else:
            found.append(Segment(kind, start, end, label))
    return tuple(found)


def _kind(step: Step) -> SegmentKind:
    if step.actor == "agency":
        return "agency"
    return "person" if step.visit else "data" if step.mode == "online" else "person"
