"""What the engine found, told with names, times and money."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from zerotrip.core.money import yuan
from zerotrip.journey.engine import model
from zerotrip.journey.itinerary.types import HOME, Constraint, Itinerary, Leg, Part, Run, Step
from zerotrip.journey.problem import Built
from zerotrip.journey.spots import place_code
from zerotrip.journey.wording import HOME_NAME, postage_name, provisional_note
from zerotrip.network.engine.promise import Leg as Ride


class Teller:
    """Tells the answers of one problem. `version` is the number of the item's version."""

    def __init__(self, built: Built, item: str, version: int) -> None:
        self.built = built
        self.item, self.version = item, version
        self.names = {one.key: one.site.name for one in built.places} | {HOME: str(HOME_NAME)}
        self.steps = {step.key: step for step in built.problem.steps}

    def itinerary(self, found: model.Itinerary, constraints: tuple[Constraint, ...]) -> Itinerary:
        """One itinerary, identified."""
        surely = self.at(found.surely)
        note = provisional_note(surely)
        told = Itinerary(
            id="",
            item=self.item,
            version=self.version,
            division=self.built.home.code,
            begins=self.at(self.built.problem.begins),
            trips=found.trips,
            finish=self.at(found.finish),
            finish_p95=surely,
            parts=self._parts(found),
            steps=tuple(self._step(done) for done in found.steps),
            legs=tuple(self._leg(move) for move in found.moves),
            constraints=constraints,
            provisional=bool(note),
            note=note,
            open_fees=self.built.errand.open_fees,
        )
        return told.identified()

    def at(self, minute: int) -> datetime:
        """A minute of the problem as a time."""
        return self.built.base + timedelta(minutes=minute)

    def name(self, key: str) -> str:
        """The place's name of a spot's key."""
        return self.names.get(key, place_code(key))

    def constraint(self, bar: model.Bar) -> Constraint:
        step = self.steps.get(bar.step)
        place = self.names.get(bar.place, "") if bar.place else ""
        return Constraint(
            bar.step, step.name if step else "", tuple(bar.modes), bar.reason, bar.law, bar.article, bar.place, place
        )

    def _step(self, done: model.Done) -> Step:
        step = self.steps[done.step]
        return Step(
            key=done.step,
            name=step.name,
            actor=step.actor,
            mode=done.mode,
            place=place_code(done.spot),
            place_name=self.name(done.spot),
            begins=self.at(done.begins),
            ends=self.at(done.ends),
            ends_p95=self.at(max(done.ends, done.surely)),
            visit=done.visit,
        )

    def _leg(self, move: model.Move) -> Leg:
        carried = move.carriage
        promise = self.built.network.told(carried.path) if carried is not None else None  # type: ignore[arg-type]
        return Leg(
            kind=move.kind,
            origin=place_code(move.origin),
            origin_name=self.name(move.origin),
            target=place_code(move.target),
            target_name=self.name(move.target),
            departs=self.at(move.departs),
            arrives=self.at(move.arrives),
            arrives_p95=self.at(max(move.arrives, move.surely)),
            papers=tuple(move.papers),
            step=move.before,
            net=carried.net if carried is not None else "",
            runs=tuple(_run(leg) for leg in promise.legs) if promise is not None else (),
        )

    def _parts(self, found: model.Itinerary) -> tuple[Part, ...]:
        """Fees by payee, what a way costs of itself by step, postage by net: the engine names the latter two."""
        pieces = Counter(move.carriage.net for move in found.moves if move.carriage is not None)
        parts = []
        for name, fen in found.parts:
            kind, _colon, key = name.partition(":")
            if name in self.built.errand.payees:
                parts.append(Part(name, _yuan(fen), self.built.errand.payees[name]))
            elif kind == "postage":
                parts.append(Part(postage_name(key, pieces[key]), _yuan(fen)))
            else:
                step = self.steps.get(key)
                parts.append(Part(step.name if step else _("此前已付"), _yuan(fen)))
        return tuple(parts)


def _run(leg: Ride) -> Run:
    return Run(leg.run, leg.origin, leg.target, leg.departure, leg.arrival)


def _yuan(fen: int) -> Decimal:
    return yuan(Decimal(fen) / 100)
