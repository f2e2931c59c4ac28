"""The port to whoever sends text messages: `demo`, `outage` and `real`, chosen by settings.ZEROTRIP_SMS.

The real adapter posts JSON to ZEROTRIP_SMS_URL:

    POST /…                         Content-Type: application/json
    X-ZeroTrip-Time: 1763946600     seconds since 1970; refuse what is older than five minutes
    X-ZeroTrip-Signature: <hex>     HMAC-SM3 (GB/T 32905) of "<time>.<body>" under ZEROTRIP_SMS_KEY
    {"id": "42", "phone": "138…", "text": "…"}

and takes any answer 2xx as accepted; `{"reference": "…"}` in it is kept. The same `id` may come twice: send it once.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from typing import Protocol

from cryptography.hazmat.primitives import hashes, hmac
from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable

TIME_OUT = 10.0


class Sms(Protocol):
    """Somebody who sends text messages."""

    def send(self, message_id: str, phone: str, text: str) -> str:
        """Send one message; returns the sender's reference. Raises Unavailable when it may be tried again later."""
        ...


class Demo:
    """Shows messages on the console; the demo's inbox page shows them too."""

    def send(self, message_id: str, phone: str, text: str) -> str:
        print(f"短信 → {phone}：{text}", file=sys.stderr, flush=True)
        return f"demo-{message_id}"


class Outage:
    """Sends nothing: the channel is down, or none has been configured."""

    def send(self, message_id: str, phone: str, text: str) -> str:
        raise Unavailable(_("短信通道暂时不可用，请稍后再试。"))


class Real:
    """A gateway over HTTPS; see the module for what it receives."""

    def __init__(self, url: str, key: bytes) -> None:
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")) or len(key) < 16:
            raise ValueError("ZEROTRIP_SMS_URL must be https and ZEROTRIP_SMS_KEY hold at least 16 characters")
        self.url, self.key = url, key

    def send(self, message_id: str, phone: str, text: str) -> str:
        body = json.dumps({"id": message_id, "phone": phone, "text": text}, ensure_ascii=False).encode()
        time = str(int(now().timestamp()))
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked above
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "X-ZeroTrip-Time": time,
                "X-ZeroTrip-Signature": signature(self.key, time, body),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIME_OUT) as answer:  # noqa: S310
                raw = answer.read(4096)
        except (urllib.error.URLError, OSError) as error:
            raise Unavailable(_("短信通道暂时不可用，请稍后再试。")) from error
        try:
            return str(json.loads(raw)["reference"])[:80]
        except (ValueError, KeyError, TypeError):
            return ""


def signature(key: bytes, time: str, body: bytes) -> str:
    """HMAC-SM3 of "<time>.<body>" in hex."""
    digest = hmac.HMAC(key, hashes.SM3())
    digest.update(time.encode() + b"." + body)
    return digest.finalize().hex()


def port() -> Sms:
    """The adapter this installation uses. Raises ValueError for an unknown name."""
    name = settings.ZEROTRIP_SMS
    if name == "demo":
        return Demo()
    if name == "outage":
        return Outage()
    if name == "real":
        return Real(getattr(settings, "ZEROTRIP_SMS_URL", ""), getattr(settings, "ZEROTRIP_SMS_KEY", "").encode())
    raise ValueError(f"ZEROTRIP_SMS must be demo, outage or real, not {name!r}")
