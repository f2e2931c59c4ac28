"""补正: asked once, with everything that is wrong; answered online, at the hall or by post (行政许可法 32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.apply import order_pickup
from zerotrip.cases.actions.common import lock, refuse, save, step, tell
from zerotrip.cases.application import Slot
from zerotrip.cases.clocks import calendar, facts_of
from zerotrip.cases.models import Case, CaseMaterial, Correction, CorrectionProblem, Visit
from zerotrip.cases.states import CASES
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.documents import actions as documents
from zerotrip.ledger.frame import action
from zerotrip.rules import case_acts
from zerotrip.rules.errors import RuleError

HOW = {
    "online": ("网上上传", "online"),
    "courier": ("快递员上门收取", "by courier"),
    "hall": ("当面交到大厅", "at the hall"),
}
"""How a correction comes, in the words of the entry in both languages."""


@action("cases.ask_correction", roles=CASES.roles("ask_correction"))
def ask_correction(number: str, *, problems: Sequence[tuple[str, str, str]], actor: Actor, at: datetime) -> Case:
    """Tell the applicant, once, everything that has to be mended: rows of (material, what is wrong, how to mend it).

    Raises Conflict when it was asked before or too late (then the case counts as accepted), BadInput without a problem.
    """
    case = lock(number, actor)
    if Correction.objects.filter(case=case).exists():
        raise Conflict(
            _("这个办件已经告知过一次补正，依法不能再次要求补正。请受理、作出不予受理决定，或联系申请人。"),
            article="行政许可法第三十二条第一款第四项",
        )
    step(case, "ask_correction")
    rows = [(m.strip()[:200], " ".join(p.split())[:500], " ".join(r.split())[:500]) for m, p, r in problems]
    rows = [row for row in rows if row[0] and row[1]]
    if not rows:
        sentence = _("请至少写明一项：哪份材料、有什么问题、怎样补。")
        raise BadInput(sentence, fields={"problems": [sentence]})
    facts = facts_of(case)
    try:
        if facts is not None:
            case_acts.check_may_ask_correction(facts, local(at).date(), calendar())
    except RuleError as error:
        raise refuse(error) from error
    correction = Correction.objects.create(case=case, asked_at=at)
    CorrectionProblem.objects.bulk_create(
        [CorrectionProblem(correction=correction, material=m, problem=p, remedy=r) for m, p, r in rows]
    )
    case.correction = correction
    save(case)
    tell(kinds.CORRECTION_ASKED, case, at_window=True, count=len(rows))
    return case


@action("cases.answer_correction", roles=CASES.roles("answer_correction"))
def answer_correction(
    number: str,
    *,
    by: str,
    uploads: Mapping[str, UUID] | None = None,
    pickup: Slot | None = None,
    actor: Actor,
    at: datetime,
) -> Case:
    """Hand in what was asked for: "online" (`uploads`: name → stored file), at the "hall", by "courier" (`pickup`)."""
    case = lock(number, actor)
    if by not in HOW:
        raise BadInput(_("请选择补正材料怎样交：网上上传、快递员上门收取，或交到大厅。"), fields={"by": [_("请选择")]})
    CASES.row(case.state, "answer_correction")
    correction = Correction.objects.prefetch_related("problems").get(case=case)
    if by == "online" and not uploads:
        raise BadInput(_("请上传补正的材料。"), fields={"uploads": [_("请选择文件")]})
    last = case.materials.order_by("-position").values_list("position", flat=True).first() or 0
    rows = [
        CaseMaterial(
            case=case,
            position=last + n,
            name=_("补正：{name}").format(name=name)[:200],
            originals=0 if by == "online" else 1,
            route={"online": "upload", "courier": "original", "hall": "hand"}[by],
            file_id=(uploads or {}).get(name),
            received_at=None if by == "courier" else at,
        )
        for n, name in enumerate(uploads or [p.material for p in correction.problems.all()], 1)
    ]
    CaseMaterial.objects.bulk_create(rows)
    for row in rows:
        if row.file_id:
            documents.attach(
                row.file_id, subject_type="cases.case", subject_id=case.pk, case_number=case.number, actor=actor, at=at
            )
    if by == "courier":
        step(case, "send_correction")
        order_pickup(case, pickup, rows, actor=actor, at=at)
    else:
        step(case, "answer_correction")
        correction.answered_at = at
        correction.save(update_fields=["answered_at"])
    case.correction = correction
    if by == "hall":
        case.holds_papers = True
        Visit.objects.create(case=case, place=case.hall, reason="correct", at=at)
        tell(kinds.VISITED, case, at_hall=True, reason=_("补交材料"))
    save(case, "holds_papers")
    tell(kinds.CORRECTION_ANSWERED, case, by=HOW[by][0], by_en=HOW[by][1])
    return case
