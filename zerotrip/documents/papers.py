"""Papers of record on A4, as PDF/A with room for the seal: one shape, `typ/paper.typ`, for all of them.

What the papers of a case say stands in `notices`, the hand-over list in `manifests`. They speak Chinese to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

from zerotrip.core.clock import SHANGHAI
from zerotrip.documents import barcodes
from zerotrip.documents.fonts import drawable
from zerotrip.documents.labels import breakable
from zerotrip.documents.render import Standard, render
from zerotrip.rules.calendar_cn import day_zh

ARCHIVAL: Final[tuple[Standard, ...]] = ("a-2a", "ua-1")
"""PDF/A-2a (ISO 19005-2) to be readable in decades, and PDF/UA-1 (ISO 14289-1) to be read aloud."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: `widths` are parts of the whole, `centred` the columns set in the middle, `dense` is for long ones."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    centred: Sequence[int] = ()
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A box for a signature: in what part somebody signs, and what is known of name and time already."""

    who: str
    name: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper of record. `organ` issues it on the day `on`; `case_url` is what its QR code opens.

    `sections` are titled paragraphs (legal basis, remedies); `signed` leaves room for the seal; `picture_svg` is the
    route picture; `barcode` draws `number` as Code 128. All text is set as it is: nothing in it is read as markup.
    """

    organ: str
    title: str
    number: str
    on: date
    addressee: str = ""
    paragraphs: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    lists: Sequence[Listing] = ()
    sections: Sequence[tuple[str, Sequence[str]]] = ()
    case_url: str = ""
    picture_svg: str = ""
    picture_alt: str = "办事路线图"
    signed: bool = True
    signatures: Sequence[Signature] = ()
    barcode: bool = False
    foot: str = ""
    standards: Sequence[Standard] = field(default=ARCHIVAL)


def paper_pdf(paper: Paper) -> bytes:
    """The paper as a PDF/A. The same paper gives the same bytes."""
    at = datetime.combine(paper.on, time(), tzinfo=SHANGHAI).astimezone(UTC)
    return render("paper", _data(paper), paper.standards, at=at)


def _data(paper: Paper) -> dict[str, Any]:
    qr = barcodes.qr(paper.case_url) if paper.case_url else None
    bars = barcodes.code128(paper.number) if paper.barcode else None
    return {
        "organ": _words(paper.organ),
        "title": _words(paper.title),
        "number": _words(paper.number),
        "number-line": _words(f"编号：{paper.number}"),
        "date": {"year": paper.on.year, "month": paper.on.month, "day": paper.on.day},
        "date-words": day_zh(paper.on),
        "addressee": _words(paper.addressee),
        "paragraphs": [_words(words) for words in paper.paragraphs],
        "facts": [(_words(name), _words(value)) for name, value in paper.facts if value],
        "lists": [_listing(part) for part in paper.lists if part.rows],
        "sections": [(_words(name), [_words(line) for line in lines]) for name, lines in paper.sections if lines],
        "qr": {"svg": qr.svg, "width": 24, "alt": paper.case_url} if qr else None,
        "bars": {"svg": bars.svg, "width": bars.modules * bars.fitting_module(80), "alt": paper.number}
        if bars
        else None,
        "picture": {"svg": paper.picture_svg, "alt": paper.picture_alt} if paper.picture_svg else None,
        "signed": paper.signed,
        "signatures": [{"who": s.who, "name": _words(s.name), "when": s.when} for s in paper.signatures],
        "foot": _words(paper.foot or f"{paper.title} {paper.number}"),
    }


def _listing(part: Listing) -> dict[str, Any]:
    if any(len(row) != len(part.headings) for row in part.rows) or len(part.widths) != len(part.headings):
        raise ValueError(f"{part.title}: rows, headings and widths differ in number")
    rows = [[_words(cell) for cell in row] for row in part.rows]
    return {
        "title": part.title, "headings": list(part.headings), "rows": rows,
        "widths": list(part.widths), "centred": list(part.centred), "dense": part.dense,
    }  # fmt: skip


def _words(text: str) -> str:
    return breakable(drawable(text.strip()))
