"""From one end to another: which runs carry a piece handed over at a moment, and the shares on the last of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .promise_carry import Known, KnownInLists
from .promise_window import COLLECTION, DELIVERY, Hop, Runs

NEVER: Final = 2**31 - 1
NO_PLACE: Final = -1

Floats = NDArray[np.float64] | list[float]
Ints = NDArray[np.int64] | list[int]
"""Lists for functions that are not compiled (see promise_carry)."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a piece begins or ends: at a stop's counter, or (`door`) collected or delivered by the stop's courier."""

    stop: str
    door: bool = False


class Ride(NamedTuple):
    """One ride of the earliest path: where on and off, and the seconds needed before it: dwell, or a way on foot."""

    origin: str
    target: str
    gap: int
    sorted: bool
    """Whether the gap is the dwell of sorting, which may take longer."""


class Path(NamedTuple):
    """Rides in order, and the seconds on foot after the last."""

    rides: tuple[Ride, ...]
    walk: int = 0


NO_RIDES: Final = Path(())


class Way(NamedTuple):
    """The hops of a path in one window: their runs in the pool, the seconds before each and the histograms in those
    (see Slot), and the seconds after the last."""

    hops: tuple[Hop, ...]
    starts: Ints
    ends: Ints
    gaps: Ints
    places: Ints
    walk: int


@dataclass(slots=True)
class Slot:
    """One piece of time in which the hand-over makes no difference: from `since` to `until` (seconds).

    `gaps`, `places`: seconds before each hop, and the histogram of the sorting in them (NO_PLACE: none). `runs`: the
    scheduled run of each hop, by its place in the pool. `scheduled`: the earliest arrival the timetable allows. `low`,
    `mass`: the shares on the runs of the last hop; `lost`: that past the window. `walk`: seconds after it.
    """

    since: int
    until: int
    scheduled: int
    hops: tuple[Hop, ...]
    gaps: Ints
    places: Ints
    runs: tuple[int, ...]
    low: int
    mass: Floats
    lost: float
    walk: int
    quantiles: dict[float, int] = field(default_factory=dict)


class Lane:
    """All that was asked about one pair of ends in one window. Slots are made when asked for."""

    def __init__(self, runs: Runs, origin: End, target: End, change: Callable[[str], int]) -> None:
        self.runs = runs
        self.origin = origin
        self.target = target
        self.change = change
        self._untils: list[int] = []
        self._slots: list[Slot] = []
        self._none_from = NEVER
        self._ways: dict[Path, Way] = {}

    def slot(
        self, at: int, path: Callable[[str, str, int], Path | None], known: Callable[[], Known | KnownInLists]
    ) -> Slot | None:
        """The slot of a moment; None when there is no way any more in the window.

        `path(origin, target, ready)`: the earliest path. `known`: the histograms, after all keys are numbered.
        """
        i = bisect_left(self._untils, at)
        if i < len(self._slots) and self._slots[i].since <= at:
            return self._slots[i]
        if at >= self._none_from:
            return None
        found = self._make(at, path, known)
        if found is None:
            self._none_from = min(self._none_from, at)
            return None
        if i < len(self._slots) and self._slots[i].until == found.until:
            self._slots[i].since = at
            return self._slots[i]
        self._untils.insert(i, found.until)
        self._slots.insert(i, found)
        return found

    def _make(
        self, at: int, path: Callable[[str, str, int], Path | None], known: Callable[[], Known | KnownInLists]
    ) -> Slot | None:
        runs, origin, target = self.runs, self.origin, self.target
        ready = at
        if origin.door:
            start, end = runs.span((COLLECTION, origin.stop))
            first = runs.from_moment(start, end, at)
            if first == end:
                return None
            ready = int(runs.arrivals[first])
        found = NO_RIDES
        if origin.stop != target.stop:
            earliest = path(origin.stop, target.stop, ready if origin.door else ready + self.change(origin.stop))
            if earliest is None:
                return None
            found = earliest
        way = self._ways.get(found)
        if way is None:
            way = self._ways[found] = self._way(found)
        return self._carry(at, way, known)

    def _way(self, path: Path) -> Way:
        """A path with the rounds before and after it."""
        runs, origin, target = self.runs, self.origin, self.target
        hops: list[Hop] = []
        gaps: list[int] = []
        places: list[int] = []
        if origin.door:
            hops, gaps, places = [(COLLECTION, origin.stop)], [0], [NO_PLACE]
        before = 0 if origin.door else self.change(origin.stop)
        for number, ride in enumerate(path.rides):
            hops.append((ride.origin, ride.target))
            gaps.append(ride.gap + (before if number == 0 else 0))
            places.append(runs.book.sorting(ride.origin) if number and ride.sorted else NO_PLACE)
        walk = path.walk
        if target.door:
            hops.append((DELIVERY, target.stop))
            gaps.append(walk if origin.stop != target.stop or origin.door else before)
            places.append(NO_PLACE)
            walk = 0
        spans = [runs.span(hop) for hop in hops]
        numbers = ([start for start, _end in spans], [end for _start, end in spans], gaps, places)
        if runs.kernels.listed:
            return Way(tuple(hops), *numbers, walk)
        starts, ends, gaps_of, places_of = (np.array(column, np.int64) for column in numbers)
        return Way(tuple(hops), starts, ends, gaps_of, places_of, walk)

    def _carry(self, at: int, way: Way, known: Callable[[], Known | KnownInLists]) -> Slot | None:
        runs, kernels = self.runs, self.runs.kernels
        if not way.hops:
            return Slot(at, at, at + way.walk, (), way.gaps, way.places, (), 0, np.zeros(0), 0.0, way.walk)
        departures, arrivals, _rows, _units = pool = runs.pool
        chosen = kernels.follow(departures, arrivals, way.starts, way.ends, way.gaps, at).tolist()
        if chosen[-1] == NEVER:
            return None
        low, mass, lost = kernels.spread(known(), *pool, way.starts, way.ends, way.gaps, way.places, chosen[0])
        until = int(departures[chosen[0]]) - int(way.gaps[0])
        there = int(arrivals[chosen[-1]]) + way.walk
        return Slot(
            at, until, there, way.hops, way.gaps, way.places, tuple(chosen), int(low),
            mass.tolist() if kernels.listed else mass, float(lost), way.walk,
        )  # fmt: skip
