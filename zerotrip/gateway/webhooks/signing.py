"""Signatures of the Standard Webhooks specification 1.0, and our extension with SM3.

What is signed is "id.timestamp.body". `v1` is HMAC-SHA256, as in the specification. `v1s3` is HMAC-SM3 (GB/T 32905,
GB/T 15852.2), for receivers that must use commercial cryptography: it is our own identifier, unknown to the
specification, and a receiver that does not know it skips it.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives import hashes, hmac

from zerotrip.gateway.webhooks.models import Digest

PREFIX: Final = "whsec_"
_ALGORITHMS: Final[dict[str, tuple[str, type[hashes.SHA256] | type[hashes.SM3]]]] = {
    Digest.SHA256: ("v1", hashes.SHA256),
    Digest.SM3: ("v1s3", hashes.SM3),
}


def fresh_secret() -> str:
    """A secret of 32 random bytes, serialised as the specification says (24 to 64 are allowed)."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, digest: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature with its identifier: "v1,…" or "v1s3,…".

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "sha256", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
    ...           b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    name, algorithm = _ALGORITHMS[digest]
    keyed = hmac.HMAC(base64.b64decode(secret.removeprefix(PREFIX)), algorithm())
    keyed.update(f"{message_id}.{timestamp}.".encode() + body)
    return f"{name},{base64.b64encode(keyed.finalize()).decode()}"


def headers(secrets_now: Iterable[str], digest: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of the specification; a signature for each secret, so that a rotation interrupts nobody."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, digest, message_id, timestamp, body) for one in secrets_now),
    }
