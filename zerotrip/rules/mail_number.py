"""Any number on a mail piece: domestic with 13 digits, or UPU S10.

Source: number ranges seen in production systems (EMS standard express 1…, 50/51, 95/97; express parcels 96/98/99)
and UPU S10.
Confidence: B for the ranges.

No check digit could be shown on domestic numbers, so they are opaque. A range not listed is refused, because a
scanner also reads the bar codes of goods (13 digits, beginning with 69).

>>> classify("1272448151316").kind.zh, classify("9876543210123").product
('国内邮件', '快递包裹')
>>> classify("lz290346175cn")
MailNumber(number='LZ290346175CN', kind=<Kind.S10: 's10'>, product='跟踪小包')
>>> is_valid("6901234567892")
False
>>> format("1272448151316")
'1272 4481 51316'
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zerotrip.rules import s10
from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidFormat, RuleError

EXPRESS, PARCEL = "特快专递", "快递包裹"
RANGES = {"1": EXPRESS, "50": EXPRESS, "51": EXPRESS, "95": EXPRESS, "97": EXPRESS}
RANGES |= {"96": PARCEL, "98": PARCEL, "99": PARCEL}

_DOMESTIC = re.compile(r"[0-9]{13}")
_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")


class Kind(CodeList):
    """Which numbering a mail number belongs to."""

    DOMESTIC = "domestic", "国内邮件", "domestic"
    S10 = "s10", "万国邮联S10", "UPU S10"


@dataclass(frozen=True)
class MailNumber:
    """A checked mail number; ``product`` is what its range suggests, never a promise."""

    number: str
    kind: Kind
    product: str


def compact(number: str) -> str:
    """The number as it is stored: half-width capitals without spaces or hyphens."""
    return s10.compact(number)


def classify(number: str, *, more_ranges: Iterable[str] = ()) -> MailNumber:
    """The number with its kind, or a `RuleError`. ``more_ranges``: further beginnings of domestic numbers to accept."""
    number = compact(number)
    if _S10.fullmatch(number):
        return MailNumber(s10.validate(number), Kind.S10, s10.service(number).zh)
    if _DOMESTIC.fullmatch(number):
        product = next((p for beginning, p in RANGES.items() if number.startswith(beginning)), None)
        if product is None and number.startswith(tuple(more_ranges)):
            product = "其他"
        if product is not None:
            return MailNumber(number, Kind.DOMESTIC, product)
    raise InvalidFormat(
        "这不是邮件号码：国内邮件号码为13位数字并以1、50、51或95至99开头，"
        "国际邮件号码为2位字母加9位数字加2位字母。请扫描面单上的条码。",
        "This is not a mail number: a domestic one has 13 digits beginning with 1, 50, 51 or 95 to 99, "
        "an international one 2 letters, 9 digits and 2 letters. Please scan the bar code on the label.",
    )


def validate(number: str, *, more_ranges: Iterable[str] = ()) -> str:
    """The compact number, or a `RuleError`."""
    return classify(number, more_ranges=more_ranges).number


def is_valid(number: str, *, more_ranges: Iterable[str] = ()) -> bool:
    """Whether `validate` accepts the number."""
    try:
        classify(number, more_ranges=more_ranges)
    except RuleError:
        return False
    return True


def format(number: str) -> str:
    """The number in groups that a person can read out."""
    number = compact(number)
    if _DOMESTIC.fullmatch(number):
        return f"{number[:4]} {number[4:8]} {number[8:]}"
    return s10.format(number)
