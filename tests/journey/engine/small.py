"""Small errands, networks and calendars to plan with: stand-ins for the post, and random problems."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from hypothesis import strategies as st

from zerotrip.journey.engine.model import HOME, Carriage, Option, Problem, Spot, Step

DAY = 1440


@dataclass(frozen=True)
class Lanes:
    """A post with a timetable for each lane: (departs, arrives) in order, arrivals in order too; one price a lane."""

    lanes: dict[tuple[str, str], tuple[tuple[int, int], ...]]
    prices: dict[tuple[str, str], int] = field(default_factory=dict)
    late: int = 0
    """By how many minutes a piece is later for sure than mostly, times the level."""

    def send(self, origin: str, target: str, at: int, level: float) -> Carriage | None:
        runs = self.lanes.get((origin, target), ())
        first = bisect_left(runs, (at, 0))
        if first == len(runs):
            return None
        departs, arrives = min(runs[first:], key=lambda run: run[1])
        price = self.prices.get((origin, target), 1200)
        return Carriage(departs, arrives, arrives + int(self.late * level), price, "city")


@dataclass(frozen=True)
class Week:
    """Working days are all but `off`; offices close at 17:00."""

    off: frozenset[int] = frozenset()

    def close(self, at: int, days: int) -> int:
        day = at // DAY
        while days:
            day += 1
            days -= day not in self.off
        return day * DAY + 17 * 60


def daily(days: int, *hours: tuple[int, int], off: frozenset[int] = frozenset()) -> tuple[tuple[int, int], ...]:
    return tuple((d * DAY + o, d * DAY + c) for d in range(days) if d not in off for o, c in hours)


PAPERS = ("licence", "photo", "result")
DAYS = 3


@st.composite
def options(draw: st.DrawFn, actor: str) -> Option:
    paper = st.lists(st.sampled_from(PAPERS), max_size=2, unique=True).map(tuple)
    return Option(
        mode=draw(st.sampled_from(("window", "window", "outlet", "outlet", "hall", "online", "doorstep"))),
        service=draw(st.sampled_from(("", "", "", "x"))),
        minutes=draw(st.sampled_from((0, 10, 30, 60, 150))),
        queue=draw(st.sampled_from((0, 0, 20))),
        working_days=draw(st.sampled_from((0, 0, 1))) if actor == "agency" else 0,
        calendar_days=draw(st.sampled_from((0, 0, 0, 0, 0, 1))),
        needs=draw(paper),
        gives=draw(st.one_of(st.just(()), st.just(("result",)), paper)),
        price=draw(st.sampled_from((0, 0, 500, 900))),
    )


@st.composite
def steps(draw: st.DrawFn, key: str) -> Step:
    actor = draw(st.sampled_from(("person", "person", "agency")))
    return Step(key, key, actor, tuple(draw(st.lists(options(actor), min_size=1, max_size=2))))


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    found = []
    for day in range(DAYS):
        for opens, closes in ((540, 720), (810, 1020)):
            if draw(st.integers(0, 4)):
                found.append((day * DAY + opens - draw(st.sampled_from((0, 0, 30))), day * DAY + closes))
    return tuple(found)


@st.composite
def spots(draw: st.DrawFn, key: str) -> Spot:
    return Spot(
        key,
        draw(st.sampled_from(("window", "outlet", "hall"))),
        draw(st.sampled_from(("town", "village"))),
        draw(st.sampled_from((frozenset(), frozenset({"x"})))),
        draw(st.sampled_from((0, 15, 60))),
        draw(hours()),
    )


@st.composite
def runs(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    departures = sorted(draw(st.lists(st.integers(0, DAYS * DAY - 200), max_size=4, unique=True)))
    arrives, found = 0, []
    for departs in departures:
        arrives = max(arrives, departs + draw(st.sampled_from((20, 150, 600))))
        found.append((departs, arrives))
    return tuple(found)


@st.composite
def problems(draw: st.DrawFn, most: int = 4) -> Problem:
    keys = ("A", "B", "C")[: draw(st.integers(1, 3))]
    places = (HOME, *keys)
    pairs = [(a, b) for a in places for b in places if a != b]
    lanes = {pair: draw(runs()) for pair in pairs}
    return Problem(
        steps=tuple(draw(steps(f"s{i}")) for i in range(draw(st.integers(1, most)))),
        spots=tuple(draw(spots(key)) for key in keys),
        papers=tuple(draw(st.sampled_from(((), ("licence",), ("licence", "photo"), ("licence", "photo"))))),
        begins=draw(st.integers(400, 900)),
        horizon=draw(st.sampled_from((DAYS * DAY, DAYS * DAY, DAY + 700))),
        post=Lanes(lanes, {pair: draw(st.sampled_from((300, 700, 1200))) for pair in pairs}, late=90),
        days=Week(draw(st.sampled_from((frozenset(), frozenset({1}))))),
        fees=(("fee", 100),),
    )
