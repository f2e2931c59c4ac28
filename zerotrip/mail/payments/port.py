"""The port to whoever takes money: `real`, `demo` and `outage`, chosen by settings.ZEROTRIP_PAYMENTS.

An adapter is a class named in settings.ZEROTRIP_PAYMENT_ADAPTERS by its dotted path; it talks to the outside and knows
nothing of our tables. What it reports may come at least once, late and in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

PaymentState = Literal["open", "paid", "closed"]
RefundState = Literal["accepted", "done", "failed"]


class BadNotice(Exception):
    """A notice that is not from whom it says, too old, or not to be understood. The text is for the log."""


class Refused(Exception):
    """The other side answered, and refuses: trying again the same way will not help. The text is theirs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as the other side needs it: amount in yuan; `back` is where the payer returns to."""

    number: str
    amount: Decimal
    what: str
    expires_at: datetime
    back: str
    payer_address: str = ""
    open_id: str = ""


@dataclass(frozen=True, slots=True)
class HowToPay:
    """How the payer pays: an address to open, or a text to show as a QR code, or parameters for the WeChat page."""

    url: str = ""
    qr: str = ""
    script: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What the other side says of an order. `transaction`: their number; `amount` and `at` once paid."""

    number: str
    state: PaymentState
    transaction: str = ""
    amount: Decimal | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    """What the other side says of a refund."""

    number: str
    state: RefundState
    reference: str = ""
    amount: Decimal | None = None
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of a day's bill: a payment taken or a refund made, in yuan; `order` is our order's number."""

    kind: Literal["payment", "refund"]
    number: str
    order: str
    reference: str
    amount: Decimal
    at: datetime


class Payments(Protocol):
    """Somebody who takes money for us. All raise Unavailable when it may be tried again, Refused when it may not."""

    name: str

    def create(self, order: Asked) -> HowToPay:
        """Tell them of an order; the same number again gives the same order."""
        ...

    def query(self, number: str) -> Paid:
        """What became of an order; one they never heard of is open."""
        ...

    def close(self, number: str) -> None:
        """Have an order closed so that nobody can pay it any more."""
        ...

    def refund(self, number: str, order: str, amount: Decimal, total: Decimal, reason: str) -> Refunded:
        """Ask for a refund of part of an order; the same number again is the same refund."""
        ...

    def query_refund(self, number: str) -> Refunded:
        """What became of a refund."""
        ...

    def bill(self, day: date) -> list[BillRow]:
        """Everything they took and gave back on a day, Shanghai time. Unavailable until they have made it."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Paid | Refunded:
        """A notice they sent, verified and decrypted. Raises BadNotice."""
        ...


def port() -> Payments:
    """The adapter this installation uses. Raises ValueError for an unknown name."""
    name = settings.ZEROTRIP_PAYMENTS
    if name not in settings.ZEROTRIP_PAYMENT_ADAPTERS:
        raise ValueError(f"ZEROTRIP_PAYMENTS must be demo, outage or real, not {name!r}")
    adapter: Payments = import_string(settings.ZEROTRIP_PAYMENT_ADAPTERS[name])()
    return adapter
