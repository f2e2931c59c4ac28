"""The division table as plain objects: no database, read once, shared by the import and the address recogniser."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from zerotrip.places import codes

POSITIONS = {"p": "polygon", "s": "seeded", "": ""}
COLUMNS = ["code", "parent", "name", "short", "pinyin", "lat", "lon", "position", "postcode", "former"]


class BadTable(ValueError):
    """The file is not a division table; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Former:
    """A name (and code, where it had another) that the division, or one that went into it, bore until `until`."""

    name: str
    code: str
    until: int


@dataclass(frozen=True, slots=True)
class Row:
    """One division of the table."""

    code: str
    parent: str
    name: str
    short: str
    pinyin: str
    lat: float | None
    lon: float | None
    position: str
    postcode: str = ""
    former: tuple[Former, ...] = ()

    @property
    def level(self) -> int:
        return codes.level(self.code)


@dataclass(frozen=True, slots=True)
class Table:
    """A read table: the day its source was fetched, its sources, and its rows, parents before children."""

    edition: date
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    by_code: dict[str, Row] = field(repr=False, compare=False)

    def path(self, code: str) -> tuple[Row, ...]:
        """The row and those above it, province first. Raises KeyError for an unknown code."""
        row: Row | None = self.by_code[code]
        found: list[Row] = []
        while row is not None:
            found.append(row)
            row = self.by_code.get(row.parent)
        return tuple(reversed(found))

    def full_name(self, code: str) -> str:
        """The names from the province down, as on an envelope: 江西省赣州市章贡区."""
        return "".join(row.name for row in self.path(code))


def read(path: Path) -> Table:
    """Read a table made by ``update/divisions.py``. Raises BadTable with the line of the first mistake."""
    with path.open(encoding="utf-8", newline="") as file:
        return parse(file)


@cache
def packaged() -> Table:
    """The table that comes with the product."""
    text = files("zerotrip.places").joinpath("data", "divisions.csv").read_text(encoding="utf-8")
    return parse(text.splitlines())


def parse(lines: Iterable[str]) -> Table:
    """Read the lines of a table. Raises BadTable."""
    edition: date | None = None
    sources: list[str] = []
    body: list[str] = []
    heads = 0
    for line in lines:
        if line.startswith("#"):
            heads += 1
            text = line[1:].strip()
            if match := re.match(r"edition: (\d{4}-\d\d-\d\d)$", text):
                edition = date.fromisoformat(match[1])
            elif text.startswith("source: "):
                sources.append(text.removeprefix("source: "))
        else:
            body.append(line)
    if edition is None:
        raise BadTable("no line “# edition: YYYY-MM-DD” at the head of the table")
    by_code: dict[str, Row] = {}
    for number, row in _rows(body, heads):
        if row.code in by_code:
            raise BadTable(f"line {number}: {row.code} stands twice")
        if row.parent and row.parent not in by_code:
            raise BadTable(f"line {number}: {row.code} {row.name} is under {row.parent}, which is not above it")
        by_code[row.code] = row
    if not by_code:
        raise BadTable("the table holds no division")
    return Table(edition, tuple(sources), tuple(by_code.values()), by_code)


def _rows(lines: list[str], heads: int) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(lines)
    if next(reader, None) != COLUMNS:
        raise BadTable(f"the columns are not {', '.join(COLUMNS)}")
    for cells in reader:
        number = heads + reader.line_num
        if len(cells) != len(COLUMNS):
            raise BadTable(f"line {number}: {len(cells)} cells, expected {len(COLUMNS)}")
        code, parent, name, short, pinyin, lat, lon, position, postcode, former = cells
        try:
            if codes.normal(code) != code or len(code) not in (6, 9):
                raise ValueError(f"not a division code: {code!r}")
            if not name or position not in POSITIONS:
                raise ValueError("no name, or an unknown kind of position")
            yield (
                number,
                Row(
                    code,
                    parent,
                    name,
                    short or name,
                    pinyin,
                    float(lat) if lat else None,
                    float(lon) if lon else None,
                    POSITIONS[position],
                    postcode,
                    tuple(_former(item) for item in former.split(";") if item),
                ),
            )
        except ValueError as error:
            raise BadTable(f"line {number}: {error}") from error


def _former(item: str) -> Former:
    name, code, until = item.split("@")
    return Former(name, code, int(until))
