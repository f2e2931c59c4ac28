"""A problem laid out for the search: every way to do a step at every place, in an order that input order cannot change.

Papers and spots become small numbers. What no later step asks for is forgotten, so that two ways that differ only in it
are compared and the better one is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from zerotrip.journey.engine.model import AT_HOME, HOME, Option, Problem

DAY: Final = 1440
FAR: Final = 2**31 - 1

Openings = tuple[tuple[int, int], ...]
Places = tuple[tuple[int, int], ...]
"""Where one paper may be: (spot, since), each a possibility of its own."""

VISIT: Final = 0  # the applicant, at a spot
STAY: Final = 1  # the applicant, at home
OFFICE: Final = 2  # the agency, at a spot
REMOTE: Final = 3  # the agency, at no spot: online, or at the applicant's door

AT_DOOR: Final = -1  # a paper is at home
IN_HAND: Final = -2  # the applicant, who is out, can take a paper home


class Way:
    """One option of a step at one spot (`spot` -1: at home)."""

    __slots__ = (
        "away", "gap", "gives", "kind", "least", "minutes", "needs", "openings", "option", "price", "site", "spot",
        "step", "wait_days",
    )  # fmt: skip

    def __init__(self, step: int, option: Option, kind: int, spot: int, number: dict[str, int], counted: bool) -> None:
        self.step = step
        self.option = option
        self.kind = kind
        self.spot = spot
        self.site = -1
        self.away = 0
        self.openings: Openings = ()
        self.minutes = option.queue + option.minutes
        self.wait_days = option.working_days if kind >= OFFICE else 0
        self.gap = option.calendar_days
        self.price = option.price
        self.needs = tuple(sorted(number[paper] for paper in set(option.needs)))
        self.gives = frozenset(number[paper] for paper in option.gives if paper in number)
        # What this step takes at the very least, whenever it begins; before the first one no gap is `counted`.
        wait = max(0, (self.wait_days - 1) * DAY + 1) if self.wait_days else self.minutes
        self.least = wait + (self.gap * DAY if counted else 0)


class Layout:
    """All ways by step, and for each step what still matters from there on."""

    def __init__(self, problem: Problem, first: int = 0) -> None:
        self.problem = problem
        self.spots = sorted(problem.spots, key=lambda s: (s.away, s.key, s.mode))
        self.keys = [s.key for s in self.spots]
        asked = {paper for step in problem.steps for option in step.options for paper in option.needs}
        self.papers = sorted(asked)
        self.number = {paper: at for at, paper in enumerate(self.papers)}
        sites = {site: at for at, site in enumerate(sorted({s.site for s in self.spots}))}
        self.site_of = [sites[s.site] for s in self.spots]
        self.length = len(problem.steps)
        self.ways: list[list[Way]] = [self._ways_of(i, i > first) if i >= first else [] for i in range(self.length)]
        self._look_ahead()
        self._periods: dict[int, Openings] = {}

    def _ways_of(self, i: int, counted: bool) -> list[Way]:
        step = self.problem.steps[i]
        by_person = step.actor == "person"
        found: list[Way] = []
        for option in sorted(set(step.options), key=_rank):
            if option.mode in AT_HOME:
                found.append(Way(i, option, STAY if by_person else REMOTE, -1, self.number, counted))
                if by_person:
                    continue
            for at, spot in enumerate(self.spots):
                if spot.mode == option.mode and (not option.service or option.service in spot.services):
                    way = Way(i, option, VISIT if by_person else OFFICE, at, self.number, counted)
                    way.site, way.away, way.openings = self.site_of[at], spot.away, spot.openings
                    found.append(way)
        return found

    def _look_ahead(self) -> None:
        n, papers = self.length, len(self.papers)
        self.least_time, self.least_price, self.trip_due = [0] * (n + 1), [0] * (n + 1), [0] * (n + 1)
        self.alive: list[frozenset[int]] = [frozenset()] * (n + 1)
        self.moving: list[frozenset[int]] = [frozenset()] * (n + 1)
        self.merging: list[frozenset[int]] = [frozenset()] * (n + 1)
        for i in range(n - 1, -1, -1):
            ways = self.ways[i]
            self.least_time[i] = self.least_time[i + 1] + min((w.least for w in ways), default=0)
            self.least_price[i] = self.least_price[i + 1] + min((w.price for w in ways), default=0)
            forced = bool(ways) and all(w.kind == VISIT for w in ways)
            self.trip_due[i] = 1 if forced else self.trip_due[i + 1]
            needed = {p for w in ways for p in w.needs}
            # A paper that every way gives anew need not be remembered from before, unless it is needed for that.
            renewed = frozenset.intersection(*(w.gives for w in ways)) if ways else frozenset()
            self.alive[i] = (self.alive[i + 1] - renewed) | needed
            # Whoever must have a paper in hand at this step has it wherever it was left: only offices before count.
            handled = frozenset.intersection(*(w.gives.union(w.needs) for w in ways)) if ways else frozenset()
            office = {p for w in ways if w.kind >= OFFICE for p in w.needs}
            self.moving[i] = (self.moving[i + 1] - handled) | office
            if any(w.kind >= OFFICE for w in ways):
                self.merging[i] = self.merging[i + 1]
            else:
                self.merging[i] = frozenset(w.site for w in ways if w.kind == VISIT)
        self.nowhere: tuple[Places, ...] = ((),) * papers

    def periods(self, site: int) -> Openings:
        """When a site is open: its spots' openings, those that overlap made one."""
        found = self._periods.get(site)
        if found is None:
            seen: list[Openings] = []
            for at, other in enumerate(self.site_of):
                if other == site and not any(self.spots[at].openings is one for one in seen):
                    seen.append(self.spots[at].openings)
            found = seen[0] if len(seen) == 1 else _united(tuple(seen))
            self._periods[site] = found
        return found

    def key(self, spot: int) -> str:
        """The caller's key of a spot; `HOME` for home and for what the applicant takes home."""
        return HOME if spot < 0 else self.keys[spot]


def _rank(option: Option) -> tuple[object, ...]:
    return (
        option.price, option.minutes + option.queue, option.working_days, option.calendar_days, option.mode,
        option.service, option.minutes, option.needs, option.gives,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _united(several: tuple[Openings, ...]) -> Openings:
    united: list[tuple[int, int]] = []
    for opens, closes in sorted({period for openings in several for period in openings}):
        if united and opens < united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], closes))
        else:
            united.append((opens, closes))
    return tuple(united)


@lru_cache(maxsize=1024)
def longest(openings: Openings) -> tuple[int, bool]:
    """The longest period in minutes, and whether any runs past a midnight."""
    length = max((closes - opens for opens, closes in openings), default=0)
    return length, any(opens // DAY != (closes - 1) // DAY for opens, closes in openings)


def first_fit(openings: Openings, ready: int, minutes: int) -> int:
    """The first moment from `ready` on when a spot is open for `minutes` (at least one) without a break; -1: never."""
    minutes = minutes or 1
    at = bisect_right(openings, (ready, FAR)) - 1
    if at >= 0 and ready + minutes <= openings[at][1]:
        return ready
    for opens, closes in openings[at + 1 :]:
        if opens + minutes <= closes:
            return opens
    return -1


def work_through(openings: Openings, ready: int, minutes: int) -> tuple[int, int]:
    """When work of so many minutes of opening time begins and ends, as (-1, -1) when the openings do not last."""
    at = bisect_right(openings, (ready, FAR)) - 1
    if at < 0 or ready >= openings[at][1]:
        at += 1
        if at >= len(openings):
            return -1, -1
        ready = openings[at][0]
    begins, left = ready, minutes
    for opens, closes in openings[at:]:
        start = max(opens, ready)
        if start + left <= closes:
            return begins, start + left
        left -= closes - start
    return -1, -1
