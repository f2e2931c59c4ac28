"""The fewest trips and, with so few, the earliest finish: the planner's search with one answer instead of a Pareto set.

Price is only carried along. A label is dropped when the itinerary found is at least as good in (trips, time), or when
another label is in everything but price; see `engine.search` for why that loses nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from zerotrip.journey.coverage.values import Best
from zerotrip.journey.engine.layout import AT_DOOR, DAY, IN_HAND, REMOTE, VISIT, Openings, Way, longest
from zerotrip.journey.engine.model import HOME, Carriage, Problem
from zerotrip.journey.engine.search import Search, Standing
from zerotrip.journey.engine.state import Label, Sources
from zerotrip.journey.problem_post import ByPost

LEVEL: Final = 0.5
"""Finishes are medians here."""

PUT_OFF: Final = 8 * DAY
"""How far a visit is put off to be done in one period: hours and timetables repeat by the week, so what no period of a
week is long enough for will not be done in a later one."""


Kept = dict[tuple[str, str], list[tuple[int, int, Carriage | None]]]
"""By origin and target: from when until when a piece is answered so, in order."""


class Remembered:
    """A post that is asked once for pieces that go with the same runs; `departs` is that of one of them.

    `kept` is shared by the problems of one township and horizon.
    """

    __slots__ = ("_kept", "_post")

    def __init__(self, post: ByPost, kept: Kept) -> None:
        self._post, self._kept = post, kept

    def send(self, origin: str, target: str, at: int, level: float) -> Carriage | None:
        """As the post's; see `engine.model.Post`."""
        known = self._kept.setdefault((origin, target), [])
        place = bisect_right(known, at, key=_since)
        if place and at <= known[place - 1][1]:
            return known[place - 1][2]
        found = self._post.send(origin, target, at, level)
        known.insert(place, (at, at if found is None else self._post.until(origin, at, found), found))
        return found


def _since(entry: tuple[int, int, Carriage | None]) -> int:
    return entry[0]


def fewest(problem: Problem, reach: int) -> Best:
    """The first itinerary of `engine.search.plan` by (trips, finish), in short.

    One on which the applicant goes nowhere farther than `reach` minutes (one way) is preferred when it needs no more
    trips; else the answer is `far`. Price is that of the way found.
    """
    begins = problem.begins
    standing = Standing(0, begins, tuple((paper, HOME, begins) for paper in problem.papers))
    search = Fewest(problem, standing, LEVEL)
    label = search.answer()
    if label is None:
        return Best(None, bar=problem.steps[min(search.reached, len(problem.steps) - 1)].key)
    far = any(step.way is not None and step.way.away > reach for step in _visits(label))
    if far:
        near = Fewest(problem, standing, LEVEL, reach=reach).answer()
        if near is not None and near.trips <= label.trips:
            label, far = near, False
    visits = _visits(label)
    first = visits[-1].way if visits else None
    bar = problem.steps[first.step].key if first is not None else ""
    return Best(label.trips, label.time - begins, label.price, bar, far)


def _visits(label: Label) -> list[Label]:
    """The labels of steps done by going somewhere, last first."""
    found: list[Label] = []
    at: Label | None = label
    while at is not None:
        if at.way is not None and at.way.kind == VISIT:
            found.append(at)
        at = at.parent
    return found


@dataclass(slots=True)
class Delay:
    """A visit under way in which `way` cannot be done any more: `windows` are the periods it could be put off to."""

    before: Label
    chain: list[Label]
    way: Way
    sources: Sources
    windows: Openings
    trips: int
    next: int = 0

    @classmethod
    def of(cls, label: Label, way: Way, sources: Sources, periods: Openings, ready: int) -> Delay | None:
        """None when the visit's steps do not fit into any period. `ready`: `way` cannot begin before, however late the
        visit.
        """
        chain: list[Label] = []
        at: Label | None = label
        while at is not None and at is not label.before:
            chain.append(at)
            at = at.parent
        chain.reverse()
        own = sum(o.way.minutes for o in chain if o.way and not o.way.wait_days and o.way.kind != REMOTE)
        if label.before is None or way.minutes + own > longest(periods)[0]:
            return None
        first = bisect_right(periods, (label.until, 0))
        while first < len(periods) and periods[first][1] <= ready:
            first += 1
        last = bisect_right(periods, (label.until + PUT_OFF, 0))
        return cls(label.before, chain, way, sources, periods[first:last], label.trips)


@dataclass(slots=True)
class Outing:
    """A label from which the applicant may go out, looked at when no way with fewer trips is left."""

    label: Label
    ways: list[Way]


class Fewest(Search):
    """Labels are taken up in the order (trips, time) they can end with at best (A*: the trips due and the least time of
    the steps to come are added): the first whole itinerary that nothing waiting can beat is it.

    `reach`: the applicant goes nowhere farther.
    """

    def __init__(self, problem: Problem, standing: Standing, level: float, *, reach: int | None = None) -> None:
        super().__init__(problem, standing, level)
        self.queue: list[tuple[int, int, int, int, Label | Delay | Outing]] = []
        if reach is not None:
            for ways in self.layout.ways:
                ways[:] = [way for way in ways if way.kind != VISIT or way.away <= reach]

    def answer(self) -> Label | None:
        """The best itinerary's last label; None when there is no way."""
        self._take_in(self.start)
        while self.queue:
            trips, time, _price, _number, entry = heappop(self.queue)
            if self.found and (trips, time) >= (self.found[0].trips, self.found[0].time):
                break
            if isinstance(entry, Delay):
                self._try(entry)
            elif isinstance(entry, Outing):
                self._go_out(entry)
            elif not entry.dropped and not self._hopeless(entry):
                self._go_on(entry)
        return self.found[0] if self.found else None

    def _go_on(self, label: Label) -> None:
        """As the planner does, but trips wait until their number comes up."""
        mover = self.mover
        out: list[Way] = []
        soonest = self.layout.problem.horizon
        for way in self.layout.ways[label.step]:
            if way.kind != VISIT:
                if not self._too_late(label, way):
                    for sources in mover.sources(label, way):
                        self._take_in(mover.other(label, way, sources))
            elif way.site == label.site:
                if not self._too_late(label, way):
                    self._go_on_there(label, way)
            else:
                out.append(way)
                soonest = min(soonest, way.least + way.away)
        if out:
            ends = label.time + soonest + self.layout.least_time[label.step + 1]
            if not self._beaten(label.trips + 1, ends, 0):
                self.pushed += 1
                heappush(self.queue, (label.trips + 1, ends, 0, self.pushed, Outing(label, out)))

    def _go_out(self, outing: Outing) -> None:
        label, mover = outing.label, self.mover
        if label.dropped:
            return
        home = label if label.site < 0 else mover.go_home(label)
        for way in outing.ways:
            if not self._too_late(label, way):
                for sources in mover.sources(home, way):
                    self._take_in(mover.visit(home, way, sources, stay=False))

    def _go_on_there(self, label: Label, way: Way) -> None:
        """As the planner does, but a visit put off waits until its opening period comes up."""
        mover = self.mover
        for sources in mover.sources(label, way):
            now = mover.visit(label, way, sources, stay=True)
            if now is not None:
                self._take_in(now)
                continue
            ready = mover.ready(label, way, sources)
            if ready is not None:
                self._wait(Delay.of(label, way, sources, self.layout.periods(way.site), ready))
            laid_down = tuple(max(spot, AT_DOOR) for spot in sources)
            self._take_in(mover.visit(mover.go_home(label), way, laid_down, stay=False))

    def _try(self, delay: Delay) -> None:
        """The visit begun in the next period; if the step cannot be done in it either, the one after."""
        window = delay.windows[delay.next]
        moved: Label | None = delay.before
        for one in delay.chain:
            if moved is None or one.way is None:
                break
            if one.way.kind != VISIT:
                moved = self.mover.other(moved, one.way, one.sources)
            elif one is delay.chain[0]:
                moved = self.mover.visit(moved, one.way, one.sources, stay=False, window=window)
            else:
                moved = self.mover.visit(moved, one.way, one.sources, stay=True) if moved.site >= 0 else None
        if moved is not None and moved.site >= 0:
            done = self.mover.visit(moved, delay.way, delay.sources, stay=True)
            if done is not None:
                self._take_in(done)
                return
        delay.next += 1
        self._wait(delay)

    def _wait(self, delay: Delay | None) -> None:
        if delay is None or delay.next >= len(delay.windows):
            return
        ends = delay.windows[delay.next][0] + self.layout.least_time[delay.way.step]
        if not self._beaten(delay.trips, ends, 0):
            self.pushed += 1
            heappush(self.queue, (delay.trips, ends, 0, self.pushed, delay))

    def _beaten(self, trips: int, time: int, price: int) -> bool:
        if time > self.layout.problem.horizon:
            return True
        return bool(self.found) and (trips, time) >= (self.found[0].trips, self.found[0].time)

    def _take_in(self, label: Label | None) -> None:
        if label is None or self._hopeless(label):
            return
        self.reached = max(self.reached, label.step)
        if label.step == self.length:
            self.found = [label]
            return
        kept = self.kept[label.step]
        if label.site < 0:
            for one in kept:
                if _as_early(one, label):
                    return
        for one in [one for one in kept if one.site < 0 and _as_early(label, one)]:
            one.dropped = True
            kept.remove(one)
        kept.append(label)
        self.pushed += 1
        layout, step = self.layout, label.step
        due = layout.trip_due[step] if label.site < 0 else 0
        key = (label.trips + due, label.time + layout.least_time[step], label.price)
        heappush(self.queue, (*key, self.pushed, label))


def _as_early(one: Label, other: Label) -> bool:
    """At least as good in trips, time, being home, and in every paper's places."""
    if one.time > other.time or one.trips > other.trips or (one.home > other.home and one.home > other.time):
        return False
    release = one.release
    for mine, theirs in zip(one.papers, other.papers, strict=True):
        if mine is theirs and not release:
            continue
        for place, since in theirs:
            for at, from_when in mine:
                if at == AT_DOOR:
                    from_when = max(from_when, release)
                elif at == IN_HAND:
                    at, from_when = AT_DOOR, one.home
                if at == place and from_when <= since:
                    break
            else:
                return False
    return True
