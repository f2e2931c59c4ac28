"""What the sandbox receives, checked by its own code: webhooks by Standard Webhooks, pushes by RFC 9421."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    MappingKeyResolver,
    VerifyResult,
)

from zerotrip.core.clock import now
from zerotrip.demo.sandbox import notebook
from zerotrip.gateway.exports import own_key
from zerotrip.gateway.signing import keys
from zerotrip.gateway.signing.client import Message

TOLERANCE: Final = 300
STREAM: Final = "webhooks"


class Wrong(Exception):
    """The signature does not hold; the message says why."""


def webhook(headers: Mapping[str, str], body: bytes) -> str:
    """Check a webhook message and note it. Returns its webhook-id. Raises Wrong."""
    ident = headers.get("webhook-id", "")
    secret = str((notebook.recall("webhook") or {}).get("secret") or "")
    _check_webhook(secret, ident, headers.get("webhook-timestamp", ""), headers.get("webhook-signature", ""), body)
    content = _object(body)
    told = content.get("data")
    data: dict[str, Any] = told if isinstance(told, dict) else {}
    sequence = headers.get("webhook-sequence", "")
    title = str(data.get("text") or content.get("type") or "")
    notebook.write(notebook.TOLD, str(content.get("type", "")), title, 204, ident=ident, note=sequence, body=body)
    if sequence.isascii() and sequence.isdigit() and len(sequence) < 18:
        stream = f"{STREAM} {(notebook.recall('webhook') or {}).get('id')}"
        notebook.arrived(stream, int(sequence))
    return ident


def _check_webhook(secret: str, ident: str, timestamp: str, signatures: str, body: bytes) -> None:
    """Standard Webhooks 1.0: HMAC-SHA256 over "id.timestamp.body", any of the signatures."""
    if not (secret and ident and timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise Wrong(_("没有签名标头，或尚未登记推送"))
    if abs(int(now().timestamp()) - int(timestamp)) > TOLERANCE:
        raise Wrong(_("时间相差超过五分钟"))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = hmac.new(key, f"{ident}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(wanted).decode()}"
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")):
        raise Wrong(_("签名不符"))


class _Verifier(HTTPMessageVerifier):
    """The library's; times are checked by our clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return


def push(topic: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Check a signed JSON message to /sandbox/inbox/<topic> and note it. Raises Wrong."""
    ours = own_key.public()  # a partner gets it when it is set up
    verifier = _Verifier(
        signature_algorithm=keys.ALGORITHMS[ours.algorithm],
        key_resolver=MappingKeyResolver(public_keys={ours.keyid: ours.public}, private_keys={}),
    )
    message = Message("POST", f"{settings.ZEROTRIP_BASE_URL}{path}", dict(headers))
    try:
        found: list[VerifyResult] = verifier.verify(
            message, max_age=None, require_components=("@method", "@target-uri", "content-digest"), body=body
        )
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise Wrong(_("签名不符")) from error
    if abs(int(now().timestamp()) - int(found[0].parameters.get("created", 0))) > TOLERANCE:
        raise Wrong(_("时间相差超过五分钟"))
    content = _object(body)
    title = " · ".join(str(content[name]) for name in ("name", "key", "type") if content.get(name)) or topic
    revision = content.get("revision")
    note = "" if revision is None else _("第 {n} 版").format(n=revision)
    notebook.write(notebook.INBOX, topic, title, 200, ident=headers.get("Idempotency-Key", ""), note=note, body=body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Wrong(_("正文不是 JSON")) from error
    return found if isinstance(found, dict) else {}
