"""What every action on a case begins and ends with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.clocks import reading_of
from zerotrip.cases.models import Case, Visit
from zerotrip.cases.states import CASES, OUTCOMES
from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import today
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.ledger.frame import record
from zerotrip.ledger.kinds import Kind
from zerotrip.places.models import Place
from zerotrip.rules.errors import RuleError

LONGEST_REASON = 500


def lock(number: str, actor: Actor) -> Case:
    """The case with this number, locked. Raises NotFound when there is none or the actor may not see it."""
    clean = ids.compact(number)[:40]
    found = (
        Case.objects.visible_to(actor)
        .select_for_update(no_key=True, of=("self",))
        .select_related("window", "hall", "version", "applicant_person", "applicant_company", "contact")
        .filter(number=clean)
        .first()
    )
    if found is None:
        raise NotFound(_("没有找到办件 {number}。请核对编号，或扫描回执上的条码。").format(number=clean or "—"))
    return found


def step(case: Case, verb: str) -> None:
    """Move the case by `verb`, and set the day by which the next one must have acted."""
    case.state = CASES.step(case.state, verb)


def save(case: Case, *fields: str) -> None:
    """Write the state, the new due day and `fields`."""
    current = reading_of(case, today()).due
    case.due, case.due_provisional = current.day, current.provisional
    case.save(update_fields=["state", "due", "due_provisional", *fields])


def tell(
    kind: Kind,
    case: Case,
    *,
    at_window: bool = False,
    at_hall: bool = False,
    place: Place | None = None,
    **data: Any,
) -> None:
    """Record `kind` about the case, with the state it now stands in."""
    place = place or (case.window if at_window else case.hall if at_hall else None)
    record(kind, case, case_number=case.number, place=place, state=case.state, **data)


def close(case: Case, at: datetime) -> Case:
    """Close the case, in the caller's action, counting the trips it took."""
    case.closed_at = at
    case.holds_papers = False
    save(case, "closed_at", "holds_papers")
    trips = Visit.objects.filter(case=case).count()
    tell(kinds.CLOSED, case, outcome=str(OUTCOMES[case.outcome]), trips=trips, trips_promised=case.trips_promised)
    return case


def reason_of(text: str, field: str = "reason", *, least: int = 2) -> str:
    """A reason somebody gave, tidy. Raises BadInput when there is none."""
    tidy = " ".join(text.split())
    if not least <= len(tidy) <= LONGEST_REASON:
        sentence = _("请写明理由（{least} 至 {most} 个字）。").format(least=least, most=LONGEST_REASON)
        raise BadInput(sentence, fields={field: [sentence]})
    return tidy


def refuse(error: RuleError) -> Conflict:
    """A rule's refusal as a Conflict with its article."""
    return Conflict(error.zh, article=error.article) if getattr(error, "article", "") else Conflict(error.zh)
