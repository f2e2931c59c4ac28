"""The agency's side: receive, accept, review, pause, decide, produce."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.common import close, lock, reason_of, refuse, save, step, tell
from zerotrip.cases.clocks import calendar, facts_of
from zerotrip.cases.models import Case, CaseMaterial, MaterialsRoute, Pause, ResultRoute, Visit
from zerotrip.cases.states import CASES, OUTCOMES
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.ledger.frame import action
from zerotrip.mail.models import Consignment
from zerotrip.rules import case_acts
from zerotrip.rules.case_clock import CaseFacts, Excluded
from zerotrip.rules.errors import RuleError


def _allowed(case: Case, at: datetime, check: Callable[..., None], *more: Any) -> None:
    """Ask a rule of the licensing law whether this may be done today. Raises Conflict with the article."""
    facts: CaseFacts | None = facts_of(case)
    today: date = local(at).date()
    try:
        if facts is not None:
            check(facts, *more, today, calendar())
    except RuleError as error:
        raise refuse(error) from error


@action("cases.receive", roles=CASES.roles("receive"))
def receive(number: str, *, actor: Actor, at: datetime) -> Case:
    """The window confirms that it has the papers. Raises Conflict while a courier or the hall still carries them."""
    case = lock(number, actor)
    step(case, "receive")
    under_way = Consignment.objects.filter(reference=case.number, purpose="materials").exclude(
        state__in=["delivered", "cancelled", "returned"]
    )
    if under_way.exists():
        raise Conflict(_("材料还在寄递途中，请在交接清单上确认收件，不要单独收件。"))
    if case.materials_route == MaterialsRoute.COURIER and not case.received_at:
        raise Conflict(_("上门取件没有完成，材料还没有到。请联系申请人重新约取件，或改为当面交材料。"))
    if case.hand_in is not None and not Visit.objects.filter(case=case).exists():
        Visit.objects.create(case=case, place=case.hand_in, reason="apply", at=at)
        case.holds_papers = case.materials.filter(route="hand", originals__gt=0).exists()
        tell(kinds.VISITED, case, place=case.hand_in, reason=_("交件"))
    return _received(case, at)


def _received(case: Case, at: datetime) -> Case:
    """The papers have come: the first time opens the legal clock, after a correction they answer it."""
    CaseMaterial.objects.filter(case=case, received_at__isnull=True).exclude(route="none").update(received_at=at)
    correction = getattr(case, "correction", None)
    if case.received_at is None:
        case.received_at = at
    elif correction is not None and correction.answered_at is None:
        correction.answered_at = at
        correction.save(update_fields=["answered_at"])
    save(case, "received_at", "holds_papers")
    tell(kinds.RECEIVED, case, at_window=True)
    return case


@action("cases.accept", roles=CASES.roles("accept"))
def accept(number: str, *, actor: Actor, at: datetime) -> Case:
    """Accept the application: the decision clock begins (行政许可法 32, 42)."""
    case = lock(number, actor)
    step(case, "accept")
    case.accepted_at = at
    save(case, "accepted_at")
    tell(kinds.ACCEPTED, case, at_window=True)
    return case


@action("cases.refuse_acceptance", roles=CASES.roles("refuse_acceptance"))
def refuse_acceptance(number: str, *, reason: str, actor: Actor, at: datetime) -> Case:
    """不予受理, with the reason: notice and papers go back. Raises Conflict when the law forbids it."""
    case = lock(number, actor)
    CASES.row(case.state, "refuse_acceptance")
    case.outcome_reason = reason_of(reason)
    _allowed(case, at, case_acts.check_may_refuse)
    step(case, "refuse_acceptance")
    case.outcome, case.decided_at = "not_accepted", at
    save(case, "outcome", "outcome_reason", "decided_at")
    tell(kinds.NOT_ACCEPTED, case, at_window=True)
    return case


@action("cases.start_review", roles=CASES.roles("start_review"))
def start_review(number: str, *, opinion: str = "", actor: Actor, at: datetime) -> Case:
    """Begin the review; `opinion` is a first remark for colleagues."""
    case = lock(number, actor)
    step(case, "start_review")
    save(case)
    tell(kinds.REVIEW_STARTED, case, at_window=True, opinion=" ".join(opinion.split())[:300])
    return case


@action("cases.pause", roles=CASES.roles("pause"))
def pause(number: str, *, kind: str, reason: str, needed_days: int | None = None, actor: Actor, at: datetime) -> Case:
    """Begin a special procedure, whose time is not counted (行政许可法 45); the applicant is told the time it needs."""
    case = lock(number, actor)
    CASES.row(case.state, "pause")
    procedure = Excluded.get(kind)
    if procedure is None:
        raise BadInput(_("请选择特别程序的种类，例如听证、检验、专家评审。"), fields={"kind": [_("请选择")]})
    why = reason_of(reason)
    _allowed(case, at, lambda facts, *rest: case_acts.check_may_start_procedure(facts, procedure, *rest))
    step(case, "pause")
    Pause.objects.create(case=case, kind=procedure, reason=why, needed_days=needed_days, started_at=at)
    save(case)
    tell(kinds.PAUSED, case, at_window=True, procedure=procedure.zh, needed_days=needed_days)
    return case


@action("cases.resume", roles=CASES.roles("resume"))
def resume(number: str, *, actor: Actor, at: datetime) -> Case:
    """End the special procedure; the clock goes on."""
    case = lock(number, actor)
    step(case, "resume")
    Pause.objects.filter(case=case, ended_at__isnull=True).update(ended_at=at)
    save(case)
    tell(kinds.RESUMED, case, at_window=True)
    return case


@action("cases.extend", roles=CASES.roles("extend"))
def extend(number: str, *, reason: str, actor: Actor, at: datetime) -> Case:
    """Extend the decision by ten working days, once, with approval and the reason told (行政许可法 42)."""
    case = lock(number, actor)
    step(case, "extend")
    if case.extended_at:
        raise Conflict(_("这个办件已经延长过一次期限，不能再延长。"))
    case.extension_reason = reason_of(reason)[:300]
    _allowed(case, at, case_acts.check_may_extend)
    case.extended_at = at
    save(case, "extended_at", "extension_reason")
    tell(kinds.EXTENDED, case, at_window=True, reason=case.extension_reason)
    return case


@action("cases.decide", roles=CASES.roles("decide"))
def decide(number: str, *, granted: bool, reason: str = "", actor: Actor, at: datetime) -> Case:
    """Grant or refuse; a refusal needs its reason. A second decision is a Conflict."""
    case = lock(number, actor)
    if case.outcome:
        raise Conflict(_("这个办件已有决定：{outcome}。不能再次决定。").format(outcome=OUTCOMES[case.outcome]))
    CASES.row(case.state, "decide")
    case.outcome_reason = " ".join(reason.split())[:500] if granted else reason_of(reason)
    _allowed(case, at, case_acts.check_may_decide)
    step(case, "decide")
    case.outcome, case.decided_at = ("granted" if granted else "refused"), at
    save(case, "outcome", "outcome_reason", "decided_at")
    tell(kinds.DECIDED, case, at_window=True, outcome=str(OUTCOMES[case.outcome]))
    return case


@action("cases.produce", roles=CASES.roles("produce"))
def produce(number: str, *, certificate_number: str, actor: Actor, at: datetime) -> Case:
    """The licence or written decision is made; `certificate_number` is what stands on it and is scanned at the hall.

    A result without paper is delivered with it: the case closes, unless papers of the applicant must still go back.
    """
    case = lock(number, actor)
    clean = "".join(certificate_number.split()).upper()
    if not 3 <= len(clean) <= 60 or not clean.isprintable():
        sentence = _("请扫描或填写证照（决定书）编号，3 至 60 个字符。")
        raise BadInput(sentence, fields={"certificate_number": [sentence]})
    step(case, "produce")
    case.certificate_number, case.produced_at = clean, at
    try:
        with transaction.atomic():
            save(case, "certificate_number", "produced_at")
    except IntegrityError as error:
        raise Conflict(_("证照编号 {n} 已用于另一个办件，请核对后重新扫描。").format(n=clean)) from error
    tell(kinds.PRODUCED, case, at_window=True, certificate=clean)
    if case.result_route == ResultRoute.ONLINE and not case.holds_papers:
        step(case, "deliver_online")
        return close(case, at)
    return case
