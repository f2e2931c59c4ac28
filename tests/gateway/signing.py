"""Another system's hands: signs requests with the independent library, not with the product's own client.

partner, token = register_partner(…)
key = SigningKey.of_partner(partner)
headers = key.sign("POST", "http://testserver/api/v1/cases", body, {"Content-Type": "application/json"})
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.gateway import actions

USUAL = ("@method", "@target-uri", "content-digest")


class Message:
    """A request as the library wants it."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        self.method, self.url, self.headers = method, url, dict(headers)


@dataclass(frozen=True)
class SigningKey:
    """A pair of keys, and the name under which the public half is registered."""

    private: Any
    keyid: str

    @classmethod
    def make(cls, kind: str = "ed25519") -> SigningKey:
        """A pair that nobody knows."""
        private = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        return cls(private, "zk_unknown")

    @classmethod
    def of_partner(cls, partner: Any, kind: str = "ed25519") -> SigningKey:
        """A fresh pair of `partner`, registered."""
        fresh = cls.make(kind)
        row = actions.add_key(partner.name, fresh.pem, actor=SYSTEM, at=now())
        return cls(fresh.private, row.keyid)

    @property
    def pem(self) -> str:
        """The public half."""
        raw = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return str(raw.decode())

    def sign(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        created: datetime | None = None,
        nonce: str | None = None,
        covered: Sequence[str] | None = None,
        digest: bool = True,
        **parameters: Any,
    ) -> dict[str, str]:
        """`headers` with Content-Digest (unless `digest` is False), Signature-Input and Signature."""
        message = Message(method, url, headers or {})
        if covered is None:
            names = {name.lower() for name in message.headers}
            optional = ("content-type", "content-encoding", "idempotency-key")
            covered = [*(USUAL if digest else USUAL[:2]), *(name for name in optional if name in names)]
        elliptic = isinstance(self.private, ec.EllipticCurvePrivateKey)
        signer = HTTPMessageSigner(
            signature_algorithm=algorithms.ECDSA_P256_SHA256 if elliptic else algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={self.keyid: self.private}),
        )
        signer.sign(
            message,
            key_id=self.keyid,
            created=created or now(),
            nonce=uuid.uuid4().hex if nonce is None else nonce or None,
            covered_component_ids=covered,
            body=body if digest else None,
            **parameters,
        )
        return message.headers
