"""Signs a request as we want it signed. Needs no Django; used by the command line and the demo's partner.

headers = signed("POST", url, body, key=key, created=now(), headers={"Content-Type": "application/json"})
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from http_message_signatures import HTTPMessageSigner, MappingKeyResolver

from zerotrip.gateway.signing import keys

COVERED: Final = ("content-type", "content-encoding", "idempotency-key")
"""Headers that are signed when they are there, beside method, address and digest."""


@dataclass(slots=True)
class Message:
    """A request as the signature library reads it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


def signed(
    method: str,
    url: str,
    body: bytes,
    *,
    key: keys.Private,
    created: datetime,
    headers: Mapping[str, str] | None = None,
    keyid: str = "",
    nonce: str = "",
) -> dict[str, str]:
    """`headers` with Content-Digest, Signature-Input and Signature added.

    `url` is the whole address as it is sent; `keyid` is the key's own name unless given. The nonce is fresh.
    """
    name = keyid or keys.of(key).keyid
    message = Message(method.upper(), url, dict(headers or {}))
    there = {header.lower() for header in message.headers}
    signer = HTTPMessageSigner(
        signature_algorithm=keys.ALGORITHMS[keys.of(key).algorithm],
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={name: key}),
    )
    signer.sign(
        message,
        key_id=name,
        created=created,
        nonce=nonce or secrets.token_urlsafe(18),
        label="sig",
        covered_component_ids=["@method", "@target-uri", *(header for header in COVERED if header in there)],
        body=body,
    )
    return message.headers
