"""What can be asked about money: what is due, orders, what was set aside, reconciliations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound
from zerotrip.core.money import ZERO
from zerotrip.mail.models import Consignment, Payer, Purpose, State
from zerotrip.mail.payments.actions import Wanted
from zerotrip.mail.payments.models import (
    LineKind,
    Oddity,
    Order,
    OrderLine,
    OrderQuerySet,
    OrderState,
    Reconciliation,
    Refund,
    RefundState,
)
from zerotrip.mail.tariffs import pricing
from zerotrip.mail.tariffs.models import WatchedQuerySet


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of the errand collected for the state; `key` tells it from the errand's others."""

    key: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """What an applicant has to pay for an errand and what has been paid."""

    due: tuple[Wanted, ...]
    orders: tuple[Order, ...]

    @property
    def total(self) -> Decimal:
        """What is due, in yuan."""
        return sum((line.amount for line in self.due), ZERO)

    @property
    def paid(self) -> tuple[Order, ...]:
        """Orders that have been paid."""
        return tuple(order for order in self.orders if order.state == OrderState.PAID)


def bill_of(reference: str, pieces: Sequence[Consignment], fees: Iterable[Fee] = ()) -> Bill:
    """What an errand's applicant owes for its pieces, and `fees`. The caller has established who may see it."""
    rows = Order.objects.filter(reference=reference).prefetch_related(
        Prefetch("lines", OrderLine.objects.order_by("pk")), Prefetch("refunds", Refund.objects.order_by("pk"))
    )
    orders = tuple(rows.order_by("pk"))
    covered = {line.key for order in orders if order.state == OrderState.PAID for line in order.lines.all()}
    wanted = [line for piece in pieces for line in _lines(piece)]
    wanted += [Wanted(f"fee:{reference}:{fee.key}"[:80], LineKind.STATE_FEE, fee.name, fee.amount) for fee in fees]
    return Bill(tuple(line for line in wanted if line.key not in covered), orders)


def _lines(piece: Consignment) -> list[Wanted]:
    """What the applicant pays for a piece; nothing before it is priced, nor when another pays."""
    if piece.payer != Payer.APPLICANT or piece.state == State.CANCELLED or piece.number is None:
        return []
    what = str(Purpose(piece.purpose).label)
    lines = []
    if piece.postage:
        name = _("邮费（{what}）").format(what=what)
        lines.append(Wanted(f"postage:{piece.pk}", LineKind.POSTAGE, name, piece.postage, piece.pk))
    insurance = pricing.read(piece.quote).insurance if piece.quote else ZERO
    if insurance:
        name = _("保价费（{what}）").format(what=what)
        lines.append(Wanted(f"insurance:{piece.pk}", LineKind.INSURANCE, name, insurance, piece.pk))
    return lines


def unpaid_of(piece: Consignment) -> Decimal:
    """What its applicant still owes for a piece, in yuan."""
    lines = _lines(piece)
    paid = set(
        OrderLine.objects.filter(
            key__in=[line.key for line in lines], live=True, order__state=OrderState.PAID
        ).values_list("key", flat=True)
    )
    return sum((line.amount for line in lines if line.key not in paid), ZERO)


def orders(actor: Actor) -> OrderQuerySet:
    """The orders the actor sees, newest first."""
    return Order.objects.visible_to(actor).order_by("-pk")


def order(actor: Actor, number: str) -> Order:
    """One order with lines and refunds. Raises NotFound."""
    found = orders(actor).prefetch_related("lines", "refunds__lines").filter(number=number[:32]).first()
    if found is None:
        raise NotFound(_("没有这个订单，或它不归您管理。"))
    return found


def oddities(actor: Actor, *, settled: bool = False) -> WatchedQuerySet:
    """What was set aside, newest first; open ones, or those settled."""
    rows: WatchedQuerySet = Oddity.objects.visible_to(actor)
    return rows.filter(settled_at__isnull=not settled).select_related("order")


def waiting_refunds(actor: Actor) -> list[Refund]:
    """Refunds under way or failed, of orders the actor sees."""
    states = [RefundState.ASKED, RefundState.ACCEPTED, RefundState.FAILED]
    rows = Refund.objects.filter(state__in=states, order__in=Order.objects.visible_to(actor)).select_related("order")
    return list(rows.order_by("-pk")[:50])


def unpriced(actor: Actor) -> int:
    """Accepted pieces for which no tariff was in force: they have no price."""
    rows = Consignment.objects.filter(accepted_at__isnull=False, quote__isnull=True, postage__isnull=True)
    mine = Q(pk__in=[])
    for prefix in actor.divisions:
        mine |= Q(sender_place__division__code__startswith=prefix)
        mine |= Q(delivery_place__division__code__startswith=prefix)
    return rows.count() if actor.is_system else rows.filter(mine).count()


def reconciliations(actor: Actor) -> WatchedQuerySet:
    """The reconciled days, newest first."""
    rows: WatchedQuerySet = Reconciliation.objects.visible_to(actor).prefetch_related("differences")
    return rows


def reconciliation(actor: Actor, day: date) -> Reconciliation | None:
    """The latest run of a day, None when there was none."""
    found: Reconciliation | None = reconciliations(actor).filter(day=day).first()
    return found
