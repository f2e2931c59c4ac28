"""Export files: one a table, in CSV (UTF-8 with BOM, RFC 4180), XLSX or NDJSON, zipped with a report of what is empty.

Rows are written as they are read, a few hundred cases at a time: memory does not grow with the number of cases. While
it is written the content lies in a folder of the operator's alone, which is removed whatever happens.
"""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

from django.conf import settings
from django.db.models import QuerySet

from zerotrip.cases.models import Case
from zerotrip.gateway.exports.load import Loader
from zerotrip.gateway.exports.rows import rows_of
from zerotrip.gateway.exports.tables import BY_CODE, STANDARD, TABLES, Table
from zerotrip.gateway.exports.tally import Tally

FORMATS: Final = ("csv", "xlsx", "json")
XLSX_ROWS: Final = 1_048_575
"""A sheet holds so many rows below its heading; a table with more goes on in another sheet."""

REPORT_HEADS: Final = ("表", "序号", "数据项", "已填", "未填", "未填的原因")

_FORMULA: Final = re.compile(r"[=+\-@\t\r]")


class Writer(Protocol):
    """Writes one table."""

    def row(self, texts: list[str]) -> None: ...

    def close(self) -> None: ...


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return "'" + text if _FORMULA.match(text) else text


class _Csv:
    def __init__(self, path: Path, table: Table) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(table.heads)

    def row(self, texts: list[str]) -> None:
        self._writer.writerow([_plain(text) for text in texts])

    def close(self) -> None:
        self._file.close()


class _Json:
    """NDJSON: one object a line, keys are the names of the elements; what is not said is left out."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._heads = table.heads

    def row(self, texts: list[str]) -> None:
        said = {name: text for name, text in zip(self._heads, texts, strict=True) if text}
        self._file.write(json.dumps(said, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


class _Xlsx:
    """Every cell is text: leading zeros and long numbers stay as they are."""

    def __init__(self, path: Path, table: Table) -> None:
        from openpyxl import Workbook

        self._path, self._table = path, table
        self._book = Workbook(write_only=True)
        self._sheets, self._left = 0, 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheets += 1
        more = f"（{self._sheets}）" if self._sheets > 1 else ""
        self._sheet = self._book.create_sheet(f"{self._table.title}{more}")
        self._sheet.append(list(self._table.heads))
        self._left = XLSX_ROWS

    def row(self, texts: list[str]) -> None:
        if not self._left:
            self._next_sheet()
        self._sheet.append([_plain(text) for text in texts])
        self._left -= 1

    def close(self) -> None:
        self._book.save(self._path)


_WRITERS: Final[dict[str, Callable[[Path, Table], Writer]]] = {"csv": _Csv, "xlsx": _Xlsx, "json": _Json}
_SUFFIX: Final = {"csv": "csv", "xlsx": "xlsx", "json": "ndjson"}


class Stopped(Exception):
    """Somebody asked for an end."""


def write(
    cases: QuerySet[Case],
    target: Path,
    *,
    form: str,
    masked: bool,
    told: Callable[[int], bool] = lambda done: True,
) -> Tally:
    """Write the chosen cases to the zip file `target` in `form` (csv, xlsx, json). Returns how it was filled.

    `told` hears how many cases are done, every few hundred; when it answers False, writing ends. Raises Stopped then.
    """
    tally = Tally()
    base = settings.VAR / "tmp"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="export-") as folder:
        paths = {table.code: Path(folder) / f"{table.title}.{_SUFFIX[form]}" for table in TABLES}
        writers = {table.code: _WRITERS[form](paths[table.code], table) for table in TABLES}
        try:
            _fill(cases, writers, tally, masked=masked, told=told)
        finally:
            for writer in writers.values():
                writer.close()
        report = Path(folder) / "填写情况.csv"
        _write_report(report, tally)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            for path in (*paths.values(), report):
                packed.write(path, path.name)
                path.unlink()
    os.chmod(target, 0o600)
    return tally


def _fill(
    cases: QuerySet[Case], writers: dict[str, Writer], tally: Tally, *, masked: bool, told: Callable[[int], bool]
) -> None:
    done = 0
    for wholes in Loader().all(cases):
        for whole in wholes:
            for code, row in rows_of(whole):
                texts = tally.say(BY_CODE[code], row, masked=masked)
                if texts is not None:
                    writers[code].row(texts)
        done += len(wholes)
        if not told(done):
            raise Stopped


def _write_report(path: Path, tally: Tally) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([STANDARD, *REPORT_HEADS[1:]])
        writer.writerows([_cell(value) for value in line] for line in tally.lines())
        for line in tally.incomplete:
            writer.writerow(["缺必填项，未写入", "", line])


def _cell(value: Any) -> str:
    return _plain(str(value))
