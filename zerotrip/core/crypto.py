"""Personal data at rest: SM4-GCM fields (GB/T 32907, GM/T 0009 practice) and HMAC-SM3 blind indexes (GB/T 32905).

A sealed value is `version(1) | key id(2) | nonce(12) | tag(16) | ciphertext`; the table and column are bound in as
associated data, so that a value copied into another column no longer opens (into another row it does). The newest key
seals, any known key opens.
Search goes through a blind index under a key of its own, which key rotation leaves alone.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

from zerotrip.core import keys

_VERSION = b"\x01"
_HEAD, _NONCE, _TAG = 3, 12, 16


class SealBroken(ValueError):
    """The value was changed, moved from another column, or sealed under a key that is not loaded."""


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(hashes.SM3(), length, None, purpose).derive(secret)


def _sealing_key(key_id: int) -> bytes:
    known: dict[int, bytes] = settings.ZEROTRIP_SEAL_KEYS
    if key_id not in known:
        known |= keys.load(settings.VAR).seal  # another process may have added it since we started
    if key_id not in known:
        raise SealBroken(f"sealed under key {key_id}, which is not loaded")
    return _derived(known[key_id], b"zerotrip seal", 16)


def newest_key() -> int:
    """The id of the key that seals now."""
    return max(settings.ZEROTRIP_SEAL_KEYS)


def seal(plain: bytes, context: bytes) -> bytes:
    """Encrypt `plain`; `context` (table and column) must be given again to open it."""
    key_id = newest_key()
    nonce = secrets.token_bytes(_NONCE)
    encryptor = Cipher(algorithms.SM4(_sealing_key(key_id)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    body = encryptor.update(plain) + encryptor.finalize()
    return _VERSION + key_id.to_bytes(2, "big") + nonce + encryptor.tag + body


def unseal(blob: bytes, context: bytes) -> bytes:
    """Open what `seal` closed. Raises SealBroken when it was changed or moved, or its key is missing."""
    if len(blob) < _HEAD + _NONCE + _TAG or blob[:1] != _VERSION:
        raise SealBroken("not a sealed value")
    key_id, rest = int.from_bytes(blob[1:_HEAD], "big"), blob[_HEAD:]
    nonce, tag, body = rest[:_NONCE], rest[_NONCE : _NONCE + _TAG], rest[_NONCE + _TAG :]
    decryptor = Cipher(algorithms.SM4(_sealing_key(key_id)), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(context)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag as error:
        raise SealBroken("the sealed value was changed or belongs elsewhere") from error


def key_of(blob: bytes) -> int:
    """The id of the key `blob` is sealed under."""
    return int.from_bytes(blob[1:_HEAD], "big")


def blind_index(value: str, scope: str) -> bytes:
    """16 bytes by which equal values of one scope ("phone", "id number") are found without being readable."""
    digest = hmac.HMAC(_derived(settings.ZEROTRIP_BLIND_KEY, b"zerotrip blind", 32), hashes.SM3())
    normal = unicodedata.normalize("NFKC", value).strip().upper()
    digest.update(scope.encode() + b"\0" + normal.encode())
    return digest.finalize()[:16]


def keyed_digest(digest: bytes, scope: str) -> bytes:
    """32 bytes that tell whether two digests are equal, worthless for guessing content without our key (HMAC-SM3)."""
    keyed = hmac.HMAC(_derived(settings.ZEROTRIP_BLIND_KEY, b"zerotrip digest", 32), hashes.SM3())
    keyed.update(scope.encode() + b"\0" + digest)
    return keyed.finalize()


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text, sealed in a bytea column. It cannot be searched: keep a `BlindIndexField` beside it."""

    description = "text sealed by SM4-GCM"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> bytes:
        """What a value of this field is bound to."""
        return f"{self.model._meta.db_table}.{self.column}".encode()

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"{self.context.decode()} is text")
        return super().get_db_prep_value(seal(str(value).encode(), self.context), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(bytes(value), self.context).decode()

    def get_default(self) -> Any:
        if self.has_default():
            return self.default() if callable(self.default) else self.default
        return None if self.null else ""

    def _check_str_default_value(self) -> list[Any]:
        return []  # bytes in the database, text in the program

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError("a sealed value is not exported")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError("a sealed field cannot be searched: use its blind index")
        return super().get_lookup(lookup_name)


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]  # not subscriptable at run time
    """16 bytes of HMAC-SM3 beside a sealed field; fill it with `blind_index`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 16)
        super().__init__(*args, **kwargs)
