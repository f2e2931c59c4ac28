"""Postal codes of China, six digits.

Source: 邮政编码 system of China Post: province (2), zone (1), county (1), delivery office (2); 999077 and 999078 stand
for Hong Kong and Macao.
Confidence: K. Which codes are in use is not checked.

>>> validate(" 330 000 "), validate("３４４０００")
('330000', '344000')
>>> is_valid("000000"), is_valid("33000")
(False, False)
"""

import re

from zerotrip.rules.errors import InvalidFormat, RuleError
from zerotrip.rules.text import require_text, squeeze

_FORM = re.compile(r"(?!000000)[0-9]{6}")


def compact(code: str) -> str:
    """The code as it is stored: half-width digits without spaces or hyphens."""
    return squeeze(require_text(code), drop="-")


def validate(code: str) -> str:
    """The compact code, or `InvalidFormat`."""
    code = compact(code)
    if not _FORM.fullmatch(code):
        raise InvalidFormat(
            "邮政编码应为6位数字，请核对后重新填写；不清楚时可以留空。",
            "A postal code has six digits; please check it, or leave it empty if you do not know it.",
        )
    return code


def is_valid(code: str) -> bool:
    """Whether `validate` accepts the code."""
    try:
        validate(code)
    except RuleError:
        return False
    return True


def format(code: str) -> str:
    """The code as written on an envelope: six digits."""
    return compact(code)
