"""Rows as they come from outside, checked and written as the database copies them.

One line is one JSON object. A scan: `number`, `code`, `at` (with offset), `office`, `operator`, `attributes`; a piece:
`number`, `product`, `origin`, `target`, `net`, `weight_g`, `at`, `promised_at`. What is wrong with a line is a sentence
for that line; the others are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from zerotrip.mail.ingest.personal import masked
from zerotrip.mail.trace.rules import FAILED, RULES
from zerotrip.rules import mail_number
from zerotrip.rules.errors import RuleError

OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(minutes=5)
"""How far clocks of others may be ahead of ours."""
LONGEST_LINE: Final = 20_000
LONGEST: Final = {"office": 40, "operator": 60, "product": 20, "origin": 40, "target": 40}
KEPT_OF_A_REFUSED_ROW: Final = 1000

_RANKS: Final = {rule.code: f"{rule.rank:03d}{rule.code}" for rule in RULES.values()}
_CODE: Final = re.compile(r"[0-9A-Za-z]{1,6}\Z")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_DAY: Final = 86_400
_SHANGHAI: Final = 8 * 3600
"""Shanghai is ahead of UTC by this many seconds; the partitions of scans are its months, at this offset."""


class Scan(msgspec.Struct):
    """One scan as it is sent."""

    number: str
    code: str
    at: datetime
    office: str = ""
    operator: str = ""
    attributes: dict[str, Any] = {}


class Piece(msgspec.Struct):
    """One announced piece as it is sent."""

    number: str
    at: datetime
    product: str = ""
    origin: str = ""
    target: str = ""
    net: str = ""
    weight_g: int | None = None
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was refused: its line in the delivery (from 1), why, and the beginning of the row."""

    line: int
    sentence: str
    row: str


@dataclass(slots=True)
class Parsed:
    """A block of `lines`: `rows` of them ready for COPY, what was refused; of scans also their months and offices and
    how many bear a code nobody knows. Blank lines are neither.
    """

    text: bytes = b""
    rows: int = 0
    lines: int = 0
    faults: list[Fault] = field(default_factory=list)
    months: set[date] = field(default_factory=set)
    offices: set[str] = field(default_factory=set)
    unknown: int = 0
    blank: int = 0


class Refuse(ValueError):
    """The row is not taken; the text says why."""


_decode_scan = msgspec.json.Decoder(Scan).decode
_decode_piece = msgspec.json.Decoder(Piece).decode
_json = msgspec.json.Encoder().encode


def scans(lines: Iterable[bytes], first: int, now: datetime) -> Parsed:
    """Scans of a block whose first line is number `first`; nothing may lie further ahead of `now` than `AHEAD`.

    The rows stand in the order of their numbers: whoever takes scans in holds the traces in one order.
    """
    oldest, latest = OLDEST.timestamp(), (now + AHEAD).timestamp()
    done = Parsed()
    days: set[int] = set()
    offices, ranks, longest, longest_name = done.offices, _RANKS.get, LONGEST["office"], LONGEST["operator"]

    def one(line: bytes) -> str:
        scan = _decode_scan(line)
        number, code, at, office, operator = scan.number, scan.code, scan.at, scan.office, scan.operator
        if not (len(number) == 13 and number[0] == "1" and number.isdigit() and number.isascii()):
            number = _number(number)
        rank = ranks(code, "")
        if not rank:
            if not _CODE.match(code):
                raise Refuse(_("操作码“{code}”应为 1 至 6 位字母或数字。").format(code=code[:12]))
            done.unknown += 1
        if at.tzinfo is None:
            raise Refuse(_no_zone())
        second = at.timestamp()
        if not oldest <= second <= latest:
            raise Refuse(_out_of_time(at, second > latest))
        if len(office) > longest or len(operator) > longest_name:
            raise Refuse(_("机构最多 {o} 个字，操作人最多 {p} 个字。").format(o=longest, p=longest_name))
        given = scan.attributes
        reason = _reason(given) if code == FAILED else ""
        attributes = _json(masked(given)).decode() if given else "{}"
        point = f"{round(second * 1_000_000):016d}{rank}{office}" if rank else ""
        texts = office + operator + attributes
        if "\\" in texts or not texts.isprintable():
            office, operator, attributes, point = map(_escaped, (office, operator, attributes, point))
        days.add(int(second + _SHANGHAI) // _DAY)
        offices.add(office)
        return f"{number}\t{code}\t{at.isoformat()}\t{office}\t{operator}\t{reason}\t{attributes}\t{point}\n"

    _each(lines, first, one, done)
    done.months = {(OLDEST.fromtimestamp(day * _DAY, UTC)).date().replace(day=1) for day in days}
    return done


def pieces(lines: Iterable[bytes], first: int, now: datetime) -> Parsed:
    """Announcements of a block whose first line is number `first`."""
    latest = now + AHEAD
    done = Parsed()

    def one(line: bytes) -> str:
        piece = _decode_piece(line)
        number = _number(piece.number)
        if piece.at.tzinfo is None:
            raise Refuse(_no_zone())
        if not OLDEST <= piece.at <= latest:
            raise Refuse(_out_of_time(piece.at, piece.at > latest))
        if piece.net not in ("", "city", "province", "national"):
            raise Refuse(_("网别应为 city、province 或 national。"))
        if piece.weight_g is not None and not 0 <= piece.weight_g <= 1_000_000:
            raise Refuse(_("重量应为 0 至 1000000 克。"))
        for name in ("product", "origin", "target"):
            if len(getattr(piece, name)) > LONGEST[name]:
                raise Refuse(_("{name} 最多 {n} 个字。").format(name=name, n=LONGEST[name]))
        if piece.promised_at is not None and piece.promised_at.tzinfo is None:
            raise Refuse(_no_zone())
        weight = r"\N" if piece.weight_g is None else str(piece.weight_g)
        promised = r"\N" if piece.promised_at is None else piece.promised_at.isoformat()
        texts = "\t".join(map(_escaped, (number, piece.product, piece.origin, piece.target, piece.net)))
        return f"{texts}\t{weight}\t{piece.at.isoformat()}\t{promised}\n"

    _each(lines, first, one, done)
    return done


def _each(lines: Iterable[bytes], first: int, one: Callable[[bytes], str], done: Parsed) -> None:
    taken: list[bytes] = []
    for position, line in enumerate(lines, first):
        done.lines += 1
        try:
            if len(line) > LONGEST_LINE:
                raise Refuse(_("这一行超过 {n} 字节。").format(n=LONGEST_LINE))
            taken.append(one(line).encode())
        except Refuse as refused:
            done.faults.append(_fault(position, str(refused), line))
        except msgspec.DecodeError as error:
            if line.strip():
                done.faults.append(_fault(position, _explained(error), line))
            else:
                done.blank += 1
        except UnicodeDecodeError:
            done.faults.append(_fault(position, _("这一行不是 UTF-8 编码的文字。"), line))
        except RecursionError:
            done.faults.append(_fault(position, _("attributes 的层次太深。"), line))
    taken.sort()
    done.rows = len(taken)
    done.text = b"".join(taken)


def _fault(position: int, sentence: str, line: bytes) -> Fault:
    return Fault(position, sentence, line[:KEPT_OF_A_REFUSED_ROW].decode(errors="replace").replace("\0", "�").strip())


def _explained(error: Exception) -> str:
    """A sentence for what the decoder found."""
    text = str(error)
    if missing := re.search(r"missing required field `(\w+)`", text):
        return _("缺少 {field}。").format(field=missing[1])
    if "`$.attributes" in text:
        return _("attributes 应为 JSON 对象。")
    if place := re.search(r"at `\$\.(\w+)`", text):
        return _("{field} 的内容不对：时间应写成 2026-11-24T10:00:00+08:00，其余应为文字。").format(field=place[1])
    return _("这一行不是完整的 JSON 对象。")


def _number(number: str) -> str:
    try:
        return mail_number.validate(number[:40])
    except RuleError as error:
        raise Refuse(error.zh) from None


def _no_zone() -> str:
    return _("时间应带时区，如 2026-11-24T10:00:00+08:00。")


def _out_of_time(at: datetime, ahead: bool) -> str:
    if ahead:
        return _("时间 {at} 在将来，请核对设备的时钟。").format(at=at.isoformat())
    return _("时间 {at} 早于 2000 年，请核对设备的时钟。").format(at=at.isoformat())


def _reason(attributes: dict[str, Any]) -> str:
    """The reason of a failed delivery; empty when there is none that looks like one."""
    value = attributes.get("reason", "")
    return value if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalnum() else ""


def _escaped(value: str) -> str:
    """A value as COPY's text format has it. Raises Refuse for what no text column can hold."""
    if "\0" in value or (not value.isascii() and _HALVES.search(value)):
        raise Refuse(_("含有不能保存的字符。"))
    return value.translate(_ESCAPES)
