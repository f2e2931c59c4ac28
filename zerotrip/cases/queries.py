"""What can be asked about cases. Everything goes through `visible_to(actor)`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from zerotrip.cases import history
from zerotrip.cases.clocks import Clocks, reading_of
from zerotrip.cases.itinerary.drawn import going
from zerotrip.cases.itinerary.reckoning import VOID
from zerotrip.cases.models import Case, CaseLeg, CaseMaterial, Correction, Visit
from zerotrip.cases.route import picture
from zerotrip.cases.states import CASES, OWNERS, VERBS_FOR_PEOPLE
from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import NotFound
from zerotrip.core.machine import Transition
from zerotrip.core.picture import Picture
from zerotrip.ledger import queries as ledger
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment

QUEUES = {
    "agency": ("applied", "received", "accepted", "reviewing", "paused", "decided"),
    "hall": ("ready", "bound", "returned"),
    "citizen": tuple(state for state in CASES.states if state not in CASES.final),
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that a case page shows."""

    case: Case
    materials: list[CaseMaterial]
    correction: Correction | None
    visits: list[Visit]
    pieces: list[Consignment]
    timeline: list[Entry]
    picture: Picture
    clocks: Clocks
    verbs: list[Transition]
    sides: dict[str, timedelta] = field(default_factory=dict)
    legs: list[CaseLeg] = field(default_factory=list)
    """Of its itinerary; none without one."""

    @property
    def trips(self) -> int:
        return len(self.visits)

    @property
    def told(self) -> str:
        """What the applicant is told about where it stands: the sentence of the last step."""
        row = next((r for r in CASES.transitions if r.target == self.case.state), None)
        return str(row.told) if row and self.case.state != "applied" else str(CASES.states[self.case.state])


def get(actor: Actor, number: str) -> CaseView:
    """One case with everything its page shows, in at most six statements. Raises NotFound when it may not be seen."""
    clean = ids.compact(number)[:40]
    case = (
        Case.objects.visible_to(actor)
        .select_related(
            "item",
            "version",
            "hall",
            "window",
            "contact",
            "applicant_person",
            "applicant_company",
            "correction",
            "hand_in",
        )
        .prefetch_related("materials")
        .annotate(**history.COLUMNS)
        .filter(number=clean)
        .first()
    )
    if case is None:
        raise NotFound(_("没有找到办件 {number}，或您无权查看。请核对编号。").format(number=clean or "—"))
    history.fill(case)
    pieces = list(Consignment.objects.filter(reference=case.number).order_by("pk"))
    entries = ledger.timeline(case.number, public_only=actor.kind in {"citizen", "partner"})
    visits = list(case.visits.all())
    legs = list(case.legs.select_related("consignment")) if case.itinerary else []
    drawn = going(case, legs, len(visits), now()) if legs and case.outcome not in VOID else None
    return CaseView(
        case=case,
        materials=list(case.materials.all()),
        correction=getattr(case, "correction", None),
        visits=visits,
        pieces=pieces,
        timeline=entries,
        picture=drawn or picture(case, pieces, len(visits)),
        clocks=reading_of(case, today()),
        verbs=verbs(case, actor, pieces),
        sides=time_by_side(entries, first=_first_side(case)),
        legs=legs,
    )


def verbs(case: Case, actor: Actor, pieces: Iterable[Consignment]) -> list[Transition]:
    """What `actor` may do with the case now, in the table's order."""
    found = [row for row in CASES.verbs(case.state, actor.roles) if row.verb in VERBS_FOR_PEOPLE]
    if case.state == "applied":
        on_the_way = any(p.purpose == "materials" and p.state not in {"cancelled", "delivered"} for p in pieces)
        waits = case.materials_route == "courier" and not case.received_at
        found = [row for row in found if row.verb != "receive" or not (on_the_way or waits)]
        if actor.has("citizen", "hall_clerk", "partner"):
            found += [row for row in CASES.rows("withdraw") if row not in found]
    if case.result_route != "collect" and case.state == "ready":
        found = [row for row in found if row.verb != "collect"]
    if case.result_route == "collect" and case.outcome in {"granted", "refused"}:
        found = [row for row in found if row.verb != "bind"]
    if getattr(case, "correction", None) is not None:
        found = [row for row in found if row.verb != "ask_correction"]
    return found


def _first_side(case: Case) -> str:
    """Who has the papers until the window receives them: the applicant who still has to come, the hall, or the post."""
    if case.hand_in_id and case.received_at is None:
        return "applicant"
    return "hall" if case.materials_route == "hall" else "post"


def time_by_side(entries: Iterable[Entry], *, first: str = "post") -> dict[str, timedelta]:
    """How long each side (applicant, post, agency, hall) had the case: the time between changes of state.

    `first`: who has the papers until the window receives them.
    """
    spent: dict[str, timedelta] = {}
    side, since = "", None
    for entry in entries:
        state = entry.data.get("state")
        if state not in OWNERS:
            continue
        if side and since is not None:
            spent[side] = spent.get(side, timedelta()) + (entry.at - since)
        side, since = (first if state == "applied" else OWNERS[state]), entry.at
    if side and since is not None:
        spent[side] = spent.get(side, timedelta()) + (now() - since)
    return spent


def queue(actor: Actor, desk: str) -> QuerySet[Case]:
    """The open cases a desk has to act on, the nearest legal or promised deadline first."""
    return (
        Case.objects.visible_to(actor)
        .filter(state__in=QUEUES[desk])
        .select_related("version", "applicant_person", "applicant_company", "window", "hall")
        .order_by(F("due").asc(nulls_last=True), "applied_at")
    )


def counts(actor: Actor) -> dict[str, int]:
    """How many visible cases stand in each state."""
    rows = Case.objects.visible_to(actor).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)


def mine(actor: Actor) -> QuerySet[Case]:
    """The cases of a citizen or partner, newest first."""
    return Case.objects.visible_to(actor).select_related("version", "window", "hall").order_by("-pk")


def find(actor: Actor, text: str) -> Case | None:
    """A case by its number or the number of its certificate, as scanned; None when there is none to see."""
    clean = ids.compact(text)[:60]
    seen = Case.objects.visible_to(actor)
    return seen.filter(number=clean).first() or (seen.filter(certificate_number=clean).first() if clean else None)


def late(actor: Actor, at: datetime) -> QuerySet[Case]:
    """Open cases whose deadline has passed."""
    return queue(actor, "citizen").filter(due__lt=at.date())
