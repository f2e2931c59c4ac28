"""The content of files, encrypted in the storage (SM4-GCM, GB/T 32907), and what keeps storage and database in step.

A file is written before its row is committed, so that a committed row always has its content. If the transaction (or
the savepoint) is rolled back, the written file is removed at once; what a crash leaves behind, `sweep_orphans` finds.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from zerotrip.core import crypto
from zerotrip.core.errors import Unavailable

log = logging.getLogger(__name__)

FOLDER: Final = "documents"
"""Where in the storage the content lies: documents/2026/11/24/<public id>."""


class ContentBroken(Exception):
    """The stored content is missing or is not what was stored."""


def digests(body: bytes) -> tuple[bytes, bytes]:
    """SHA-256 and SM3 (GB/T 32905) of `body`."""
    made = []
    for algorithm in (hashes.SHA256(), hashes.SM3()):
        digest = hashes.Hash(algorithm)
        digest.update(body)
        made.append(digest.finalize())
    return made[0], made[1]


def write(path: str, body: bytes) -> None:
    """Seal `body` and store it under `path` for the running transaction. Raises Unavailable if the storage refuses."""
    sealed = crypto.seal(body, _context(path))
    try:
        written = default_storage.save(path, ContentFile(sealed))
    except OSError as error:
        log.exception("cannot store a file")
        raise Unavailable(_("文件暂时无法保存，请稍后重试。如一直不行，请联系系统管理员。")) from error
    if written != path:
        default_storage.delete(written)
        raise Unavailable(_("文件暂时无法保存，请稍后重试。"))
    _remove_on_rollback(path)


def read(path: str, sha256: bytes) -> bytes:
    """The plain content under `path`. Raises ContentBroken when it is missing, changed, or another file's."""
    try:
        with default_storage.open(path) as stored:
            body = crypto.unseal(stored.read(), _context(path))
    except (OSError, crypto.SealBroken) as error:
        raise ContentBroken(path) from error
    if digests(body)[0] != sha256:
        raise ContentBroken(path)
    return body


def remove_after_commit(path: str) -> None:
    """Remove the content once the running transaction has committed. What cannot be removed then, the sweep takes."""
    transaction.on_commit(lambda: remove(path))


def remove(path: str) -> None:
    """Remove the content under `path`. A failure is logged: the sweep will try again."""
    try:
        default_storage.delete(path)
    except OSError:
        log.warning("could not remove stored content; the sweep will", exc_info=True)


def all_paths(folder: str = FOLDER) -> Iterator[str]:
    """Every stored path below `folder`."""
    try:
        folders, files = default_storage.listdir(folder)
    except OSError:
        return
    yield from (f"{folder}/{file}" for file in files)
    for inner in folders:
        yield from all_paths(f"{folder}/{inner}")


def written_at(path: str) -> datetime | None:
    """When the content under `path` was written; None when it is gone."""
    try:
        return default_storage.get_modified_time(path)
    except OSError:
        return None


def _context(path: str) -> bytes:
    return b"documents.content:" + path.encode()


class _Kept:
    """Called on commit. Django drops its commit callbacks on rollback, and with them the only reference to this."""

    def __init__(self, path: str) -> None:
        self._removal = weakref.finalize(self, remove, path)
        self._removal.atexit = False

    def __call__(self) -> None:
        self._removal.detach()


def _remove_on_rollback(path: str) -> None:
    transaction.on_commit(_Kept(path))
