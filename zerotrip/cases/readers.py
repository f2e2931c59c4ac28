"""How a case follows what the post does with its papers."""

from __future__ import annotations

from zerotrip.cases import actions
from zerotrip.cases.models import Case
from zerotrip.cases.states import BOUND, SENT
from zerotrip.core.actors import SYSTEM
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail


@reader(
    "cases.mail_follow",
    kinds=[mail.HANDED_IN, mail.DISPATCHED, mail.OUT, mail.DELIVERED, mail.RETURNED],
)
def follow(entry: Entry) -> None:
    """Papers handed in: received. The result dispatched, delivered or returned: sent, closed, back at the hall."""
    case = Case.objects.filter(number=entry.case_number).first()
    if case is None:
        return  # a consignment of another line of business
    purpose = entry.data.get("purpose")
    if purpose == "materials":
        if entry.kind == mail.HANDED_IN.code:
            actions.papers_came(case.number, actor=SYSTEM, at=entry.at)
        return
    if entry.kind in {mail.DISPATCHED.code, mail.OUT.code} and case.state == BOUND:
        actions.send(case.number, actor=SYSTEM, at=entry.at)
    elif entry.kind == mail.DELIVERED.code and case.state in {BOUND, SENT}:
        actions.close_delivered(case.number, actor=SYSTEM, at=entry.at)
    elif entry.kind == mail.RETURNED.code and case.state in {BOUND, SENT}:
        actions.come_back(case.number, actor=SYSTEM, at=entry.at)
