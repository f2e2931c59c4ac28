"""One state of an errand half-way, and what one more step makes of it.

A paper is kept as all the places it could be at: one that was shown at a counter may have stayed there or gone home
with the applicant, one that lay at home may have been left at any counter visited. Which of them it was is decided when
a step first asks for it; until then nothing costs anything, so no way is lost and none is counted twice.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import product

from zerotrip.journey.engine.layout import (
    AT_DOOR,
    DAY,
    FAR,
    IN_HAND,
    REMOTE,
    STAY,
    VISIT,
    Layout,
    Places,
    Way,
    first_fit,
    longest,
    work_through,
)
from zerotrip.journey.engine.model import Carriage

Sources = tuple[int, ...]
"""Where each paper that a way needs is taken from, in the order of `Way.needs`."""


class Label:
    """After `step` steps: the last ended at `time`, the applicant can be home at `home`.

    `site` ≥ 0: the applicant may still be out there, in the opening period that ends at `until`, having left home at
    `left` to go there from `before` (the label of that moment); else the applicant is home or on the way there.
    `release`: nothing is sent from home before (the end of the first step).
    """

    __slots__ = (
        "before", "begins", "dropped", "home", "left", "papers", "parent", "price", "release", "site", "sources",
        "step", "time", "trips", "until", "way",
    )  # fmt: skip

    def __init__(
        self, step: int, time: int, trips: int, price: int, home: int, papers: tuple[Places, ...],
        parent: Label | None = None, way: Way | None = None, sources: Sources = (), begins: int = 0,
    ) -> None:  # fmt: skip
        self.step = step
        self.time = time
        self.trips = trips
        self.price = price
        self.home = home
        self.papers = papers
        self.parent = parent
        self.way = way
        self.sources = sources
        self.begins = begins
        self.site = -1
        self.until = 0
        self.left = 0
        self.release = 0
        self.dropped = False
        self.before: Label | None = None

    def made_by(self) -> tuple[Label, Way]:
        """The label before and the way that led here; only for a label that is not the first."""
        assert self.parent is not None
        assert self.way is not None
        return self.parent, self.way


class Mover:
    """Moves labels on by a step. `sure`: pieces arrive when they do with certainty `level`, not when they mostly do."""

    def __init__(self, layout: Layout, level: float, *, sure: bool = False, ended: int | None = None) -> None:
        self.layout = layout
        self.level = level
        self.sure = sure
        self.ended = ended
        self.horizon = layout.problem.horizon
        self._sent: dict[tuple[int, int, int], Carriage | None] = {}
        self._closed: dict[tuple[int, int], int] = {}

    def send(self, origin: int, target: int, at: int) -> Carriage | None:
        """A piece between two spots (below 0: home), asked of the post once."""
        asked = (origin, target, at)
        try:
            return self._sent[asked]
        except KeyError:
            layout = self.layout
            carriage = layout.problem.post.send(layout.key(origin), layout.key(target), at, self.level)
            self._sent[asked] = carriage
            return carriage

    def _close(self, at: int, days: int) -> int:
        asked = (at, days)
        found = self._closed.get(asked)
        if found is None:
            found = self._closed[asked] = self.layout.problem.days.close(at, days)
        return found

    # -- which papers from where

    def sources(self, label: Label, way: Way) -> list[Sources]:
        """All choices of where the papers come from that could be of use; none when one cannot be had.

        What is at hand costs nothing and delays nothing, so that nobody would have it sent as well.
        """
        if not way.needs:
            return [()]
        each: list[tuple[int, ...]] = []
        for paper in way.needs:
            places = label.papers[paper]
            if not places:
                return []
            found = self._at_hand(label, way, places)
            if found is None:
                if label.step == 0:
                    return []  # nothing is sent before the first step is done
                each.append(tuple(spot for spot, _since in places))
            else:
                each.append((found,))
        return list(product(*each))

    def _at_hand(self, label: Label, way: Way, places: Places) -> int | None:
        kind, site_of = way.kind, self.layout.site_of
        for spot, since in places:
            if spot >= 0:
                if way.site == site_of[spot]:
                    return spot
            elif kind in (VISIT, STAY) or (kind == REMOTE and spot == AT_DOOR and since <= label.time):
                return spot
        return None

    # -- steps

    def go_home(self, label: Label) -> Label:
        """The same, the applicant not staying out."""
        home = Label(
            label.step, label.time, label.trips, label.price, label.home, label.papers,
            label.parent, label.way, label.sources, label.begins,
        )  # fmt: skip
        home.release = label.release
        self._settle(home)
        return home

    def _settle(self, label: Label) -> None:
        """What was in hand is at home when the applicant is; what never left is free to be sent from `release` on."""
        home, release = label.home, label.release
        label.release = 0
        papers = label.papers
        changed: list[Places] | None = None
        for paper in self.layout.alive[label.step]:
            places = papers[paper]
            for place, since in places:
                if place == IN_HAND or (place == AT_DOOR and since < release):
                    if changed is None:
                        changed = list(papers)
                    changed[paper] = tuple(
                        [
                            one if one[0] >= 0 else (AT_DOOR, home if one[0] == IN_HAND else max(one[1], release))
                            for one in places
                        ]
                    )
                    break
        if changed is not None:
            label.papers = tuple(changed)

    def _ready(self, label: Label, way: Way) -> int:
        if way.gap and label.step:
            ended = label.time
            if label.parent is None and self.ended is not None:
                ended = self.ended
            return max(label.time, (ended // DAY + way.gap + 1) * DAY)
        return label.time

    def _post(self, label: Label, way: Way, sources: Sources) -> tuple[int, int, int, bool] | None:
        """When all papers are there, the moment they were at the door, postage, and whether one must be taken home."""
        if not way.needs:
            return 0, 0, 0, False
        there = at_door = cost = 0
        home_first = False
        pieces: dict[int, int] = {}
        site_of = self.layout.site_of
        for paper, spot in zip(way.needs, sources, strict=True):
            for entry in label.papers[paper]:
                if entry[0] == spot:
                    since = entry[1]
                    break
            else:
                return None
            if spot >= 0:
                if way.spot >= 0 and site_of[spot] == way.site:
                    there = max(there, since)
                    continue
            elif way.kind == VISIT:
                if spot == AT_DOOR:
                    at_door = max(at_door, since)
                continue
            else:
                if spot == IN_HAND:
                    since = label.home
                    home_first = True
                    spot = AT_DOOR
                elif since < label.release:
                    since = label.release
                if way.spot < 0:
                    there = max(there, since)
                    continue
            pieces[spot] = max(pieces.get(spot, 0), since)
        for spot, since in pieces.items():
            carriage = self.send(spot, way.spot, since)
            if carriage is None:
                return None
            there = max(there, carriage.surely if self.sure else carriage.arrives)
            cost += carriage.price
        return there, at_door, cost, home_first

    def ready(self, label: Label, way: Way, sources: Sources) -> int | None:
        """When the papers are there and nothing else has to be waited for; None when a paper cannot come."""
        posted = self._post(label, way, sources)
        return None if posted is None else max(self._ready(label, way), posted[0])

    def visit(
        self, label: Label, way: Way, sources: Sources, *, stay: bool, window: tuple[int, int] | None = None,
        floor: int = 0,
    ) -> Label | None:  # fmt: skip
        """The applicant does a step at a spot: during the visit under way (`stay`) or on a new one.

        `window`: the opening period of the site in which a new visit has to begin.
        """
        posted = self._post(label, way, sources)
        if posted is None:
            return None
        there, at_door, postage, _ = posted
        ready = max(self._ready(label, way), there, floor)
        if stay:
            if at_door > label.left:
                return None
            begins = first_fit(way.openings, ready, way.minutes)
            if begins < 0 or begins >= label.until:
                return None
        else:
            ready = max(ready, max(label.time, label.home, at_door) + way.away)
            if window is not None:
                ready = max(ready, window[0])
            begins = first_fit(way.openings, ready, way.minutes)
            if begins < 0 or (window is not None and begins >= window[1]):
                return None
        ends = begins + way.minutes
        if ends > self.horizon:
            return None
        left = label.left if stay else begins - way.away
        after = Label(
            way.step + 1, ends, label.trips + (not stay), label.price + way.price + postage, ends + way.away,
            self._papers_after_visit(label, way, sources, ends, left), label, way, sources, begins,
        )  # fmt: skip
        after.release = label.release if label.step else ends
        if way.site in self.layout.merging[after.step]:
            after.site, after.left = way.site, left
            if stay:
                after.until, after.before = label.until, label.before
            else:
                after.until, after.before = self._until(way.site, begins), label
        else:
            self._settle(after)
        return after

    def _until(self, site: int, at: int) -> int:
        periods = self.layout.periods(site)
        return periods[bisect_right(periods, (at, FAR)) - 1][1]

    def _papers_after_visit(self, label: Label, way: Way, sources: Sources, ends: int, left: int) -> tuple[Places, ...]:
        step, layout = way.step, self.layout
        alive = layout.alive[step + 1]
        if not alive:
            return layout.nowhere
        moving = layout.moving[step + 1]
        spot = way.spot
        papers = list(layout.nowhere)
        for paper in alive:
            if paper in way.gives or paper in way.needs:
                # Left here only if an office may ask for it: the applicant carries it for nothing.
                papers[paper] = ((spot, ends), (IN_HAND, 0)) if paper in moving else ((IN_HAND, 0),)
                continue
            places = label.papers[paper]
            if places:
                reach = any(p == IN_HAND or (p == AT_DOOR and since <= left) for p, since in places)
                if reach and paper in moving and not any(p == spot for p, _ in places):
                    places = tuple(sorted((*places, (spot, ends))))
                papers[paper] = places
        return tuple(papers)

    def other(self, label: Label, way: Way, sources: Sources, *, floor: int = 0) -> Label | None:
        """A step of the agency, or of the applicant at home."""
        posted = self._post(label, way, sources)
        if posted is None:
            return None
        there, at_door, postage, home_first = posted
        ready = max(self._ready(label, way), there, at_door, floor)
        if way.kind == STAY:
            begins = max(ready, label.home)
            ends = begins + way.minutes
            home_first = True
        elif way.wait_days:
            begins = ready if way.kind == REMOTE else work_through(way.openings, ready, 0)[0]
            if begins < 0:
                return None
            ends = max(begins, self._close(begins, way.wait_days))
        elif way.kind == REMOTE:
            begins, ends = ready, ready + way.minutes
        else:
            begins, ends = work_through(way.openings, ready, way.minutes)
        if begins < 0 or ends > self.horizon:
            return None
        if home_first and label.site >= 0:
            label = self.go_home(label)
            sources = tuple(AT_DOOR if spot == IN_HAND else spot for spot in sources)
        after = Label(
            way.step + 1, ends, label.trips, label.price + way.price + postage, label.home,
            self._papers_after(label, way, ends), label, way, sources, begins,
        )  # fmt: skip
        if label.site >= 0:
            if label.site in self.layout.merging[after.step] and self._may_last(label, way):
                after.site, after.until, after.left = label.site, label.until, label.left
                after.before, after.release = label.before, label.release
            else:
                after.release = label.release
                self._settle(after)
        return after

    def _may_last(self, label: Label, way: Way) -> bool:
        """Whether a visit can still be going on after this: working days pass only if a period runs past midnight."""
        return not way.wait_days or longest(self.layout.periods(label.site))[1]

    def _papers_after(self, label: Label, way: Way, ends: int) -> tuple[Places, ...]:
        layout = self.layout
        alive = layout.alive[way.step + 1]
        if not alive:
            return layout.nowhere
        spot = way.spot
        papers = list(layout.nowhere)
        first = label.step == 0
        for paper in alive:
            if paper in way.gives or paper in way.needs:
                papers[paper] = ((spot, ends),)
            elif first:
                papers[paper] = tuple((place, max(since, ends)) for place, since in label.papers[paper])
            else:
                papers[paper] = label.papers[paper]
        return tuple(papers)

    def later(self, label: Label, way: Way, sources: Sources) -> Label | None:
        """The visit under way, put off to the first opening period in which `way` is done in it as well."""
        before = label.before
        if before is None:
            return None
        chain: list[Label] = []
        at: Label | None = label
        while at is not None and at is not before:
            chain.append(at)
            at = at.parent
        chain.reverse()
        periods = self.layout.periods(way.site)
        if way.minutes + sum(_own_time(one.way) for one in chain if one.way) > longest(periods)[0]:
            return None
        for window in periods[bisect_right(periods, (label.until, 0)) :]:
            if window[0] > self.horizon:
                break
            moved = self._put_off(before, chain, window)
            if moved is not None and moved.site >= 0:
                done = self.visit(moved, way, sources, stay=True)
                if done is not None:
                    return done
        return None

    def _put_off(self, before: Label, chain: list[Label], window: tuple[int, int]) -> Label | None:
        moved: Label | None = before
        for one in chain:
            if moved is None:
                break
            moved = self._again(moved, one, window if one is chain[0] else None)
        return moved

    def _again(self, label: Label, one: Label, window: tuple[int, int] | None) -> Label | None:
        assert one.way is not None
        if one.way.kind == VISIT:
            if window is None and label.site < 0:
                return None
            return self.visit(label, one.way, one.sources, stay=window is None, window=window)
        return self.other(label, one.way, one.sources)


def _own_time(way: Way) -> int:
    return 0 if way.wait_days or way.kind == REMOTE else way.minutes
