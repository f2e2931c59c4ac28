"""What a chosen itinerary means for the case: which way papers and result go, and where the applicant comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from zerotrip.cases.models import Case, CaseLeg, MaterialsRoute, ResultRoute
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.errors import BadInput
from zerotrip.journey.itinerary import HOME, Itinerary, Step, check

ROUTE_OF: Final = {
    "outlet": MaterialsRoute.OUTLET,
    "kiosk": MaterialsRoute.KIOSK,
    "hall": MaterialsRoute.HALL,
    "window": MaterialsRoute.HALL,
}
"""Which way the papers go when the applicant comes to a place of that mode."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`hand_in`: code of the place where the applicant comes with the papers, or empty. `collected_at`: when a courier
    is planned to collect them, or None.
    """

    materials_route: str
    result_route: str
    hand_in: str = ""
    collected_at: datetime | None = None


def meaning_of(itinerary: Itinerary) -> Meaning:
    """How the papers go to the agency, and the result to the applicant.

    A piece posted from home is collected by a courier; else the first visit before the agency acts is where they are
    handed in; without one all goes online. A result that no post brings home is collected at a
    visit; where no paper comes home it is told online.
    """
    before, after = _around_agency(itinerary)
    collection = next((leg for leg in itinerary.legs if leg.kind == "post" and leg.origin == HOME), None)
    visit = next((step for step in before if step.visit), None)
    materials, hand_in = MaterialsRoute.ONLINE, ""
    if collection is not None:
        materials = MaterialsRoute.COURIER
    elif visit is not None:
        materials, hand_in = ROUTE_OF[visit.mode], visit.place
    posted = any(leg.kind == "post" and leg.target == HOME for leg in itinerary.legs)
    paper = any(leg.target == HOME and leg.papers for leg in itinerary.legs)
    fetched = any(step.visit for step in after) or paper
    result = ResultRoute.MAIL if posted else ResultRoute.COLLECT if fetched else ResultRoute.ONLINE
    return Meaning(materials, result, hand_in, collection.departs if collection is not None else None)


def _around_agency(itinerary: Itinerary) -> tuple[list[Step], list[Step]]:
    """The applicant's steps before the agency first acts, and those after it last did."""
    steps = list(itinerary.steps)
    acts = [n for n, step in enumerate(steps) if step.actor == "agency"]
    if not acts:
        return steps, []
    return steps[: acts[0]], steps[acts[-1] + 1 :]


def version_of(itinerary: Itinerary, version: ItemVersion) -> bool:
    """Whether the itinerary was planned for this very version of the item."""
    return itinerary.item == version.item.code and itinerary.version == version.number


def carried_by(case: Case) -> Itinerary | None:
    """The itinerary a case carries; None without one, or when it was written in a form no longer known.

    A case outlives the release it was opened under: it then goes on by its legs and clocks alone.
    """
    if case.itinerary is None:
        return None
    try:
        return check(case.itinerary)
    except BadInput:
        return None


def legs_of(itinerary: Itinerary, *, first: int = 1) -> list[CaseLeg]:
    """The legs as rows that are not saved yet, in the order of departure, numbered from `first`."""
    ordered = sorted(itinerary.legs, key=lambda leg: (leg.departs, leg.arrives))
    return [
        CaseLeg(
            position=n,
            kind=leg.kind,
            origin=leg.origin,
            origin_name=leg.origin_name[:120],
            target=leg.target,
            target_name=leg.target_name[:120],
            step=leg.step[:40],
            papers=list(leg.papers),
            net=leg.net[:8],
            departs=leg.departs,
            arrives=leg.arrives,
            arrives_surely=leg.arrives_p95,
            expected_at=leg.arrives,
        )
        for n, leg in enumerate(ordered, first)
    ]
