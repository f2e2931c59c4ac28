"""From the marks a scan left to the legs of a journey: which run carries it from where to where, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .timetable import Ints, Timetable


@dataclass(frozen=True, slots=True)
class Leg:
    """One ride, or one walk (`trip` empty, `run` -1). Times are seconds since the timetable's base.

    `enter` and `leave` are the connections with which the ride begins and ends; -1 for a walk.
    """

    trip: str
    run: int
    origin: str
    target: str
    departure: int
    arrival: int
    enter: int = -1
    leave: int = -1


@dataclass(frozen=True, slots=True)
class State:
    """What a forward scan wrote (see scan_kernels.forward)."""

    source: int
    at: int
    ridden: Ints
    walked: Ints
    enter: Ints
    leave: Ints
    walker: Ints
    afoot: NDArray[np.uint8]


def trace(table: Timetable, state: State, goal: int) -> tuple[Leg, ...]:
    """The legs to `goal`, which the scan reached; empty when it is the source."""
    legs: list[Leg] = []
    stop, on_foot = goal, bool(state.walked[goal] < state.ridden[goal])
    while stop != state.source or not on_foot:
        if on_foot:
            before = int(state.walker[stop])
            leaving = state.at if before == state.source else int(state.ridden[before])
            legs.append(Leg("", -1, table.stops[before], table.stops[stop], leaving, int(state.walked[stop])))
            if before == state.source:
                break
            stop, on_foot = before, False
        else:
            enter, leave = int(state.enter[stop]), int(state.leave[stop])
            stop = int(table.origin[enter])
            legs.append(_ride(table, enter, leave))
            on_foot = bool(state.afoot[stop])
    return tuple(reversed(legs))


def _ride(table: Timetable, enter: int, leave: int) -> Leg:
    run = int(table.run[enter])
    return Leg(
        table.trip_of(run), run, table.stops[table.origin[enter]], table.stops[table.target[leave]],
        int(table.departure[enter]), int(table.arrival[leave]), enter, leave,
    )  # fmt: skip
