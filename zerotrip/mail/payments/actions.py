"""Open, pay and close orders; refund; set aside what does not fit. What talks to the outside is in `talking`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.money import ZERO, format_yuan, yuan
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail.payments import kinds
from zerotrip.mail.payments.models import (
    LineKind,
    Oddity,
    OddityKind,
    Order,
    OrderLine,
    OrderState,
    Refund,
    RefundLine,
    RefundState,
)
from zerotrip.mail.payments.port import HowToPay, Paid, Refunded

LASTS: Final = timedelta(hours=2)
"""How long an order can be paid; after that a new one is made."""

MANAGERS = frozenset({Role.PROJECT_MANAGER, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing somebody is to pay for; `key` says what, so that nobody pays for it twice."""

    key: str
    kind: LineKind
    name: str
    amount: Decimal
    consignment_id: int | None = None


class Already(Exception):
    """The same was reported before; nothing is to be done."""


def _number(prefix: str, at: datetime) -> str:
    """A number no one else has and nobody guesses, of at most 32 letters and digits."""
    return f"{prefix}{local(at):%Y%m%d%H%M%S}{secrets.token_hex(5).upper()}"


def _tell(kind: Kind, order: Order, **data: Any) -> None:
    record(kind, order, case_number=order.reference, order=order.number, **data)


@action("mail.open_order", roles={Role.CITIZEN, Role.SYSTEM})
def open_order(
    reference: str,
    wanted: Sequence[Wanted],
    *,
    what: str,
    channel: str,
    account: int | None = None,
    division: str = "",
    actor: Actor,
    at: datetime,
) -> Order:
    """Write down what is to be paid in one go. The caller has established that the actor may pay for `reference`.

    Raises Conflict when one of it is in another order that is open or paid, BadInput when there is nothing to pay.
    """
    if not wanted or any(line.amount <= 0 for line in wanted):
        raise BadInput(_("没有需要支付的项目。"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pay/{reference}"])
    if OrderLine.objects.filter(key__in=[line.key for line in wanted], live=True).exists():
        raise Conflict(_("这些费用已经有订单，请刷新页面后继续支付。"))
    payees: Mapping[str, str] = settings.ZEROTRIP_PAYEES
    order = Order.objects.create(
        number=_number("ZT", at),
        reference=reference,
        account_id=account,
        division=division,
        what=what[:60],
        amount=sum((yuan(line.amount) for line in wanted), ZERO),
        channel=channel,
        opened_at=at,
        expires_at=at + LASTS,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            key=line.key,
            kind=line.kind,
            name=line.name[:120],
            amount=yuan(line.amount),
            payee=payees[line.kind],
            consignment_id=line.consignment_id,
        )
        for line in wanted
    )
    _tell(kinds.OPENED, order, amount=format_yuan(order.amount), what=order.what)
    return order


@action("mail.offer_order", roles={Role.SYSTEM})
def offer(number: str, how: HowToPay, *, actor: Actor, at: datetime) -> Order:
    """Keep how an open order is paid, as the channel told us."""
    order = _lock(number)
    if order is None or order.state != OrderState.OPEN:
        raise Conflict(_("订单已支付或已关闭。"))
    order.pay_url, order.pay_qr = how.url[:1000], how.qr[:500]
    order.save(update_fields=["pay_url", "pay_qr"])
    _tell(kinds.OFFERED, order, channel=order.channel)
    return order


@action("mail.close_order", roles={Role.SYSTEM})
def close(number: str, *, reason: str, actor: Actor, at: datetime) -> Order:
    """Close an unpaid order: what it asked for may be asked for again. The channel has closed it before."""
    order = _lock(number)
    if order is None or order.state != OrderState.OPEN:
        raise Already
    order.state, order.closed_at = OrderState.CLOSED, at
    order.save(update_fields=["state", "closed_at"])
    order.lines.update(live=False)
    _tell(kinds.CLOSED, order, amount=format_yuan(order.amount), reason=reason)
    return order


@action("mail.take_payment", roles={Role.SYSTEM})
def take_payment(report: Paid, channel: str, *, actor: Actor, at: datetime) -> Order | None:
    """What the channel reported as paid: the order is paid, or the report is set aside. Raises Already for a repeat."""
    if report.amount is None or report.at is None:
        raise ValueError("a payment has an amount and a time")
    order = _lock(report.number)
    if order is None or order.channel != channel:
        _set_aside(OddityKind.UNKNOWN, report.number, report.transaction, None, None, report.amount, channel, at)
        return None
    odd = _oddity(order, report)
    if odd is not None:
        _set_aside(odd, order.number, report.transaction, order, order.amount, report.amount, channel, at)
        return order
    order.state, order.transaction, order.paid_at = OrderState.PAID, report.transaction, report.at
    order.save(update_fields=["state", "transaction", "paid_at"])
    _tell(kinds.PAID, order, amount=format_yuan(order.amount), what=order.what, transaction=order.transaction)
    return order


def _oddity(order: Order, report: Paid) -> OddityKind | None:
    """Why a reported payment cannot be taken; None when it can. Raises Already when it has been."""
    same = order.state == OrderState.PAID and order.transaction == report.transaction
    if same and order.amount == report.amount:
        raise Already
    if order.amount != report.amount:
        return OddityKind.AMOUNT
    if order.state == OrderState.PAID:
        return OddityKind.TWICE
    if order.state == OrderState.CLOSED:
        return OddityKind.AFTER_CLOSE
    taken = Order.objects.filter(channel=order.channel, transaction=report.transaction).exclude(pk=order.pk)
    return OddityKind.TWICE if report.transaction and taken.exists() else None


def _set_aside(
    kind: OddityKind,
    number: str,
    transaction: str,
    order: Order | None,
    expected: Decimal | None,
    reported: Decimal | None,
    channel: str,
    at: datetime,
) -> None:
    """Keep what does not fit for a person. Raises Already when it was kept before."""
    row, fresh = Oddity.objects.get_or_create(
        kind=kind,
        number=number[:64],
        transaction=transaction[:64],
        channel=channel,
        defaults={"order": order, "expected": expected, "reported": reported, "at": at},
    )
    if not fresh:
        raise Already
    record(
        kinds.SET_ASIDE,
        row,
        case_number=order.reference if order is not None else "",
        problem=str(OddityKind(kind).label),
        number=number[:64],
        expected=format_yuan(expected) if expected is not None else "",
        reported=format_yuan(reported) if reported is not None else "",
    )


@action("mail.refund", roles=MANAGERS)
def refund(number: str, amounts: Mapping[int, Decimal], *, reason: str, actor: Actor, at: datetime) -> Refund:
    """Ask for money back: yuan by line of a paid order, at most what is left of each. A job then asks the channel.

    Raises NotFound for an order the actor does not see, Conflict when it is not paid or less is left, BadInput.
    """
    from zerotrip.mail.payments.tasks import send_refund_soon

    why = " ".join(reason.split())[:120]
    if len(why) < 2:
        raise BadInput(_("请写明退款原因。"), fields={"reason": [_("请写明退款原因。")]})
    rows = Order.objects.all() if actor.is_system else Order.objects.visible_to(actor)
    order = rows.select_for_update(no_key=True, of=("self",)).filter(number=number[:32]).first()
    if order is None:
        raise NotFound(_("没有这个订单，或它不归您管理。"))
    if order.state != OrderState.PAID:
        raise Conflict(_("订单没有支付，不能退款。"))
    lines = {line.pk: line for line in order.lines.all()}
    chosen = {pk: yuan(amount) for pk, amount in amounts.items() if amount != 0}
    if not chosen or not chosen.keys() <= lines.keys() or any(amount < 0 for amount in chosen.values()):
        raise BadInput(_("请填写要退的项目和金额。"), fields={"amount": [_("请填写要退的项目和金额。")]})
    for pk, amount in chosen.items():
        left = lines[pk].amount - lines[pk].given_back
        if amount > left:
            sentence = _("“{name}”最多还可退 {left}。").format(name=lines[pk].name, left=format_yuan(left))
            raise Conflict(sentence, fields={"amount": [sentence]})
    row = Refund.objects.create(
        number=_number("ZR", at),
        order=order,
        amount=sum(chosen.values(), ZERO),
        reason=why,
        asked_at=at,
    )
    RefundLine.objects.bulk_create(
        RefundLine(refund=row, line=lines[pk], amount=amount) for pk, amount in chosen.items()
    )
    _tell(
        kinds.REFUND_ASKED,
        order,
        refund=row.number,
        amount=format_yuan(row.amount),
        reason=why,
        what="、".join(lines[pk].name for pk in chosen),
    )
    send_refund_soon(row.number)
    return row


@action("mail.take_refund", roles={Role.SYSTEM})
def take_refund(report: Refunded, channel: str, *, actor: Actor, at: datetime) -> Refund | None:
    """What the channel reported of a refund; a late report never undoes a later state. Raises Already for a repeat."""
    found = Refund.objects.select_for_update(no_key=True, of=("self",)).select_related("order")
    row = found.filter(number=report.number[:32], order__channel=channel).first()
    if row is None:
        _set_aside(OddityKind.REFUND_UNKNOWN, report.number, report.reference, None, None, report.amount, channel, at)
        return None
    if report.amount is not None and report.amount != row.amount:
        _set_aside(
            OddityKind.REFUND_AMOUNT, row.number, report.reference, row.order, row.amount, report.amount, channel, at
        )
        return row
    if row.state == RefundState.DONE and report.state == "failed":
        _set_aside(OddityKind.REFUND_UNDONE, row.number, report.reference, row.order, row.amount, ZERO, channel, at)
        return row
    before = row.state
    if report.state == "done" and before != RefundState.DONE:
        row.state, row.done_at, said = RefundState.DONE, report.at or at, kinds.REFUND_DONE
    elif report.state == "failed" and before in {RefundState.ASKED, RefundState.ACCEPTED}:
        row.state, row.failure, said = RefundState.FAILED, report.why[:200], kinds.REFUND_FAILED
    elif report.state == "accepted" and before == RefundState.ASKED:
        row.state, row.accepted_at, said = RefundState.ACCEPTED, at, kinds.REFUND_ACCEPTED
    else:
        raise Already
    row.reference = report.reference[:64] or row.reference
    row.save(update_fields=["state", "done_at", "failure", "accepted_at", "reference"])
    _tell(said, row.order, refund=row.number, amount=format_yuan(row.amount), reason=row.reason, failure=row.failure)
    return row


@action("mail.settle_oddity", roles=MANAGERS)
def settle_oddity(oddity_id: int, *, how: str, take: bool = False, actor: Actor, at: datetime) -> Oddity:
    """Say what was done about something set aside.

    `take`: a payment of the right amount that came after its order was closed is booked to the order, from where it can
    be refunded like any other. Raises BadInput without words, Conflict when settled before or it cannot be booked.
    """
    words = " ".join(how.split())[:120]
    if len(words) < 2:
        raise BadInput(_("请写明怎样处理的。"), fields={"how": [_("请写明怎样处理的。")]})
    rows = Oddity.objects.select_for_update(no_key=True, of=("self",)).select_related("order")
    row: Oddity | None = rows.filter(pk=min(oddity_id, 2**62)).first()
    if row is None:
        raise NotFound(_("没有这条搁置记录，请返回列表刷新。"))
    if row.settled_at is not None:
        raise Conflict(_("这条搁置记录已经处理过。"))
    if take:
        _book(row)
    row.settled_at, row.settled_by, row.how = at, actor.name[:60], words
    row.save(update_fields=["settled_at", "settled_by", "how"])
    reference = row.order.reference if row.order is not None else ""
    record(kinds.SETTLED, row, case_number=reference, number=row.number, how=words)
    return row


def _book(row: Oddity) -> None:
    order = _lock(row.number) if row.kind == OddityKind.AFTER_CLOSE else None
    if order is None or order.state != OrderState.CLOSED or row.reported != order.amount:
        raise Conflict(_("只有关闭后到账、金额相符的支付可以记入原订单。"))
    order.state, order.transaction, order.paid_at = OrderState.PAID, row.transaction, row.at
    order.save(update_fields=["state", "transaction", "paid_at"])
    _tell(kinds.PAID, order, amount=format_yuan(order.amount), what=order.what, transaction=order.transaction)


def _lock(number: str) -> Order | None:
    return Order.objects.select_for_update(no_key=True, of=("self",)).filter(number=number[:32]).first()
