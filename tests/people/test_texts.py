"""The port to the SMS gateway, over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from zerotrip.core.errors import Unavailable
from zerotrip.people import sms

KEY = "a-key-of-sixteen-or-more"


class Gateway(BaseHTTPRequestHandler):
    """A gateway that takes what is signed."""

    received: list[dict[str, Any]] = []
    broken = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        right = sms.signature(KEY.encode(), self.headers["X-ZeroTrip-Time"], body)
        good = right == self.headers["X-ZeroTrip-Signature"] and not self.broken
        if good:
            self.received.append(json.loads(body))
        self.send_response(200 if good else 503 if self.broken else 401)
        self.end_headers()
        self.wfile.write(b'{"reference": "SMS-1"}' if good else b"")

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def gateway(settings: Any) -> Iterator[type[Gateway]]:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ZEROTRIP_SMS, settings.ZEROTRIP_SMS_KEY = "real", KEY
    settings.ZEROTRIP_SMS_URL = f"http://127.0.0.1:{server.server_port}/send"
    Gateway.received, Gateway.broken = [], False
    yield Gateway
    server.shutdown()
    server.server_close()


def test_a_message_arrives_signed(gateway: type[Gateway]) -> None:
    assert sms.port().send("42", "13800138000", "您的证照已寄出") == "SMS-1"
    assert gateway.received == [{"id": "42", "phone": "13800138000", "text": "您的证照已寄出"}]


def test_a_gateway_that_is_down_or_refuses_is_tried_again_later(gateway: type[Gateway], settings: Any) -> None:
    gateway.broken = True
    with pytest.raises(Unavailable):
        sms.port().send("42", "13800138000", "您的证照已寄出")
    gateway.broken = False
    settings.ZEROTRIP_SMS_KEY = "another-key-altogether"
    with pytest.raises(Unavailable):
        sms.port().send("42", "13800138000", "您的证照已寄出")
    assert gateway.received == []


def test_a_channel_that_is_not_one_is_refused(settings: Any) -> None:
    settings.ZEROTRIP_SMS, settings.ZEROTRIP_SMS_URL, settings.ZEROTRIP_SMS_KEY = "real", "http://example.org", KEY
    with pytest.raises(ValueError, match="https"):
        sms.port()
    settings.ZEROTRIP_SMS = "pigeon"
    with pytest.raises(ValueError, match="pigeon"):
        sms.port()
