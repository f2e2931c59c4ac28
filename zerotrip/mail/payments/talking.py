"""What speaks with the channel. Never inside a transaction: an answer may take seconds, or not come.

Every function may be repeated: the channel knows our numbers, and what it reports is taken once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict, Unavailable
from zerotrip.mail.payments import actions
from zerotrip.mail.payments.actions import Already, Wanted
from zerotrip.mail.payments.models import Order, OrderState, Refund, RefundState
from zerotrip.mail.payments.port import Asked, HowToPay, Paid, Payments, Refunded, Refused, port

log = structlog.get_logger(__name__)

CHASED = timedelta(days=3)
"""How long after its opening an unpaid order is still asked about."""

MOST = 200


def take(report: Paid | Refunded, channel: str) -> None:
    """Book what the channel reported, once; an order it has closed is closed here too."""
    moment = now()
    try:
        if isinstance(report, Refunded):
            actions.take_refund(report, channel, actor=SYSTEM, at=_past(report.at, moment))
        elif report.state == "paid":
            actions.take_payment(report, channel, actor=SYSTEM, at=_past(report.at, moment))
        elif report.state == "closed":
            actions.close(report.number, reason=_("支付渠道已关闭"), actor=SYSTEM, at=moment)
    except Already:
        pass


def _past(reported: datetime | None, moment: datetime) -> datetime:
    """When it happened, by a clock that is not ours; never later than now."""
    return moment if reported is None else min(reported, moment)


def order_for(
    reference: str, wanted: Sequence[Wanted], *, what: str, account: int | None, division: str, actor: Actor
) -> Order:
    """The open order for exactly this, or a new one; open orders for part of it are closed first.

    Raises Conflict when part of it has been paid meanwhile, Unavailable when an old order cannot be closed now.
    """
    channel = port()
    keys = {line.key: line.amount for line in wanted}
    stale = Order.objects.filter(lines__key__in=keys, lines__live=True, state=OrderState.OPEN).distinct()
    for order in stale.prefetch_related("lines"):
        same = {line.key: line.amount for line in order.lines.all()} == keys
        if same and order.channel == channel.name and order.expires_at > now():
            return order
        close(order, _("改为新的订单"), channel)
    try:
        return actions.open_order(
            reference,
            wanted,
            what=what,
            channel=channel.name,
            account=account,
            division=division,
            actor=actor,
            at=now(),
        )
    except Conflict:
        twin = Order.objects.filter(lines__key__in=keys, lines__live=True, state=OrderState.OPEN).first()
        if twin is None:
            raise
        return twin


def ask_to_pay(order: Order, *, back: str, payer_address: str = "", open_id: str = "") -> HowToPay:
    """How an open order is paid; the channel is asked once. Raises Unavailable: the order then waits."""
    if (order.pay_url or order.pay_qr) and not open_id:
        return HowToPay(order.pay_url, order.pay_qr)
    asked = Asked(order.number, order.amount, order.what, order.expires_at, back, payer_address, open_id)
    how = port().create(asked)
    actions.offer(order.number, how, actor=SYSTEM, at=now())
    return how


def refresh(number: str, channel: Payments | None = None) -> Order:
    """Ask the channel what became of an order and book it. Raises Unavailable."""
    channel = channel or port()
    order = Order.objects.get(number=number)
    if order.channel == channel.name:
        take(channel.query(number), channel.name)
        order.refresh_from_db()
    return order


def close(order: Order, reason: str, channel: Payments | None = None) -> None:
    """Have an order closed, there first and then here; one that was paid in between is booked as paid."""
    channel = channel or port()
    order.refresh_from_db()
    if order.channel == channel.name:
        if order.pay_url or order.pay_qr:
            try:
                channel.close(order.number)
            except Refused:
                log.info("the channel would not close an order", order=order.number)
        take(channel.query(order.number), channel.name)
    with contextlib.suppress(Already):
        actions.close(order.number, reason=reason, actor=SYSTEM, at=now())


def send_refund(number: str, channel: Payments | None = None) -> None:
    """Ask the channel for a refund that waits, or how one goes that it took. Raises Unavailable; it then waits on."""
    channel = channel or port()
    row = Refund.objects.select_related("order").get(number=number)
    if row.order.channel != channel.name or row.state not in {RefundState.ASKED, RefundState.ACCEPTED}:
        return
    try:
        if row.state == RefundState.ACCEPTED:
            report = channel.query_refund(row.number)
        else:
            report = channel.refund(row.number, row.order.number, row.amount, row.order.amount, row.reason)
    except Refused as refused:
        if row.state == RefundState.ACCEPTED:
            return
        report = Refunded(row.number, "failed", why=str(refused))
    take(report, channel.name)


def chase(channel: Payments | None = None) -> int:
    """Ask after everything that is under way; notices get lost. Returns how many were asked after.

    Ends quietly at the first Unavailable: the next round goes on.
    """
    channel = channel or port()
    since, asked = now() - CHASED, 0
    try:
        waiting = Refund.objects.filter(state__in=["asked", "accepted"], order__channel=channel.name).order_by("pk")
        for number in list(waiting.values_list("number", flat=True)[:MOST]):
            send_refund(number, channel)
            asked += 1
        for order in unpaid(channel.name, since)[:MOST]:
            if order.expires_at < now():
                close(order, _("超过支付时限"), channel)
            else:
                refresh(order.number, channel)
            asked += 1
    except Unavailable:
        log.info("the payment channel cannot be reached; asked again later")
    return asked


def unpaid(channel: str, since: datetime) -> list[Order]:
    """Open orders of a channel that somebody may have paid, the oldest first."""
    rows = Order.objects.filter(state=OrderState.OPEN, channel=channel, opened_at__gte=since)
    return list(rows.order_by("pk"))
