"""What a plan is made from and what it is.

Times are whole minutes since a base moment that the caller chooses (midnight, Asia/Shanghai); money is whole fen.
The place of the applicant's home is `HOME`. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol

Mode = Literal["online", "doorstep", "outlet", "kiosk", "hall", "window"]
Actor = Literal["person", "agency"]
MoveKind = Literal["person", "post", "data"]

HOME: Final = "home"
AT_HOME: Final[frozenset[str]] = frozenset({"online", "doorstep"})
"""Modes for which the applicant need not go out: they make no trip."""


class Option(NamedTuple):
    """One way to do a step.

    `service`: what a place must offer for it; empty: every place of the mode does.
    `minutes`: how long it takes there. `queue`: the wait expected before it (a line, a reviewer), in minutes.
    `working_days`: an agency is done at the close of the n-th working day after the day on which it could begin; 0:
    after `queue` and `minutes` of opening time.
    `calendar_days`: how many days must lie between the end of the step before and this one (冷静期).
    `needs`: papers that must be at the place, or in the applicant's hand when the applicant comes.
    `gives`: papers that come out of it, at the place. `price`: what this way costs of itself, fen.
    """

    mode: Mode
    service: str = ""
    minutes: int = 0
    queue: int = 0
    working_days: int = 0
    calendar_days: int = 0
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    price: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """环节: one thing to be done, after the one before it, by the applicant or by the agency."""

    key: str
    name: str
    actor: Actor
    options: tuple[Option, ...]


class Bar(NamedTuple):
    """What rules `modes` out for a step: a law with its article, or (without one) something missing at a place."""

    step: str
    modes: tuple[Mode, ...]
    reason: str
    law: str = ""
    article: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where steps can be done.

    `site`: places at one site (a hall and its windows) need no way between them and make one visit.
    `away`: minutes from home, one way. `openings`: periods (opens, closes) in order, as far as one plans.
    """

    key: str
    mode: Mode
    site: str
    services: frozenset[str]
    away: int
    openings: tuple[tuple[int, int], ...]


class Carriage(NamedTuple):
    """One piece of mail from spot to spot: when it leaves, when it is there (median), when with the asked certainty.

    `net`: city, province, national. `path` is whatever the carrier needs to tell the legs afterwards.
    """

    departs: int
    arrives: int
    surely: int
    price: int
    net: str
    path: Hashable = None


class Post(Protocol):
    """What the planner asks of the post. `level` is the certainty of `Carriage.surely`, 0.5 to 0.999.

    From HOME a courier collects at the door, to HOME a courier delivers at the door. Later departures never arrive
    earlier. None: not reachable within what is planned.
    """

    def send(self, origin: str, target: str, at: int, level: float) -> Carriage | None: ...


class WorkingDays(Protocol):
    """The working-day clock: `close(at, days)` is the close of the `days`-th working day after the day of `at`."""

    def close(self, at: int, days: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """All that decides a plan: steps in order, where each can be done, papers at home, the start and the end of time.

    `papers`: those at home when it begins (others come out of steps). `begins`, `horizon`: minutes.
    `fees`: what every way costs alike, as (name, fen). `bars`: what was ruled out before.
    """

    steps: tuple[Step, ...]
    spots: tuple[Spot, ...]
    papers: tuple[str, ...]
    begins: int
    horizon: int
    post: Post
    days: WorkingDays
    fees: tuple[tuple[str, int], ...] = ()
    bars: tuple[Bar, ...] = ()


class Done(NamedTuple):
    """A step with its place and time. `visit` numbers the trips from 1; 0: the applicant did not go out for it.

    `surely`: when it is over with the certainty of the whole plan.
    """

    step: str
    mode: Mode
    spot: str
    begins: int
    ends: int
    surely: int
    visit: int = 0


class Move(NamedTuple):
    """行程段: the applicant (`person`), papers by post, or data from one spot to another."""

    kind: MoveKind
    origin: str
    target: str
    departs: int
    arrives: int
    surely: int
    papers: tuple[str, ...] = ()
    before: str = ""
    """The step it serves; on the way home the last step done out there."""
    carriage: Carriage | None = None


class Itinerary(NamedTuple):
    """办事路线: one way to do the errand. `price` is the sum of `parts` (name, fen).

    Names of parts: those of `Problem.fees`, `step:KEY` for what a way costs of itself, `postage:NET`, and `spent` for
    what was paid before the rest of a way. `surely` after the horizon: the horizon does not hold the promise.
    """

    trips: int
    finish: int
    surely: int
    price: int
    parts: tuple[tuple[str, int], ...]
    steps: tuple[Done, ...]
    moves: tuple[Move, ...]


class Plan(NamedTuple):
    """The Pareto set over trips, finish (median) and price, best first by (trips, finish, price).

    `complete`: nothing better was left unexamined when the search ended. `bars`: what stopped better ones.
    """

    itineraries: tuple[Itinerary, ...]
    complete: bool = True
    bars: tuple[Bar, ...] = ()
