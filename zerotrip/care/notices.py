"""What citizens are told by text message, one message for each step that matters to them.

The case pages show the same steps; a message holds the number of the case and nothing else about the person.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from zerotrip.care.actions import tell
from zerotrip.cases import kinds as cases
from zerotrip.cases.models import Case, MaterialsRoute, ResultRoute
from zerotrip.cases.states import OUTCOMES
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.mail.bags import kinds as bags

NEWS = timedelta(days=1)
"""What is older is no news: a reader that starts late does not wake anybody up."""

LONGEST_ITEM = 40
OF_PIECES = {mail.ATTEMPT_FAILED.code, mail.DELIVERED.code, bags.SEAL_BROKEN.code}


@reader(
    "care.tell_applicants",
    kinds=[
        cases.APPLIED,
        cases.CORRECTION_ASKED,
        cases.ACCEPTED,
        cases.NOT_ACCEPTED,
        cases.DECIDED,
        cases.SENT,
        cases.RETURNED,
        cases.CLOSED,
        mail.ATTEMPT_FAILED,
        mail.DELIVERED,
        bags.SEAL_BROKEN,
    ],
)
def tell_applicants(entry: Entry) -> None:
    """One message to the applicant's phone about a step of the case or of the mail piece that goes to the applicant."""
    if not entry.case_number or entry.learned_at < now() - NEWS:
        return
    if entry.kind in OF_PIECES and entry.data.get("purpose") == "materials":
        return
    case = Case.objects.select_related("version", "contact", "hall").filter(number=entry.case_number).first()
    if case is None:
        return
    what, words = _words(entry, case)
    message = _("【零跑腿】{words}办件编号 {number}。").format(words=words, number=case.number)
    tell(entry, phone=str(case.contact.phone), message=message, what=what, actor=SYSTEM, at=now())


def _words(entry: Entry, case: Case) -> tuple[str, str]:
    """The name of the step and what is said about it."""
    name = _item(case)
    number = entry.consignment_number or str(entry.data.get("mail", ""))
    if entry.kind == cases.APPLIED.code:
        return _("已申请"), _applied(case, name)
    if entry.kind == cases.CORRECTION_ASKED.code:
        count = entry.data.get("count", 0)
        return _("需要补正"), _("“{item}”需要补正 {n} 项，请打开办件页面，按告知书一次补齐，不必出门。").format(
            item=name, n=count
        )
    if entry.kind == cases.ACCEPTED.code:
        return _("已受理"), _("“{item}”已受理。").format(item=name)
    if entry.kind == cases.NOT_ACCEPTED.code:
        return _("不予受理"), _("“{item}”不予受理，决定书和材料将退还给您。").format(item=name)
    if entry.kind == cases.DECIDED.code:
        outcome = OUTCOMES.get(case.outcome, "")
        return _("已决定"), _("“{item}”已作出决定：{outcome}。").format(item=name, outcome=outcome)
    if entry.kind == cases.SENT.code:
        piece = _("邮件号 {n}，").format(n=number) if number else ""
        return _("已寄出"), _("“{item}”的结果已寄出，{piece}签收时请出示证件。").format(item=name, piece=piece)
    if entry.kind == cases.RETURNED.code:
        where = case.hall.name
        return _("已退回大厅"), _("“{item}”的结果没能送达，已退回{hall}，工作人员会联系您。").format(
            item=name, hall=where
        )
    if entry.kind == mail.ATTEMPT_FAILED.code:
        return _("未妥投"), _("邮件 {n} 这次没能送达，快递员会再次上门，请保持电话畅通。").format(n=number)
    if entry.kind == mail.DELIVERED.code:
        return _("已妥投"), _("邮件 {n} 已签收。如非本人或您委托的人签收，请立即联系我们。").format(n=number)
    if entry.kind == bags.SEAL_BROKEN.code:
        return _("封签破损"), _("邮件 {n} 送到时封签破损或不符，请当面核对内件；如有缺少，请立即联系我们。").format(
            n=number
        )
    trips = entry.data.get("trips", 0)
    promised = case.trips_promised
    return _("已办结"), _("“{item}”已办结，您共出门 {n} 次（承诺 {p} 次）。").format(item=name, n=trips, p=promised)


def _applied(case: Case, name: str) -> str:
    if case.materials_route == MaterialsRoute.COURIER:
        return _("“{item}”已提交，快递员将按您选的时间上门收取材料。").format(item=name)
    if case.result_route == ResultRoute.MAIL:
        return _("“{item}”已提交，结果将寄到您填写的地址。").format(item=name)
    return _("“{item}”已提交。").format(item=name)


def _item(case: Case) -> str:
    name = str(case.version.name)
    return name if len(name) <= LONGEST_ITEM else name[: LONGEST_ITEM - 1] + "…"
