"""Money of a piece that was cancelled goes back by itself."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.mail.models import Consignment, State
from zerotrip.mail.payments import actions, kinds
from zerotrip.mail.payments.models import OrderLine, OrderState


@reader("mail.refund_cancelled", kinds=[mail.CANCELLED, kinds.PAID])
def refund_cancelled(entry: Entry) -> None:
    """A paid piece was cancelled, or a cancelled one paid for: what was paid for it is asked back."""
    if entry.kind == mail.CANCELLED.code:
        lines = OrderLine.objects.filter(consignment_id=entry.data.get("consignment") or 0)
    else:
        lines = OrderLine.objects.filter(order__number=entry.data.get("order", ""))
        cancelled = Consignment.objects.filter(
            pk__in=lines.values_list("consignment_id", flat=True), state=State.CANCELLED
        )
        lines = lines.filter(consignment_id__in=cancelled.values("pk"))
    for number, amounts in _left(lines.filter(order__state=OrderState.PAID).select_related("order")).items():
        actions.refund(number, amounts, reason=_("邮件已撤销"), actor=SYSTEM, at=now())


def _left(lines: Iterable[OrderLine]) -> dict[str, dict[int, Decimal]]:
    """What has not been given back yet, by order and line."""
    left: dict[str, dict[int, Decimal]] = {}
    for line in lines:
        rest = line.amount - line.given_back
        if rest > 0:
            left.setdefault(line.order.number, {})[line.pk] = rest
    return left
