"""What happens to a case, or to its mail, is queued for the portal: once for each change."""

from __future__ import annotations

from zerotrip.cases import kinds as cases
from zerotrip.core.clock import now
from zerotrip.gateway.exports import push
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail

_KINDS = [
    cases.APPLIED, cases.RECEIVED, cases.CORRECTION_ASKED, cases.CORRECTION_ANSWERED, cases.ACCEPTED,
    cases.NOT_ACCEPTED, cases.REVIEW_STARTED, cases.PAUSED, cases.RESUMED, cases.EXTENDED, cases.DECIDED,
    cases.PRODUCED, cases.BOUND, cases.UNBOUND, cases.SENT, cases.RETURNED, cases.COLLECTED, cases.WITHDRAWN,
    cases.CLOSED, mail.ACCEPTED, mail.CANCELLED, mail.HANDED_IN, mail.DELIVERED,
]  # fmt: skip


@reader("gateway.portal", kinds=_KINDS)
def tell_portal(entry: Entry) -> None:
    """Queue the rows of the entry's case that changed."""
    if entry.case_number and push.wanted():
        push.queue_case(entry.case_number, now())
