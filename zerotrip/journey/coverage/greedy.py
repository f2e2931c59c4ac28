"""Where to open the next stations: greedy with lazy evaluation.

The benefit of a set of stations is the sum over cells of the best saving any one of them gives there (a step is done at
one place, so two stations with the same service help a cell no more than the better of the two). Such a function is
monotone and submodular: each further station adds at most what it would have added earlier, and the greedy choice
reaches at least 1 − 1/e of the best possible (Nemhauser, Wolsey and Fisher 1978). Lazily (Minoux 1978): a candidate
whose last known gain is below another's fresh gain need not be computed again.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from zerotrip.journey.coverage.values import Cell


class Benefit(Protocol):
    """What the choice asks about candidates. Gains are whole numbers of person-trips."""

    def bound(self, candidate: str) -> int:
        """At least what the candidate can gain, cheap to tell."""
        ...

    def gain(self, candidate: str) -> int:
        """What the candidate gains now, beside those opened."""
        ...

    def open(self, candidate: str) -> None:
        """Take the candidate as opened."""
        ...


@dataclass(frozen=True, slots=True)
class Pick:
    """The next station, what it gains, and what all so far gain."""

    candidate: str
    gain: int
    total: int


def next_stations(candidates: Iterable[str], benefit: Benefit, count: int) -> Iterator[Pick]:
    """Up to `count` stations, best first; ends early when nothing gains any more. Ties go to the smaller code."""
    fresh = 0  # a gain computed after the latest opening
    heap = [(-bound, candidate, -1) for candidate in sorted(set(candidates)) if (bound := benefit.bound(candidate)) > 0]
    heapq.heapify(heap)
    total = 0
    while heap and fresh < count:
        known, candidate, when = heap[0]
        if when == fresh:
            heapq.heappop(heap)
            total -= known
            yield Pick(candidate, -known, total)
            benefit.open(candidate)
            fresh += 1
            continue
        gain = benefit.gain(candidate)
        if gain <= 0:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (-gain, candidate, fresh))


class Savings:
    """The benefit as above: what candidates save by cell, weighted by people.

    `own(candidate)`: trips it saves alone, by cell, without those where it saves none; asked once. `bound(candidate)`:
    at least its weighted sum. `weight(cell)`: for how many (people × items).
    """

    def __init__(
        self,
        own: Callable[[str], Mapping[Cell, int]],
        bound: Callable[[str], int],
        weight: Callable[[Cell], int],
    ) -> None:
        self._ask, self._bound, self._weight = own, bound, weight
        self._kept: dict[str, Mapping[Cell, int]] = {}
        self.saved: dict[Cell, int] = {}
        """What the stations opened so far save, by cell."""

    def bound(self, candidate: str) -> int:
        return self._bound(candidate)

    def gain(self, candidate: str) -> int:
        own = self._own(candidate)
        return sum(self._weight(cell) * max(0, saving - self.saved.get(cell, 0)) for cell, saving in own.items())

    def open(self, candidate: str) -> None:
        for cell, saving in self._own(candidate).items():
            self.saved[cell] = max(self.saved.get(cell, 0), saving)

    def _own(self, candidate: str) -> Mapping[Cell, int]:
        if candidate not in self._kept:
            self._kept[candidate] = self._ask(candidate)
        return self._kept[candidate]
