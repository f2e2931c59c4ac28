"""The official sheet of items (实施清单) in CSV and XLSX: one table, headings as in GB/T 39046-2020 table 4.

An item takes one row or several: its first row holds the item's own columns and its first material, fee, basis and
source; each further row, with the item's columns empty (or merged), holds the next ones. A row that cannot be read is
named by row, column and sentence; the other items are read all the same.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from zerotrip.catalog import content
from zerotrip.catalog.content import Content, Field, Refused
from zerotrip.catalog.models import PARTS
from zerotrip.core.errors import BadInput, TooLarge
from zerotrip.core.words import listed

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_UNPACKED: Final = 48 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 8_000
JOIN: Final = "；"

_GUARDED: Final = re.compile(r"'*[=+\-@\t]")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one cell: the row as the spreadsheet counts it (headings are row 1), the column, a sentence."""

    row: int
    heading: str
    sentence: str


@dataclass(slots=True)
class Read:
    """One item of the sheet: its first row, and its content or what is wrong."""

    row: int
    code: str
    content: Content | None = None
    faults: list[RowFault] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """What was read: items in their order, and headings we do not know (they were left aside)."""

    items: list[Read]
    unknown: list[str]


class Formula(str):
    """A cell that computes instead of saying something."""


Row = list[str]


def columns() -> list[tuple[str, Field]]:
    """(kind of rows or "", field) for every column, in order."""
    own = [("", each) for each in content.fields()]
    return own + [(part, each) for part in PARTS for each in content.part_fields(part)]


# -- writing ---------------------------------------------------------------------------------------------------------


def rows_of(items: Iterable[Content]) -> Iterator[Row]:
    """The table: headings first, then the rows of every item."""
    known = columns()
    yield [each.heading for _part, each in known]
    for item in items:
        height = max(1, *(len(item[part]) for part in PARTS))
        for n in range(height):
            yield [_cell(part, each, item, n) for part, each in known]


def _cell(part: str, each: Field, item: Content, n: int) -> str:
    if part:
        return written(each, item[part][n][each.name]) if n < len(item[part]) else ""
    return written(each, item[each.name]) if n == 0 else ""


def written(each: Field, value: Any) -> str:
    """A value as the sheet says it: 是/否, code with name, days as 2026-11-24, nothing for what is not known."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        names = [_named(each, word) if each.holds == "codes" else word for word in value]
        return guard(JOIN.join(content.heading_of(w) if each.name == "configured" else w for w in names))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int):
        return str(value)
    return _named(each, value) if each.holds == "code" else guard(value)


def _named(each: Field, code: str) -> str:
    return f"{code} {dict(each.choices).get(code, '')}".strip()


def guard(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula (OWASP: CSV injection). `unguard` takes it back.

    >>> guard("=1+1"), guard("一"), unguard("'=1+1")
    ("'=1+1", '一', '=1+1')
    """
    return f"'{text}" if _GUARDED.match(text) else text


def unguard(text: str) -> str:
    """The text a guarded cell stands for."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


def to_csv(items: Iterable[Content]) -> bytes:
    """The sheet as CSV in UTF-8 with a byte-order mark, so that spreadsheets show Chinese."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows_of(items))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(items: Iterable[Content]) -> bytes:
    """The sheet as XLSX, every cell a text."""
    book = Workbook(write_only=True)
    page = book.create_sheet("实施清单")
    page.freeze_panes = "C2"
    bold, top = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    for n, row in enumerate(rows_of(items)):
        cells: list[Any] = []
        for text in row:
            if not text:
                cells.append(None)
                continue
            cell = WriteOnlyCell(page, value="")
            cell.value, cell.data_type, cell.alignment = text, "s", top
            if n == 0:
                cell.font = bold
            cells.append(cell)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- reading ---------------------------------------------------------------------------------------------------------


def read(name: str, body: bytes) -> Sheet:
    """The items in an uploaded sheet. `name` is only shown; the kind of file is told by its bytes.

    Raises TooLarge and BadInput when the file as a whole cannot be taken.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(_("“{name}”超过 {limit} MB，请分几个文件导入。").format(name=name, limit=MAX_BYTES // 1048576))
    if not body.strip():
        raise BadInput(_("“{name}”是空文件，请重新选择。").format(name=name))
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput(_("“{name}”是旧版或加密的 Excel 文件，请另存为 .xlsx 或 .csv 后再导入。").format(name=name))
    rows = _xlsx_rows(name, body) if body.startswith(b"PK") else _csv_rows(name, body)
    return _items(name, rows)


def _csv_rows(name: str, body: bytes) -> Iterator[Row]:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise BadInput(
            _("“{name}”不是 CSV 或 XLSX 表格，或者文字编码无法识别。请另存为 .xlsx 后再导入。").format(name=name)
        )
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [Formula(cell) if cell.startswith("=") else cell for cell in row]
    except csv.Error as error:
        raise BadInput(
            _("“{name}”的引号或换行不完整，不是正确的 CSV 文件。请另存为 .xlsx 后再导入。").format(name=name)
        ) from error


def _xlsx_rows(name: str, body: bytes) -> Iterator[Row]:
    _check_package(name, body)
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, keep_links=False)
        page = book.worksheets[0]
        page.reset_dimensions()  # a sheet may claim any size
        for row in page.iter_rows():
            if len(row) > MAX_COLUMNS:
                raise _too_wide(name)
            yield [_xlsx_cell(cell) for cell in row]
    except (BadInput, TooLarge):
        raise
    except Exception as error:  # openpyxl raises whatever its parsers meet
        raise BadInput(
            _("“{name}”不是完整的 Excel 表格，无法读取。请重新另存为 .xlsx 后再导入。").format(name=name)
        ) from error


def _xlsx_cell(cell: Any) -> str:
    value = getattr(cell, "value", None)
    if getattr(cell, "data_type", "") in ("f", "e"):
        return Formula(value)
    try:
        return content.plain(value)
    except ValueError:
        return str(value)


def _check_package(name: str, body: bytes) -> None:
    """Refuse packages that unpack to too much, carry macros, or define entities (zip and XML bombs)."""
    refusal = BadInput(_("“{name}”不是完整的 Excel 表格，无法读取。请重新另存为 .xlsx 后再导入。").format(name=name))
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            members = package.infolist()
            if len(members) > 500 or sum(m.file_size for m in members) > MAX_UNPACKED:
                raise TooLarge(_("“{name}”解压后太大，不予接收。请删去图片和空行，另存后再导入。").format(name=name))
            if any(m.filename.lower().endswith("vbaproject.bin") for m in members):
                raise BadInput(_("“{name}”带有宏，不予接收。请另存为不带宏的 .xlsx 后再导入。").format(name=name))
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    text = package.read(member)
                    if text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                        raise refusal
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise refusal from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise refusal from error


def _too_wide(name: str) -> TooLarge:
    return TooLarge(_("“{name}”超过 {limit} 列，请删去多余的列。").format(name=name, limit=MAX_COLUMNS))


def _items(name: str, rows: Iterator[Row]) -> Sheet:
    found, unknown = _headings(name, next(rows, []))
    reader = _Reader(found)
    for number, row in enumerate(rows, start=2):
        if number > MAX_ROWS + 1:
            raise TooLarge(_("“{name}”超过 {limit} 行，请分几个文件导入。").format(name=name, limit=MAX_ROWS))
        reader.take(number, row)
    items = reader.finish()
    if not items:
        raise BadInput(_("“{name}”里没有一个事项。请在标题行下面填写后再导入。").format(name=name))
    return Sheet(items, unknown)


def _headings(name: str, row: Sequence[str]) -> tuple[dict[int, tuple[str, Field]], list[str]]:
    if len(row) > MAX_COLUMNS:
        raise _too_wide(name)
    known = {each.heading: (part, each) for part, each in columns()}
    found: dict[int, tuple[str, Field]] = {}
    unknown: list[str] = []
    for n, heading in enumerate(str(cell).strip() for cell in row):
        if heading in known:
            if known[heading] in found.values():
                raise BadInput(_("“{name}”有两列都叫“{heading}”，请删去一列。").format(name=name, heading=heading))
            found[n] = known[heading]
        elif heading:
            unknown.append(heading[:60])
    present = {each.heading for _part, each in found.values()}
    missing = [each.heading for each in content.fields() if each.required and each.heading not in present]
    if missing:
        raise BadInput(
            _("“{name}”第一行缺少标题：{missing}。请先导出一份清单作为模板。").format(
                name=name, missing=listed(missing)
            ),
            fields={"file": [str(_("缺少标题：{missing}").format(missing=listed(missing)))]},
        )
    return found, unknown


class _Reader:
    """Gathers the rows of one item, then cleans them together."""

    def __init__(self, found: dict[int, tuple[str, Field]]) -> None:
        self.found = found
        self.items: list[Read] = []
        self.seen: dict[str, int] = {}
        self.now: Read | None = None
        self.raw: dict[str, Any] = {}
        self.rows_of_parts: dict[str, list[int]] = {}

    def take(self, number: int, row: Row) -> None:
        cells = {self.found[n]: text for n, text in enumerate(row) if n in self.found and str(text).strip()}
        if not cells:
            return
        own = {each.name: text for (part, each), text in cells.items() if not part}
        code = unguard(str(own.get("code", "")).strip())
        if own and not (self.now and set(own) == {"code"} and code == self.now.code):
            self._start(number, code)
        if self.now is None:
            self._start(number, code)
        assert self.now is not None
        self.raw |= {each.name: self._text(number, each, text) for (part, each), text in cells.items() if not part}
        for part in PARTS:
            values = {e.name: self._text(number, e, text) for (p, e), text in cells.items() if p == part}
            if values:
                self.raw.setdefault(part, []).append(values)
                self.rows_of_parts.setdefault(part, []).append(number)

    def _start(self, number: int, code: str) -> None:
        self._close()
        self.now, self.raw, self.rows_of_parts = Read(number, code), {}, {}
        self.items.append(self.now)
        if code in self.seen:
            self._fault(number, "事项短码", _("与第 {row} 行重复。").format(row=self.seen[code]))
        elif code:
            self.seen[code] = number

    def _text(self, number: int, each: Field, text: str) -> str:
        if isinstance(text, Formula):
            self._fault(number, each.heading, _("是公式或错误值，请改为它的结果文字。"))
            return ""
        if len(text) > MAX_CELL:
            self._fault(number, each.heading, _("超过 {limit} 个字。").format(limit=MAX_CELL))
            return ""
        return unguard(text.strip())

    def _fault(self, number: int, heading: str, sentence: str) -> None:
        assert self.now is not None
        self.now.faults.append(RowFault(number, heading, sentence))

    def _close(self) -> None:
        if self.now is None:
            return
        named = {(fault.row, fault.heading) for fault in self.now.faults}
        try:
            cleaned = content.clean(self.raw)
        except Refused as refused:
            for fault in refused.faults:
                rows = self.rows_of_parts.get(fault.part, [])
                number = rows[fault.position] if fault.part and fault.position < len(rows) else self.now.row
                if (number, fault.heading) not in named:
                    self._fault(number, fault.heading, fault.sentence)
        else:
            if not self.now.faults:
                self.now.content = cleaned

    def finish(self) -> list[Read]:
        self._close()
        return self.items
