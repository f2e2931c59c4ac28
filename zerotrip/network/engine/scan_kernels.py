"""The scans themselves, as plain loops over arrays: they run as they stand, and compiled by numba (see scan.py).

Method: Dibbelt, Pajor, Strasser, Wagner: "Connection Scan Algorithm" (ACM JEA 2018). Connections are in order of
departure, so one pass settles everything. Connections without duration (a timetable in whole minutes has many) may form
circles within one second: they stand together and are scanned again until nothing changes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

INF: Final = 2**31 - 1
BOARD: Final = 1
ALIGHT: Final = 2

A = Any  # arrays of int32, or of uint8 for `can`


def forward(
    departure: A,
    arrival: A,
    origin: A,
    target: A,
    run: A,
    can: A,
    change: A,
    walk_start: A,
    walk_to: A,
    walk_seconds: A,
    source: int,
    goal: int,
    at: int,
    until: int,
    ready: A,
    ridden: A,
    walked: A,
    boarded: A,
    enter: A,
    leave: A,
    walker: A,
    afoot: A,
) -> int:
    """Earliest arrivals from `source` at `at`; stops once `goal` (-1: none) is settled. Returns its arrival or INF.

    Writes per stop: `ready` to board, `ridden` arrival by a run with the connections `enter` and `leave`, `walked`
    arrival on foot with the stop `walker` it came from, `afoot` whether `ready` is due to a walk; per run: `boarded`,
    the first connection aboard. Each is set only when that is strictly earlier: following them back never goes in a
    circle.
    A walk comes after a ride or at the start, never after a walk. Nothing that arrives after `until` counts.
    """
    ready[:] = INF
    ridden[:] = INF
    walked[:] = INF
    boarded[:] = INF
    ready[source] = at
    walked[source] = at
    walker[source] = -1
    afoot[source] = 1
    best = INF
    if goal == source:
        return at
    for k in range(walk_start[source], walk_start[source + 1]):
        stop = walk_to[k]
        if at + walk_seconds[k] < walked[stop]:
            walked[stop] = at + walk_seconds[k]
            ready[stop] = walked[stop]
            walker[stop] = source
            afoot[stop] = 1
    if goal >= 0 and walked[goal] <= until:
        best = walked[goal]
    count = len(departure)
    i = int(np.searchsorted(departure, at))
    begin = i  # of a group without duration
    changed = False
    while i < count:
        t = departure[i]
        if t >= best or t > until:
            break
        if departure[begin] != t or arrival[begin] != t:
            begin = i
            changed = False
        c = i
        i += 1
        r = run[c]
        if boarded[r] > c:
            aboard = (can[c] & BOARD) != 0 and ready[origin[c]] <= t
            if aboard:
                boarded[r] = c
                changed = True
        else:
            aboard = True
        if aboard and (can[c] & ALIGHT) != 0:
            stop, a = target[c], arrival[c]
            if a < ridden[stop] and a <= until:
                changed = True
                ridden[stop] = a
                enter[stop] = boarded[r]
                leave[stop] = c
                if change[stop] >= 0 and a + change[stop] < ready[stop]:
                    ready[stop] = a + change[stop]
                    afoot[stop] = 0
                if stop == goal and a < best:
                    best = a
                for k in range(walk_start[stop], walk_start[stop + 1]):
                    other = walk_to[k]
                    there = a + walk_seconds[k]
                    if there < walked[other] and there <= until:
                        walked[other] = there
                        walker[other] = stop
                        if there < ready[other]:
                            ready[other] = there
                            afoot[other] = 1
                        if other == goal and there < best:
                            best = there
        if changed and arrival[c] == t and (i == count or departure[i] != t or arrival[i] != t):
            i = begin
            changed = False
    return best


def backward(
    departure: A,
    arrival: A,
    origin: A,
    target: A,
    run: A,
    can: A,
    change: A,
    back_start: A,
    back_from: A,
    back_seconds: A,
    source: int,
    goal: int,
    by: int,
    since: int,
    leaving: A,
    alighting: A,
    walking: A,
    boarded: A,
) -> int:
    """The latest time to be at `source` and still reach `goal` at `by`; -INF when not after `since`.

    With `source` -1 all stops are settled. Writes per stop: `leaving`, the latest time to be there ready to board or at
    the goal; `walking`, the latest time to go on from there on foot; `alighting`, the latest arrival by a run; per run:
    `boarded`, the last connection from which to alight in time.
    """
    leaving[:] = -INF
    alighting[:] = -INF
    walking[:] = -INF
    boarded[:] = -1
    alighting[goal] = by
    leaving[goal] = by
    if source == goal:
        return by
    best = -INF
    for k in range(back_start[goal], back_start[goal + 1]):
        stop = back_from[k]
        there = by - back_seconds[k]
        walking[stop] = max(walking[stop], there)
        alighting[stop] = max(alighting[stop], there)
        if stop == source:
            best = walking[stop]
    i = int(np.searchsorted(departure, by + 1)) - 1
    begin = i
    changed = False
    while i >= 0:
        t = departure[i]
        if t <= best or t < since:
            break
        if departure[begin] != t or arrival[begin] != t:
            begin = i
            changed = False
        c = i
        i -= 1
        r = run[c]
        if boarded[r] < c:
            aboard = (can[c] & ALIGHT) != 0 and arrival[c] <= alighting[target[c]]
            if aboard:
                boarded[r] = c
                changed = True
        else:
            aboard = True
        stop = origin[c]
        if aboard and (can[c] & BOARD) != 0 and t > leaving[stop]:
            changed = True
            leaving[stop] = t
            if change[stop] >= 0 and t - change[stop] > alighting[stop]:
                alighting[stop] = t - change[stop]
            if stop == source:
                best = t
            for k in range(back_start[stop], back_start[stop + 1]):
                other = back_from[k]
                there = t - back_seconds[k]
                walking[other] = max(walking[other], there)
                alighting[other] = max(alighting[other], there)
                if other == source and there > best:
                    best = there
        if changed and arrival[c] == t and (i < 0 or departure[i] != t):
            i = begin
            changed = False
    return best if best >= since else -INF


def profile(
    departure: A,
    arrival: A,
    origin: A,
    target: A,
    run: A,
    can: A,
    following: A,
    change: A,
    walk_start: A,
    walk_to: A,
    walk_seconds: A,
    back_start: A,
    back_from: A,
    back_seconds: A,
    goal: int,
    start: A,
    leaves: A,
    arrives: A,
    head: A,
    direct: A,
    staying: A,
    again: A,
) -> int:
    """All useful departures towards `goal`: per stop, rows of (leaves, arrives) from `head[s]` to `start[s + 1]`.

    Both rise; a departure stands there only if no later one arrives as early. `start` gives each stop as many rows as
    it has connections to board. Returns how many rows are in use. The rest is working memory: per stop `direct`, per
    run `staying`, per connection `again`.
    """
    direct[:] = INF
    staying[:] = INF
    head[:] = start[1:]
    direct[goal] = 0
    for k in range(back_start[goal], back_start[goal + 1]):
        direct[back_from[k]] = min(direct[back_from[k]], back_seconds[k])
    count = len(departure)
    i = count - 1
    begin = i
    changed = False
    while i >= 0:
        t = departure[i]
        brief = arrival[i] == t
        if brief and (departure[begin] != t or arrival[begin] != t):
            begin = i
            changed = False
        c = i
        i -= 1
        r = run[c]
        best = staying[r]
        if brief:
            # within one second the earlier part of a run must not lend its arrival to the later one
            next_ = following[c]
            best = INF
            if next_ >= 0:
                best = again[next_] if next_ <= begin else staying[r]
        if (can[c] & ALIGHT) != 0:
            stop, a = target[c], arrival[c]
            if direct[stop] < INF and a + direct[stop] < best:
                best = a + direct[stop]
            if change[stop] >= 0:
                at = a + change[stop]
                k = head[stop]
                end = start[stop + 1]
                while k < end and leaves[k] < at:
                    k += 1
                if k < end and arrives[k] < best:
                    best = arrives[k]
            for w in range(walk_start[stop], walk_start[stop + 1]):
                other = walk_to[w]
                at = a + walk_seconds[w]
                k = head[other]
                end = start[other + 1]
                while k < end and leaves[k] < at:
                    k += 1
                if k < end and arrives[k] < best:
                    best = arrives[k]
        if brief:
            again[c] = best
        else:
            staying[r] = best
        stop = origin[c]
        if best < INF and (can[c] & BOARD) != 0:
            k = head[stop]
            if k == start[stop + 1] or best < arrives[k]:
                changed = True
                if k == start[stop + 1] or leaves[k] != t:
                    k -= 1
                    head[stop] = k
                leaves[k] = t
                arrives[k] = best
        if brief and (i < 0 or departure[i] != t):
            if changed:
                i = begin
                changed = False
            else:
                for k in range(begin, c - 1, -1):
                    staying[run[k]] = again[k]
    used = 0
    for s in range(len(head)):
        used += start[s + 1] - head[s]
    return used
