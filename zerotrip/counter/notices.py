"""The papers of a case as the desks print them: receipt, acceptance, correction, refusal, decision, withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.cases.models import Case
from zerotrip.cases.queries import CaseView
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local, now
from zerotrip.core.errors import NotFound
from zerotrip.core.picture_svg import ZH, render_svg
from zerotrip.documents import notices
from zerotrip.documents.papers import Paper
from zerotrip.people.actions import unmask_row
from zerotrip.rules.case_clock import Deadline

if TYPE_CHECKING:
    from django.utils.functional import Promise

NAMES: Final[dict[str, str | Promise]] = {
    "receipt": gettext_lazy("申请材料接收凭证"),
    "correction": gettext_lazy("一次性补正告知书"),
    "acceptance": gettext_lazy("受理通知书"),
    "refusal": gettext_lazy("不予受理决定书"),
    "decision": gettext_lazy("决定书"),
    "withdrawal": gettext_lazy("撤回申请确认书"),
}


def available(view: CaseView) -> list[tuple[str, str | Promise]]:
    """The papers this case has by now, as (kind, name)."""
    case = view.case
    there = {
        "receipt": case.received_at is not None or case.source == "hall",
        "correction": view.correction is not None,
        "acceptance": case.accepted_at is not None and _decision_clock(view) is not None,
        "refusal": case.outcome == "not_accepted",
        "decision": case.decided_at is not None and case.outcome in ("granted", "refused"),
        "withdrawal": case.outcome == "withdrawn",
    }
    return [(kind, name) for kind, name in NAMES.items() if there[kind]]


def paper(view: CaseView, kind: str, *, case_url: str, actor: Actor, at: datetime) -> Paper:
    """One paper of the case. Raises NotFound when the case has none of this kind.

    It is addressed to the applicant by full name, so making it is a reading of that name, with its entry.
    """
    if kind not in dict(available(view)):
        raise NotFound(_("这个办件还没有这份文书。"))
    return _MAKERS[kind](view, _head(view, str(NAMES[kind]), case_url, actor, at))


def _head(view: CaseView, paper_name: str, case_url: str, actor: Actor, at: datetime) -> notices.CaseHead:
    case = view.case
    if case.applicant_company is not None:
        applicant = case.applicant_company.name
    else:
        assert case.applicant_person is not None
        reason = _("制作{paper}").format(paper=paper_name)
        applicant = unmask_row(
            case.applicant_person, "name", reason=reason, case_number=case.number, actor=actor, at=at
        )
    return notices.CaseHead(
        organ=case.window.organisation.name,
        case_number=case.number,
        item=case.version.name,
        applicant=applicant,
        applied_on=local(case.applied_at).date(),
        case_url=case_url,
        picture_svg=render_svg(view.picture, words=ZH),
        contact=case.version.consult_phone,
    )


def _materials(view: CaseView, *, received: bool = True) -> list[notices.Material]:
    rows = []
    for material in view.materials:
        if received and material.received_at is None and material.file_id is None:
            continue
        form, copies = ("原件", material.originals) if material.originals else ("复印件", material.copies)
        if material.route == "upload":
            form, copies = "电子件", 1
        rows.append(notices.Material(material.name, form, copies or 1))
    return rows


def _receipt(view: CaseView, head: notices.CaseHead) -> Paper:
    at = view.case.received_at or view.case.applied_at
    return notices.receipt(head, at=at, materials=_materials(view), by=view.case.hall.name)


def _acceptance(view: CaseView, head: notices.CaseHead) -> Paper:
    reading, decision = view.clocks.reading, _decision_clock(view)
    assert reading is not None
    assert decision is not None
    return notices.acceptance(
        head,
        on=_on(view.case.accepted_at),
        decide_by=decision.due,
        promised_by=reading.promise.due if reading.promise else None,
        materials=_materials(view),
        delivery=view.case.get_result_route_display(),
    )


def _correction(view: CaseView, head: notices.CaseHead) -> Paper:
    asked = view.correction
    assert asked is not None
    rows = [notices.Correction(p.material, p.problem, p.remedy) for p in asked.problems.all()]
    hall = view.case.hall
    return notices.correction(head, on=_on(asked.asked_at), corrections=rows, send_to=f"{hall.name} {hall.address}")


def _refusal(view: CaseView, head: notices.CaseHead) -> Paper:
    return notices.refusal(head, on=_decided_on(view.case), reason=view.case.outcome_reason)


def _decision(view: CaseView, head: notices.CaseHead) -> Paper:
    case = view.case
    return notices.decision(
        head,
        on=_decided_on(case),
        granted=case.outcome == "granted",
        reason=case.outcome_reason,
        result=case.version.result_name,
        result_number=case.certificate_number,
        delivery=case.get_result_route_display(),
    )


def _withdrawal(view: CaseView, head: notices.CaseHead) -> Paper:
    on = _decided_on(view.case)
    back = _materials(view) if view.case.holds_papers else []
    return notices.withdrawal(head, on=on, asked_on=on, reason=view.case.outcome_reason, returned=back)


_MAKERS: Final[dict[str, Callable[[CaseView, notices.CaseHead], Paper]]] = {
    "receipt": _receipt,
    "correction": _correction,
    "acceptance": _acceptance,
    "refusal": _refusal,
    "decision": _decision,
    "withdrawal": _withdrawal,
}


def _decision_clock(view: CaseView) -> Deadline | None:
    return view.clocks.reading.decision if view.clocks.reading is not None else None


def _on(moment: datetime | None) -> date:
    return local(moment or now()).date()


def _decided_on(case: Case) -> date:
    return _on(case.decided_at or case.closed_at)
