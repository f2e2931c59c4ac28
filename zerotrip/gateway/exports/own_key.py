"""The key with which this installation signs what it sends (RFC 9421), and its public half for those who check.

Setting ZEROTRIP_SIGNING_KEY holds it as PEM (Ed25519 or P-256, PKCS 8); without one it follows from the installation's
secrets, so that it is the same in every process and after a restart.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from zerotrip.gateway.signing import keys


def private() -> keys.Private:
    """Our key. Raises ValueError when the setting holds no key."""
    return _known(settings.ZEROTRIP_SIGNING_KEY, settings.ZEROTRIP_BLIND_KEY)


def public() -> keys.Key:
    """Its public half, with its name (`keyid`) and PEM."""
    return keys.of(private())


@lru_cache(maxsize=4)
def _known(pem: str, secret: bytes) -> keys.Private:
    if pem:
        return keys.read_private(pem.replace("\\n", "\n").encode())
    seed = HKDF(hashes.SHA256(), 32, None, b"zerotrip signing key").derive(secret)
    return Ed25519PrivateKey.from_private_bytes(seed)
