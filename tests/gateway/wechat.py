"""A stand-in for WeChat Pay v3 on this machine: real RSA keys, certificates and signatures over real HTTP."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from zerotrip.core.clock import now

API_KEY = "0123456789abcdef0123456789abcdef"
MCHID, APPID, MERCHANT_SERIAL = "1900000109", "wxd678efh567hg6787", "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)


def key() -> rsa.RSAPrivateKey:
    """A fresh RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(private: rsa.RSAPrivateKey) -> str:
    """A private key as a merchant keeps it."""
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def certificate(private: rsa.RSAPrivateKey) -> x509.Certificate:
    """A platform certificate of today."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    made = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(made - timedelta(days=1))
    return builder.not_valid_after(made + timedelta(days=365)).sign(private, hashes.SHA256())


class WeChat:
    """Their side: keys, orders, refunds, bill."""

    def __init__(self) -> None:
        self.merchant, self.platform = key(), key()
        self.certificate = certificate(self.platform)
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.bill = ""
        self.broken = ""
        """What goes wrong: "down", "forged", "garbage", "truncated"."""
        self.address = ""
        self.seen: list[tuple[str, str]] = []

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:X}"

    def sign(self, stamp: str, nonce: str, body: str) -> str:
        text = f"{stamp}\n{nonce}\n{body}\n".encode()
        return base64.b64encode(self.platform.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def headers(self, body: str, *, stamp: int | None = None) -> dict[str, str]:
        """The headers of an answer or a notice of theirs."""
        at = str(stamp if stamp is not None else int(now().timestamp()))
        return {
            "Wechatpay-Timestamp": at,
            "Wechatpay-Nonce": "n0nce",
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Signature": self.sign(at, "n0nce", "other" if self.broken == "forged" else body),
        }

    def sealed(self, plain: str) -> dict[str, str]:
        """AEAD_AES_256_GCM under the merchant's APIv3 key."""
        sealed = AESGCM(API_KEY.encode()).encrypt(b"0123456789ab", plain.encode(), b"transaction")
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": "0123456789ab",
            "associated_data": "transaction",
            "ciphertext": base64.b64encode(sealed).decode(),
        }

    def notice(self, event: str, resource: dict[str, Any]) -> tuple[dict[str, str], str]:
        """A notice as they post it: headers and body."""
        body = json.dumps(
            {
                "id": "EV-2018022511223320873",
                "event_type": event,
                "resource_type": "encrypt-resource",
                "resource": self.sealed(json.dumps(resource)),
            }
        )
        return self.headers(body), body

    def pays(self, number: str) -> dict[str, Any]:
        """Somebody pays an order."""
        order = self.orders[number]
        order |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"42{len(self.orders):016d}",
            "success_time": now().isoformat(timespec="seconds"),
        }
        return order

    def verified(self, method: str, path: str, body: str, header: str) -> bool:
        """Whether the merchant signed this request."""
        scheme, _, rest = header.partition(" ")
        told = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        text = f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n{body}\n".encode()
        self.merchant.public_key().verify(
            base64.b64decode(told["signature"]), text, padding.PKCS1v15(), hashes.SHA256()
        )
        return scheme == "WECHATPAY2-SHA256-RSA2048" and told["mchid"] == MCHID

    def answer(self, method: str, path: str, body: str) -> tuple[int, Any]:
        """What they answer; a string is sent as it is."""
        place, told = urlsplit(path).path, json.loads(body) if body else {}
        if place == "/v3/certificates":
            public = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
            times = {"effective_time": "2026-01-01T00:00:00+08:00", "expire_time": "2031-01-01T00:00:00+08:00"}
            return 200, {"data": [{"serial_no": self.serial, "encrypt_certificate": self.sealed(public)} | times]}
        if made := re.fullmatch(r"/v3/pay/transactions/(jsapi|h5|native)", place):
            return self._create(made[1], told)
        if found := re.fullmatch(r"/v3/pay/transactions/out-trade-no/(\w+)(/close)?", place):
            return self._order(found[1], bool(found[2]))
        if place.startswith("/v3/refund/domestic/refunds"):
            return self._refund(place.rpartition("/")[2], told) if method == "POST" else self._one(place)
        if place == "/v3/bill/tradebill":
            if parse_qs(urlsplit(path).query)["bill_date"] != ["2026-11-24"]:
                return 400, {"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"}
            digest = hashlib.sha1(self.bill.encode(), usedforsecurity=False).hexdigest()
            url = f"{self.address}/v3/billdownload/file?token=x"
            return 200, {"download_url": url, "hash_type": "SHA1", "hash_value": digest}
        return 404, {"code": "NOT_FOUND", "message": place}

    def _create(self, kind: str, told: dict[str, Any]) -> tuple[int, Any]:
        order = {"trade_state": "NOTPAY", "out_trade_no": told["out_trade_no"], "amount": told["amount"], "told": told}
        self.orders.setdefault(told["out_trade_no"], order)
        answers = {
            "native": {"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"},
            "h5": {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"},
            "jsapi": {"prepay_id": "wx201410272009395522657a690389285100"},
        }
        return 200, answers[kind]

    def _order(self, number: str, close: bool) -> tuple[int, Any]:
        order = self.orders.get(number)
        if order is None:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        if close:
            order["trade_state"] = "CLOSED"
            return 204, ""
        return 200, {name: value for name, value in order.items() if name != "told"}

    def _refund(self, number: str, told: dict[str, Any]) -> tuple[int, Any]:
        if told["amount"]["refund"] > told["amount"]["total"]:
            return 400, {"code": "PARAM_ERROR", "message": "退款金额大于订单金额"}
        refund = {
            "refund_id": "50000000382019052709732678859",
            "out_refund_no": told["out_refund_no"],
            "status": "PROCESSING",
            "amount": told["amount"],
        }
        self.refunds.setdefault(told["out_refund_no"], refund)
        return 200, self.refunds[told["out_refund_no"]]

    def _one(self, place: str) -> tuple[int, Any]:
        refund = self.refunds[place.rpartition("/")[2]]
        refund |= {"status": "SUCCESS", "success_time": now().isoformat(timespec="seconds")}
        return 200, refund


@contextmanager
def serving(their: WeChat) -> Iterator[WeChat]:
    """Their side, listening on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            return

        def do_GET(self) -> None:
            self._go("GET")

        def do_POST(self) -> None:
            self._go("POST")

        def _go(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            their.seen.append((method, self.path))
            assert their.verified(method, self.path, body, self.headers["Authorization"])
            if their.broken == "down":
                self._send(500, json.dumps({"code": "SYSTEM_ERROR", "message": "系统错误"}).encode())
            elif self.path.startswith("/v3/billdownload/"):
                text = gzip.compress(their.bill.encode()[: 40 if their.broken == "truncated" else None])
                self._send(200, text, "application/octet-stream", signed=False)
            elif their.broken == "garbage":
                self._send(200, b"{not json")
            else:
                status, told = their.answer(method, self.path, body)
                self._send(status, told.encode() if isinstance(told, str) else json.dumps(told).encode())

        def _send(self, status: int, body: bytes, kind: str = "application/json", *, signed: bool = True) -> None:
            self.send_response(status)
            for name, value in (their.headers(body.decode()) if signed else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    their.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield their
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
