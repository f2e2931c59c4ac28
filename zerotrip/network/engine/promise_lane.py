"""From one end to another: which runs carry a piece handed over at a moment, and the shares on the last of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .promise_window import COLLECTION, DELIVERY, Hop, Runs

NEVER: Final = 2**31 - 1
NO_PLACE: Final = -1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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

    def slot(self, at: int, path: Callable[[str, str, int], Path | None], cdfs: Callable[[], Floats]) -> Slot | None:
        """The slot of a moment; None when there is no way any more in the window.

        `path(origin, target, ready)`: the earliest path. `cdfs`: the histograms, after all keys are numbered.
        """
        i = bisect_left(self._untils, at)
        if i < len(self._slots) and self._slots[i].since <= at:
            return self._slots[i]
        if at >= self._none_from:
            return None
        found = self._make(at, path, cdfs)
        if found is None:
            self._none_from = min(self._none_from, at)
            return None
        if i < len(self._slots) and self._slots[i].until == found.until:
            self._slots[i].since = at
            return self._slots[i]
        self._untils.insert(i, found.until)
        self._slots.insert(i, found)
        return found

    def _make(self, at: int, path: Callable[[str, str, int], Path | None], cdfs: Callable[[], Floats]) -> Slot | None:
        runs, origin, target = self.runs, self.origin, self.target
        hops: list[Hop] = []
        gaps: list[int] = []
        places: list[int] = []
        ready = at
        if origin.door:
            start, end = runs.span((COLLECTION, origin.stop))
            first = runs.from_moment(start, end, at)
            if first == end:
                return None
            hops, gaps, places, ready = [(COLLECTION, origin.stop)], [0], [NO_PLACE], int(runs.arrivals[first])
        walk = 0
        if origin.stop != target.stop:
            handed = ready if origin.door else ready + self.change(origin.stop)
            found = path(origin.stop, target.stop, handed)
            if found is None:
                return None
            for number, ride in enumerate(found.rides):
                hops.append((ride.origin, ride.target))
                gaps.append(ride.gap + (handed - ready if number == 0 else 0))
                places.append(runs.book.sorting(ride.origin) if number and ride.sorted else NO_PLACE)
            walk = found.walk
        if target.door:
            hops.append((DELIVERY, target.stop))
            gaps.append(walk if origin.stop != target.stop or origin.door else self.change(origin.stop))
            places.append(NO_PLACE)
            walk = 0
        return self._carry(at, hops, gaps, places, walk, cdfs)

    def _carry(
        self, at: int, hops: list[Hop], gaps: list[int], places: list[int], walk: int, cdfs: Callable[[], Floats]
    ) -> Slot | None:
        from . import promise_carry as kernels

        runs = self.runs
        if not hops:
            none = np.zeros(0, dtype=np.int64)
            return Slot(at, at, at + walk, (), none, none, (), 0, np.zeros(0), 0.0, walk)
        spans = np.array([runs.span(hop) for hop in hops], dtype=np.int64)
        starts, ends, before, sorting = spans[:, 0].copy(), spans[:, 1].copy(), np.array(gaps), np.array(places)
        chosen = kernels.follow(runs.departures, runs.arrivals, starts, ends, before, at)
        if chosen[-1] == NEVER:
            return None
        low, mass, lost = kernels.spread(
            cdfs(), runs.departures, runs.arrivals, runs.rows, runs.units,
            starts, ends, before, sorting, chosen[0],
        )  # fmt: skip
        until = int(runs.departures[chosen[0]]) - gaps[0]
        there = int(runs.arrivals[chosen[-1]]) + walk
        return Slot(
            at, until, there, tuple(hops), before, sorting, tuple(chosen.tolist()), int(low), mass, float(lost), walk
        )
