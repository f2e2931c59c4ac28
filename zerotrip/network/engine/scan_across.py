"""The scan through the blocks on the way alone, as plain loops like those of scan_kernels.

Getting on and off is written here once more, with stamps and without walks. One function for both was tried and
measured: it made this scan a quarter slower and the one to all places by a twelfth, which has little to spare.
"""

from __future__ import annotations

import numpy as np

from .scan_kernels import ALIGHT, BOARD, FIRST, INF, LAST, A


def across(
    departure: A,
    arrival: A,
    origin: A,
    target: A,
    run: A,
    can: A,
    whole: A,
    begins: A,
    first: A,
    members: A,
    change: A,
    above: A,
    top: A,
    depth: A,
    source: int,
    goal: int,
    at: int,
    until: int,
    stamp: int,
    ready: A,
    ridden: A,
    enter: A,
    leave: A,
    boarded: A,
    ways: A,
    gates: A,
) -> int:
    """As `forward` to one goal without walks, through the blocks between `source` and `goal` only (see blocks, Parts).

    Writes per stop on the way: `ridden`, and `enter` and `leave` as places in the whole timetable. `boarded` holds
    `stamp` and the row; what is below `stamp` was another scan's. `ways`, `gates`: the blocks and where each is left.
    """
    up, down = 0, len(ways)
    one, two = source, goal
    while one != two:
        if above[one] >= 0 and above[one] == above[two]:
            ways[up], gates[up] = above[one], two
            up += 1
            break
        if depth[one] == 0 and depth[two] == 0:
            return INF
        if depth[one] >= depth[two]:
            ways[up] = above[one]
            one = top[above[one]]
            gates[up] = one
            up += 1
        else:
            down -= 1
            ways[down], gates[down] = above[two], two
            two = top[above[two]]
    for k in range(down, len(ways)):
        ways[up], gates[up] = ways[k], gates[k]
        up += 1
    here, best = source, at
    for n in range(up):
        block, gate = ways[n], gates[n]
        if n > 0:
            if change[here] < 0:
                return INF
            at = best + change[here]
        for k in range(first[block], first[block + 1]):
            ready[members[k]] = INF
            if n == 0 or members[k] != here:
                ridden[members[k]] = INF
        ready[here] = at
        best = INF
        last = begins[block + 1]
        i = begins[block] + int(np.searchsorted(departure[begins[block] : last], at))
        begin = i
        changed = False
        while i < last:
            t = departure[i]
            if t >= best or t > until:
                break
            c = i
            i += 1
            marks = can[c]
            if marks & FIRST:
                begin = c
                changed = False
            r = run[c]
            aboard = stamp <= boarded[r] <= stamp + c
            if not aboard and ready[origin[c]] <= t and marks & BOARD:
                boarded[r] = stamp + c
                aboard = True
                changed = True
            if aboard and marks & ALIGHT:
                stop, a = target[c], arrival[c]
                if a < ridden[stop] and a <= until:
                    changed = True
                    ridden[stop] = a
                    enter[stop] = whole[boarded[r] - stamp]
                    leave[stop] = whole[c]
                    if change[stop] >= 0 and a + change[stop] < ready[stop]:
                        ready[stop] = a + change[stop]
                    if stop == gate:
                        best = a
            if marks & LAST and changed:
                i = begin
        if best == INF:
            return INF
        here = gate
    return best
