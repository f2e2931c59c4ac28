"""Recognise the division in an address as people write it.

    recognise("江西省赣州市章贡区水东镇七里村5号")   → 360702102, rest "七里村5号"
    recognise("鹰潭余江县锦江镇")                    → 360603…, with the note that 余江县 is 余江区 since 2018
    recognise("西湖区文三路")                         → nothing chosen: 南昌 and 杭州 both have one

All names of the table (full, short, former) stand in one trie; the address is read from its start as a chain of names,
each inside the one before, in every way it can be read. **Nothing is guessed silently**: when several readings are
equally good the answer is what they have in common, and they are listed; an old name, a name left out on the way, or a
name that contradicts the ones before it is noted. Pure: no database, no clock; well under a millisecond an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from zerotrip.places import codes
from zerotrip.places.table import Table, packaged

Certainty = Literal["sure", "likely", "ambiguous", "conflict", "none"]
Form = Literal["full", "short", "former"]
WEIGHT: dict[Form, float] = {"full": 1.0, "former": 0.95, "short": 0.8}

_LEAD = re.compile(
    r"\s*(?:(?:收[件货]|寄件|联系|通讯|送达|家庭|户籍|现住)?(?:地址|住址|住所)\s*[:：]?\s*"
    r"|\d{6}(?!\d)\s*|中国(?=[^\s])\s*)*"
)
_GAP = re.compile(r"[\s,，、·\-—/|;；]*")
_NOT_A_DIVISION = re.compile(
    r"[东南西北中一二三四五六七八九十新老]?(?:路|街(?!道)|大道|大街|巷|弄)"
    r"|村|社区|小区|新区|开发区|园区|花园|广场|大厦|公寓|中学|小学|大学|医院|酒店|宾馆|\d"
    r"|[湖河江港山岛桥](?=$|[\s\d,，]|风景|景区|路|大道|村|小区)"
)
"""What shows, right behind a short name, that it is part of another name: 南昌路, 红旗大道, 莲塘中学."""
_KIND_BEHIND = re.compile(r"(?:省|市|县|区|镇|乡|街道)(?!\w*(?:路|街|巷))")
_BARE = {"郊区", "城区", "市区", "矿区", "城关区"}
"""Former names that say nothing without the city before them."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of the answer should know. `code` is the division it is about.

    former     `text` is the old name that was written
    skipped    a level was left out and filled in
    conflict   `text`, written behind the recognised part, is a division that does not lie in it
    """

    kind: Literal["former", "skipped", "conflict"]
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading: the deepest division, its full name, and how well it fits (0 to 1)."""

    code: str
    full_name: str
    score: float


@dataclass(frozen=True, slots=True)
class Recognised:
    """The answer. `code` is the deepest division that is certain enough, None when there is none.

    certainty   sure       one reading, in full names or unmistakable
                likely     one reading that rests on a short name, an old name or a township's name alone
                ambiguous  several; `code` is what they share, `candidates` lists them
                conflict   what follows is a division of somewhere else; `code` is the part before it
                none       no division at the start of the address
    """

    code: str | None
    full_name: str
    rest: str
    certainty: Certainty
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    code: str
    form: Form
    text: str


class _Node:
    __slots__ = ("below", "names")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.names: list[_Name] = []


@dataclass(frozen=True, slots=True)
class _Reading:
    """A chain of names read so far."""

    code: str
    end: int
    weight: float
    names: tuple[_Name, ...]


class Recogniser:
    """The names of one division table in a trie. Build once (some 20 ms), use for ever; safe between threads."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._root = _Node()
        full = {(row.code[:2], row.name) for row in table.rows if row.level < codes.TOWNSHIP}
        shorts = {row.short for row in table.rows if row.level < codes.TOWNSHIP}
        for row in table.rows:
            self._add(row.name, _Name(row.code, "full", row.name))
            if row.short != row.name:
                self._add(row.short, _Name(row.code, "short", row.short))
            for old in dict.fromkeys(former.name for former in row.former):
                if old == row.name or (row.level < codes.TOWNSHIP and (row.code[:2], old) in full):
                    continue  # today's bearer of the name is meant
                self._add(old, _Name(row.code, "former", old))
                stem = re.sub(r"(?:地区|[市县区])$", "", old)
                if row.level < codes.TOWNSHIP and len(stem) >= 2 and stem not in shorts | {old, row.short}:
                    self._add(stem, _Name(row.code, "former", stem))

    def _add(self, text: str, name: _Name) -> None:
        node = self._root
        for character in text:
            node = node.below.setdefault(character, _Node())
        node.names.append(name)

    def recognise(self, address: str, *, home: str = "") -> Recognised:
        """Read `address`. `home` (a prefix such as "36") decides between equally good readings, as "likely" only."""
        start = _LEAD.match(address)
        begin = start.end() if start else 0
        readings = self._readings(address, begin)
        if not readings:
            return Recognised(None, "", address[begin:].strip(), "none", 0.0)
        best = max(r.weight for r in readings)
        top = list({r.code: r for r in sorted(readings, key=lambda r: r.weight) if r.weight > best - 0.5}.values())
        top = [r for r in top if not any(_better(other, r) for other in top)]
        if len(top) > 1 and home:
            at_home = [r for r in top if codes.within(r.code, home)]
            if len(at_home) == 1:
                return self._answer(address, at_home[0], "likely", 0.7, self._candidates(top))
            top = at_home or top
        if len(top) > 1:
            return self._ambiguous(address, begin, top)
        return self._answer(address, top[0], *self._certainty(top[0]), ())

    def _readings(self, address: str, begin: int) -> list[_Reading]:
        """Every chain of names from `begin` that cannot be carried on."""
        ended: list[_Reading] = []
        open_: list[_Reading] = [_Reading("", begin, 0.0, ())]
        while open_:
            reading = open_.pop()
            at = _gap(address, reading.end)
            more = False
            for end, name in self._names_at(address, at):
                if (reading.names and name.code == reading.code) or _above(name.code, reading.code):
                    if name.form == "full":  # 江西省江西省…, 赣州市…江西省赣州市…: said again
                        open_.append(_Reading(reading.code, end, reading.weight, reading.names))
                        more = True
                    continue
                if reading.code and not _above(reading.code, name.code):
                    continue
                if name.form != "full" and not self._stands(name, reading, address, end):
                    continue
                weight = reading.weight + len(name.text) * WEIGHT[name.form]
                open_.append(_Reading(name.code, end, weight, (*reading.names, name)))
                more = True
            if reading.names and (not more or address[reading.end : at]):
                ended.append(reading)
        return ended

    def _names_at(self, address: str, at: int) -> Iterable[tuple[int, _Name]]:
        node: _Node | None = self._root
        while node is not None:
            for name in node.names:
                yield at, name
            node = node.below.get(address[at]) if at < len(address) else None
            at += 1

    def _stands(self, name: _Name, before: _Reading, address: str, end: int) -> bool:
        """Whether a short or old name may be taken for a division here."""
        if name.form == "former":
            if name.text in _BARE and not before.names:
                return False
            if name.text[-1] in "市县区乡镇道":
                return True
        if codes.level(name.code) == codes.TOWNSHIP and (not before.names or codes.level(before.code) < codes.COUNTY):
            return False
        behind = address[end:]
        return not _NOT_A_DIVISION.match(behind) and not _KIND_BEHIND.match(behind)

    def _certainty(self, reading: _Reading) -> tuple[Certainty, float]:
        first = reading.names[0]
        if any(name.form == "former" for name in reading.names):
            return "likely", 0.85
        if codes.level(first.code) == codes.TOWNSHIP:
            return "likely", 0.6
        if all(name.form == "full" for name in reading.names):
            return "sure", 1.0
        if len(reading.names) == 1 and codes.level(first.code) == codes.COUNTY:
            return "likely", 0.75
        return "sure", 0.95

    def _answer(
        self, address: str, reading: _Reading, certainty: Certainty, confidence: float, among: tuple[Candidate, ...]
    ) -> Recognised:
        at = _gap(address, reading.end)
        notes = [Note("former", n.text, n.code) for n in reading.names if n.form == "former"]
        chain = [n.code for n in reading.names]
        notes += [
            Note("skipped", row.name, row.code)
            for row in self.table.path(reading.code)
            if row.code not in chain and codes.level(chain[0]) < row.level < codes.level(chain[-1])
        ]
        elsewhere = self._elsewhere(address, at, reading.code)
        if elsewhere:
            notes += [Note("conflict", name.text, name.code) for name in elsewhere]
            certainty, confidence = "conflict", 0.3
            among = self._list(name.code for name in elsewhere)
        full_name = self.table.full_name(reading.code)
        return Recognised(reading.code, full_name, address[at:].strip(), certainty, confidence, among, tuple(notes))

    def _elsewhere(self, address: str, at: int, code: str) -> list[_Name]:
        """Divisions named in full right behind the recognised part that do not lie in it."""
        if codes.level(code) == codes.TOWNSHIP:
            return []
        found: list[_Name] = []
        for end, name in self._names_at(address, at):
            deeper = codes.level(name.code) > codes.level(code) or codes.level(name.code) < codes.TOWNSHIP
            if name.form == "short" or not deeper or _NOT_A_DIVISION.match(address[end:]) or name.text in _BARE:
                continue
            if codes.level(name.code) == codes.TOWNSHIP and not codes.within(name.code, code[:4]):
                continue  # many townships share a name; only a neighbour's says that the county is wrong
            found.append(name)
        longest = max((len(name.text) for name in found), default=0)
        return [name for name in found if len(name.text) == longest][:5]

    def _ambiguous(self, address: str, begin: int, top: list[_Reading]) -> Recognised:
        shared: str | None = None
        for rows in zip(*(self.table.path(r.code) for r in top), strict=False):
            if len({row.code for row in rows}) > 1:
                break
            shared = rows[0].code
        end = begin
        if shared and all(shared in {n.code for n in r.names} for r in top):
            end = min(self._end_of(address, begin, r, shared) for r in top)
        name = self.table.full_name(shared) if shared else ""
        return Recognised(shared, name, address[end:].strip(), "ambiguous", 1 / len(top), self._candidates(top))

    def _end_of(self, address: str, begin: int, reading: _Reading, code: str) -> int:
        at = begin
        for name in reading.names:
            at = address.index(name.text, at) + len(name.text)
            if name.code == code:
                break
        return at

    def _candidates(self, readings: list[_Reading]) -> tuple[Candidate, ...]:
        return self._list(r.code for r in sorted(readings, key=lambda r: (-r.weight, r.code)))

    def _list(self, found: Iterable[str]) -> tuple[Candidate, ...]:
        unique = list(dict.fromkeys(found))[:12]
        return tuple(Candidate(code, self.table.full_name(code), round(1 / len(unique), 2)) for code in unique)


def _gap(address: str, at: int) -> int:
    match = _GAP.match(address, at)
    return match.end() if match else at


def _better(one: _Reading, other: _Reading) -> bool:
    """Whether `one` makes `other` superfluous: it reads further inside it, or reads the same single name as the larger
    of two divisions called alike (南昌: the city rather than its county)."""
    if one.end >= other.end and _above(other.code, one.code):
        return one.end > other.end or len(one.names) > len(other.names)
    return one.end == other.end and _above(one.code, other.code) and len(one.names) >= len(other.names)


def _above(upper: str, lower: str) -> bool:
    """Whether `upper` truly contains `lower`."""
    return bool(upper) and upper != lower and codes.within(lower, upper) and codes.level(upper) < codes.level(lower)


@cache
def recogniser() -> Recogniser:
    """The recogniser over the packaged table, built at first use."""
    return Recogniser(packaged())


def recognise(address: str, *, home: str = "") -> Recognised:
    """Read an address with the packaged table; see `Recogniser.recognise`."""
    return recogniser().recognise(address, home=home)
