"""Mobile numbers of the Chinese mainland.

Source: 电信网编号计划 (工业和信息化部, 2017 edition): 11 digits beginning with 13 to 19. New segments are opened
every few years, so the digits after these never reject.
Confidence: K.

>>> validate("+86 138-1234-5678"), validate("(0086)138 1234 5678"), validate("１３８１２３４５６７８")
('13812345678', '13812345678', '13812345678')
>>> format("13812345678")
'138 1234 5678'
>>> validate("1381234567")
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidFormat: 手机号码应为11位数字，现为10位，请核对后重新填写。
"""

import re

from zerotrip.rules.errors import InvalidFormat, RuleError
from zerotrip.rules.text import require_text, squeeze

_FORM = re.compile(r"1[3-9][0-9]{9}")
_PREFIX = re.compile(r"(?:\+86|0086|86)(?=1[0-9]{10}\Z)")


def compact(number: str) -> str:
    """The number as it is stored: digits only, without country code, spaces, hyphens, dots or brackets."""
    return _PREFIX.sub("", squeeze(require_text(number), drop="-.()·"), count=1)


def validate(number: str) -> str:
    """The compact number, or `InvalidFormat`."""
    number = compact(number)
    if not re.fullmatch(r"[0-9]*", number):
        raise InvalidFormat(
            "手机号码只能是数字（可带+86），请核对后重新填写。",
            "A mobile number has digits only (with or without +86); please check and retype it.",
        )
    if len(number) != 11:
        raise InvalidFormat(
            f"手机号码应为11位数字，现为{len(number)}位，请核对后重新填写。",
            f"A mobile number has 11 digits, this one has {len(number)}; please check and retype it.",
        )
    if not _FORM.fullmatch(number):
        raise InvalidFormat(
            "手机号码应以13至19开头，请填写中国内地手机号码。",
            "A mobile number begins with 13 to 19; please give a mobile number of the Chinese mainland.",
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
    """The number in groups of 3, 4 and 4."""
    number = compact(number)
    return f"{number[:3]} {number[3:7]} {number[7:]}" if len(number) == 11 else number
