"""WeChat Pay v3 (merchant mode) through `wechatpayv3`: JSAPI, H5 and Native orders, refunds, trade bills, notices.

Source: the APIv3 documentation at pay.weixin.qq.com. Answers and notices are verified against the platform's public
key (settings.ZEROTRIP_WECHAT `public_key`, `public_key_id`) or its certificates, which the library fetches and keeps
in the folder `certificates`. Amounts there are fen. A day's bill is made at ten the next morning.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from wechatpayv3 import WeChatPay, WeChatPayType  # type: ignore[import-untyped]

from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import Unavailable
from zerotrip.core.money import yuan
from zerotrip.mail.payments.port import Asked, BadNotice, BillRow, HowToPay, Paid, Refunded, RefundState, Refused

TIME_OUT: Final = (5, 15)
WINDOW: Final = 300
AGAIN: Final = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT", "STATEMENT_CREATING", "BANK_ERROR"}
"""Their codes that mean: later."""

LARGEST_BILL: Final = 200 * 1024 * 1024
_STATES: Final[dict[str, RefundState]] = {
    "SUCCESS": "done", "PROCESSING": "accepted", "CLOSED": "failed", "ABNORMAL": "failed",
}  # fmt: skip
_clients: dict[str, WeChatPay] = {}
_making = threading.Lock()


def fen(amount: Decimal) -> int:
    """Yuan as whole fen.

    >>> fen(Decimal("22.05"))
    2205
    """
    return int(yuan(amount) * 100)


def from_fen(amount: Any) -> Decimal:
    """Whole fen as yuan. Raises ValueError for what is no whole number.

    >>> from_fen(2205)
    Decimal('22.05')
    """
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise ValueError(f"not an amount in fen: {amount!r}")
    return yuan(Decimal(amount) / 100)


def client() -> WeChatPay:
    """The library's client for the present settings, made once. Raises Unavailable when they are incomplete."""
    told: Mapping[str, str] = settings.ZEROTRIP_WECHAT
    mark = hashlib.sha256(json.dumps(sorted(told.items())).encode()).hexdigest()
    with _making:
        if mark not in _clients:
            _clients[mark] = _make(told)
        return _clients[mark]


def _make(told: Mapping[str, str]) -> WeChatPay:
    try:
        made = WeChatPay(
            WeChatPayType.NATIVE,
            mchid=told["mchid"],
            private_key=_pem(told["private_key"]),
            cert_serial_no=told["serial"],
            appid=told["appid"],
            apiv3_key=told["api_key"],
            notify_url=f"{settings.ZEROTRIP_BASE_URL}/payments/notice",
            cert_dir=told["certificates"] or None,
            timeout=TIME_OUT,
            public_key=_pem(told["public_key"]) if told["public_key"] else None,
            public_key_id=told["public_key_id"] or None,
        )
    except requests.RequestException as error:
        raise Unavailable(_("微信支付暂时连不上，请稍后再试。")) from error
    except Exception as error:  # the library raises bare exceptions for wrong keys
        raise Unavailable(_("微信支付的商户参数不完整或不正确，请系统管理员检查配置。")) from error
    if told["gateway"]:
        made._core._gate_way = told["gateway"].rstrip("/")  # their sandbox, or a stand-in on this machine
    return made


def _pem(text: str) -> str:
    """The key itself, or the file it is in."""
    return text if "-----BEGIN" in text else Path(text).read_text(encoding="ascii")


class Real:
    """Speaks with WeChat Pay."""

    name = "real"

    def create(self, order: Asked) -> HowToPay:
        pay, kind = client(), settings.ZEROTRIP_WECHAT["kind"]
        given: dict[str, Any] = {
            "description": order.what,
            "out_trade_no": order.number,
            "amount": {"total": fen(order.amount), "currency": "CNY"},
            "time_expire": order.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }
        if order.open_id:
            told = self._ask(lambda: pay.pay(**given, payer={"openid": order.open_id}, pay_type=WeChatPayType.JSAPI))
            return HowToPay(script=self._script(pay, told["prepay_id"]))
        if kind == "h5" and order.payer_address:
            scene = {"payer_client_ip": order.payer_address, "h5_info": {"type": "Wap"}}
            told = self._ask(lambda: pay.pay(**given, scene_info=scene, pay_type=WeChatPayType.H5))
            return HowToPay(url=told["h5_url"])
        told = self._ask(lambda: pay.pay(**given, pay_type=WeChatPayType.NATIVE))
        return HowToPay(qr=told["code_url"])

    @staticmethod
    def _script(pay: WeChatPay, prepay_id: str) -> dict[str, str]:
        """What the page inside WeChat hands to WeixinJSBridge."""
        stamp, nonce = str(int(now().timestamp())), uuid.uuid4().hex
        package, appid = f"prepay_id={prepay_id}", settings.ZEROTRIP_WECHAT["appid"]
        return {
            "appId": appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": pay.sign([appid, stamp, nonce, package]),
        }

    def query(self, number: str) -> Paid:
        pay = client()
        try:
            told = self._ask(lambda: pay.query(out_trade_no=number))
        except _Unknown:
            return Paid(number, "open")
        return _paid(told)

    def close(self, number: str) -> None:
        pay = client()
        try:
            self._ask(lambda: pay.close(out_trade_no=number))
        except _Unknown:
            return

    def refund(self, number: str, order: str, amount: Decimal, total: Decimal, reason: str) -> Refunded:
        pay = client()
        amounts = {"refund": fen(amount), "total": fen(total), "currency": "CNY"}
        told = self._ask(
            lambda: pay.refund(out_refund_no=number, amount=amounts, out_trade_no=order, reason=reason[:80])
        )
        return _refunded(told)

    def query_refund(self, number: str) -> Refunded:
        pay = client()
        return _refunded(self._ask(lambda: pay.query_refund(out_refund_no=number)))

    def bill(self, day: date) -> list[BillRow]:
        pay = client()
        try:
            told = self._ask(lambda: pay.trade_bill(bill_date=day.isoformat()))
        except _Unknown:
            return []  # NO_STATEMENT_EXIST: nobody paid anything that day
        code, body = _reached(lambda: pay.download_bill(told["download_url"]))
        if code != 200:
            raise Unavailable(_("微信支付的账单还取不到，请稍后再试。"))
        raw = body.encode() if isinstance(body, str) else body
        text = _unpacked(raw)
        if hashlib.sha1(text, usedforsecurity=False).hexdigest() != str(told["hash_value"]).lower():
            raise Unavailable(_("微信支付的账单没有下载完整，请稍后再试。"))
        return read_bill(text.decode("utf-8-sig"))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Paid | Refunded:
        given = {name.lower(): value for name, value in headers.items()}
        stamp = given.get("wechatpay-timestamp", "")
        if not (stamp.isascii() and stamp.isdecimal()) or abs(now().timestamp() - int(stamp[:12])) > WINDOW:
            raise BadNotice("no time, or too old")
        try:
            told = client().callback(given, body)
        except Unavailable:
            raise
        except Exception as error:  # the library raises bare exceptions for what it cannot read
            raise BadNotice(f"not verified: {error}") from error
        if not told:
            raise BadNotice("not verified")
        resource = told["resource"]
        try:
            return _refunded(resource) if "refund_status" in resource else _paid(resource)
        except (ValueError, KeyError, TypeError) as error:
            raise BadNotice(f"not to be understood: {error}") from error

    def _ask(self, call: Callable[[], tuple[int, Any]]) -> dict[str, Any]:
        """Their answer. Raises Unavailable for "later", Refused with their words, _Unknown for what is not there."""
        code, text = _reached(call)
        try:
            told: dict[str, Any] = json.loads(text) if text else {}
        except ValueError as error:
            raise Unavailable(_("微信支付的应答不完整，请稍后再试。")) from error
        if 200 <= code < 300:
            return told
        why = str(told.get("code", ""))
        if code >= 500 or code == 429 or why in AGAIN:
            raise Unavailable(_("微信支付暂时繁忙，请稍后再试。"))
        if why in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NO_STATEMENT_EXIST"}:
            raise _Unknown(why)
        raise Refused(f"{why} {told.get('message', '')}".strip()[:200])


class _Unknown(Refused):
    """They never heard of it."""


def _reached(call: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    try:
        return call()
    except requests.RequestException as error:
        raise Unavailable(_("微信支付暂时连不上，请稍后再试。")) from error
    except Exception as error:  # the library's bare exception when an answer's signature is wrong
        raise Unavailable(_("微信支付的应答没有通过验签，请系统管理员检查平台证书。")) from error


def _paid(told: Mapping[str, Any]) -> Paid:
    """An order as they describe it; one that was refunded was paid."""
    state = told["trade_state"]
    if state in {"SUCCESS", "REFUND"}:
        return Paid(
            told["out_trade_no"],
            "paid",
            told["transaction_id"],
            from_fen(told["amount"]["total"]),
            datetime.fromisoformat(told["success_time"]),
        )
    return Paid(told["out_trade_no"], "closed" if state in {"CLOSED", "REVOKED"} else "open")


def _refunded(told: Mapping[str, Any]) -> Refunded:
    """A refund as they describe it: `status` when asked, `refund_status` in notices."""
    status = told.get("refund_status") or told["status"]
    return Refunded(
        told["out_refund_no"],
        _STATES[status],
        told.get("refund_id", ""),
        from_fen(told["amount"]["refund"]),
        datetime.fromisoformat(told["success_time"]) if told.get("success_time") else None,
        "" if status in {"SUCCESS", "PROCESSING"} else status,
    )


def _unpacked(raw: bytes) -> bytes:
    """The bill's text, unpacked when it is gzip; never more than we would keep."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
        text = packed.read(LARGEST_BILL + 1)
    if len(text) > LARGEST_BILL:
        raise Unavailable(_("微信支付的账单太大，请联系系统管理员。"))
    return text


def read_bill(text: str) -> list[BillRow]:
    """The lines of a trade bill (bill_type ALL). Cells begin with a back-quote; the sums at the end are left out.

    Raises Unavailable for a bill whose columns are not those we know: a wrong reading would be worse than none.
    """
    lines = csv.reader(io.StringIO(text.replace("\r\n", "\n")))
    try:
        names = {name.strip(): place for place, name in enumerate(next(lines))}
        rows = []
        for cells in lines:
            if not cells or not cells[0].startswith("`"):
                break
            row = {name: cells[place].strip().lstrip("`") for name, place in names.items() if place < len(cells)}
            rows.append(_row(row))
    except (StopIteration, KeyError, ValueError, InvalidOperation) as error:
        raise Unavailable(_("微信支付的账单格式与约定不符，没有对账。请联系系统管理员。")) from error
    return rows


def _row(row: Mapping[str, str]) -> BillRow:
    refund = row["交易状态"] == "REFUND"
    return BillRow(
        "refund" if refund else "payment",
        row["商户退款单号"] if refund else row["商户订单号"],
        row["商户订单号"],
        row["微信退款单号"] if refund else row["微信订单号"],
        yuan(row["申请退款金额"] if refund else row["订单金额"]),
        datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI),
    )
