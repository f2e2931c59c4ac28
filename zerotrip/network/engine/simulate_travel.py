"""How the pieces of the generated year really travelled: run by run, as the vehicles and sorters of that day were.

Nothing here knows of distributions or promises; a piece takes the next run that leaves when it is sorted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled
from .simulate_truth import lateness


@compiled
def travel(
    dep: Any,
    arr: Any,
    row: Any,
    unit: Any,
    name: Any,
    starts: Any,
    ends: Any,
    gaps: Any,
    places: Any,
    hops: Any,
    first: Any,
    copies: int,
    truth: Any,
    severity: Any,
    day0: int,
    seed: int,
) -> Any:
    """When the `copies` pieces of each batch were there, in seconds; -1: not within the window.

    `starts`, `ends`, `gaps`, `places`: by batch and hop; `hops`: how many hops a batch has; `first`: its first run.
    `day0`: seconds from the first day of `severity` to the base of the window.
    """  # fmt: skip
    found = np.full((len(hops), copies), -1.0)
    for b in range(len(hops)):
        run, there, stranded = first[b], 0.0, False
        for h in range(hops[b]):
            if h > 0:
                ready = there + gaps[b, h]
                if places[b, h] >= 0:
                    bad = severity[int((day0 + there) // 86400)]
                    ready += 60.0 * lateness(truth, places[b, h], bad, seed, name[run] + 7, arr[run] + day0)
                run = starts[b, h]
                while run < ends[b, h] and dep[run] < ready:
                    run += 1
                if run == ends[b, h]:
                    stranded = True
                    break
            if h < hops[b] - 1 or truth[3][row[run]] < 0.5:
                bad = severity[int((day0 + arr[run]) // 86400)]
                there = arr[run] + unit[run] * lateness(truth, row[run], bad, seed, name[run], arr[run] + day0)
        if stranded:
            continue
        for c in range(copies):
            if truth[3][row[run]] < 0.5:
                found[b, c] = there
            else:
                bad = severity[int((day0 + arr[run]) // 86400)]
                late = lateness(truth, row[run], bad, seed, name[run] * 1000 + c, arr[run] + day0 + b)
                found[b, c] = arr[run] + unit[run] * late
    return found


@compiled
def observe(
    runs: Any,
    arr: Any,
    row: Any,
    unit: Any,
    name: Any,
    place: Any,
    truth: Any,
    severity: Any,
    day0: int,
    seed: int,
    doors: int,
) -> Any:
    """What was seen of these runs: how late each was, and how late the sorting of what it brought (-1: none).

    `place`: the histogram of the sorting where each run arrives, -1: not sorted there. A delivery round is seen at
    `doors` doors: one row of the answer for each.
    """  # fmt: skip
    late = np.zeros((len(runs), doors))
    sorting = np.full(len(runs), -1.0)
    for i in range(len(runs)):
        run = runs[i]
        bad = severity[int((day0 + arr[run]) // 86400)]
        if truth[3][row[run]] > 0.5:
            for d in range(doors):
                late[i, d] = lateness(truth, row[run], bad, seed, name[run] * 1000 + 500 + d, arr[run] + day0)
            continue
        late[i, :] = lateness(truth, row[run], bad, seed, name[run], arr[run] + day0)
        if place[i] >= 0:
            there = arr[run] + unit[run] * late[i, 0]
            bad = severity[int((day0 + there) // 86400)]
            sorting[i] = lateness(truth, place[i], bad, seed, name[run] + 7, arr[run] + day0)
    return late, sorting
