"""Where a piece may be and when, as shares of one: pushed from run to run, missed connections included.

Pieces can only move with runs, so the state between two hops is not a cloud of moments but a share for each run of the
next hop. With what it arrives late, and with what the sorting takes beyond its dwell, a piece of run j catches run k
with the chance that the sum of both is at most the slack; whoever misses k takes k+1. Nothing is rounded to a grid.

Source: sums of independent random variables along a path with waiting for the next departure; compare Hahn-Klimroth
and others on stochastic public transport. Runs leave on schedule for who is not ready: a late run takes nobody extra.

Plain loops, which run as they stand; `kernels` gives them compiled. Compiled they take arrays, plain they take lists:
Python reads one number from a list several times faster than from an array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zerotrip.network.engine.compiling import compiled, within
from zerotrip.network.engine.lateness import EDGES

NEVER: Final = 2**31 - 1

_LAST: Final = float(EDGES[-1])
_UP: Final = np.searchsorted(EDGES, np.arange(int(EDGES[-1]) + 1), side="right").astype(np.int64)
_NOTHING: Final = 1e-7
"""A share not worth following on: it goes along with the run before."""
_NEAR: Final = 0.5 - 0.5 / np.sqrt(3.0)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Known(NamedTuple):
    """What is known of lateness: `cdfs[row]` is the share of histogram `row` not later than each of `edges`; `up`: the
    first edge over each whole unit. For compiled functions."""

    cdfs: Any
    edges: Any = EDGES
    up: Any = _UP


class KnownInLists:
    """The same for plain functions, with what `ready_by` answered before: the runs of every day are alike."""

    def __init__(self, cdfs: list[list[float]]) -> None:
        self.cdfs = cdfs
        self.edges: list[float] = EDGES.tolist()
        self.up: list[int] = _UP.tolist()
        self.ready: dict[tuple[int, float, int, float], float] = {}


def late_by(known: Any, row: int, units: float) -> Any:
    """The share of histogram `row` not later than `units`."""
    if units < 0.0:
        return 0.0
    if units >= _LAST:
        return 1.0
    shares, edges = known.cdfs[row], known.edges
    b = known.up[int(units)]
    low = shares[b - 1]
    return low + (shares[b] - low) * (units - edges[b - 1]) / (edges[b] - edges[b - 1])


def ready_by(known: Any, row: int, unit: float, place: int, slack: float) -> Any:
    """The chance that arriving late and sorting late together take at most `slack` seconds; place -1: no sorting."""
    asked = (row, unit, place, slack)
    found = known.ready.get(asked)
    if found is None:
        found = known.ready[asked] = _ready_by(known, row, unit, place, slack)
    return found


def _ready_by(known: Any, row: int, unit: float, place: int, slack: float) -> Any:
    if slack < 0.0:
        return 0.0
    if place < 0:
        return late_by(known, row, slack / unit)
    sorting, edges = known.cdfs[place], known.edges
    total = sorting[0] * late_by(known, row, slack / unit)
    for b in range(1, len(edges)):
        low = edges[b - 1] * 60.0
        if low >= slack:
            break
        share = sorting[b] - sorting[b - 1]
        if share < 1e-9:
            continue
        full = edges[b] * 60.0 - low
        width = min(full, slack - low)
        one = late_by(known, row, (slack - low - width * _NEAR) / unit)
        two = late_by(known, row, (slack - low - width * (1.0 - _NEAR)) / unit)
        total += share * (width / full) * 0.5 * (one + two)
    return min(total, 1.0)


def first_from(departures: Any, low: int, high: int, moment: int) -> int:
    """The first index in [low, high) whose departure is not before `moment`; `high` if there is none."""
    while low < high:
        middle = (low + high) // 2
        if departures[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


def lay(dep: Any, arr: Any, service: Any, heads: Any, days: Any) -> Any:
    """The runs of a hop on all days: which row of the hop each is, its departure and arrival, in order of departure.

    Row k runs on the days that begin at days[heads[s]] to days[heads[s + 1]] for its service s. Runs that a later one
    overtakes are left out: nobody waits for them.
    """
    count = 0
    for k in range(len(dep)):
        count += heads[service[k] + 1] - heads[service[k]]
    row, leaves, arrives = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    order = np.empty(count, np.int64)
    i = 0
    for k in range(len(dep)):
        for d in range(heads[service[k]], heads[service[k] + 1]):
            row[i], leaves[i], arrives[i] = k, days[d] + dep[k], days[d] + arr[k]
            order[i] = leaves[i] * 4294967296 - arrives[i]
            i += 1
    place = np.argsort(order, kind="mergesort")  # stable: the same compiled or not
    best = 2**62
    i = count
    for n in range(count - 1, -1, -1):
        if arrives[place[n]] < best:
            best = arrives[place[n]]
            i -= 1
            place[i] = place[n]
    kept = place[i:]
    return row[kept], leaves[kept], arrives[kept]


def follow(dep: Any, arr: Any, starts: Any, ends: Any, gaps: Any, moment: int) -> Any:
    """The run of each hop for a piece ready at `moment` when all is on schedule; NEVER from where there is none."""
    chosen = np.full(len(starts), NEVER)
    for h in range(len(starts)):
        run = first_from(dep, starts[h], ends[h], moment + gaps[h])
        if run == ends[h]:
            break
        chosen[h] = run
        moment = arr[run]
    return chosen


def spread(
    known: Any, dep: Any, arr: Any, row: Any, unit: Any, starts: Any, ends: Any, gaps: Any, places: Any, first: int
) -> Any:
    """The shares on the runs of the last hop, for a piece that leaves with run `first` of the first.

    `dep`, `arr`, `row`, `unit`: the runs of all hops; hop h has those from starts[h] to ends[h], in order.
    `gaps`, `places`: seconds of dwell before hop h and the histogram of its sorting (-1: none).
    Out: index of the first run, its share and those of the runs after it, and the share for which the timetable ends.
    """
    low = first
    mass = np.ones(1)
    lost = 0.0
    for h in range(1, len(starts)):
        begin = first_from(dep, starts[h], ends[h], arr[low] + gaps[h])
        onward = np.zeros(ends[h] - begin)
        top = 0
        for j in range(len(mass)):
            if mass[j] <= 0.0:
                continue
            ready = arr[low + j] + gaps[h]
            k = first_from(dep, begin, ends[h], ready)
            done = 0.0
            while k < ends[h] and done < 1.0:
                chance = ready_by(known, row[low + j], unit[low + j], places[h], float(dep[k] - ready))
                if mass[j] * (1.0 - chance) < _NOTHING:
                    chance = 1.0
                if chance > done:
                    onward[k - begin] += mass[j] * (chance - done)
                    done = chance
                k += 1
            top = max(top, k - begin)
            lost += mass[j] * (1.0 - done)
        mass = onward[:top]
        low = begin
        if top == 0:
            break
    return low, mass, lost


def certainty(known: Any, arr: Any, row: Any, unit: Any, low: int, mass: Any, moment: float) -> float:
    """The chance to have arrived by `moment`."""
    total = 0.0
    for j in range(len(mass)):
        if arr[low + j] > moment:
            break
        total += mass[j] * late_by(known, row[low + j], (moment - arr[low + j]) / unit[low + j])
    return total


def quantile(known: Any, arr: Any, row: Any, unit: Any, low: int, mass: Any, level: float) -> Any:
    """The first second by which the piece is there with the chance `level`; NEVER if that lies past the window."""
    if len(mass) == 0:
        return NEVER
    left = arr[low] - 1
    right = left
    for j in range(low, low + len(mass)):
        right = max(right, arr[j] + int(_LAST * unit[j]) + 1)
    if certainty(known, arr, row, unit, low, mass, float(right)) < level:
        return NEVER
    while right - left > 1:
        middle = (left + right) // 2
        if certainty(known, arr, row, unit, low, mass, float(middle)) >= level:
            right = middle
        else:
            left = middle
    return right


@dataclass(frozen=True, slots=True)
class Kernels:
    """The functions above that promises are made with. `listed`: they take lists in place of arrays."""

    listed: bool = True
    lay: Callable[..., Any] = lay
    follow: Callable[..., Any] = follow
    spread: Callable[..., Any] = spread
    certainty: Callable[..., Any] = certainty
    quantile: Callable[..., Any] = quantile


PLAIN: Final = Kernels()


@cache
def kernels() -> Kernels:
    """All of them compiled: for a few promises loading them takes longer than doing without."""
    for function in (late_by, first_from, certainty):
        within(function)
    within(ready_by, _ready_by)
    return Kernels(False, *(compiled(function) for function in (lay, follow, spread, certainty, quantile)))
