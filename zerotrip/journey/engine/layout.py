"""A problem laid out for the search: every way to do a step at every place, in an order that input order cannot change.

Papers and spots become small numbers. What no later step asks for is forgotten, so that two ways that differ only in it
are compared and the better one is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

from zerotrip.journey.engine.model import AT_HOME, HOME, Option, Problem, Step

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


class Terms:
    """What an option of a step says wherever it is done, with papers as numbers. `agency`: who does the step."""

    __slots__ = ("agency", "gap", "gives", "least", "minutes", "needs", "option", "price", "wait_days")

    def __init__(self, option: Option, agency: bool, number: dict[str, int]) -> None:
        self.option = option
        self.agency = agency
        self.minutes = option.queue + option.minutes
        self.wait_days = option.working_days if agency else 0
        self.gap = option.calendar_days
        self.price = option.price
        self.needs = tuple(sorted(number[paper] for paper in set(option.needs)))
        self.gives = frozenset(number[paper] for paper in option.gives if paper in number)
        # What this step takes at the very least, whenever it begins, without its gap.
        self.least = max(0, (self.wait_days - 1) * DAY + 1) if self.wait_days else self.minutes


class Way:
    """One option of a step at one spot (`spot` -1: at home)."""

    __slots__ = (
        "away", "gap", "gives", "kind", "least", "minutes", "needs", "openings", "option", "price", "site", "spot",
        "step", "terms", "wait_days",
    )  # fmt: skip

    def __init__(self, step: int, terms: Terms, kind: int, spot: int, counted: bool) -> None:
        self.step = step
        self.terms = terms
        self.option = terms.option
        self.kind = kind
        self.spot = spot
        self.site = -1
        self.away = 0
        self.openings: Openings = ()
        self.minutes = terms.minutes
        self.wait_days = terms.wait_days
        self.gap = terms.gap
        self.price = terms.price
        self.needs = terms.needs
        self.gives = terms.gives
        self.least = terms.least + (terms.gap * DAY if counted else 0)  # before the first step no gap is counted


class Outline:
    """What of a layout depends on the steps alone: papers by number, and the terms of each step in order."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.papers = sorted({paper for step in steps for option in step.options for paper in option.needs})
        self.number = {paper: at for at, paper in enumerate(self.papers)}
        self.terms = [
            [Terms(option, step.actor != "person", self.number) for option in sorted(set(step.options), key=_rank)]
            for step in steps
        ]
        self._ahead: dict[tuple[Terms, ...], Ahead] = {}

    def ahead(self, ways: list[Way]) -> Ahead:
        """What the ways of a step ask for and give, all together."""
        terms = tuple(dict.fromkeys([way.terms for way in ways]))
        found = self._ahead.get(terms)
        if found is None:
            found = self._ahead[terms] = Ahead(
                frozenset(paper for one in terms for paper in one.needs),
                frozenset.intersection(*(one.gives for one in terms)) if terms else frozenset(),
                frozenset.intersection(*(one.gives.union(one.needs) for one in terms)) if terms else frozenset(),
                frozenset(paper for one in terms if one.agency for paper in one.needs),
                min((one.price for one in terms), default=0),
            )
        return found


class Ahead(NamedTuple):
    """Papers that some way of a step needs; that every way gives; that every way needs or gives; that an office needs.
    And the least price."""

    needed: frozenset[int]
    renewed: frozenset[int]
    handled: frozenset[int]
    office: frozenset[int]
    price: int


_outlines: dict[int, Outline] = {}


def outline(steps: tuple[Step, ...]) -> Outline:
    """The outline of these very steps, made once as long as they are used."""
    found = _outlines.get(id(steps))
    if found is None or found.steps is not steps:
        if len(_outlines) >= 500:
            _outlines.clear()
        found = _outlines[id(steps)] = Outline(steps)
    return found


class Layout:
    """All ways by step, and for each step what still matters from there on."""

    def __init__(self, problem: Problem, first: int = 0) -> None:
        self.problem = problem
        self.outline = outline(problem.steps)
        self.spots = sorted(problem.spots, key=lambda s: (s.away, s.key, s.mode))
        self.keys = [s.key for s in self.spots]
        self.papers = self.outline.papers
        self.number = self.outline.number
        sites = {site: at for at, site in enumerate(sorted({s.site for s in self.spots}))}
        self.site_of = [sites[s.site] for s in self.spots]
        self.length = len(problem.steps)
        self.ways: list[list[Way]] = [self._ways_of(i, i > first) if i >= first else [] for i in range(self.length)]
        self._look_ahead()
        self._periods: dict[int, Openings] = {}

    def _ways_of(self, i: int, counted: bool) -> list[Way]:
        found: list[Way] = []
        for terms in self.outline.terms[i]:
            option, agency = terms.option, terms.agency
            if option.mode in AT_HOME:
                found.append(Way(i, terms, REMOTE if agency else STAY, -1, counted))
                if not agency:
                    continue
            for at, spot in enumerate(self.spots):
                if spot.mode == option.mode and (not option.service or option.service in spot.services):
                    way = Way(i, terms, OFFICE if agency else VISIT, at, counted)
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
            ahead = self.outline.ahead(ways)
            self.least_time[i] = self.least_time[i + 1] + min([w.least for w in ways], default=0)
            self.least_price[i] = self.least_price[i + 1] + ahead.price
            forced = bool(ways) and all(w.kind == VISIT for w in ways)
            self.trip_due[i] = 1 if forced else self.trip_due[i + 1]
            # A paper that every way gives anew need not be remembered from before, unless it is needed for that.
            self.alive[i] = (self.alive[i + 1] - ahead.renewed) | ahead.needed
            # Whoever must have a paper in hand at this step has it wherever it was left: only offices before count.
            self.moving[i] = (self.moving[i + 1] - ahead.handled) | ahead.office
            if ways and ways[0].kind >= OFFICE:
                self.merging[i] = self.merging[i + 1]
            else:
                self.merging[i] = frozenset([w.site for w in ways if w.kind == VISIT])
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
