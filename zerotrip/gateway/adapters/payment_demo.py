"""The demo's channel: a sandbox cashier that the demo serves at /demo/pay, spoken to over real HTTP.

Every request and notice is signed: X-ZeroTrip-Time and X-ZeroTrip-Signature, the HMAC-SM3 of "<time>.<body>" as for
text messages (`people.sms.signature`); five minutes old is too old. Amounts are text in yuan.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, cast

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable
from zerotrip.core.money import yuan
from zerotrip.mail.payments.port import Asked, BadNotice, BillRow, HowToPay, Paid, Refunded, RefundState, Refused
from zerotrip.people.sms import signature

TIME_OUT: Final = (3, 10)
WINDOW: Final = 300


def key() -> bytes:
    """What cashier and product share: derived from this installation's web secret."""
    return hashlib.sha256(b"zerotrip demo cashier " + settings.SECRET_KEY.encode()).digest()


def signed(body: bytes) -> dict[str, str]:
    """The headers that sign `body` now."""
    moment = str(int(now().timestamp()))
    return {
        "Content-Type": "application/json",
        "X-ZeroTrip-Time": moment,
        "X-ZeroTrip-Signature": signature(key(), moment, body),
    }


def check(headers: Mapping[str, str], body: bytes) -> None:
    """Raises BadNotice for what is unsigned, wrongly signed or more than five minutes old."""
    given = {name.lower(): value for name, value in headers.items()}
    moment, seal = given.get("x-zerotrip-time", ""), given.get("x-zerotrip-signature", "")
    if not (moment.isascii() and moment.isdecimal() and len(moment) < 12):
        raise BadNotice("no time")
    if abs(now().timestamp() - int(moment)) > WINDOW:
        raise BadNotice("too old")
    if not hmac.compare_digest(signature(key(), moment, body).encode(), seal.encode("utf-8", "replace")):
        raise BadNotice("wrong signature")


class Demo:
    """Speaks with the sandbox cashier."""

    name = "demo"

    def create(self, order: Asked) -> HowToPay:
        told = self._call(
            "orders",
            number=order.number,
            amount=str(order.amount),
            what=order.what,
            back=order.back,
            expires_at=order.expires_at.isoformat(),
        )
        return HowToPay(url=str(told["url"]))

    def query(self, number: str) -> Paid:
        return paid(self._call("query", number=number))

    def close(self, number: str) -> None:
        self._call("close", number=number)

    def refund(self, number: str, order: str, amount: Decimal, total: Decimal, reason: str) -> Refunded:
        return refunded(self._call("refunds", number=number, order=order, amount=str(amount), reason=reason))

    def query_refund(self, number: str) -> Refunded:
        return refunded(self._call("query-refund", number=number))

    def bill(self, day: date) -> list[BillRow]:
        rows: list[dict[str, str]] = self._call("bill", day=day.isoformat())["rows"]
        return [
            BillRow(
                cast('Literal["payment", "refund"]', row["kind"]),
                row["number"],
                row["order"],
                row["reference"],
                yuan(row["amount"]),
                datetime.fromisoformat(row["at"]),
            )
            for row in rows
        ]

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Paid | Refunded:
        check(headers, body)
        try:
            told = json.loads(body)
            return refunded(told) if told["kind"] == "refund" else paid(told)
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise BadNotice(f"not to be understood: {error}") from error

    def _call(self, verb: str, **said: str) -> dict[str, Any]:
        body = json.dumps(said, ensure_ascii=False).encode()
        try:
            answer = requests.post(
                f"{settings.ZEROTRIP_BASE_URL}/demo/pay/api/{verb}",
                data=body,
                headers=signed(body),
                timeout=TIME_OUT,
                allow_redirects=False,
            )
            told: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(_("演示收银台没有应答，请稍后再试。")) from error
        if answer.status_code >= 500:
            raise Unavailable(_("演示收银台没有应答，请稍后再试。"))
        if answer.status_code != 200:
            raise Refused(str(told.get("why", answer.status_code)))
        return told


def paid(told: Mapping[str, Any]) -> Paid:
    """What the cashier says of an order."""
    done = told["state"] == "paid"
    return Paid(
        str(told["number"]),
        told["state"] if told["state"] in {"open", "paid", "closed"} else "open",
        str(told.get("transaction", "")),
        yuan(told["amount"]) if done else None,
        datetime.fromisoformat(told["at"]) if done else None,
    )


def refunded(told: Mapping[str, Any]) -> Refunded:
    """What the cashier says of a refund."""
    return Refunded(
        str(told["number"]),
        cast("RefundState", told["state"]),
        str(told.get("reference", "")),
        yuan(told["amount"]),
        datetime.fromisoformat(told["at"]) if told.get("at") else None,
        str(told.get("why", "")),
    )
