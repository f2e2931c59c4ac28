"""The receipt of a case's materials as a paper of record."""

from __future__ import annotations

from zerotrip.cases.queries import CaseView
from zerotrip.core.clock import local
from zerotrip.core.picture_svg import ZH, render_svg
from zerotrip.documents.notices import CaseHead, Material, receipt
from zerotrip.documents.papers import Paper


def receipt_of(view: CaseView, case_url: str) -> Paper:
    """申请材料接收凭证 of a case whose materials have come (`received_at` is set). It names the applicant in full."""
    case = view.case
    assert case.received_at is not None
    company = case.applicant_company
    head = CaseHead(
        organ=case.window.name,
        case_number=case.number,
        item=case.version.name,
        applicant=company.name if company else str(getattr(case.applicant_person, "name", "")),
        applied_on=local(case.applied_at).date(),
        case_url=case_url,
        picture_svg=render_svg(view.picture, words=ZH, width=720),
    )
    rows = [
        Material(
            row.name,
            {"upload": "电子件", "shared": "数据共享"}.get(row.route, "原件" if row.originals else "复印件"),
            max(1, row.originals + row.copies),
        )
        for row in view.materials
        if row.route != "none"
    ]
    return receipt(head, at=case.received_at, materials=rows, by=case.window.name)
