"""What a citizen has to pay for an errand: postage the applicant pays, and fees collected for the state."""

from __future__ import annotations

from django.conf import settings

from zerotrip.cases.models import Case
from zerotrip.cases.queries import CaseView
from zerotrip.catalog.models import Fee as ItemFee
from zerotrip.core.memo import briefly
from zerotrip.mail.payments import queries
from zerotrip.mail.payments.queries import Bill, Fee

SURE = ("A", "B")
"""How sure a fee must be to be asked of a citizen (rules.fees: below B it is no fact to show)."""


def bill_of(view: CaseView) -> Bill | None:
    """What is due and what was paid for an errand; None when there has never been anything to pay."""
    fees = _fees(view.case)
    priced = [piece for piece in view.pieces if piece.payer == "applicant" and piece.postage]
    if not fees and not priced:
        return None
    return queries.bill_of(view.case.number, view.pieces, fees)


def _fees(case: Case) -> list[Fee]:
    """What is collected for the state: the item's one certain fee, once the application was accepted (受理)."""
    if not settings.ZEROTRIP_COLLECT_STATE_FEES or case.accepted_at is None:
        return []
    if case.outcome in {"withdrawn", "not_accepted", "refused"}:
        return []
    return _of_version(case.version_id)


@briefly(60)
def _of_version(version: int) -> list[Fee]:
    """A published version never changes: its fee is remembered for a minute, as other facts of items are."""
    rows = list(ItemFee.objects.filter(version=version, payee="state"))
    if len(rows) != 1 or rows[0].amount is None or rows[0].confidence not in SURE:
        return []
    return [Fee(str(rows[0].position), rows[0].name, rows[0].amount)]
