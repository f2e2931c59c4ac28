"""Reading ahead: blocks of a file, checked while the block before is being written.

Large files are read and checked by a process of its own (`python -m zerotrip.mail.ingest.reader`, started here), so
that it and the writing do not wait for each other's turn at the interpreter. It knows neither the database nor the
rooms: it gets what to read on its standard input and answers block by block on its standard output.
"""

from __future__ import annotations

import gzip
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Final, Literal

import msgspec
from django.core.exceptions import AppRegistryNotReady
from django.utils import translation

from zerotrip.mail.ingest import rows
from zerotrip.mail.ingest.rows import Parsed

BLOCK: Final = 10_000
"""Lines a transaction: larger ones are hardly faster and hold locks longer."""
_CHUNK: Final = 1 << 18
_SKIP: Final = 1 << 20
_AHEAD: Final = 2
_PARSE: Final = {"scans": rows.scans, "consignments": rows.pieces}


class Task(msgspec.Struct, frozen=True):
    """What to read: `lines` and `offset` (bytes) say how far it was read before. `now` is the time at the start."""

    path: str
    kind: Literal["scans", "consignments"]
    lines: int
    offset: int
    now: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A checked block: `end` is the offset behind its last line, `done` how far the file on disk has been read."""

    end: int
    done: int
    parsed: Parsed


class _Broken(msgspec.Struct):
    """Instead of a block: why the file cannot be read further."""

    why: str


def opened(path: str) -> Any:
    """The file for reading, unpacked when it ends in .gz; "-" is the standard input. Raises OSError."""
    if path == "-":
        return sys.stdin.buffer
    file = open(path, "rb")  # noqa: SIM115  # closed by the caller
    return gzip.open(file) if path.endswith(".gz") else file


def here(file: IO[bytes], task: Task) -> Iterator[Block]:
    """The blocks of an opened file, checked in this process. Raises OSError, EOFError for a broken one."""
    began = time.monotonic()
    if task.offset:
        _skip(file, task.offset)
    for lines, first, end in _blocks(file, task.lines, task.offset):
        moment = task.now + timedelta(seconds=time.monotonic() - began)
        yield Block(end, _done(file, end), _PARSE[task.kind](lines, first, moment))


def beside(task: Task) -> Iterator[Block]:
    """The blocks of a file, checked by another process. Raises OSError for a broken file and when it died."""
    command = [sys.executable, "-m", "zerotrip.mail.ingest.reader"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.msgpack.encode(task))
        process.stdin.close()
        while size := process.stdout.read(8):
            said = _decode(process.stdout.read(int.from_bytes(size)))
            if isinstance(said, _Broken):
                raise OSError(said.why)
            yield said
        if process.wait() != 0:
            raise ChildProcessError(f"the reading process ended with {process.returncode}")
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def _decode(frame: bytes) -> Block | _Broken:
    try:
        return _block(frame)
    except msgspec.ValidationError:
        return _broken(frame)


_block = msgspec.msgpack.Decoder(Block).decode
_broken = msgspec.msgpack.Decoder(_Broken).decode


def ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks, made by a thread up to two before they are asked for. Its errors are raised here."""
    ready: queue.Queue[Block | BaseException | None] = queue.Queue(_AHEAD)
    stopped = threading.Event()

    def put(item: Block | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            for block in blocks:
                put(block)
                if stopped.is_set():
                    break
            put(None)
        except BaseException as error:  # handed to the thread that waits
            put(error)
        finally:
            blocks.close()  # type: ignore[attr-defined]  # they are generators

    thread = threading.Thread(target=work, name="rows", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def _blocks(file: IO[bytes], line: int, end: int) -> Iterator[tuple[list[bytes], int, int]]:
    """Lines of a block, the number of the first, the offset behind the last."""
    lines: list[bytes] = []
    first = line + 1
    for raw, size in split_lines(file):
        lines.append(raw)
        end += size
        if len(lines) == BLOCK:
            yield lines, first, end
            first += len(lines)
            lines = []
    if lines:
        yield lines, first, end


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


def _skip(file: IO[bytes], offset: int) -> None:
    if not hasattr(file, "fileobj") and file.seekable():  # to seek in a packed file is to read it
        file.seek(offset)
        return
    while offset > 0 and (passed := len(file.read(min(offset, _SKIP)))):
        offset -= passed


def _done(file: IO[bytes], end: int) -> int:
    """Bytes of the file on disk read so far; of a compressed one, those of the compressed file."""
    inner = getattr(file, "fileobj", None)
    return int(inner.tell()) if inner is not None else end


def main() -> None:
    """Read what the standard input asks for; a frame is eight bytes of length and a Block or _Broken."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task)
    with os.fdopen(os.dup(1), "wb") as out:
        try:
            for said in _told(task):
                frame = msgspec.msgpack.encode(said)
                out.write(len(frame).to_bytes(8))
                out.write(frame)
                out.flush()
        except BrokenPipeError:
            os._exit(1)


def _told(task: Task) -> Iterator[Block | _Broken]:
    """The blocks. The rooms are loaded only when there is a sentence to write, which needs its language."""
    lines, offset = task.lines, task.offset
    try:
        for _try in range(2):
            try:
                with opened(task.path) as file:
                    for block in here(file, msgspec.structs.replace(task, lines=lines, offset=offset)):
                        yield block
                        lines, offset = lines + block.parsed.lines, block.end
                return
            except AppRegistryNotReady:
                import django

                django.setup()
                if task.language:
                    translation.activate(task.language)
    except (OSError, EOFError) as error:
        yield _Broken(str(error))


if __name__ == "__main__":
    main()
