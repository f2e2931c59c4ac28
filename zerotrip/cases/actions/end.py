"""Other ends: withdrawn, collected at the hall."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.common import close, lock, reason_of, save, step, tell
from zerotrip.cases.itinerary import carried_by
from zerotrip.cases.models import Case, ResultRoute, Visit
from zerotrip.cases.states import CASES
from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.ledger.frame import action
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment
from zerotrip.rules import other_id
from zerotrip.rules.errors import RuleError
from zerotrip.rules.id_types import IdType


@action("cases.withdraw", roles=CASES.roles("withdraw"))
def withdraw(number: str, *, reason: str, actor: Actor, at: datetime) -> Case:
    """The applicant takes the application back, until a decision is made.

    A pickup that has not begun is cancelled; originals in our hands go back by post; with none the case closes at once.
    """
    case = lock(number, actor)
    why = reason_of(reason)
    if case.state == "applied":
        CASES.row(case.state, "withdraw_on_the_way")
    else:
        CASES.row(case.state, "withdraw")
    pieces = list(Consignment.objects.filter(reference=case.number, purpose="materials").order_by("pk"))
    for piece in pieces:
        if piece.state == "requested":
            mail.cancel(piece.pk, reason=why, actor=actor, at=at)
    carried = any(piece.state not in {"requested", "cancelled", "returned"} for piece in pieces)
    case.outcome, case.outcome_reason, case.decided_at = "withdrawn", why, at
    tell(kinds.WITHDRAWN, case)
    if carried or case.holds_papers:
        step(case, "withdraw_on_the_way" if case.state == "applied" else "withdraw")
        save(case, "outcome", "outcome_reason", "decided_at")
        return case
    step(case, "close_unsent")
    case.save(update_fields=["outcome", "outcome_reason", "decided_at"])
    return close(case, at)


@action("cases.collect", roles=CASES.roles("collect"))
def collect(number: str, *, id_type: str, id_number: str, name: str, actor: Actor, at: datetime) -> Case:
    """Hand the result over at the hall, after a look at the document of whoever collects it. Counts as a trip."""
    case = lock(number, actor)
    step(case, "collect")
    kind = IdType.get(id_type)
    try:
        if kind is None:
            raise BadInput(_("请选择证件类型。"), fields={"id_type": [_("请选择")]})
        clean = other_id.validate(id_number, kind, today=at.date())
    except RuleError as error:
        raise BadInput(error.zh, fields={"id_number": [error.zh]}) from error
    person = case.applicant_person
    if (
        person is not None
        and case.applicant_company is None
        and (person.id_number != clean or person.name != " ".join(name.split()))
    ):
        raise Conflict(_("领取人的姓名或证件号码与申请人不一致。请核对证件；代领须先由申请人办理委托。"))
    if Consignment.objects.filter(
        reference=case.number, state__in=("accepted", "in_transit", "arrived", "out", "undelivered", "returning")
    ).exists():
        raise Conflict(_("这个办件还有邮件在寄递途中，请等邮件退回后再当面领取。"))
    if not _still_there(case):
        Visit.objects.create(case=case, place=case.hall, reason="collect", at=at)
        tell(kinds.VISITED, case, at_hall=True, reason=_("领取结果"))
    tell(kinds.COLLECTED, case, at_hall=True, by=person.masked_name if person else "", document=kind.zh)
    return close(case, at)


def _still_there(case: Case) -> bool:
    """Whether the chosen way has the result handed over in the visit in which it was applied for."""
    way = carried_by(case)
    if way is None or case.result_route != ResultRoute.COLLECT:
        return False
    return 0 < way.trips <= Visit.objects.filter(case=case).count()
