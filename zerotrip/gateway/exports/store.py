"""Finished export files in the storage, sealed in pieces, so that neither writing nor reading needs them in memory.

A stored file is a row of `length (4 bytes) | sealed piece`; each piece is bound to its file and its place in it, and
an empty piece ends it: a file cut short does not open.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from zerotrip.core import crypto
from zerotrip.core.errors import Unavailable

FOLDER: Final = "exports"
PIECE: Final = 1 << 20


class Broken(Exception):
    """The stored file is missing, cut short or not what was stored."""


def keep(plain: Path, path: str) -> None:
    """Seal the file `plain` and store it under `path`. Raises Unavailable when the storage refuses."""
    with tempfile.TemporaryFile(dir=plain.parent) as sealed, plain.open("rb") as source:
        place = 0
        while True:
            piece = source.read(PIECE)
            blob = crypto.seal(piece, _context(path, place))
            sealed.write(len(blob).to_bytes(4, "big") + blob)
            place += 1
            if not piece:
                break
        sealed.seek(0)
        try:
            written = default_storage.save(path, File(sealed))
        except OSError as error:
            raise Unavailable(_("文件暂时无法保存，请稍后重试。如一直不行，请联系系统管理员。")) from error
    if written != path:
        default_storage.delete(written)
        raise Unavailable(_("文件暂时无法保存，请稍后重试。"))


def read(path: str) -> Iterator[bytes]:
    """The plain content under `path`, piece by piece. Raises Broken."""
    try:
        with default_storage.open(path) as stored:
            place = 0
            while True:
                length = int.from_bytes(stored.read(4), "big")
                piece = crypto.unseal(stored.read(length), _context(path, place))
                if not piece:
                    return
                yield piece
                place += 1
    except (OSError, crypto.SealBroken) as error:
        raise Broken(path) from error


def there(path: str) -> bool:
    """Whether something is stored under `path`."""
    return bool(path) and default_storage.exists(path)


def remove(path: str) -> None:
    """Remove what is stored under `path`; nothing there is no error."""
    with contextlib.suppress(OSError):
        default_storage.delete(path)


def _context(path: str, place: int) -> bytes:
    return f"gateway.exports:{path}:{place}".encode()
