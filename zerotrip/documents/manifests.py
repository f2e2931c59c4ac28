"""The hand-over list (交接清单): many pieces counted out by one side and counted in by the other, with what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zerotrip.core.clock import local
from zerotrip.documents.papers import Listing, Paper, Signature, paper_pdf
from zerotrip.rules import mail_number

_MARKS = {True: "✓", False: "缺", None: ""}


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One piece. `given` and `taken`: counted by that side (True), found missing (False), or not counted yet (None)."""

    number: str
    case_number: str = ""
    kind: str = ""
    given: bool | None = None
    taken: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestData:
    """A whole list. `giver` and `taker` are the sides (place, and person if known), the times when each confirmed.

    `differences` are sentences about what was found missing or too many; `surplus` counts pieces that were not listed.
    """

    number: str
    organ: str
    giver: str
    taker: str
    made_at: datetime
    lines: Sequence[ManifestLine]
    giver_name: str = ""
    taker_name: str = ""
    given_at: datetime | None = None
    taken_at: datetime | None = None
    differences: Sequence[str] = ()
    surplus: int = 0
    seals: Sequence[str] = ()
    url: str = ""
    title: str = "交接清单"


def manifest(data: ManifestData) -> Paper:
    """The list as a paper: totals first, then every piece, the differences, and two boxes to sign."""
    rows = [
        [str(i), _number(line.number), line.case_number, line.kind, _MARKS[line.given], _MARKS[line.taken], line.note]
        for i, line in enumerate(data.lines, 1)
    ]
    kinds = Counter(line.kind or "其他" for line in data.lines)
    return Paper(
        organ=data.organ,
        title=data.title,
        number=data.number,
        on=local(data.made_at).date(),
        facts=(
            ("交出方", data.giver),
            ("接收方", data.taker),
            ("制单时间", _minute(data.made_at)),
            ("合计", f"{len(rows)} 件（{'，'.join(f'{kind} {count}' for kind, count in kinds.most_common())}）"),
            ("点数", _counted(data)),
            ("封志号", "、".join(data.seals)),
        ),
        lists=(
            Listing(
                "邮件明细",
                ("序号", "邮件号", "办件编号", "类别", "交", "收", "备注"),
                rows,
                (12, 29, 46, 22, 8, 8, 33),
                (0, 4, 5),
                dense=True,
            ),
        ),
        sections=(("差异", tuple(data.differences) or ("无。",)),) if _done(data) or data.differences else (),
        case_url=data.url,
        signed=False,
        signatures=(
            Signature("交出方", data.giver_name, _minute(data.given_at)),
            Signature("接收方", data.taker_name, _minute(data.taken_at)),
        ),
        barcode=True,
    )


def manifest_pdf(data: ManifestData) -> bytes:
    """The list as PDF/A."""
    return paper_pdf(manifest(data))


def _done(data: ManifestData) -> bool:
    return data.taken_at is not None


def _counted(data: ManifestData) -> str:
    given = sum(line.given is True for line in data.lines)
    taken = sum(line.taken is True for line in data.lines)
    parts = []
    if any(line.given is not None for line in data.lines):
        parts.append(f"交出方 {given} 件")
    if any(line.taken is not None for line in data.lines):
        missing = sum(line.taken is False for line in data.lines)
        parts.append(f"接收方 {taken + data.surplus} 件（缺 {missing}，多 {data.surplus}）")
    return "；".join(parts)


def _number(number: str) -> str:
    return mail_number.format(number) if mail_number.is_valid(number) else number


def _minute(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else ""
