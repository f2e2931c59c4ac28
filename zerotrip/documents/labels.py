"""Mail labels: 100×150, 100×180 and 76×130 mm, one page each, ready for a 203 dpi thermal printer.

Source: GB/T 41833-2022 (areas of an electronic waybill; masking is the caller's, by `rules.masking`) and 快递条例 22:
of personal data nothing but name, address and phone. The 100 mm wide ones have two parts: the upper one sticks on the
item, the lower one is the receipt that the addressee signs. A court's letter (`court`) has a slip of its own, which
needs 100×180 mm. Labels speak Chinese to every reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from zerotrip.core.clock import local
from zerotrip.documents import barcodes, court
from zerotrip.documents.court import CourtData
from zerotrip.documents.fonts import drawable
from zerotrip.documents.render import render
from zerotrip.rules import mail_number

REAL_NAME, INSPECTED, IN_PERSON, NO_LOCKER = "实名", "验视", "须本人签收", "不得投柜"
"""Usual flags: sender's identity checked (快递条例 22), contents inspected (邮政法 25), how it must be delivered."""

_LONG_RUN: Final = re.compile(r"[^\s⺀-鿿＀-￯\U00020000-\U0003ffff]{13,}")


@dataclass(frozen=True, slots=True)
class Size:
    """A label's width and height and the height of its upper part, in mm; `upper` equal to `height` means one part."""

    width: int
    height: int
    upper: int

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


SIZE_150: Final = Size(100, 150, 90)
SIZE_180: Final = Size(100, 180, 110)
SIZE_130: Final = Size(76, 130, 130)
SIZES: Final = {str(size): size for size in (SIZE_150, SIZE_180, SIZE_130)}

COURT_SIZES: Final = (SIZE_180,)
"""What a court's letter fits on: on a shorter label its slip has no room for the handwriting it asks for."""

LIMITS: Final = {
    "product": 8, "service": 10, "route": 14, "from_place": 24, "to_place": 24, "recipient": 60, "recipient_phone": 40,
    "recipient_address": 200, "sender": 60, "sender_phone": 40, "sender_address": 200, "contents": 80, "fee": 40,
    "case_number": 50, "tracking_url": 200, "note": 40,
}  # fmt: skip
"""The most characters that each field of a label holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelData:
    """What stands on one label. Names, phones and addresses come masked (`rules.masking`); this module masks nothing.

    `number` is the mail number, `tracking_url` what the QR code opens, `flags` short words in boxes, `papers` the names
    of enclosed documents, `court` what a court's letter says on its slip. Raises ValueError for a wrong mail
    number or a field over its limit.
    """

    number: str
    product: str
    recipient: str
    recipient_phone: str
    recipient_address: str
    sender: str
    sender_address: str
    tracking_url: str
    sender_phone: str = ""
    service: str = ""
    route: str = ""
    from_place: str = ""
    to_place: str = ""
    contents: str = ""
    fee: str = ""
    accepted_at: datetime | None = None
    flags: Sequence[str] = ()
    case_number: str = ""
    papers: Sequence[str] = ()
    note: str = ""
    court: CourtData | None = None

    @property
    def sheets(self) -> int:
        """How many pages it takes."""
        return 1 + (self.court.pages if self.court else 0)

    def __post_init__(self) -> None:
        mail_number.validate(self.number)
        for name, most in LIMITS.items():
            if len(getattr(self, name)) > most:
                raise ValueError(f"{name} has more than {most} characters")
        if len(self.flags) > 6 or len("".join(self.flags)) > 24:
            raise ValueError("at most 6 flags with 24 characters together")
        if len("".join(self.papers)) > 160:
            raise ValueError("the papers' names have more than 160 characters together")


def breakable(text: str) -> str:
    """`text` with places to break a line inside runs of letters and digits that have none."""
    return _LONG_RUN.sub(lambda run: "\u200b".join(re.findall(".{1,8}", run[0])), text)


def _clean(text: str) -> str:
    return breakable(drawable(" ".join(text.split())))


def _code(code: barcodes.Barcode, width: float, alt: str, most: float = 0.5) -> dict[str, Any]:
    module = min(code.fitting_module(width), most)
    return {"svg": code.svg, "width": code.modules * module, "alt": alt}


def page(label: LabelData, size: Size) -> dict[str, Any]:
    """What `typ/label.typ` needs to set one label: cleaned words, and codes with their widths in mm."""
    words: dict[str, Any] = {
        f.name: _clean(value) for f in fields(label) if isinstance(value := getattr(label, f.name), str)
    }
    number = mail_number.compact(label.number)
    bars = barcodes.code128(number)
    wide = size.width - 6.0
    accepted = f"{local(label.accepted_at):%Y-%m-%d %H:%M}" if label.accepted_at else ""
    return words | {
        "number": mail_number.format(number),
        "flags": [drawable(flag) for flag in label.flags],
        "papers": [_clean(paper) for paper in label.papers],
        "accepted": accepted,
        "bars": _code(bars, wide - 22 if size.width > 80 else wide, number),
        "slip_bars": _code(bars, 58, number, 0.375),
        "qr": _code(barcodes.qr(label.tracking_url), 21, label.tracking_url),
        "court": court.content(label.court, _clean) if label.court else None,
    }


def label_pdf(label: LabelData, size: Size = SIZE_150) -> bytes:
    """One label as a PDF of one page."""
    return labels_pdf([label], size)


def labels_pdf(labels: Iterable[LabelData], size: Size = SIZE_150) -> bytes:
    """Many labels as one PDF, one page each (`LabelData.sheets`), in the order given.

    Raises ValueError when there are none, or when a court's letter is to stand on a size that does not hold its slip.
    """
    given = list(labels)
    if not given:
        raise ValueError("no labels to print")
    if size not in COURT_SIZES and any(label.court for label in given):
        raise ValueError(f"a court's letter does not fit on {size}")
    pages = [page(label, size) for label in given]
    shape = {"width": size.width, "height": size.height, "upper": size.upper}
    return render("label", {"size": shape, "labels": pages})
