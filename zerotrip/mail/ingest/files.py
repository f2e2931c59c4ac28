"""Whole files of rows: read ahead in blocks, written one transaction a block, and gone on with after a stop."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.mail.ingest import reader
from zerotrip.mail.ingest.load import Kind, begin, finish, prepare, take_in
from zerotrip.mail.models import Batch

_SAMPLE: Final = 1 << 20
_LARGE: Final = 8 << 20
"""From this size on (bytes on disk) a file is read by a process of its own."""
_PATIENCE: Final = 15.0
"""Seconds to wait for whoever reads the same file: one that was just killed may still be ending its last block."""

Progress = Callable[[int, int | None, int], None]


def ingest(path: str, progress: Progress = lambda done, total, lines: None) -> Batch:
    """Take in a file of scans or announcements (NDJSON, `.gz` too; "-" is the standard input).

    `progress(bytes done, bytes in all or None, lines taken now)`. A file whose reading was broken off is gone on with
    where its last block was written, and ends with the counts of one clean run; the standard input has no such memory.
    Raises BadInput when it cannot be read or holds neither scans nor pieces, Conflict while another process reads it,
    Unavailable when others kept the rows too long; what was written until then stays written.
    """
    with _opened(path) as file:
        sample = _peek(file)
        kind = _kind(sample)
        total = None if path == "-" else Path(path).stat().st_size
        fingerprint = _fingerprint(path, sample, kind)
        with _alone(fingerprint):
            batch = begin(kind, Path(path).name, fingerprint, now())
            task = reader.Task(path, kind, batch.lines, batch.offset, now(), get_language())
            large = total is not None and total >= _LARGE
            blocks = reader.beside(task) if large else reader.here(file, task)
            try:
                for block in reader.ahead(blocks):
                    prepare(block.parsed)
                    take_in(batch, block.parsed, offset=block.end)
                    progress(block.done, total, block.parsed.lines)
            except (OSError, EOFError) as error:
                raise BadInput(_broken(error)) from error
            return finish(batch, now())


@contextmanager
def _alone(fingerprint: bytes) -> Iterator[None]:
    """Nobody else reads the same file meanwhile. The lock ends with the connection, also when we are killed."""
    key = int.from_bytes(fingerprint[:8], signed=True)
    until = time.monotonic() + _PATIENCE
    while not _asked("SELECT pg_try_advisory_lock(%s)", key):
        if time.monotonic() > until:
            raise Conflict(_("另一个进程正在读入这个文件，请等它结束。"))
        time.sleep(0.1)
    try:
        yield
    finally:
        _asked("SELECT pg_advisory_unlock(%s)", key)


def _asked(sql: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        return bool(cursor.fetchone()[0])


def _opened(path: str) -> Any:
    try:
        return reader.opened(path)
    except OSError as error:
        raise BadInput(_("读不到文件 {path}：{why}").format(path=path, why=error.strerror)) from error


def _broken(error: Exception) -> str:
    return _("这个文件读不出来，可能不完整：{why}").format(why=error)


def _peek(file: IO[bytes]) -> bytes:
    """The beginning of the file, still to be read."""
    try:
        sample: bytes = cast(Any, file).peek(_SAMPLE)[:_SAMPLE]
        if not sample:
            file.read(1)  # says what is wrong with a compressed file
        return sample
    except (OSError, EOFError) as error:
        raise BadInput(_broken(error)) from error


def _kind(sample: bytes) -> Kind:
    for line in sample.split(b"\n", 20)[:20]:
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(row, dict) and "number" in row:
            return "scans" if "code" in row else "consignments"
    raise BadInput(
        _("文件里没有轨迹或邮件：每行应是一个 JSON 对象，含 number 和 code（轨迹）或 number 和 at（邮件）。")
    )


def _fingerprint(path: str, sample: bytes, kind: str) -> bytes:
    """What must be equal for two files to be the same delivery: size, when it was written, beginning, end, content.

    The time of writing keeps a file that was mended in its middle from being taken for the one that broke off.
    """
    digest = hashlib.sha256(kind.encode())
    if path == "-":
        digest.update(str(now().timestamp()).encode())
        return digest.digest()
    found = Path(path).stat()
    size = found.st_size
    digest.update(f"{size} {found.st_mtime_ns} ".encode())
    with Path(path).open("rb") as file:
        digest.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        digest.update(file.read(_SAMPLE))
    return digest.digest()
