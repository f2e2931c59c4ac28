"""Nobody takes money: the channel is down, or none has been configured. Orders and refunds wait, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NoReturn

from django.utils.translation import gettext as _

from zerotrip.core.errors import Unavailable
from zerotrip.mail.payments.port import Asked, BadNotice, BillRow, HowToPay, Paid, Refunded


def _sorry() -> NoReturn:
    raise Unavailable(_("支付渠道暂时不可用，请稍后再试。应付的费用已经记下，不影响办件和寄递。"))


class Outage:
    """Refuses with a sentence."""

    name = "outage"

    def create(self, order: Asked) -> HowToPay:
        _sorry()

    def query(self, number: str) -> Paid:
        _sorry()

    def close(self, number: str) -> None:
        """Nobody can pay it, so nothing is to be closed."""

    def refund(self, number: str, order: str, amount: Decimal, total: Decimal, reason: str) -> Refunded:
        _sorry()

    def query_refund(self, number: str) -> Refunded:
        _sorry()

    def bill(self, day: date) -> list[BillRow]:
        _sorry()

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Paid | Refunded:
        raise BadNotice("no channel is configured")
