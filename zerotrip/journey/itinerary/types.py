"""办事路线 as it is told and kept: typed, and as JSON.

The JSON of an itinerary is the same in the answer of `plan`, over the API and stored on a case. Times are RFC 3339 in
Asia/Shanghai, money is yuan as text, places are codes ("home" is the applicant's address).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from zerotrip.core.clock import local
from zerotrip.core.money import ZERO

HOME = "home"
LegKind = Literal["person", "post", "data"]


class Part(NamedTuple):
    """One part of the price. `payee`: "state" is collected for the treasury, "post" is the post's own, "other"."""

    name: str
    amount: Decimal
    payee: str = "post"


class Step(NamedTuple):
    """A step with its place and time. `visit` numbers the trips from 1; 0: the applicant did not go out for it.

    `ends_p95`: when it is over with the certainty of the promise.
    """

    key: str
    name: str
    actor: str
    mode: str
    place: str
    place_name: str
    begins: datetime
    ends: datetime
    ends_p95: datetime
    visit: int = 0


class Run(NamedTuple):
    """One ride of a piece of mail: the run or round that carries it, from stop to stop."""

    run: str
    origin: str
    target: str
    departure: datetime
    arrival: datetime


class Leg(NamedTuple):
    """行程段: the applicant (`person`), papers by post, or data from one place to another, for the step `step`."""

    kind: LegKind
    origin: str
    origin_name: str
    target: str
    target_name: str
    departs: datetime
    arrives: datetime
    arrives_p95: datetime
    papers: tuple[str, ...] = ()
    step: str = ""
    net: str = ""
    runs: tuple[Run, ...] = ()


class Constraint(NamedTuple):
    """What stopped a better way: a law with its article, or (without one) something missing at a place."""

    step: str
    step_name: str
    modes: tuple[str, ...]
    reason: str
    law: str = ""
    article: str = ""
    place: str = ""
    place_name: str = ""


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One way to do the errand. `item`, `version` and `division` say what was planned and from where.

    `provisional`: it passes days whose holidays are not published yet; `note` is the sentence to show with it.
    `open_fees`: fees whose amount is not known, so that the price is without them.
    """

    id: str
    item: str
    version: int
    division: str
    begins: datetime
    trips: int
    finish: datetime
    finish_p95: datetime
    parts: tuple[Part, ...]
    steps: tuple[Step, ...]
    legs: tuple[Leg, ...]
    constraints: tuple[Constraint, ...] = ()
    provisional: bool = False
    note: str = ""
    open_fees: tuple[str, ...] = ()

    @property
    def price(self) -> Decimal:
        """What the applicant pays for all of it, yuan."""
        return sum((part.amount for part in self.parts), ZERO)

    def identified(self) -> Itinerary:
        """The same with its id: a digest of what is done where and when, whatever the language of the names."""
        said: list[Any] = [self.item, self.version, self.division, self.begins.isoformat(), self.trips]
        said += [self.finish.isoformat(), self.finish_p95.isoformat(), str(self.price)]
        said += [[s.key, s.mode, s.place, s.begins.isoformat(), s.ends.isoformat(), s.visit] for s in self.steps]
        said += [[g.kind, g.origin, g.target, g.departs.isoformat(), list(g.papers), g.step] for g in self.legs]
        mark = hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
        return replace(self, id=mark.hexdigest()[:20])

    def as_json(self) -> dict[str, Any]:
        """As `check` reads it."""
        return {
            "id": self.id,
            "item": self.item,
            "version": self.version,
            "from": self.division,
            "at": moment(self.begins),
            "trips": self.trips,
            "finish": moment(self.finish),
            "finish_p95": moment(self.finish_p95),
            "provisional": self.provisional,
            "note": self.note,
            "price": {
                "total": str(self.price),
                "parts": [{"name": p.name, "amount": str(p.amount), "payee": p.payee} for p in self.parts],
                "open": list(self.open_fees),
            },
            "steps": [_step_json(step) for step in self.steps],
            "legs": [_leg_json(leg) for leg in self.legs],
            "constraints": [constraint_json(one) for one in self.constraints],
        }


def moment(at: datetime) -> str:
    """A time as the JSON has it."""
    return local(at).isoformat()


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "name": step.name,
        "actor": step.actor,
        "mode": step.mode,
        "place": step.place,
        "place_name": step.place_name,
        "begins": moment(step.begins),
        "ends": moment(step.ends),
        "ends_p95": moment(step.ends_p95),
        "visit": step.visit,
    }


def _leg_json(leg: Leg) -> dict[str, Any]:
    return {
        "kind": leg.kind,
        "from": leg.origin,
        "from_name": leg.origin_name,
        "to": leg.target,
        "to_name": leg.target_name,
        "departs": moment(leg.departs),
        "arrives": moment(leg.arrives),
        "arrives_p95": moment(leg.arrives_p95),
        "papers": list(leg.papers),
        "step": leg.step,
        "net": leg.net,
        "runs": [
            {
                "run": run.run,
                "from": run.origin,
                "to": run.target,
                "departure": moment(run.departure),
                "arrival": moment(run.arrival),
            }
            for run in leg.runs
        ],
    }


def constraint_json(one: Constraint) -> dict[str, Any]:
    """A constraint as the JSON has it."""
    return {
        "step": one.step,
        "step_name": one.step_name,
        "modes": list(one.modes),
        "reason": one.reason,
        "law": one.law,
        "article": one.article,
        "place": one.place,
        "place_name": one.place_name,
    }
