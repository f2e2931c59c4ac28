"""Signatures as this interface has them: upper-case hexadecimal of a digest over text and secret put together."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives import hashes

KINDS: Final = ("MD5", "SHA256", "SM3")
"""MD5 is the interface's own and only kept for those who speak it; `signType` asks for one of the others."""


def digest(text: str, kind: str = "MD5") -> str:
    """The signature of `text`. Raises ValueError for another kind of digest."""
    data = text.encode("utf-8", "surrogatepass")
    if kind == "MD5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    if kind == "SHA256":
        return hashlib.sha256(data).hexdigest().upper()
    if kind == "SM3":
        whole = hashes.Hash(hashes.SM3())
        whole.update(data)
        return whole.finalize().hex().upper()
    raise ValueError(kind)


def matches(given: str, text: str, kind: str = "MD5") -> bool:
    """Whether `given` is the signature of `text`, compared in constant time."""
    if kind not in KINDS:
        return False
    return hmac.compare_digest(given.upper().encode("utf-8", "replace"), digest(text, kind).encode())
