"""The files of a feed: from a folder or a zip to tables of text, and back. Nothing here knows what a column means.

Source: GTFS Schedule Reference (gtfs.org/documentation/schedule/reference), "File requirements": UTF-8, one header
line, fields quoted as in RFC 4180.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Severity = Literal["error", "warning", "note"]

LARGEST: Final = 256 << 20
"""Bytes a feed may hold when unpacked: thirty times a province's post. More is a mistake or a trap."""
MOST_ROWS: Final = 5_000_000
LONGEST_LINE: Final = 1 << 20
MANY: Final = 20
"""How many findings of one kind are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about a feed. `row` counts from 1 (the header); None: the file as a whole. `file` "": the feed."""

    severity: Severity
    file: str
    row: int | None
    zh: str
    en: str

    def sentence(self, language: str = "zh") -> str:
        """File, row and what is the matter, in one line."""
        where = f"{self.file}:{self.row}" if self.row else self.file
        text = self.en if language == "en" else self.zh
        return f"{where} {text}" if where else text


class Report:
    """Findings as they are made. The same remark on very many rows is told twenty times and then counted."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._seen: Counter[tuple[str, Severity, str]] = Counter()
        self.errors = 0

    def add(self, kind: str, severity: Severity, file: str, row: int | None, zh: str, en: str) -> None:
        """Note one finding. `kind` is what counts as the same remark."""
        self.errors += severity == "error"
        self._seen[kind, severity, file] += 1
        if self._seen[kind, severity, file] <= MANY:
            self._findings.append(Finding(severity, file, row, zh, en))

    def error(self, kind: str, file: str, row: int | None, zh: str, en: str) -> None:
        self.add(kind, "error", file, row, zh, en)

    def warning(self, kind: str, file: str, row: int | None, zh: str, en: str) -> None:
        self.add(kind, "warning", file, row, zh, en)

    def findings(self) -> list[Finding]:
        """All, errors first, in the order of their making."""
        rest = [
            Finding(
                severity, file, None, f"同样的问题还有 {count - MANY} 处。", f"{count - MANY} more of the same kind."
            )
            for (_, severity, file), count in self._seen.items()
            if count > MANY
        ]
        order = {"error": 0, "warning": 1, "note": 2}
        return sorted([*self._findings, *rest], key=lambda finding: order[finding.severity])


@dataclass(slots=True)
class Table:
    """One file: its columns, its rows of text (each as long as the columns), and where each row stood."""

    columns: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
        """A table made in a program: values become text, None becomes empty."""
        made = [["" if value is None else str(value) for value in row] for row in rows]
        return cls(tuple(columns), made, list(range(2, len(made) + 2)))

    def pick(self, *names: str) -> Iterator[tuple[int, list[str]]]:
        """Each row's number and its values of these columns, in this order; "" where the column is missing."""
        where = [self.columns.index(name) if name in self.columns else -1 for name in names]
        for number, row in zip(self.numbers, self.rows, strict=True):
            yield number, [row[at] if at >= 0 else "" for at in where]


def contents(path: Path, report: Report, *, largest: int = LARGEST) -> dict[str, bytes]:
    """The files of a folder or a zip, by name. What cannot be read is in the report, in a sentence."""
    try:
        if path.is_dir():
            return _from_folder(path, report, largest)
        if path.exists():
            return _from_zip(path, report, largest)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        zh = f"{path.name} 不是完整的 zip 文件，请重新下载或重新打包。"
        report.error("zip", "", None, zh, f"{path.name} is not a whole zip file ({error}); download or pack it again.")
        return {}
    except OSError as error:
        zh = f"{path.name} 无法读取：{error.strerror}。"
        report.error("unreadable", "", None, zh, f"{path.name} cannot be read: {error.strerror}.")
        return {}
    report.error("absent", "", None, f"没有 {path} 这个文件或文件夹。", f"There is no file or folder {path}.")
    return {}


def _from_folder(path: Path, report: Report, largest: int) -> dict[str, bytes]:
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if sum(p.stat().st_size for p in files) > largest:
        _too_large(report, largest)
        return {}
    return {p.name: p.read_bytes() for p in files}


def _from_zip(path: Path, report: Report, largest: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = largest
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        folders = {m.filename.rpartition("/")[0] for m in members}
        inside = next(iter(folders)) if len(folders) == 1 else ""
        if inside:
            zh, en = (
                f"文件在文件夹 {inside} 里，应直接放在 zip 中。",
                f"The files are in a folder {inside} inside the zip.",
            )
            report.warning("folder", "", None, zh, en)
        for member in members:
            folder, _, name = member.filename.rpartition("/")
            if folder != inside or name.startswith("."):
                continue
            with archive.open(member) as stream:
                data = stream.read(left + 1)  # what the directory says of the size is not believed
            left -= len(data)
            if left < 0:
                _too_large(report, largest)
                return {}
            if name in found:
                report.error(
                    "twice", name, None, "zip 中有两个同名文件。", "There are two files of this name in the zip."
                )
            found[name] = data
    return found


def _too_large(report: Report, largest: int) -> None:
    size = f"{largest >> 20} MB"
    report.error(
        "large", "", None, f"解压后超过 {size}，不予读取。", f"It is larger than {size} when unpacked; not read."
    )


def digest(files: dict[str, bytes]) -> str:
    """A name for exactly these files, independent of their order and of how they were packed."""
    whole = hashlib.blake2b(digest_size=16)
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()


def parse(name: str, data: bytes, report: Report) -> Table | None:
    """One file as a table; None when it cannot be read as one (the report says why)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        report.error("encoding", name, row, "不是 UTF-8 编码，请另存为 UTF-8。", "It is not UTF-8; save it as UTF-8.")
        return None
    reader = csv.reader(_lines(text), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        if not any(header):
            report.error("empty", name, None, "文件是空的，连表头也没有。", "The file is empty: not even a header.")
            return None
        doubled = sorted(column for column, count in Counter(header).items() if count > 1 and column)
        if doubled:
            names = "、".join(doubled)
            report.error("columns", name, 1, f"列名重复：{names}。", f"Columns named twice: {', '.join(doubled)}.")
            return None
        return _rows(name, Table(tuple(header)), reader, report)
    except csv.Error as error:
        zh = "引号或分隔符有误，无法拆成列。"
        report.error("csv", name, reader.line_num, zh, f"Quotes or separators are wrong: {error}.")
        return None


def _lines(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_LINE:
            raise csv.Error("line too long")
        yield line


def _rows(name: str, table: Table, reader: Iterator[list[str]], report: Report) -> Table:
    width = len(table.columns)
    for number, row in enumerate(reader, 2):
        if number > MOST_ROWS:
            zh, en = f"超过 {MOST_ROWS} 行，不予读取。", f"It has more than {MOST_ROWS} rows; not read."
            report.error("rows", name, number, zh, en)
            break
        if len(row) != width:
            if not any(value.strip() for value in row):
                continue
            if len(row) > width and not any(value.strip() for value in row[width:]):
                zh, en = "行末有多余的逗号，已略去。", "It ends with commas too many; they are left out."
                report.warning("commas", name, number, zh, en)
                row = row[:width]
        if len(row) != width:
            zh, en = f"有 {len(row)} 列，表头有 {width} 列。", f"It has {len(row)} columns, the header has {width}."
            report.error("width", name, number, zh, en)
            continue
        table.rows.append([value.strip() for value in row])
        table.numbers.append(number)
    return table


def render(table: Table) -> bytes:
    """A table as a file: UTF-8 without a mark, lines ended by CRLF as RFC 4180 has them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return out.getvalue().encode()


def save(files: dict[str, bytes], path: Path) -> None:
    """Write files into a zip (when `path` ends so) or a folder. The same files make the same bytes of a zip."""
    if path.suffix.lower() != ".zip":
        path.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (path / name).write_bytes(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, files[name])
