"""Whole files of rows: read in blocks by one thread while another is written, and gone on with after a stop."""

from __future__ import annotations

import gzip
import hashlib
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput
from zerotrip.mail.ingest import rows
from zerotrip.mail.ingest.load import Kind, begin, finish, take_in
from zerotrip.mail.ingest.rows import Parsed
from zerotrip.mail.models import Batch

BLOCK: Final = 10_000
"""Lines a transaction: larger ones are hardly faster and hold locks longer."""
_SAMPLE: Final = 1 << 20
_CHUNK: Final = 1 << 18
_PARSE: Final = {"scans": rows.scans, "consignments": rows.pieces}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a file, the number of the first, and the bytes read up to the end of the last."""

    lines: list[bytes]
    first: int
    end: int


def ingest(path: str, progress: Callable[[int, int | None], None] = lambda done, total: None) -> Batch:
    """Take in a file of scans or announcements (NDJSON, `.gz` too; "-" is the standard input).

    `progress(bytes done, bytes in all or None)`. A file whose reading was broken off is gone on with where its last
    block was written, and ends with the counts of one clean run; the standard input has no such memory. Raises
    BadInput when it cannot be read or holds neither scans nor pieces.
    """
    with _opened(path) as file:
        sample = _peek(file)
        kind = _kind(sample)
        batch = begin(kind, Path(path).name, _fingerprint(path, sample, kind), now())
        total = None if path == "-" else Path(path).stat().st_size
        if batch.offset:
            _skip(file, batch.offset)
        for block, parsed in _parsed_ahead(_blocks(file, batch.lines, batch.offset), kind):
            take_in(batch, parsed, offset=block.end)
            progress(_done(file, block.end), total)
    return finish(batch, now())


def _opened(path: str) -> Any:
    try:
        if path == "-":
            return sys.stdin.buffer
        file = Path(path).open("rb")  # noqa: SIM115  # closed by the caller
        return gzip.open(file) if path.endswith(".gz") else file
    except OSError as error:
        raise BadInput(_("读不到文件 {path}：{why}").format(path=path, why=error.strerror)) from error


def _peek(file: IO[bytes]) -> bytes:
    """The beginning of the file, still to be read."""
    try:
        sample: bytes = cast(Any, file).peek(_SAMPLE)[:_SAMPLE]
        if not sample:
            file.read(1)  # says what is wrong with a compressed file
        return sample
    except (OSError, EOFError) as error:
        raise BadInput(_("这个文件读不出来，可能不完整：{why}").format(why=error)) from error


def _kind(sample: bytes) -> Kind:
    for line in sample.split(b"\n", 20)[:20]:
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(row, dict) and "number" in row:
            return "scans" if "code" in row else "consignments"
    raise BadInput(
        _("文件里没有轨迹或邮件：每行应是一个 JSON 对象，含 number 和 code（轨迹）或 number 和 at（邮件）。")
    )


def _fingerprint(path: str, sample: bytes, kind: str) -> bytes:
    """What must be equal for two files to be the same delivery: size, beginning, end, name of its content."""
    digest = hashlib.sha256(kind.encode())
    if path == "-":
        digest.update(str(now().timestamp()).encode())
        return digest.digest()
    size = Path(path).stat().st_size
    digest.update(f"{size} ".encode())
    with Path(path).open("rb") as file:
        digest.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        digest.update(file.read(_SAMPLE))
    return digest.digest()


def _skip(file: IO[bytes], offset: int) -> None:
    if file.seekable():
        file.seek(offset)
        return
    while offset > 0:
        offset -= len(file.read(min(offset, _SAMPLE)))


def _done(file: IO[bytes], end: int) -> int:
    """Bytes of the file on disk read so far; of a compressed one, those of the compressed file."""
    inner = getattr(file, "fileobj", None)
    return int(inner.tell()) if inner is not None else end


def _blocks(file: IO[bytes], line: int, end: int) -> Iterator[Block]:
    lines: list[bytes] = []
    first = line + 1
    for raw, size in split_lines(file):
        lines.append(raw)
        end += size
        if len(lines) == BLOCK:
            yield Block(lines, first, end)
            first += len(lines)
            lines = []
    if lines:
        yield Block(lines, first, end)


def split_lines(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """The lines of a file with their length in it. Of a line without end only the beginning is kept in memory."""
    rest, dropped = b"", 0
    while chunk := file.read(_CHUNK):
        first, *others = chunk.split(b"\n")
        if not others:
            rest, dropped = _bounded(rest + first, dropped)
            continue
        yield rest + first, len(rest) + dropped + len(first) + 1
        for line in others[:-1]:
            yield line, len(line) + 1
        rest, dropped = others[-1], 0
    if rest:
        yield rest, len(rest) + dropped


def _bounded(rest: bytes, dropped: int) -> tuple[bytes, int]:
    kept = rest[: rows.LONGEST_LINE + 1]
    return kept, dropped + len(rest) - len(kept)


def _parsed_ahead(blocks: Iterator[Block], kind: Kind) -> Iterator[tuple[Block, Parsed]]:
    """Blocks with their rows, read and checked by a thread of their own up to three blocks ahead."""
    ready: queue.Queue[tuple[Block, Parsed] | BaseException | None] = queue.Queue(3)
    stopped = threading.Event()

    def work() -> None:
        try:
            for block in blocks:
                _put(ready, (block, _PARSE[kind](block.lines, block.first, now())), stopped)
                if stopped.is_set():
                    return
            _put(ready, None, stopped)
        except BaseException as error:  # handed to the thread that waits
            _put(ready, error, stopped)

    thread = threading.Thread(target=work, name="rows", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, (OSError, EOFError)):
                raise BadInput(_("这个文件读不出来，可能不完整：{why}").format(why=item)) from item
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def _put(ready: queue.Queue[Any], item: object, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            ready.put(item, timeout=0.2)
        except queue.Full:
            continue
        return
