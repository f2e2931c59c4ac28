"""The scans themselves, as plain loops over arrays: they run as they stand, and compiled by numba (see scan.py).

Method: Dibbelt, Pajor, Strasser, Wagner: "Connection Scan Algorithm" (ACM JEA 2018). Connections are in order of
departure, so one pass settles everything. Connections without duration (a timetable in whole minutes has many) may form
circles within one second: they stand together, marked FIRST and LAST, and are scanned again until nothing changes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

INF: Final = 2**31 - 1
BOARD: Final = 1
ALIGHT: Final = 2
BRIEF: Final = 4
FIRST: Final = 8
LAST: Final = 16
"""Bits of `can`: may board, may alight; one of several without duration in a second, their first, their last."""

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
    left: int,
    ready: A,
    ridden: A,
    walked: A,
    boarded: A,
    enter: A,
    leave: A,
    walker: A,
    afoot: A,
) -> int:
    """Earliest arrivals from `source` at `at`; stops once `goal` is settled. Returns its arrival or INF.

    With `goal` -1 it stops when `left` stops have been ridden to and none can be reached earlier.

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
    begin = i
    changed = False
    while i < count:
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
        aboard = boarded[r] <= c
        if not aboard and ready[origin[c]] <= t and marks & BOARD:
            boarded[r] = c
            aboard = True
            changed = True
        if aboard and marks & ALIGHT:
            stop, a = target[c], arrival[c]
            if a < ridden[stop] and a <= until:
                if ridden[stop] == INF and stop != source:
                    left -= 1
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
                if left == 0 and goal < 0 and best == INF:
                    best = 0
                    for k in range(len(ridden)):
                        if ridden[k] < INF and ridden[k] > best:
                            best = ridden[k]
        if marks & LAST and changed:
            i = begin
    return best


def rides(
    enter: A,
    ridden: A,
    walked: A,
    walker: A,
    afoot: A,
    origin: A,
    change: A,
    source: int,
    at: int,
    goal: int,
) -> A:
    """The rides of a scanned path, last first: where on, where off, the seconds before it, whether those are dwell.

    The marks are those of path.State. A way on foot makes the gap of the ride after it; at the end it is a row of its
    own, with -1 for where on.
    """
    found = np.empty((64, 4), np.int64)
    count, stop, foot = 0, goal, walked[goal] < ridden[goal]
    while stop != source or not foot:
        if count == len(found):
            found = np.concatenate((found, np.empty_like(found)))
        if foot:
            before = walker[stop]
            seconds = walked[stop] - (at if before == source else ridden[before])
            if count == 0:
                found[0, 0], found[0, 1], found[0, 2], found[0, 3] = -1, stop, seconds, 0
                count = 1
            else:
                found[count - 1, 2], found[count - 1, 3] = seconds, 0
            if before == source:
                break
            stop, foot = before, False
        else:
            on = origin[enter[stop]]
            foot = afoot[on] != 0
            first = on == source and foot
            found[count, 0], found[count, 1] = on, stop
            found[count, 2], found[count, 3] = (0, 0) if first else (max(0, change[on]), 1)
            count += 1
            stop = on
    return found[:count]


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
        c = i
        i -= 1
        marks = can[c]
        if marks & LAST:
            begin = c
            changed = False
        r = run[c]
        aboard = boarded[r] >= c
        if not aboard and marks & ALIGHT and arrival[c] <= alighting[target[c]]:
            boarded[r] = c
            aboard = True
            changed = True
        stop = origin[c]
        if aboard and t > leaving[stop] and marks & BOARD:
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
        if marks & FIRST and changed:
            i = begin
    return best if best >= since else -INF


def profile(
    departure: A,
    arrival: A,
    origin: A,
    target: A,
    run: A,
    can: A,
    following: A,
    hand: A,
    walk_start: A,
    walk_to: A,
    walk_seconds: A,
    back_start: A,
    back_from: A,
    back_seconds: A,
    goal: int,
    start: A,
    rows: A,
    head: A,
    direct: A,
    staying: A,
    again: A,
) -> int:
    """All useful departures towards `goal`: `rows` (departure, arrival) of a stop from `head[s]` to `start[s + 1] - 1`.

    Both rise; a departure stands there only if no later one arrives as early. `start` gives each stop as many rows as
    it has connections to board, and one more that stays INF. `hand`: per connection when one may go on where it
    arrives, INF for never. Returns how many rows are in use. The rest is working memory: per stop `direct`, per run
    `staying`, per connection `again`.
    """
    direct[:] = INF
    staying[:] = INF
    for s in range(len(head)):
        head[s] = start[s + 1] - 1
        rows[head[s], 0] = INF
        rows[head[s], 1] = INF
    direct[goal] = 0
    walks = len(walk_to) > 0
    for k in range(back_start[goal], back_start[goal + 1]):
        direct[back_from[k]] = min(direct[back_from[k]], back_seconds[k])
    i = len(departure) - 1
    begin = i
    changed = False
    while i >= 0:
        c = i
        i -= 1
        marks = can[c]
        r = run[c]
        best = staying[r]
        if marks & BRIEF:
            if marks & LAST:
                begin = c
                changed = False
            # within one second the earlier part of a run must not lend its arrival to the later one
            next_ = following[c]
            best = INF
            if next_ >= 0:
                best = again[next_] if next_ <= begin else staying[r]
        if marks & ALIGHT:
            stop = target[c]
            if stop == goal:
                best = min(best, arrival[c])
            k = head[stop]
            at = hand[c]
            while rows[k, 0] < at:
                k += 1
            best = min(best, rows[k, 1])
            if walks:
                if direct[stop] < INF:
                    best = min(best, arrival[c] + direct[stop])
                for w in range(walk_start[stop], walk_start[stop + 1]):
                    k = head[walk_to[w]]
                    at = arrival[c] + walk_seconds[w]
                    while rows[k, 0] < at:
                        k += 1
                    best = min(best, rows[k, 1])
        if marks & BRIEF:
            again[c] = best
        else:
            staying[r] = best
        if marks & BOARD:
            stop = origin[c]
            k = head[stop]
            if best < rows[k, 1]:
                changed = True
                if rows[k, 0] != departure[c]:
                    k -= 1
                    head[stop] = k
                    rows[k, 0] = departure[c]
                rows[k, 1] = best
        if marks & FIRST:
            if changed:
                i = begin
            else:
                for k in range(begin, c - 1, -1):
                    staying[run[k]] = again[k]
    used = 0
    for s in range(len(head)):
        used += start[s + 1] - 1 - head[s]
    return used
