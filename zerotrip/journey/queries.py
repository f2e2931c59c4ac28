"""What can be asked about ways to do an errand. All of it is public: nobody's name goes in.

For the rooms above:

    plan_for(item_code, division_code, at, limit_ms=…) -> PlanView    the ways, best first, and what stops better ones
    rest_of_way(itinerary, standing, at) -> PlanView                  the best ways on from where a case stands
    itinerary.check(data) -> Itinerary                                a stored or sent itinerary, typed (else BadInput)
    itinerary.picture(itinerary) -> core.picture.Picture              as the route picture
    itinerary.strip(itinerary) -> tuple[Segment, ...]                 as the strip of time beneath it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.core.clock import SHANGHAI
from zerotrip.core.errors import BadInput
from zerotrip.journey.itinerary import Constraint, Itinerary, constraint_json, moment
from zerotrip.rules.calendar_cn import packaged

LIMIT_MS = 2000
"""How long a search may take before it answers with what it has and says so."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """The answer: the Pareto set over trips, finish and price, best first, with names in the reader's language.

    `complete`: nothing better was left unexamined. `constraints`: what stopped a better one; without any itinerary,
    why there is none and what would help.
    """

    item: str
    item_name: str
    division: str
    at: datetime
    complete: bool
    itineraries: tuple[Itinerary, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the CLI prints and the API answers it."""
        return {
            "item": self.item,
            "item_name": self.item_name,
            "from": self.division,
            "at": moment(self.at),
            "complete": self.complete,
            "itineraries": [one.as_json() for one in self.itineraries],
            "constraints": [constraint_json(one) for one in self.constraints],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an errand stands: steps that are over (by key), and each paper with where it lies or goes to (a place
    code or "home") and when it is, or is expected, there.
    """

    done: tuple[str, ...] = ()
    papers: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)


def plan_for(
    item_code: str, division_code: str, at: datetime, *, limit_ms: int = LIMIT_MS, compiled: bool = True
) -> PlanView:
    """The ways to do the item for an applicant who lives in the division and begins at `at`.

    `limit_ms`: how long to search before answering with what was found (`complete` is then False). `compiled=False`:
    for a process that asks once and ends, the same answer without loading a compiler.
    Raises NotFound for an item or division that is not there, BadInput for a moment or division that cannot be
    planned from, Unavailable when the post's timetable is not loaded or does not reach the day.
    """
    from zerotrip.journey.planning import ways

    return ways(item_code, division_code, plannable(at), limit_ms, compiled=compiled)


def rest_of_way(itinerary: Itinerary, standing: Standing, at: datetime, *, limit_ms: int = LIMIT_MS) -> PlanView:
    """The ways on from where the errand stands at `at`, for the same version of the item. Raises as `plan_for`."""
    from zerotrip.journey.planning import ways_on

    return ways_on(itinerary, standing, plannable(at), limit_ms)


def plannable(at: datetime) -> datetime:
    """A moment one can plan from, aware (a naive one is on the wall clock of Asia/Shanghai). Raises BadInput."""
    if at.tzinfo is None:
        at = at.replace(tzinfo=SHANGHAI)
    first, last = packaged().first.year, packaged().last.year + 2
    if not first < at.year < last:
        sentence = _("请给出 {first} 年至 {last} 年之间的时间。").format(first=first + 1, last=last - 1)
        raise BadInput(sentence, fields={"at": [sentence]})
    return at
