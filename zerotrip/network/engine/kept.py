"""What was made once, kept on disk as it lies in memory, so that the next process need not make it again.

One file: the objects without their arrays (pickle protocol 5, PEP 574), then the arrays, each at a multiple of 64
bytes. The arrays are mapped, not read: a question touches a small part of them, and processes share what they do not
write. They can be written to, which changes nothing on disk: compiled functions take them for what they were before.

Only for files this installation wrote into its own folder: a pickle can do anything.
"""

from __future__ import annotations

import gc
import mmap
import pickle
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

_ALIGNED: Final = 64
_MARK: Final = b"zerotrip kept 1\n"
_END: Final = b"\nzerotrip end\n"
"""Stand at both ends: a file that was not written to its end is not taken for one."""


def keep(path: Path, what: Any, others: int = 1) -> None:
    """Write it, whole or not at all. Of files named alike up to the first "-", only the newest `others` more stay.

    Raises OSError.
    """
    arrays: list[pickle.PickleBuffer] = []
    objects = pickle.dumps(what, protocol=5, buffer_callback=arrays.append)
    parts = [memoryview(objects), *(one.raw() for one in arrays)]
    head = memoryview(b"%s%s\n" % (_MARK, b" ".join(b"%d" % len(part) for part in parts)))
    part_file = path.with_name(f".{uuid4().hex}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        part_file.touch(mode=0o600)
        with part_file.open("wb") as file:
            for part in (head, *parts):
                file.write(part)
                file.write(bytes(-len(part) % _ALIGNED))
            file.write(_END)
        part_file.replace(path)
    finally:
        part_file.unlink(missing_ok=True)
    alike = (other for other in path.parent.glob(f"{path.name.split('-')[0]}-*") if other != path)
    for old in sorted(alike, key=lambda p: p.stat().st_mtime)[:-others]:
        old.unlink(missing_ok=True)


def kept(path: Path) -> Any:
    """What was kept there. Raises FileNotFoundError, ValueError when the file is not whole, and what pickle raises when
    a class is another now."""
    with path.open("rb") as file:
        body = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    if bytes(body[: len(_MARK)]) != _MARK or bytes(body[-len(_END) :]) != _END:
        raise ValueError(f"{path.name} is not whole")
    told = bytes(body[len(_MARK) : len(_MARK) + 4096]).partition(b"\n")[0]
    at, parts = len(_MARK) + len(told) + 1, []
    for size in map(int, told.split()):
        at += -at % _ALIGNED
        parts.append(body[at : at + size])
        at += size
    if not parts or at + -at % _ALIGNED + len(_END) != len(body):
        raise ValueError(f"{path.name} is not whole")
    collecting = gc.isenabled()
    gc.disable()  # looking for rubbish among the many new objects would take as long again
    try:
        return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301
    finally:
        if collecting:
            gc.enable()
