"""Earliest arrivals, latest departures and profiles on a timetable.

A question for one goal goes through the blocks on its way only (see blocks), all others through the whole timetable.

The scans are compiled by numba on first use and kept on disk (in NUMBA_CACHE_DIR, else beside the source, else in the
user's cache folder). Loading the compiler takes longer than many scans: with `compiled=False` single questions are
answered without it, by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np

from . import compiling, scan_across, scan_kernels
from .path import Leg, State, trace
from .scan_kernels import ALIGHT, BOARD, INF
from .scan_parts import Memory, Parts
from .timetable import Ints, Timetable

__all__ = ["INF", "Profile", "Scanner", "kernel"]

Told = TypeVar("Told")


@cache
def kernel(name: str) -> Callable[..., Any]:
    """A scan of scan_kernels or scan_across, compiled."""
    return compiling.compiled(_plain(name))


def _plain(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(scan_across if name == "across" else scan_kernels, name)
    return found


@dataclass(frozen=True)
class Profile:
    """All useful departures towards one stop. Those of stop s are the rows `head[s]` to `end[s]`."""

    timetable: Timetable
    goal: int
    head: Ints
    end: Ints
    leaves: Ints
    arrives: Ints
    on_foot: Ints

    def of(self, stop: int) -> tuple[Ints, Ints]:
        """The departures by a run from `stop`, and the arrival of each; both rise."""
        rows = slice(self.head[stop], self.end[stop])
        return self.leaves[rows], self.arrives[rows]

    def at(self, stop: int, seconds: int) -> int:
        """The earliest arrival when at `stop` at `seconds`; INF: never within the timetable."""
        best = self._ride(stop, seconds)
        if self.on_foot[stop] < INF:
            best = min(best, seconds + int(self.on_foot[stop]))
        table = self.timetable
        for row in range(table.walk_start[stop], table.walk_start[stop + 1]):
            best = min(best, self._ride(table.walk_to[row], seconds + int(table.walk_seconds[row])))
        return best

    def _ride(self, stop: int, seconds: int) -> int:
        leaves, arrives = self.of(stop)
        row = int(np.searchsorted(leaves, np.int32(seconds)))
        return int(arrives[row]) if row < len(leaves) else INF


class Scanner:
    """Questions to one timetable; stops by number, times in seconds since its base. May be shared between threads.

    `parts`: of the timetable, if they are at hand. `compiled=False` answers without numba, some fifty times slower.
    `by_blocks=False` leaves no block out: the same
    answers from the whole timetable.
    """

    def __init__(
        self, timetable: Timetable, parts: Parts | None = None, *, compiled: bool = True, by_blocks: bool = True
    ) -> None:
        self.timetable = timetable
        self._given = parts
        self._by_blocks = by_blocks
        self._kernel = kernel if compiled else _plain
        t = timetable
        self._connections = (t.departure, t.arrival, t.origin, t.target, t.run, t.can)
        self._walks = (t.walk_start, t.walk_to, t.walk_seconds)
        self._ends: frozenset[int] | None = None
        self._back = (t.back_start, t.back_from, t.back_seconds)

    @cached_property
    def _parts(self) -> Parts | None:
        return (self._given or Parts.of(self.timetable)) if self._by_blocks else None

    def arrival(self, origin: int, goal: int, at: int, until: int = INF - 1) -> int:
        """Earliest arrival at `goal`, not after `until`; INF: none."""
        parts = self._parts
        if parts is None:
            return self._forward(origin, goal, at, until)[0]
        memory = parts.memory()
        best = self._across(parts, memory, origin, goal, at, until)
        parts.spare.append(memory)
        return best

    def arrivals(self, origin: int, at: int, until: int = INF - 1) -> Ints:
        """Earliest arrival at every stop; INF: none."""
        state = self._forward(origin, -1, at, until)[1]
        return np.minimum(state.ridden, state.walked)

    def journey(self, origin: int, goal: int, at: int, until: int = INF - 1) -> tuple[Leg, ...] | None:
        """The legs of an earliest arrival; empty when already there, None when there is no way."""
        return self._reached(origin, goal, at, until, lambda state: trace(self.timetable, state, goal))

    def rides(self, origin: int, goal: int, at: int) -> Ints | None:
        """The rides of an earliest arrival, last first, as scan_kernels.rides tells them; None when there is no way."""
        table, kernel = self.timetable, self._kernel("rides")
        return self._reached(
            origin, goal, at, INF - 1,
            lambda s: kernel(
                s.enter, s.ridden, s.walked, s.walker, s.afoot, table.origin, table.change, origin, at, goal
            ),
        )  # fmt: skip

    def _reached(self, origin: int, goal: int, at: int, until: int, tell: Callable[[State], Told]) -> Told | None:
        """What `tell` makes of the marks that a scan left, as long as they stand."""
        parts = self._parts
        if parts is None:
            best, state = self._forward(origin, goal, at, until)
            return tell(state) if best < INF else None
        memory = parts.memory()
        if self._across(parts, memory, origin, goal, at, until) < INF:
            m = memory
            m.walked[origin], m.walker[origin], m.afoot[origin] = at, -1, 1
            m.ridden[origin] = INF
            told = tell(State(origin, at, m.ridden, m.walked, m.enter, m.leave, m.walker, m.afoot))
            m.walked[origin], m.afoot[origin] = INF, 0
        else:
            told = None
        parts.spare.append(memory)
        return told

    def _across(self, parts: Parts, memory: Memory, origin: int, goal: int, at: int, until: int) -> int:
        table, blocks, m = self.timetable, self.timetable.blocks, memory
        best = self._kernel("across")(
            *parts.connections, parts.whole, parts.begins, parts.first, parts.members, table.change,
            blocks.above, blocks.top, blocks.depth, origin, goal, at, until, m.stamp,
            m.ready, m.ridden, m.enter, m.leave, m.boarded, m.ways, m.gates,
        )  # fmt: skip
        return int(best)

    def latest(self, origin: int, goal: int, by: int, since: int = 0) -> int | None:
        """The latest time to be at `origin` and reach `goal` by `by`; None: not when setting out from `since` on."""
        best, _ = self._backward(origin, goal, by, since)
        return best if best > -INF else None

    def latest_all(self, goal: int, by: int, since: int = 0) -> Ints:
        """The latest time to be at each stop and reach `goal` by `by`; -INF: never."""
        found = self._backward(-1, goal, by, since)[1]
        return np.where(found >= since, found, -INF).astype(np.int32)

    def profile(self, goal: int) -> Profile:
        """All useful departures towards `goal` in the timetable's span."""
        return next(self.profiles([goal]))

    def profiles(self, goals: Iterable[int] | None = None) -> Iterator[Profile]:
        """The profile of each goal (default: every stop), one after the other."""
        t = self.timetable
        stops, runs = len(t.stops), len(t.run_trip)
        boarded = np.bincount(t.origin[(t.can & BOARD) != 0], minlength=stops)
        start = np.concatenate(([0], np.cumsum(boarded + 1))).astype(np.int32)
        wait = t.change[t.target]
        hand = np.where(wait >= 0, t.arrival + wait, INF).astype(np.int32)
        rows = np.empty((start[-1], 2), np.int32)
        head, direct = np.empty((2, stops), np.int32)
        staying, again = np.empty(runs, np.int32), np.empty(len(t.departure), np.int32)
        scan = self._kernel("profile")
        for goal in range(stops) if goals is None else goals:
            used = scan(*self._connections, t.following, hand, *self._walks, *self._back,
                        goal, start, rows, head, direct, staying, again)  # fmt: skip
            yield _packed(t, goal, used, start, head, rows, direct)

    def _forward(self, origin: int, goal: int, at: int, until: int) -> tuple[int, State]:
        stops = len(self.timetable.stops)
        work = np.empty((6, stops), np.int32)
        boarded = np.empty(len(self.timetable.run_trip), np.int32)
        afoot = np.empty(stops, np.uint8)
        ready, ridden, walked, enter, leave, walker = work
        left = 0
        if goal < 0:
            if self._ends is None:
                table = self.timetable
                self._ends = frozenset(np.unique(table.target[(table.can & ALIGHT) != 0]).tolist())
            left = len(self._ends) - (origin in self._ends)
        best = self._kernel("forward")(
            *self._connections, self.timetable.change, *self._walks, origin, goal, at, until, left,
            ready, ridden, walked, boarded, enter, leave, walker, afoot,
        )  # fmt: skip
        return int(best), State(origin, at, ridden, walked, enter, leave, walker, afoot)

    def _backward(self, origin: int, goal: int, by: int, since: int) -> tuple[int, Ints]:
        leaving, alighting, walking = np.empty((3, len(self.timetable.stops)), np.int32)
        boarded = np.empty(len(self.timetable.run_trip), np.int32)
        best = self._kernel("backward")(
            *self._connections, self.timetable.change, *self._back, origin, goal, by, since,
            leaving, alighting, walking, boarded,
        )  # fmt: skip
        return int(best), np.maximum(leaving, walking)


def _packed(table: Timetable, goal: int, used: int, start: Ints, head: Ints, rows: Ints, direct: Ints) -> Profile:
    """A profile of its own, without the empty rows between the stops'."""
    counts = start[1:] - 1 - head
    end = np.cumsum(counts, dtype=np.int32)
    picked = np.arange(used, dtype=np.int32) + np.repeat(head - end + counts, counts)
    return Profile(table, goal, end - counts, end, rows[picked, 0], rows[picked, 1], direct.copy())
