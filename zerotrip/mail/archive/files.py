"""Scans in a Parquet file: sorted by number, so that the statistics of its row groups lead to one number quickly.

A file is written beside its name, flushed to the disk, then given its name; it is read back before it is relied on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

GROUP: Final = 20_000
"""Rows of a row group: a number's scans lie in one or two of them."""
COLUMNS: Final = ("number", "code", "at", "office", "operator", "reason", "attributes")

Row = tuple[str, str, datetime, str, str, str, str]
"""The values of a scan in the order of COLUMNS."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. `digest`: SHA-256 over all values of all rows in their order."""

    rows: int
    groups: int
    size: int
    digest: bytes
    first: str
    last: str


@cache
def _schema() -> Any:
    import pyarrow as pa  # it takes a fifth of a second: only those who archive load it

    types = {"at": pa.timestamp("us", tz="UTC")}
    return pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])


class _Sum:
    """Counts and sums rows up as they pass."""

    def __init__(self) -> None:
        self.rows, self.first, self.last = 0, "", ""
        self._sha = hashlib.sha256()

    def add(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        self.first = self.first or rows[0][0]
        self.last = rows[-1][0]
        self.rows += len(rows)
        lines = ("\x1f".join((n, c, at.astimezone(UTC).isoformat(), *rest)) for n, c, at, *rest in rows)
        self._sha.update(("\x1e".join(lines) + "\x1e").encode())

    def content(self, groups: int, size: int) -> Content:
        return Content(self.rows, groups, size, self._sha.digest(), self.first, self.last)


def write(path: Path, blocks: Iterable[Sequence[Row]], progress: Callable[[int], None] = lambda rows: None) -> Content:
    """Write blocks of at most GROUP rows, each a row group. What breaks off leaves nothing under the file's name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    beside = path.with_name(path.name + ".tmp")
    total, groups = _Sum(), 0
    with pq.ParquetWriter(beside, _schema(), compression="zstd", write_statistics=True) as writer:
        for block in blocks:
            columns = list(zip(*block, strict=True))
            arrays = [pa.array(column, field.type) for column, field in zip(columns, _schema(), strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=_schema()), row_group_size=GROUP)
            total.add(block)
            groups += 1
            progress(total.rows)
    _flush(beside)
    beside.replace(path)
    _flush(path.parent)
    return total.content(groups, path.stat().st_size)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> Content:
    """Read a file from beginning to end and say what it holds."""
    total, groups = _Sum(), 0
    for _group, rows in each_group(path):
        total.add(rows)
        groups += 1
    return total.content(groups, path.stat().st_size)


def each_group(path: Path, *, start: int = 0) -> Iterator[tuple[int, list[Row]]]:
    """The row groups from number `start` on, with their rows."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for index in range(start, file.num_row_groups):
            yield index, _rows(file.read_row_group(index))


def of_numbers(path: Path, numbers: Collection[str]) -> Iterator[list[Row]]:
    """The rows of these numbers, read from those row groups that may hold one of them."""
    import bisect

    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = sorted(numbers)
    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            seen = file.metadata.row_group(index).column(0).statistics
            if seen is not None and seen.has_min_max:
                at = bisect.bisect_left(wanted, seen.min)
                if at == len(wanted) or wanted[at] > seen.max:
                    continue
            table = file.read_row_group(index)
            found = table.filter(pc.is_in(table["number"], value_set=pa.array(wanted, pa.string())))
            if found.num_rows:
                yield _rows(found)


def _rows(table: Any) -> list[Row]:
    return list(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))
