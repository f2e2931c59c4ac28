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


DAYS = 3
OUT = ("window", "outlet")


@st.composite
def options(draw: st.DrawFn, actor: str, papers: tuple[str, ...]) -> Option:
    return Option(
        mode=draw(st.sampled_from((*OUT, *OUT, "online", "doorstep"))),
        service=draw(st.sampled_from(("", "", "", "x"))),
        minutes=draw(st.sampled_from((0, 10, 30, 60, 100))),
        queue=draw(st.sampled_from((0, 0, 20))),
        working_days=draw(st.sampled_from((0, 0, 1))) if actor == "agency" else 0,
        calendar_days=draw(st.sampled_from((0, 0, 0, 0, 0, 1))),
        needs=draw(st.lists(st.sampled_from(papers), max_size=2, unique=True).map(tuple)),
        gives=draw(st.sampled_from(((), ("result",)))),
        price=draw(st.sampled_from((0, 0, 500, 900))),
    )


@st.composite
def several_steps(draw: st.DrawFn, most: int) -> tuple[Step, ...]:
    """Steps that mostly can be done: no paper is asked for that no step before could have given."""
    papers: tuple[str, ...] = ("licence", "photo")
    found = []
    for at in range(draw(st.integers(1, most))):
        actor = draw(st.sampled_from(("person", "person", "agency")))
        several = tuple(draw(st.lists(options(actor, papers), min_size=1, max_size=2)))
        found.append(Step(f"s{at}", f"s{at}", actor, several))
        if "result" not in papers and any(option.gives for option in several):
            papers = (*papers, "result")
    return tuple(found)


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    shut = draw(st.sets(st.integers(0, 2 * DAYS - 1), max_size=2))
    earlier, later = draw(st.sampled_from((0, 30))), draw(st.sampled_from((0, 60)))
    found = [(d * DAY + o - earlier, d * DAY + c + later) for d in range(DAYS) for o, c in ((540, 720), (840, 1020))]
    return tuple(period for at, period in enumerate(found) if at not in shut)


@st.composite
def spots(draw: st.DrawFn, key: str) -> Spot:
    return Spot(
        key,
        draw(st.sampled_from(OUT)),
        draw(st.sampled_from(("town", "town", "village"))),
        draw(st.sampled_from((frozenset(), frozenset({"x"})))),
        draw(st.sampled_from((0, 15, 60))),
        draw(hours()),
    )


RUN = st.tuples(st.integers(0, DAYS * DAY - 200), st.sampled_from((20, 150, 600)))


def timetable(runs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((departs, departs + takes) for departs, takes in runs))


@st.composite
def problems(draw: st.DrawFn, most: int = 4) -> Problem:
    keys = ("A", "B", "C")[: draw(st.integers(1, 3))]
    pairs = [(a, b) for a in (HOME, *keys) for b in (HOME, *keys) if a != b]
    runs = st.lists(RUN, max_size=5).map(timetable)
    return Problem(
        steps=draw(several_steps(most)),
        spots=tuple(draw(spots(key)) for key in keys),
        papers=("licence", "photo"),
        begins=draw(st.integers(400, 900)),
        horizon=draw(st.sampled_from((DAYS * DAY, DAYS * DAY, DAY + 700))),
        post=Lanes(
            {pair: draw(runs) for pair in pairs}, {pair: draw(st.sampled_from((300, 700))) for pair in pairs}, 90
        ),
        days=Week(draw(st.sampled_from((frozenset(), frozenset({1}))))),
        fees=(("fee", 100),),
    )
