"""The steps of an item as the planner takes them, from the catalogue's rows; made once a version."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from zerotrip.catalog.models import Bar as BarRow
from zerotrip.catalog.models import ItemVersion, Way
from zerotrip.journey.engine.model import AT_HOME, Bar, Mode, Option, Step
from zerotrip.journey.postage import fen
from zerotrip.journey.spots import Needs

MODES: tuple[Mode, ...] = ("outlet", "kiosk", "hall", "window")


@dataclass(frozen=True, slots=True)
class Errand:
    """What of a plan depends on the version of the item alone.

    `papers`: those at home when it begins. `fees` as (name, fen), `payees` by name; `open_fees`: names of fees whose
    amount is not known. `days`: the longest its steps may take by their limits, in days.
    """

    steps: tuple[Step, ...]
    bars: tuple[Bar, ...]
    papers: tuple[str, ...]
    needs: Needs
    fees: tuple[tuple[str, int], ...]
    payees: dict[str, str]
    open_fees: tuple[str, ...]
    days: int
    organ_kind: str


def errand(version: ItemVersion) -> Errand:
    """The errand of a version that was read with its rows (`catalog.queries.get`)."""
    key = (version.pk, version.changed_at)
    known = _known.get(key)
    if known is None:
        if len(_known) >= 1000:
            _known.clear()
        known = _known[key] = _errand(version)
    return known


_known: dict[Hashable, Errand] = {}


def _errand(version: ItemVersion) -> Errand:
    rows = list(version.ways.all())
    steps = tuple(_step([row for row in rows if row.step == key]) for key in dict.fromkeys(row.step for row in rows))
    bars = tuple(_bar(row) for row in version.bars.all())
    fees = [fee for fee in version.fees.all() if fee.payee != "post" or fee.amount is not None]
    return Errand(
        steps=steps,
        bars=bars,
        papers=_at_home(steps),
        needs=needs_of(steps),
        fees=tuple((fee.name, fen(fee.amount)) for fee in fees if fee.amount is not None),
        payees={fee.name: fee.payee for fee in fees},
        open_fees=tuple(fee.name for fee in fees if fee.amount is None),
        days=sum(max((o.working_days + o.calendar_days for o in step.options), default=0) for step in steps),
        organ_kind=version.organ_kind,
    )


def _step(rows: list[Way]) -> Step:
    return Step(rows[0].step, rows[0].step_name, rows[0].actor, tuple(_option(row) for row in rows))  # type: ignore[arg-type]


def _option(row: Way) -> Option:
    return Option(
        mode=row.mode,  # type: ignore[arg-type]  # one of the code list
        service=row.service,
        minutes=row.minutes,
        queue=row.queue,
        working_days=row.working_days,
        calendar_days=row.calendar_days,
        needs=tuple(row.needs),
        gives=tuple(row.gives),
        price=0 if row.price is None else fen(row.price),
    )


def _bar(row: BarRow) -> Bar:
    return Bar(row.step, tuple(row.modes), row.reason, row.law, row.article)


def _at_home(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Papers that a step needs and no step gives: the applicant has them from the beginning."""
    options = [option for step in steps for option in step.options]
    given = {paper for option in options for paper in option.gives}
    return tuple(dict.fromkeys(paper for option in options for paper in option.needs if paper not in given))


def needs_of(steps: tuple[Step, ...]) -> Needs:
    """The services that steps may ask of places, by mode."""
    asked: dict[Mode, dict[str, None]] = {}
    for step in steps:
        for option in step.options:
            if option.mode not in AT_HOME:
                asked.setdefault(option.mode, {})[option.service] = None
    return tuple((mode, tuple(sorted(asked[mode]))) for mode in MODES if mode in asked)
