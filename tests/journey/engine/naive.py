"""Every way of doing an errand, one by one: no pruning, no waiting with a decision, every opening period tried.

Written from the rules of the model alone, to be compared with the planner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from zerotrip.journey.engine.model import HOME, Option, Problem, Spot, Step

HAND = "in hand"
DAY = 1440


@dataclass(frozen=True)
class Here:
    """After some steps: papers are at exactly one place; the applicant is out at `site` until `closes`, or at home."""

    time: int
    trips: int
    price: int
    home: int
    papers: tuple[tuple[str, str, int], ...]
    release: int = 0
    site: str = ""
    closes: int = 0


def pareto(values: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    return sorted(
        v for v in values if not any(o != v and all(a <= b for a, b in zip(o, v, strict=True)) for o in values)
    )


def every_end(problem: Problem) -> set[tuple[int, int, int]]:
    """(trips, finish, price) of every way, fees included."""
    fees = sum(fen for _, fen in problem.fees)
    states = [Here(problem.begins, 0, fees, 0, tuple((p, HOME, problem.begins) for p in sorted(problem.papers)))]
    for i, step in enumerate(problem.steps):
        asked = {paper for later in problem.steps[i:] for option in later.options for paper in option.needs}
        states = list(dict.fromkeys(_without(here, asked) for here in states))
        states = [after for here in states for after in _step(problem, here, i, step)]
    return {(s.trips, s.time, s.price) for s in states}


def _without(here: Here, asked: set[str]) -> Here:
    """Papers that nothing asks for any more are left out."""
    return replace(here, papers=tuple(entry for entry in here.papers if entry[0] in asked))


def _step(problem: Problem, here: Here, i: int, step: Step) -> Iterator[Here]:
    for option in step.options:
        if option.mode in ("online", "doorstep"):
            yield from _at_home(problem, here, i, step, option)
        if option.mode in ("online", "doorstep") and step.actor == "person":
            continue
        for spot in problem.spots:
            if spot.mode == option.mode and (not option.service or option.service in spot.services):
                if step.actor == "person":
                    yield from _visit(problem, here, i, option, spot)
                else:
                    yield from _office(problem, here, i, option, spot)


def _earliest(here: Here, i: int, option: Option) -> int:
    if option.calendar_days and i > 0:
        return max(here.time, (here.time // DAY + 1 + option.calendar_days) * DAY)
    return here.time


def _where(here: Here) -> dict[str, tuple[str, int]]:
    return {paper: (place, since) for paper, place, since in here.papers}


def _write(papers: dict[str, tuple[str, int]]) -> tuple[tuple[str, str, int], ...]:
    return tuple(sorted((paper, place, since) for paper, (place, since) in papers.items()))


def _bring(problem: Problem, here: Here, i: int, option: Option, target: str) -> tuple[int, int] | None:
    """When the papers of an option are at `target` and what the post takes for it; None: never."""
    site = {s.key: s.site for s in problem.spots} | {HOME: HOME, HAND: here.site}
    there, price, pieces = 0, 0, {}
    for paper in option.needs:
        if paper not in _where(here):
            return None
        place, since = _where(here)[paper]
        if place == HAND and here.site != site[target]:
            return None
        if site[place] == site[target]:
            there = max(there, since)
        elif i == 0:
            return None
        else:
            since = max(since, here.release) if place == HOME else since
            pieces[place] = max(pieces.get(place, 0), since)
    for place, since in pieces.items():
        carriage = problem.post.send(place, target, since, 0.5)
        if carriage is None:
            return None
        there, price = max(there, carriage.arrives), price + carriage.price
    return there, price


def _finish(problem: Problem, here: Here, i: int, option: Option, spot: str, ends: int, price: int) -> Here | None:
    if ends > problem.horizon:
        return None
    papers = _where(here)
    for paper in (*option.needs, *option.gives):
        papers[paper] = (spot, ends)
    return replace(
        here,
        time=ends,
        price=here.price + option.price + price,
        papers=_write(papers),
        release=here.release if i else ends,
    )


def _at_home(problem: Problem, here: Here, i: int, step: Step, option: Option) -> Iterator[Here]:
    if step.actor == "person" and here.site:
        return
    brought = _bring(problem, here, i, option, HOME)
    if brought is None:
        return
    begins = max(_earliest(here, i, option), brought[0])
    if step.actor == "person":
        begins = max(begins, here.home)
    if step.actor == "agency" and option.working_days:
        ends = problem.days.close(begins, option.working_days)
    else:
        ends = begins + option.queue + option.minutes
    after = _finish(problem, here, i, option, HOME, ends, brought[1])
    if after:
        yield after


def _office(problem: Problem, here: Here, i: int, option: Option, spot: Spot) -> Iterator[Here]:
    brought = _bring(problem, here, i, option, spot.key)
    if brought is None:
        return
    ready = max(_earliest(here, i, option), brought[0])
    minutes = [m for opens, closes in spot.openings for m in range(max(opens, ready), closes)]
    work = option.queue + option.minutes
    if not minutes or (len(minutes) < work and not option.working_days):
        return
    if option.working_days:
        ends = problem.days.close(minutes[0], option.working_days)
    else:
        ends = minutes[work - 1] + 1 if work else minutes[0]
    after = _finish(problem, here, i, option, spot.key, ends, brought[1])
    if after:
        yield after


def _visit(problem: Problem, here: Here, i: int, option: Option, spot: Spot) -> Iterator[Here]:
    work = option.queue + option.minutes
    if here.site:
        if here.site == spot.site:
            brought = _bring(problem, here, i, option, spot.key)
            if brought:
                ready = max(_earliest(here, i, option), brought[0])
                for opens, closes in spot.openings:
                    begins = max(ready, opens)
                    if begins + max(work, 1) <= closes and begins < here.closes:
                        yield from _after_visit(problem, here, i, option, spot, begins + work, brought[1])
        return
    at_home = [paper for paper, place, _ in here.papers if place == HOME]
    for taken in product((False, True), repeat=len(at_home)):
        papers = _where(here) | {p: (HAND, 0) for p, take in zip(at_home, taken, strict=True) if take}
        out = replace(here, site=spot.site, papers=_write(papers), trips=here.trips + 1)
        brought = _bring(problem, out, i, option, spot.key)
        if brought is None:
            continue
        ready = max(_earliest(here, i, option), brought[0], max(here.time, here.home) + spot.away)
        for opens, closes in spot.openings:
            begins = max(ready, opens)
            if begins + max(work, 1) <= closes:
                there = replace(out, closes=_period(problem, spot.site, closes))
                yield from _after_visit(problem, there, i, option, spot, begins + work, brought[1])


def _period(problem: Problem, site: str, closes: int) -> int:
    """How long a site is open on: as long as another of its places opens before the one that is open closes."""
    for spot in problem.spots:
        for opens, later in spot.openings:
            if spot.site == site and opens < closes < later:
                return _period(problem, site, later)
    return closes


def _after_visit(
    problem: Problem, here: Here, i: int, option: Option, spot: Spot, ends: int, price: int
) -> Iterator[Here]:
    after = _finish(problem, here, i, option, spot.key, ends, price)
    if after is None:
        return
    after = replace(after, home=ends + spot.away)
    papers = _where(after)
    free = [p for p in papers if papers[p][0] == HAND or p in option.needs or p in option.gives]
    for kept in product((False, True), repeat=len(free)):
        laid = papers | {p: ((HAND, 0) if keep else (spot.key, ends)) for p, keep in zip(free, kept, strict=True)}
        yield replace(after, papers=_write(laid))
        home = {p: ((HOME, after.home) if place == HAND else (place, since)) for p, (place, since) in laid.items()}
        yield replace(after, papers=_write(home), site="", closes=0)
