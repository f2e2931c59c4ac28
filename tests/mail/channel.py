"""A channel that remembers what was paid and reports what the story wants: late, twice, out of order, or never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from zerotrip.core.clock import local, now
from zerotrip.core.errors import Unavailable
from zerotrip.mail.payments.port import Asked, BillRow, HowToPay, Paid, Refunded, Refused


class Channel:
    """Stands in for a bank. What it knows is on the class, as a bank's books are not ours."""

    name = "fake"
    orders: ClassVar[dict[str, Paid]] = {}
    amounts: ClassVar[dict[str, Decimal]] = {}
    refunds: ClassVar[dict[str, tuple[Refunded, str]]] = {}
    strange: ClassVar[list[BillRow]] = []
    """Rows that stand in a bill without an order."""
    hidden: ClassVar[set[str]] = set()
    """Numbers that the bill forgets."""
    down: ClassVar[bool] = False

    @classmethod
    def forget(cls) -> None:
        """A new bank."""
        cls.orders, cls.amounts, cls.refunds, cls.strange, cls.hidden, cls.down = {}, {}, {}, [], set(), False

    def _up(self) -> None:
        if Channel.down:
            raise Unavailable("支付渠道没有应答")

    def create(self, order: Asked) -> HowToPay:
        self._up()
        self.orders.setdefault(order.number, Paid(order.number, "open"))
        self.amounts[order.number] = order.amount
        return HowToPay(url=f"https://pay.example/{order.number}")

    def pays(self, number: str, amount: Decimal | None = None, at: datetime | None = None, serial: str = "") -> Paid:
        """Somebody pays: what would be reported."""
        paid = Paid(number, "paid", serial or f"T{number}", amount or self.amounts.get(number), at or now())
        self.orders[number] = paid
        return paid

    def query(self, number: str) -> Paid:
        self._up()
        return self.orders.get(number, Paid(number, "open"))

    def close(self, number: str) -> None:
        self._up()
        if self.orders[number].state == "paid":
            raise Refused("paid")
        self.orders[number] = Paid(number, "closed")

    def refund(self, number: str, order: str, amount: Decimal, total: Decimal, reason: str) -> Refunded:
        self._up()
        if number not in self.refunds:
            self.refunds[number] = (Refunded(number, "accepted", f"R{number}", amount), order)
        return self.refunds[number][0]

    def gives_back(self, number: str) -> Refunded:
        """A refund is done: what would be reported."""
        report, order = self.refunds[number]
        if report.state == "accepted":
            report = replace(report, state="done", at=now())
            self.refunds[number] = (report, order)
        return report

    def query_refund(self, number: str) -> Refunded:
        self._up()
        return self.refunds[number][0]

    def bill(self, day: date) -> list[BillRow]:
        self._up()
        rows = [
            BillRow("payment", paid.number, paid.number, paid.transaction, paid.amount, paid.at)
            for paid in self.orders.values()
            if paid.state == "paid" and paid.at and paid.amount and local(paid.at).date() == day
        ]
        rows += [
            BillRow("refund", report.number, order, report.reference, report.amount, report.at)
            for report, order in self.refunds.values()
            if report.state == "done" and report.at and report.amount and local(report.at).date() == day
        ]
        rows += [row for row in self.strange if local(row.at).date() == day]
        return [row for row in rows if row.number not in self.hidden]

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Any:
        raise NotImplementedError


@pytest.fixture
def channel(settings: Any) -> Iterator[Channel]:
    """The bank of this test."""
    Channel.forget()
    settings.ZEROTRIP_PAYMENTS = "fake"
    settings.ZEROTRIP_PAYMENT_ADAPTERS = settings.ZEROTRIP_PAYMENT_ADAPTERS | {"fake": "tests.mail.channel.Channel"}
    yield Channel()
    Channel.forget()
