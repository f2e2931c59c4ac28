"""Keys that sign: made, read, named. Needs no Django.

A key's name (`keyid`) follows from the key: "zk_" and the first 96 bits of the SHA-256 of its SubjectPublicKeyInfo, so
that both sides know it without asking.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPSignatureAlgorithm, algorithms

Private = Ed25519PrivateKey | EllipticCurvePrivateKey
Public = Ed25519PublicKey | EllipticCurvePublicKey
LONGEST: Final = 4000
"""Characters of PEM that are looked at; a key of these kinds has under 400."""

ALGORITHMS: Final[dict[str, type[HTTPSignatureAlgorithm]]] = {
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
}
"""What we verify, by the names of RFC 9421 section 6.2.2."""


class NotAKey(ValueError):
    """No PEM, or no key of a kind in ALGORITHMS."""


class Secret(NotAKey):
    """A private key where a public one was asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its names. `fingerprint` is the hexadecimal SHA-256 of its SubjectPublicKeyInfo."""

    public: Public
    algorithm: str
    fingerprint: str

    @property
    def keyid(self) -> str:
        return f"zk_{self.fingerprint[:24]}"

    @property
    def pem(self) -> str:
        """The key as PEM, as it is kept."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.public.public_bytes(serialization.Encoding.PEM, form).decode()


def make(algorithm: str = "ed25519") -> Private:
    """A fresh private key."""
    return Ed25519PrivateKey.generate() if algorithm == "ed25519" else generate_private_key(SECP256R1())


def of(key: Private | Public) -> Key:
    """The public key of a pair, with its names. Raises NotAKey for other kinds or curves."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey) else key
    raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    fingerprint = hashlib.sha256(raw).hexdigest()
    if isinstance(public, Ed25519PublicKey):
        return Key(public, "ed25519", fingerprint)
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return Key(public, "ecdsa-p256-sha256", fingerprint)
    raise NotAKey("neither Ed25519 nor ECDSA P-256")


def read_public(pem: str) -> Key:
    """The public key in `pem`. Raises Secret for a private key, which nobody should hand out, and NotAKey."""
    if "PRIVATE KEY" in pem:
        raise Secret("a private key")
    try:
        return of(serialization.load_pem_public_key(pem[:LONGEST].strip().encode()))  # type: ignore[arg-type]
    except (ValueError, AttributeError, UnsupportedAlgorithm) as error:
        raise NotAKey(str(error)) from error


def read_private(pem: bytes) -> Private:
    """The private key in unencrypted `pem`. Raises NotAKey."""
    try:
        key = serialization.load_pem_private_key(pem, None)
        of(key)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        raise NotAKey(str(error)) from error
    return key  # type: ignore[return-value]


def private_pem(key: Private) -> bytes:
    """`key` as unencrypted PKCS 8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
