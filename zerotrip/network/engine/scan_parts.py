"""A timetable laid out block by block (see blocks), and the working memory of a scan through it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .scan_kernels import INF
from .timetable import Ints, Plan, Timetable, marked


@dataclass(slots=True)
class Memory:
    """What one scan writes. `stamp`: entries of `boarded` below it are of earlier scans and count as none.

    `walked`, `walker`, `afoot` say, as the whole scan's do, that one was at the source without a ride.
    """

    ready: Ints
    ridden: Ints
    enter: Ints
    leave: Ints
    walked: Ints
    walker: Ints
    afoot: NDArray[np.uint8]
    boarded: NDArray[np.int64]
    ways: Ints
    gates: Ints
    stamp: int = 0


@dataclass(frozen=True)
class Parts:
    """The connections of each block, in order of departure: rows `begins[b]` to `begins[b + 1]`.

    `whole`: where a row stands in the timetable. `members`: the stops of block b from `first[b]` to `first[b + 1]`.
    """

    timetable: Timetable
    connections: tuple[NDArray[np.generic], ...]
    whole: Ints
    begins: Ints
    first: Ints
    members: Ints
    spare: deque[Memory] = field(default_factory=deque)

    @classmethod
    def of(cls, timetable: Timetable) -> Parts | None:
        """None when all is one block: then there is nothing to leave out."""
        t, blocks = timetable, timetable.blocks
        count = len(blocks.top)
        if count < 2:
            return None
        block = blocks.trip[t.run_trip[t.run]]
        whole = np.argsort(block, kind="stable").astype(np.int32)
        block = block[whole]
        departure, arrival = t.departure[whole], t.arrival[whole]
        apart = block.astype(np.int64) << 32  # what leaves in one second in two blocks does not stand together
        can = marked(t.can[whole], departure + apart, arrival + apart)
        hanging = np.flatnonzero(blocks.above >= 0).astype(np.int32)
        owner = np.concatenate((np.arange(count, dtype=np.int32), blocks.above[hanging]))
        stops = np.concatenate((blocks.top, hanging))
        order = np.argsort(owner, kind="stable")
        each = np.arange(count + 1)
        return cls(
            t, (departure, arrival, t.origin[whole], t.target[whole], t.run[whole], can), whole,
            np.searchsorted(block, each).astype(np.int32), np.searchsorted(owner[order], each).astype(np.int32),
            np.ascontiguousarray(stops[order]),
        )  # fmt: skip

    @classmethod
    def laid(cls, plan: Plan, first: date, days: int) -> tuple[Timetable, Parts | None]:
        """The timetable of `days` days from `first`, and its parts. Raises FeedEnded."""
        timetable = Timetable.build(plan, first, days)
        return timetable, cls.of(timetable)

    def memory(self) -> Memory:
        """Working memory nobody else uses; give it back to `spare`."""
        try:
            found = self.spare.pop()
        except IndexError:
            stops, blocks = len(self.timetable.stops), self.timetable.blocks
            ready, ridden, enter, leave, walker = np.empty((5, stops), np.int32)
            ways, gates = np.empty((2, 2 * int(blocks.depth.max(initial=0)) + 1), np.int32)
            found = Memory(
                ready, ridden, enter, leave, np.full(stops, INF, np.int32), walker, np.zeros(stops, np.uint8),
                np.full(len(self.timetable.run_trip), -1, np.int64), ways, gates,
            )  # fmt: skip
        found.stamp += len(self.whole) + 1
        return found
