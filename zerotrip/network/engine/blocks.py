"""The blocks of a network: parts that a piece leaves and enters by one stop only, so that others need not be looked at.

A *block* is a biconnected component of the stops, where all stops of a trip count as joined: every trip lies in one
block, and two blocks share one stop at most. Blocks and stops form a tree, so a way between two stops leads through the
same blocks in the same order, whatever the time. Going into another block and coming back to the stop one left it by
is never earlier: one was there already. So a question is answered block after block, and in a network of hubs with
outlets around them nearly all connections are left out, with the same arrival to the second.

This holds for rides only: a feed with walks between stops is one block.

Source: J. Hopcroft, R. Tarjan, Algorithm 447: efficient algorithms for graph manipulation (CACM 1973); for scanning by
parts, B. Strasser, D. Wagner, Connection Scan Accelerated (ALENEX 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]

ROOT: Final = -1


@dataclass(frozen=True)
class Blocks:
    """The tree of blocks and stops.

    `above`: the block through which a stop hangs on the rest, ROOT at a stop that is not (one of each part of the
    network). `top`: the stop a block hangs on. `depth`: blocks between a stop and its root. `trip`: the block of each
    trip; -1 for one that goes nowhere.
    """

    above: Ints
    top: Ints
    depth: Ints
    trip: Ints

    @classmethod
    def of(cls, stops: int, trips: Sequence[Sequence[int]]) -> Blocks:
        """`trips`: the stops of each, in order, by number."""
        patterns: dict[tuple[int, ...], int] = {}
        number = [patterns.setdefault(tuple(trip), len(patterns)) for trip in trips]
        # A node of its own, joined to all stops of a trip, keeps them in one block.
        near: list[set[int]] = [set() for _ in range(stops + len(patterns))]
        for trip, at in patterns.items():
            hub = stops + at
            for one, two in pairwise(trip):
                if one != two:
                    near[one].add(two)
                    near[two].add(one)
            for stop in trip:
                near[stop].add(hub)
                near[hub].add(stop)
        above, top, depth = _hung(near, stops)
        found = np.array([above[stops + at] for at in range(len(patterns))] or [ROOT], np.int32)
        return cls(
            np.array(above[:stops], np.int32), np.array(top, np.int32), np.array(depth[:stops], np.int32),
            found[np.array(number, np.int64)] if number else np.zeros(0, np.int32),
        )  # fmt: skip


def _hung(near: Sequence[Iterable[int]], stops: int) -> tuple[list[int], list[int], list[int]]:
    """For every node the block above it and its depth, and for every block its top; roots are stops."""
    count = len(near)
    entered, low = [0] * count, [0] * count
    above, depth, top = [ROOT] * count, [0] * count, list[int]()
    clock = 0
    for root in range(stops):
        if entered[root]:
            continue
        clock += 1
        entered[root] = low[root] = clock
        trail: list[int] = []  # nodes entered and not yet in a block
        path = [(root, ROOT, iter(near[root]))]
        while path:
            node, before, rest = path[-1]
            for other in rest:
                if not entered[other]:
                    clock += 1
                    entered[other] = low[other] = clock
                    trail.append(other)
                    path.append((other, node, iter(near[other])))
                    break
                if other != before:
                    low[node] = min(low[node], entered[other])
            else:
                path.pop()
                if before == ROOT:
                    continue
                low[before] = min(low[before], low[node])
                if low[node] >= entered[before]:
                    while True:
                        member = trail.pop()
                        above[member] = len(top)
                        if member == node:
                            break
                    top.append(before)
    for node in sorted(range(count), key=entered.__getitem__):  # tops were entered before what hangs on them
        if above[node] != ROOT:
            depth[node] = depth[top[above[node]]] + 1
    return above, top, depth
