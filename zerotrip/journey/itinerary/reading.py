"""Reads a stored or sent itinerary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput
from zerotrip.core.money import yuan
from zerotrip.journey.itinerary.types import Constraint, Itinerary, Leg, Part, Run, Step


def check(data: object) -> Itinerary:
    """A stored or sent itinerary, typed. Raises BadInput with what is wrong when it is none."""
    try:
        return _read(_Fields(data))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadInput(
            _("这不是一条完整的办事路线，请重新选择。"), fields={"itinerary": [_("有误：{what}").format(what=error)]}
        ) from error


class _Fields:
    """A JSON object whose members are taken by name and type."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, Mapping):
            raise TypeError("object")
        self.data = data

    def text(self, name: str, *, among: tuple[str, ...] = ()) -> str:
        value = self.data[name]
        if not isinstance(value, str) or len(value) > 400 or (among and value not in among):
            raise ValueError(name)
        return value

    def whole(self, name: str) -> int:
        value = self.data[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1_000_000:
            raise ValueError(name)
        return value

    def time(self, name: str) -> datetime:
        return local(datetime.fromisoformat(self.text(name)))

    def words(self, name: str) -> tuple[str, ...]:
        values = self.data[name]
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ValueError(name)
        return tuple(values)

    def rows(self, name: str) -> list[_Fields]:
        values = self.data[name]
        if not isinstance(values, list) or len(values) > 200:
            raise ValueError(name)
        return [_Fields(value) for value in values]


def _read(f: _Fields) -> Itinerary:
    price = _Fields(f.data["price"])
    provisional = f.data["provisional"]
    if not isinstance(provisional, bool):
        raise ValueError("provisional")
    found = Itinerary(
        id=f.text("id"),
        item=f.text("item"),
        version=f.whole("version"),
        division=f.text("from"),
        begins=f.time("at"),
        trips=f.whole("trips"),
        finish=f.time("finish"),
        finish_p95=f.time("finish_p95"),
        parts=tuple(Part(p.text("name"), yuan(p.text("amount")), p.text("payee")) for p in price.rows("parts")),
        steps=tuple(_read_step(row) for row in f.rows("steps")),
        legs=tuple(_read_leg(row) for row in f.rows("legs")),
        constraints=tuple(_read_constraint(row) for row in f.rows("constraints")),
        provisional=provisional,
        note=f.text("note"),
        open_fees=price.words("open"),
    )
    if yuan(price.text("total")) != found.price:
        raise ValueError("price.total")
    if found.trips != max((step.visit for step in found.steps), default=0):
        raise ValueError("trips")
    if not found.begins <= found.finish <= found.finish_p95:
        raise ValueError("finish")
    return found


def _read_step(f: _Fields) -> Step:
    step = Step(
        key=f.text("key"),
        name=f.text("name"),
        actor=f.text("actor", among=("person", "agency")),
        mode=f.text("mode"),
        place=f.text("place"),
        place_name=f.text("place_name"),
        begins=f.time("begins"),
        ends=f.time("ends"),
        ends_p95=f.time("ends_p95"),
        visit=f.whole("visit"),
    )
    if not step.begins <= step.ends <= step.ends_p95:
        raise ValueError(f"steps.{step.key}")
    return step


def _read_leg(f: _Fields) -> Leg:
    kind = f.text("kind", among=("person", "post", "data"))
    leg = Leg(
        kind=kind,  # type: ignore[arg-type]  # one of the three
        origin=f.text("from"),
        origin_name=f.text("from_name"),
        target=f.text("to"),
        target_name=f.text("to_name"),
        departs=f.time("departs"),
        arrives=f.time("arrives"),
        arrives_p95=f.time("arrives_p95"),
        papers=f.words("papers"),
        step=f.text("step"),
        net=f.text("net"),
        runs=tuple(
            Run(r.text("run"), r.text("from"), r.text("to"), r.time("departure"), r.time("arrival"))
            for r in f.rows("runs")
        ),
    )
    if not leg.departs <= leg.arrives <= leg.arrives_p95:
        raise ValueError(f"legs.{leg.step}")
    return leg


def _read_constraint(f: _Fields) -> Constraint:
    return Constraint(
        step=f.text("step"),
        step_name=f.text("step_name"),
        modes=f.words("modes"),
        reason=f.text("reason"),
        law=f.text("law"),
        article=f.text("article"),
        place=f.text("place"),
        place_name=f.text("place_name"),
    )
