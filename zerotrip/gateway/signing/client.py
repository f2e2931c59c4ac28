"""Signs a request as we want it signed. Needs no Django; used by the command line and the demo's partner.

headers = signed("POST", url, body, key=key, created=now(), headers={"Content-Type": "application/json"})
"""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urldefrag, urlsplit

from http_message_signatures import HTTPMessageSignaturesException, HTTPMessageSigner, MappingKeyResolver

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

    `url` is the whole address as it is sent; `keyid` is the key's own name unless given. The nonce is fresh. Raises
    ValueError for an address or header that cannot be signed.
    """
    name = keyid or keys.of(key).keyid
    message = Message(method.upper(), url, dict(headers or {}))
    there = {header.lower() for header in message.headers}
    signer = HTTPMessageSigner(
        signature_algorithm=keys.ALGORITHMS[keys.of(key).algorithm],
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={name: key}),
    )
    try:
        signer.sign(
            message,
            key_id=name,
            created=created,
            nonce=nonce or secrets.token_urlsafe(18),
            label="sig",
            covered_component_ids=["@method", "@target-uri", *(header for header in COVERED if header in there)],
            body=body,
        )
    except HTTPMessageSignaturesException as error:
        raise ValueError(str(error)) from error
    return message.headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class NotReached(Exception):
    """No answer came; the message says why."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _no_proxies() -> urllib.request.BaseHandler:
    return urllib.request.ProxyHandler({})


def address(url: str) -> str:
    """`url` as it is sent: percent-encoded, with a path, without a fragment. Raises ValueError for no http address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(url)
    whole = urldefrag(quote(url, safe="%/:?#[]@!$&'()*+,;=~-._")).url
    return whole if parts.path else parts._replace(path="/", fragment="").geturl()


def send(
    method: str, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = 60, proxies: bool = True
) -> Answer:
    """Send a request as it is, follow no redirect, and read the answer. Raises NotReached."""
    request = urllib.request.Request(url, data=body or None, headers=dict(headers), method=method.upper())  # noqa: S310
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects(), *([] if proxies else [_no_proxies()])]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=seconds) as answer:
            return _read(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return _read(refused)
    except (OSError, ValueError) as error:
        raise NotReached(str(getattr(error, "reason", error))) from error


def _read(answer: Any) -> Answer:
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read())
