"""A day's books against the bill, line by line. It balances to the fen, or every difference has a name.

A payment may stand in the bill of another day than ours when it was made around midnight: what some bill has named
(`billed_on`) is not missing there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import Unavailable
from zerotrip.core.money import ZERO, format_yuan
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail.payments import kinds, talking
from zerotrip.mail.payments.models import (
    Difference,
    DifferenceKind,
    LineKind,
    Order,
    OrderState,
    Reconciliation,
    Refund,
    RefundState,
)
from zerotrip.mail.payments.port import BillRow, Payments, port


def reconcile(day: date, channel: Payments | None = None) -> Reconciliation:
    """Ask after what may have been missed, fetch the bill of a day and compare. Raises Unavailable without a bill."""
    channel = channel or port()
    _catch_up(day, channel)
    bill = channel.bill(day)
    for number in _unbooked(bill, channel.name):
        talking.refresh(number, channel)
    for number in _unfinished(bill, channel.name):
        talking.send_refund(number, channel)
    return compare(day, bill, channel.name, actor=SYSTEM, at=now())


def _catch_up(day: date, channel: Payments) -> None:
    """Orders and refunds of that day that still wait: their notices may be lost."""
    _start, end = span(day)
    waiting = Order.objects.filter(
        state=OrderState.OPEN, channel=channel.name, opened_at__lt=end, opened_at__gte=end - talking.CHASED
    )
    for number in list(waiting.values_list("number", flat=True)):
        talking.refresh(number, channel)
    asked = Refund.objects.filter(state=RefundState.ACCEPTED, order__channel=channel.name, asked_at__lt=end)
    for number in list(asked.values_list("number", flat=True)):
        talking.send_refund(number, channel)


def _unbooked(bill: Iterable[BillRow], channel: str) -> list[str]:
    numbers = [row.number for row in bill if row.kind == "payment"]
    rows = Order.objects.filter(number__in=numbers, channel=channel).exclude(state=OrderState.PAID)
    return list(rows.values_list("number", flat=True))


def _unfinished(bill: Iterable[BillRow], channel: str) -> list[str]:
    numbers = [row.number for row in bill if row.kind == "refund"]
    rows = Refund.objects.filter(number__in=numbers, order__channel=channel, state__in=["asked", "accepted"])
    return list(rows.values_list("number", flat=True))


def span(day: date) -> tuple[datetime, datetime]:
    """The day's first moment and the next day's, Shanghai time."""
    start = datetime.combine(day, time(), SHANGHAI)
    return start, start + timedelta(days=1)


@dataclass(slots=True)
class _Books:
    """What is found while comparing."""

    differences: list[Difference] = field(default_factory=list)
    matched: int = 0
    ours: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    """Yuan by "<flow>:<kind of line>"."""

    def count(self, flow: str, amounts: Iterable[tuple[str, Decimal]]) -> None:
        for kind, amount in amounts:
            self.ours[f"{flow}:{kind}"] += amount

    def differs(
        self, kind: DifferenceKind, flow: str, number: str, ours: Order | Refund | None, row: BillRow | None
    ) -> None:
        natures = dict(_natures(ours)) if ours is not None else {}
        order = row.order if row is not None else number
        if isinstance(ours, Refund):
            order = ours.order.number
        self.differences.append(
            Difference(
                kind=kind,
                flow=flow,
                number=number[:64],
                order_number=order[:64],
                ours=ours.amount if ours is not None else None,
                theirs=row.amount if row is not None else None,
                revenue=natures.get("revenue"),
                collected=natures.get("collected"),
            )
        )


@action("mail.reconcile", roles={Role.SYSTEM})
def compare(day: date, bill: Sequence[BillRow], channel: str, *, actor: Actor, at: datetime) -> Reconciliation:
    """Compare a day's paid orders and refunds with its bill and keep what is found; a later run replaces an earlier."""
    before = Reconciliation.objects.select_for_update(no_key=True).filter(day=day).first()
    Order.objects.filter(billed_on=day, channel=channel).update(billed_on=None)
    Refund.objects.filter(billed_on=day, order__channel=channel).update(billed_on=None)
    books = _Books()
    _payments(day, [row for row in bill if row.kind == "payment"], channel, books)
    _refunds(day, [row for row in bill if row.kind == "refund"], channel, books)
    made = before or Reconciliation(day=day, runs=0)
    made.channel, made.ran_at, made.runs = channel, at, made.runs + 1
    made.balanced, made.matched, made.totals = not books.differences, books.matched, _totals(books, bill)
    made.save()
    made.differences.all().delete()
    for difference in books.differences:
        difference.reconciliation = made
    Difference.objects.bulk_create(books.differences)
    told = made.totals["ours"]
    record(
        kinds.RECONCILED,
        made,
        day=day.isoformat(),
        matched=made.matched,
        differences=len(books.differences),
        revenue=format_yuan(Decimal(told["revenue"])),
        collected=format_yuan(Decimal(told["collected"])),
    )
    return made


def _payments(day: date, bill: list[BillRow], channel: str, books: _Books) -> None:
    start, end = span(day)
    known = {
        order.number: order
        for order in Order.objects.filter(
            Q(number__in=[row.number for row in bill]) | Q(paid_at__gte=start, paid_at__lt=end, billed_on__isnull=True),
            state=OrderState.PAID,
            channel=channel,
        ).prefetch_related("lines")
    }
    found: set[str] = set()
    for row in bill:
        order = known.get(row.number)
        again = row.number in found or (order is not None and order.billed_on is not None)
        if order is None or again or order.transaction != row.reference:
            books.differs(DifferenceKind.MISSING_HERE, "payment", row.number, None, row)
            continue
        found.add(row.number)
        if order.amount != row.amount:
            books.differs(DifferenceKind.AMOUNT, "payment", row.number, order, row)
        else:
            books.matched += 1
    for number, order in known.items():
        today = order.paid_at is not None and start <= order.paid_at < end
        if order.billed_on is None and (number in found or today):
            books.count("paid", ((line.kind, line.amount) for line in order.lines.all()))
            if number not in found:
                books.differs(DifferenceKind.MISSING_THERE, "payment", number, order, None)
    Order.objects.filter(number__in=found).update(billed_on=day)


def _refunds(day: date, bill: list[BillRow], channel: str, books: _Books) -> None:
    start, end = span(day)
    numbers = [row.number for row in bill]
    known = {
        refund.number: refund
        for refund in Refund.objects.filter(
            Q(number__in=numbers, state__in=[RefundState.ACCEPTED, RefundState.DONE])
            | Q(state=RefundState.DONE, done_at__gte=start, done_at__lt=end, billed_on__isnull=True),
            order__channel=channel,
        )
        .select_related("order")
        .prefetch_related("lines__line")
    }
    found: set[str] = set()
    for row in bill:
        refund = known.get(row.number)
        if refund is None or row.number in found or refund.billed_on is not None:
            books.differs(DifferenceKind.MISSING_HERE, "refund", row.number, None, row)
            continue
        found.add(row.number)
        if refund.amount != row.amount:
            books.differs(DifferenceKind.AMOUNT, "refund", row.number, refund, row)
        else:
            books.matched += 1
    for number, refund in known.items():
        if refund.billed_on is None:
            books.count("refunded", ((part.line.kind, part.amount) for part in refund.lines.all()))
            if number not in found:
                books.differs(DifferenceKind.MISSING_THERE, "refund", number, refund, None)
    Refund.objects.filter(number__in=found).update(billed_on=day)


def _natures(ours: Order | Refund) -> list[tuple[str, Decimal]]:
    """Our amount by ledger."""
    sums = {"revenue": ZERO, "collected": ZERO}
    if isinstance(ours, Order):
        parts = [(line.kind, line.amount) for line in ours.lines.all()]
    else:
        parts = [(part.line.kind, part.amount) for part in ours.lines.all()]
    for kind, amount in parts:
        sums[LineKind(kind).nature] += amount
    return list(sums.items())


def _totals(books: _Books, bill: Sequence[BillRow]) -> dict[str, dict[str, str]]:
    """Sums in yuan, as text: ours by ledger and kind, theirs as the bill has them."""
    ours: dict[str, Decimal] = {"revenue": ZERO, "collected": ZERO, "paid": ZERO, "refunded": ZERO}
    for kind in LineKind:
        for flow, sign in (("paid", 1), ("refunded", -1)):
            amount = books.ours[f"{flow}:{kind.value}"]
            ours[f"{flow}_{kind.value}"] = amount
            ours[flow] += amount
            ours[kind.nature] += sign * amount
    theirs = {
        "paid": sum((row.amount for row in bill if row.kind == "payment"), ZERO),
        "refunded": sum((row.amount for row in bill if row.kind == "refund"), ZERO),
    }
    return {
        "ours": {name: str(amount) for name, amount in ours.items()},
        "theirs": {name: str(amount) for name, amount in theirs.items()},
    }


def reconcile_late(channel: Payments | None = None) -> list[Reconciliation]:
    """Yesterday, and the days of the week before that have not been reconciled or did not balance. For the job."""
    channel = channel or port()
    last = (now().astimezone(SHANGHAI) - timedelta(days=1)).date()
    days = [last - timedelta(days=n) for n in range(7)]
    done = set(Reconciliation.objects.filter(day__in=days, balanced=True).values_list("day", flat=True))
    made = []
    for day in sorted(set(days) - done):
        try:
            made.append(reconcile(day, channel))
        except Unavailable:
            if day == last:
                raise
    return made
