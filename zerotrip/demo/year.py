"""A province's year of mail as two NDJSON files: pieces and their scans, invented, the same for the same seed.

Rules of its making (nothing here is a statement about real mail):

- Pieces are accepted over a year at outlets or county centres, in office hours, fewer at weekends; 35 % stay in their
  city, 50 % in the province, 15 % go to another province (the three nets).
- Each is scanned about ten times on its way: accepted, made up, dispatched, at the centres, at the delivery office,
  out, delivered. 8 % of first deliveries fail with a reason of the postal table and are tried again; of those that
  fail twice one in three goes back. 0.3 % are cancelled, 2 % are still under way when the year ends.
- Scans come in the order of their times, but 5 % arrive up to two days late, 3 % twice, 0.2 % bear a code nobody knows.
- `shuffle` mixes all lines; `duplicate` repeats that share of lines somewhere later.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from zerotrip.places import codes, table

BEGINS: Final = datetime(2025, 11, 1, tzinfo=timezone(timedelta(hours=8)))
DAYS: Final = 365
FIRST_NUMBER: Final = 1_190_000_000_000
"""Numbers of the demo's year, apart from the range that the product gives out itself."""

PROVINCE: Final = "36"
_CENTRE: Final = "C360000"
_REASONS: Final = ("103", "103", "103", "105", "102", "104", "124", "115", "118", "114")
_OTHER_CODE: Final = "988"

Line = tuple[float, str]
"""When a line reaches us (seconds after the beginning) and the line."""


@dataclass(frozen=True, slots=True)
class Made:
    """How many lines were written."""

    consignments: int
    scans: int


@dataclass(frozen=True, slots=True)
class _Office:
    code: str
    county: str
    city: str


def make(
    folder: Path,
    consignments: int,
    seed: int,
    *,
    shuffle: bool = False,
    duplicate: float = 0.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Write consignments.ndjson and scans.ndjson into `folder` (made if it is not there)."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)  # noqa: S311  # a demo, not a secret
    offices, abroad = _offices()
    pieces: list[str] = []
    scans: list[Line] = []
    for n in range(consignments):
        begin = (n + chance.random()) / max(consignments, 1) * DAYS * 86400
        pieces.append(_piece(FIRST_NUMBER + n, begin, offices, abroad, chance, scans))
        if n % 20_000 == 0:
            progress(n, consignments)
    scans.sort()
    lines = [line for _at, line in scans]
    if duplicate > 0:
        lines = _repeated(lines, duplicate, chance)
    if shuffle:
        chance.shuffle(lines)
        chance.shuffle(pieces)
    _write(folder / "consignments.ndjson", pieces)
    _write(folder / "scans.ndjson", lines)
    progress(consignments, consignments)
    return Made(len(pieces), len(lines))


def _offices() -> tuple[list[_Office], list[str]]:
    rows = table.packaged().rows
    inside = [row for row in rows if row.code.startswith(PROVINCE)]
    towns = [_Office(f"P{r.code}", r.code[:6], f"{r.code[:4]}00") for r in inside if r.level == codes.TOWNSHIP]
    abroad = [f"C{r.code}" for r in rows if r.level == codes.PROVINCE and not r.code.startswith(PROVINCE)]
    return towns, abroad


def _write(path: Path, lines: list[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)


def _repeated(lines: list[str], share: float, chance: random.Random) -> list[str]:
    """The lines with that share of all lines being repetitions of earlier ones."""
    wanted = round(len(lines) * share / (1 - share)) if share < 1 else len(lines)
    again = [(chance.uniform(index, len(lines)), index) for index in chance.choices(range(len(lines)), k=wanted)]
    placed = [(float(index), index) for index in range(len(lines))] + again
    placed.sort()
    return [lines[index] for _position, index in placed]


def _piece(
    number: int, begin: float, offices: list[_Office], abroad: list[str], chance: random.Random, scans: list[Line]
) -> str:
    """One piece: its announcement is returned, its scans go to `scans`."""
    origin = offices[chance.randrange(len(offices))]
    accepted = _office_hours(begin, chance)
    draw = chance.random()
    if draw < 0.35:
        net, hours, target = "city", 24, _in_city(origin, offices, chance)
    elif draw < 0.85:
        net, hours, target = "province", 34, offices[chance.randrange(len(offices))]
    else:
        net, hours, target = "national", 60, _Office(chance.choice(abroad), "", "")
    promised = BEGINS + timedelta(seconds=accepted, hours=hours * 1.6)
    for at, code, office, reason in _events(accepted, net, hours, origin, target, chance):
        if at > DAYS * 86400:
            break
        _add(scans, number, at, code, office, reason, chance)
    return (
        f'{{"number":"{number}","at":"{_time(accepted)}","product":"标快","origin":"{origin.code}",'
        f'"target":"{target.code}","net":"{net}","weight_g":{chance.randrange(20, 900)},'
        f'"promised_at":"{promised.isoformat(timespec="seconds")}"}}\n'
    )


def _in_city(origin: _Office, offices: list[_Office], chance: random.Random) -> _Office:
    for _try in range(200):
        other = offices[chance.randrange(len(offices))]
        if other.city == origin.city:
            return other
    return origin


def _office_hours(second: float, chance: random.Random) -> float:
    """Moved into 8:30 to 17:30; two of three weekend days move to Monday."""
    day = int(second // 86400)
    if (BEGINS + timedelta(days=day)).weekday() >= 5 and chance.random() < 0.67:
        day = min(day + 2, DAYS - 1)
    return float(day * 86400 + chance.randrange(8 * 3600 + 1800, 17 * 3600 + 1800))


def _events(
    at: float, net: str, hours: float, origin: _Office, target: _Office, chance: random.Random
) -> Iterator[tuple[float, str, str, str]]:
    """Time, code, office and reason of each scan of a piece."""
    yield at, "203", origin.code, ""
    if chance.random() < 0.003:
        yield at + chance.randrange(600, 7200), "207", origin.code, ""
        return
    if chance.random() < 0.02:
        return
    way = _way(net, origin, target)
    pace = hours * 3600 / (len(way) + 1) * chance.uniform(0.7, 1.3)
    yield (at := at + chance.randrange(1200, 7200)), "303", origin.code, ""
    for code, office in way:
        yield (at := at + pace * chance.uniform(0.5, 1.5)), code, office, ""
    yield from _deliveries(at, origin, target, chance)


def _way(net: str, origin: _Office, target: _Office) -> list[tuple[str, str]]:
    county, city = f"C{origin.county}", f"C{origin.city}"
    way = [("305", origin.code), ("954", county), ("389", county)]
    if net != "city" or origin.county != target.county:
        way += [("954", city), ("389", city)]
    if net == "province" and origin.city != target.city:
        way += [("954", f"C{target.city}"), ("389", f"C{target.city}")]
    if net == "national":
        way += [("954", _CENTRE), ("389", _CENTRE), ("954", target.code)]
    return [*way, ("306", target.code)]


def _deliveries(
    at: float, origin: _Office, target: _Office, chance: random.Random
) -> Iterator[tuple[float, str, str, str]]:
    for attempt in range(3):
        at += chance.randrange(3600, 14 * 3600)
        yield at, "702", target.code, ""
        at += chance.randrange(1800, 5 * 3600)
        if chance.random() >= 0.08:
            yield at, chance.choice(("704", "704", "704", "747", "748")), target.code, ""
            return
        yield at, "705", target.code, chance.choice(_REASONS)
        if attempt >= 1 and chance.random() < 0.33:
            break
    yield (at := at + 3600), "708", target.code, ""
    yield (at := at + chance.randrange(20, 60) * 3600), "306", origin.code, ""
    yield at + 7200, "711", origin.code, ""


def _add(scans: list[Line], number: int, at: float, code: str, office: str, reason: str, chance: random.Random) -> None:
    draw = chance.random()
    if draw < 0.002:
        code = _OTHER_CODE
    said = f'"reason":"{reason}",' if reason else ""
    line = (
        f'{{"number":"{number}","code":"{code}","at":"{_time(at)}","office":"{office}","operator":"演示员",'
        f'"attributes":{{{said}"trip":"{number % 977:05d}","device":"PDA{number % 313:03d}","note":"演示数据"}}}}\n'
    )
    late = chance.uniform(0, 2 * 86400) if draw > 0.95 else chance.uniform(0, 120)
    scans.append((at + late, line))
    if 0.5 < draw < 0.53:
        scans.append((at + late + chance.uniform(0, 3600), line))


def _time(second: float) -> str:
    return (BEGINS + timedelta(seconds=int(second))).isoformat(timespec="seconds")
