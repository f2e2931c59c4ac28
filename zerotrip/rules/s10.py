"""Mail numbers of the Universal Postal Union: two letters, eight digits, a check digit, a country.

Source: UPU standard S10 (version 12 and later keep the same form). Weights 8 6 4 2 3 5 9 7, modulo 11; a result of 10
becomes 0, of 11 becomes 5.
Confidence: B (two implementations agree; checked on numbers in use).

The check digit 5 stands for two remainders (0 and 6), so a few mistyped digits go unnoticed: that is in the standard.

>>> validate("lz 290 346 175 cn")
'LZ290346175CN'
>>> compose("EB", 71761, "HK")
'EB000717618HK'
>>> validate("EY023356678CN")
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidChecksum: 邮件号码校验位不符，请重新扫描条码或对照面单重新输入。
>>> format("LZ290346175CN"), service("EB000717618HK").zh
('LZ 290 346 175 CN', '特快专递')
"""

import re

from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidChecksum, InvalidFormat, RuleError
from zerotrip.rules.text import require_text, squeeze

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

_FORM = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")


class Service(CodeList):
    """What the first letter says about the service; letters not listed are accepted and say nothing."""

    PARCEL = "C", "包裹", "parcel"
    EXPRESS = "E", "特快专递", "express"
    TRACKED_PACKET = "L", "跟踪小包", "tracked packet"
    REGISTERED = "R", "挂号", "registered"
    TRACKED_LETTER = "U", "非挂号函件", "letter, not registered"
    INSURED = "V", "保价", "insured"
    OTHER = "", "其他", "other"


def compact(number: str) -> str:
    """The number as it is stored: half-width capitals without spaces or hyphens."""
    return squeeze(require_text(number), drop="-").upper()


def check_digit(serial8: str) -> str:
    """The check digit for the eight digits of the serial number.

    >>> check_digit("29034617")
    '5'
    """
    value = 11 - sum(w * int(d) for w, d in zip(WEIGHTS, serial8, strict=True)) % 11
    return str({10: 0, 11: 5}.get(value, value))


def compose(service_indicator: str, serial: int, country: str) -> str:
    """The number for a two-letter service indicator, a serial number 0 to 99999999 and a two-letter country."""
    if not 0 <= serial <= 99_999_999:
        raise InvalidFormat("邮件流水号应在0至99999999之间。", "The serial number lies between 0 and 99999999.")
    digits = f"{serial:08d}"
    return validate(f"{service_indicator}{digits}{check_digit(digits)}{country}")


def validate(number: str) -> str:
    """The compact number, or `InvalidFormat` or `InvalidChecksum`."""
    number = compact(number)
    if not _FORM.fullmatch(number):
        raise InvalidFormat(
            "国际邮件号码应为2位字母、9位数字、2位字母，共13位，请重新扫描条码或对照面单重新输入。",
            "An S10 mail number has 2 letters, 9 digits and 2 letters; please scan the bar code again or retype it.",
        )
    if check_digit(number[2:10]) != number[10]:
        raise InvalidChecksum(
            "邮件号码校验位不符，请重新扫描条码或对照面单重新输入。",
            "The check digit of the mail number does not match; please scan the bar code again or retype it.",
        )
    return number


def is_valid(number: str) -> bool:
    """Whether `validate` accepts the number."""
    try:
        validate(number)
    except RuleError:
        return False
    return True


def format(number: str) -> str:
    """The number in the groups printed under a bar code: AA 999 999 999 AA."""
    number = compact(number)
    return " ".join((number[:2], number[2:5], number[5:8], number[8:11], number[11:])) if len(number) == 13 else number


def service(number: str) -> Service:
    """What kind of service the first letter names."""
    return Service.get(compact(number)[:1]) or Service.OTHER
