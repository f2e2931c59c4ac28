"""What the applicant carries on each way there and home, read back from where later steps took their papers."""

from __future__ import annotations

from collections import defaultdict

from zerotrip.journey.engine.layout import VISIT, Layout
from zerotrip.journey.engine.state import Label


class Carried:
    """`out[n]`, `back[n]`: the papers in hand on the way to the n-th visit and home from it.

    Shown: what a step asks for later, and what came out of a step and was last in the applicant's hand. A paper shown
    at a counter for the last time is not: whether it stays in the file or goes home makes no difference to the way.
    """

    def __init__(self, layout: Layout, chain: list[Label]) -> None:
        self.out: defaultdict[int, set[str]] = defaultdict(set)
        self.back: defaultdict[int, set[str]] = defaultdict(set)
        self._layout = layout
        self._last: dict[str, Label] = {}
        for at, label in enumerate(chain):
            parent, way = label.made_by()
            for paper, source in zip(way.needs, label.sources, strict=True):
                name = layout.papers[paper]
                if source < 0:
                    self._from_home(name, label if way.kind == VISIT else None)
                else:
                    since = next(when for place, when in parent.papers[paper] if place == source)
                    self._from_spot(name, source, since, chain[:at])
                self._last[name] = label
            for name in way.option.gives:
                self._last[name] = label
        at_first = set(layout.problem.papers)
        for name, label in self._last.items():
            if name not in at_first and label.made_by()[1].kind == VISIT:
                self.back[label.trips].add(name)

    def _from_home(self, name: str, visit: Label | None) -> None:
        last = self._last.get(name)
        last_visit = last.trips if last is not None and last.made_by()[1].kind == VISIT else 0
        if visit is not None and visit.trips == last_visit:
            return  # still in hand
        if last_visit:
            self.back[last_visit].add(name)
        if visit is not None:
            self.out[visit.trips].add(name)

    def _from_spot(self, name: str, source: int, since: int, before: list[Label]) -> None:
        last = self._last.get(name)
        if last is not None and last.made_by()[1].spot == source and last.time == since:
            return  # it has been there
        for label in before:
            way = label.made_by()[1]
            if way.kind == VISIT and way.spot == source and label.time == since:
                self._from_home(name, label)
                return
