"""The planner: the exact Pareto set of itineraries over trips, finish and price, by multi-criteria label setting.

Labels (see `state`) are taken up in the order (trips, time, price), which no step makes smaller, so that the
itineraries with the fewest trips are known first and bound all others. A label is dropped when

* a finished itinerary is already as good as it can become (least time and price of the steps to come), or
* another label at the same step is at least as good in trips, time, price, and the time the applicant can be home, and
  has every paper at every place where this one may have it, since no later. Post, openings and working days keep order
  (earlier begun, earlier done), and postage does not depend on the time, so whatever this label does afterwards the
  other can do as early and as cheaply.

The second rule is never applied against a label whose visit is still going on and might take in a later step: putting
such a visit off to a longer opening period may turn the order of two labels round.

Source: E. Q. V. Martins, On a multicriteria shortest path problem, EJOR 16 (1984), for label setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from zerotrip.journey.engine.bars import bars_of
from zerotrip.journey.engine.layout import AT_DOOR, IN_HAND, VISIT, Layout, Places, Way
from zerotrip.journey.engine.model import HOME, Bar, Plan, Problem
from zerotrip.journey.engine.state import Label, Mover, Sources
from zerotrip.journey.engine.story import tell


def never() -> bool:
    """A time budget without end."""
    return False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an errand stands: the first `done` steps of its problem are over, and it is `at`.

    `papers`: (paper, spot or HOME, since) for every paper there is; a later `since` than `at` for one on its way there.
    `trips`, `spent` (fen): made and paid so far; both count in the itineraries. `ended`: when the last step done ended,
    for a gap of calendar days (none: `at`). `home`: from when the applicant is at home.
    """

    done: int
    at: int
    papers: tuple[tuple[str, str, int], ...]
    trips: int = 0
    spent: int = 0
    ended: int | None = None
    home: int = 0


def plan(problem: Problem, *, level: float = 0.95, stop: Callable[[], bool] = never) -> Plan:
    """All itineraries of `problem` that no other beats in trips, finish and price, each promised with `level`.

    `stop` is asked now and then; once true, the plan is what has been found (at least one itinerary when a first
    attempt finds one) and `complete` is false.
    """
    return rest(problem, Standing(0, problem.begins, _at_home(problem)), level=level, stop=stop)


def rest(problem: Problem, standing: Standing, *, level: float = 0.95, stop: Callable[[], bool] = never) -> Plan:
    """The best rest of the way from `standing`: as `plan`, for the steps that are not done.

    Raises ValueError for a standing with more steps than the problem has, or a paper at a spot it does not have.
    """
    if not 0 <= standing.done <= len(problem.steps):
        raise ValueError(f"{standing.done} steps done of {len(problem.steps)}")
    search = Search(problem, standing, level)
    complete = search.run(stop)
    itineraries = tuple(tell(search.mover, label, search.start, standing.spent) for label in search.best())
    return Plan(itineraries, complete, bars_of(search.layout, itineraries, search.reached))


def explain(problem: Problem, *, level: float = 0.95) -> tuple[Bar, ...]:
    """Why there is no better way, or none: `Plan.bars` alone (see `bars.bars_of`)."""
    return plan(problem, level=level).bars


def _at_home(problem: Problem) -> tuple[tuple[str, str, int], ...]:
    return tuple((paper, HOME, problem.begins) for paper in problem.papers)


class Search:
    """One search: labels waiting, labels kept by step, and the itineraries found."""

    def __init__(self, problem: Problem, standing: Standing, level: float) -> None:
        self.layout = Layout(problem, standing.done)
        self.mover = Mover(self.layout, level, ended=standing.ended)
        self.length = self.layout.length
        self.kept: list[list[Label]] = [[] for _ in range(self.length)]
        self.found: list[Label] = []
        self.waiting: list[tuple[int, int, int, int, Label]] = []
        self.pushed = 0
        self.reached = standing.done
        self.start = self._start(standing)

    def _start(self, standing: Standing) -> Label:
        layout = self.layout
        papers: list[Places] = list(layout.nowhere)
        where = {key: at for at, key in enumerate(layout.keys)}
        where[HOME] = AT_DOOR
        for paper, place, since in standing.papers:
            if place not in where:
                raise ValueError(f"paper at a place that is not in the problem: {place}")
            if paper in layout.number:
                papers[layout.number[paper]] = ((where[place], since),)
        return Label(standing.done, standing.at, standing.trips, 0, standing.home, tuple(papers))

    def best(self) -> list[Label]:
        """The labels of the Pareto set, fewest trips first."""
        return sorted(self.found, key=lambda label: (label.trips, label.time, label.price))

    def run(self, stop: Callable[[], bool]) -> bool:
        """Search to the end (true), or until `stop` says so (false)."""
        self._take_in(self.start)
        taken = 0
        while self.waiting:
            taken += 1
            if taken & 7 == 1 and stop():
                if not self.found:
                    self._dive()
                return False
            label = heappop(self.waiting)[-1]
            if not label.dropped and not self._hopeless(label):
                self._go_on(label)
        return True

    def _dive(self) -> None:
        """Straight on from the best labels, those furthest on first, until one gets through or a few hundred failed."""
        ahead = sorted(self.waiting, key=lambda entry: (-entry[-1].step, entry[:4]))
        stack = [entry[-1] for entry in reversed(ahead)]
        for _ in range(400):
            if not stack or self.found:
                return
            self.waiting.clear()
            self._go_on(stack.pop())
            stack.extend(entry[-1] for entry in sorted(self.waiting, reverse=True))
        self.waiting = [(0, 0, 0, 0, label) for label in stack]

    def _go_on(self, label: Label) -> None:
        mover = self.mover
        home: Label | None = None
        for way in self.layout.ways[label.step]:
            if self._too_late(label, way):
                continue
            if way.kind == VISIT:
                if way.site == label.site:
                    self._go_on_there(label, way)
                    continue
                home = home or (label if label.site < 0 else mover.go_home(label))
                for sources in mover.sources(home, way):
                    self._take_in(mover.visit(home, way, sources, stay=False))
            else:
                for sources in mover.sources(label, way):
                    self._take_in(mover.other(label, way, sources))

    def _go_on_there(self, label: Label, way: Way) -> None:
        """A step at the site where the applicant is: at once, or in a visit put off, or having gone home and come back.

        At once is best whenever it is possible: nothing is sooner, and it costs no trip.
        """
        mover = self.mover
        for sources in mover.sources(label, way):
            now = mover.visit(label, way, sources, stay=True)
            if now is not None:
                self._take_in(now)
                continue
            self._take_in(mover.later(label, way, sources))
            home = mover.go_home(label)
            self._take_in(mover.visit(home, way, _laid_down(sources), stay=False))

    # -- what need not be looked at

    def _too_late(self, label: Label, way: Way) -> bool:
        after = way.step + 1
        layout = self.layout
        new = way.kind == VISIT and way.site != label.site
        return self._beaten(
            label.trips + new,
            label.time + way.least + (way.away if new else 0) + layout.least_time[after],
            label.price + way.price + layout.least_price[after],
        )

    def _hopeless(self, label: Label) -> bool:
        layout, step = self.layout, label.step
        due = layout.trip_due[step] if label.site < 0 else 0
        return self._beaten(
            label.trips + due, label.time + layout.least_time[step], label.price + layout.least_price[step]
        )

    def _beaten(self, trips: int, time: int, price: int) -> bool:
        if time > self.layout.problem.horizon:
            return True
        for found in self.found:  # noqa: SIM110 - asked for every label: a generator takes twice as long
            if found.trips <= trips and found.time <= time and found.price <= price:
                return True
        return False

    def _take_in(self, label: Label | None) -> None:
        if label is None or self._hopeless(label):
            return
        self.reached = max(self.reached, label.step)
        if label.step == self.length:
            self.found = [
                f for f in self.found
                if f.trips < label.trips or f.time < label.time or f.price < label.price
            ] + [label]  # fmt: skip
            return
        kept = self.kept[label.step]
        if label.site < 0:
            for one in kept:
                if _as_good(one, label):
                    return
        gone = False
        for one in kept:
            if one.site < 0 and _as_good(label, one):
                gone = one.dropped = True  # perhaps still waiting
        if gone:
            kept = self.kept[label.step] = [one for one in kept if not one.dropped]
        kept.append(label)
        self.pushed += 1
        heappush(self.waiting, (label.trips, label.time, label.price, self.pushed, label))


def _laid_down(sources: Sources) -> Sources:
    return tuple(max(spot, AT_DOOR) for spot in sources)


def _as_good(one: Label, other: Label) -> bool:
    if one.time > other.time or one.trips > other.trips or one.price > other.price:
        return False
    if one.home > other.home and one.home > other.time:
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
