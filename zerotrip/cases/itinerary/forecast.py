"""When an errand will be over as things stand: its itinerary told again from what has happened so far.

Pure: the itinerary's steps and legs as plain values, openings and the post as functions. What is done has its actual
end. What is on time keeps its planned one. What comes early or late is told anew: a mail piece by the promise of the
network where there is one (else by its planned length), a visit by the next opening that is long enough, an agency by
its working days counted from when it could begin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from zerotrip.core.clock import SHANGHAI, local

TOLERANCE = timedelta(hours=1)
"""What is earlier than planned by less than this changes nothing that follows."""

Carry = Callable[[str, str, datetime], datetime | None]
"""Arrival (median) of a piece posted at a place for another from a time on; None when nobody can say."""

Open = Callable[[str, datetime, timedelta], datetime]
"""The beginning of the first stretch that long at a place that does not begin before a time."""


@dataclass(slots=True)
class Move:
    """A leg: `step` is the key of the step it serves. `done`: arrived; `left`: departed; `expected` as last estimated
    on its way.
    """

    kind: Literal["person", "post", "data"]
    origin: str
    target: str
    step: str
    departs: datetime
    arrives: datetime
    left: datetime | None = None
    done: datetime | None = None
    expected: datetime | None = None


@dataclass(slots=True)
class Act:
    """A step, with when it was done."""

    key: str
    agency: bool
    place: str
    begins: datetime
    ends: datetime
    at_home: bool = False
    done: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days, as `rules.calendar_cn` counts them."""

    add: Callable[[date, int], date]
    between: Callable[[date, date], int]
    is_working: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Forecast:
    """`finish`: when the last step will be over. `moves`: the arrival of each leg, in their order."""

    finish: datetime
    moves: tuple[datetime, ...]
    steps: Mapping[str, datetime] = field(default_factory=dict)


def forecast(
    acts: Sequence[Act],
    moves: Sequence[Move],
    at: datetime,
    *,
    days: Calendar,
    opens: Open,
    carry: Carry,
    excluded: int = 0,
) -> Forecast:
    """Tell the rest of the way from `at`. `excluded`: working days that do not count for the agency that acts now."""
    ends: dict[str, datetime] = {}
    arrivals: dict[int, datetime] = {}
    left_out = excluded
    for n, act in enumerate(acts):
        serving = [i for i, move in enumerate(moves) if move.step == act.key and move.target == act.place]
        for i in serving:
            arrivals[i] = _moved(moves[i], _before(moves[i], acts[:n], ends), at, carry)
        ready, planned = _ready(acts[:n], moves, serving, ends, arrivals)
        uncounted = left_out if act.agency and act.done is None else 0
        if uncounted:
            left_out = 0
        ends[act.key] = _acted(act, ready, planned, at, days, opens, uncounted)
    for i, move in enumerate(moves):
        if i not in arrivals:
            arrivals[i] = _moved(move, _before(move, acts, ends), at, carry)
    last = ends[acts[-1].key] if acts else max(arrivals.values(), default=at)
    return Forecast(last, tuple(arrivals[i] for i in range(len(moves))), ends)


def _before(move: Move, acts: Sequence[Act], ends: Mapping[str, datetime]) -> tuple[datetime | None, datetime | None]:
    """When the last step before a leg is over, and when that was planned."""
    earlier = [act for act in acts if act.ends <= move.departs and act.key in ends]
    if not earlier:
        return None, None
    return ends[earlier[-1].key], earlier[-1].ends


def _ready(
    before: Sequence[Act],
    moves: Sequence[Move],
    serving: Sequence[int],
    ends: Mapping[str, datetime],
    arrivals: Mapping[int, datetime],
) -> tuple[datetime | None, datetime | None]:
    """From when a step can be done, and from when that was planned."""
    waits = [(arrivals[i], moves[i].arrives) for i in serving]
    if before:
        waits.append((ends[before[-1].key], before[-1].ends))
    if not waits:
        return None, None
    return max(real for real, _planned in waits), max(planned for _real, planned in waits)


def _moved(move: Move, before: tuple[datetime | None, datetime | None], at: datetime, carry: Carry) -> datetime:
    if move.done is not None:
        return move.done
    if move.left is not None:
        return max(move.expected or move.left + (move.arrives - move.departs), at)
    real, planned = before
    start = max(real or move.departs, at)
    if move.kind == "data":
        return start
    early = real is not None and planned is not None and real < planned - TOLERANCE
    if start <= move.departs and not (early and move.kind == "post"):
        return move.arrives
    if move.kind == "post":
        told = carry(move.origin, move.target, start)
        if told is not None:
            return told
        return start + (move.arrives - min(planned or move.departs, move.departs))
    return start + (move.arrives - move.departs)


def _acted(
    act: Act,
    ready: datetime | None,
    planned: datetime | None,
    at: datetime,
    days: Calendar,
    opens: Open,
    excluded: int,
) -> datetime:
    if act.done is not None:
        return act.done
    start = ready or act.begins
    early = planned is not None and start < planned - TOLERANCE
    count = days.between(local(act.begins).date(), local(act.ends).date()) if act.agency else 0
    if act.agency and count:
        if start <= act.begins and not early and not excluded:
            return _still(act.ends, at, days)
        return _still(_close(local(start).date(), count + excluded, act.ends, days), at, days)
    start = max(start, at) if not act.agency else start
    if start <= act.begins and act.ends >= at and not (early and (act.agency or act.at_home)):
        return act.ends
    long = act.ends - act.begins
    if act.at_home:
        return max(start, at) + long
    return max(opens(act.place, max(start, at - long), long) + long, at)


def _close(first: date, count: int, planned: datetime, days: Calendar) -> datetime:
    return datetime.combine(days.add(first, count), local(planned).time(), SHANGHAI)


def _still(end: datetime, at: datetime, days: Calendar) -> datetime:
    """An end that has passed without its step being done: the same hour of this working day, or of the next."""
    if end >= at:
        return end
    today = local(at).date()
    hour: time = local(end).time()
    again = datetime.combine(today, hour, SHANGHAI)
    if days.is_working(today) and again >= at:
        return again
    return datetime.combine(days.add(today, 1), hour, SHANGHAI)
