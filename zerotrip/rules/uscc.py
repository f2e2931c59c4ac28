"""Unified social credit code (统一社会信用代码) of organisations, 18 characters.

Source: GB 32100-2015 (in force 2015-10-01). 31 characters (no I, O, S, V, Z), weights are powers of 3 modulo 31.
Registering department (1), kind of organisation (1), division (6), organisation code (9), check character (1).
Confidence: K for the algorithm's text (a standard algorithm, checked on published codes).

Only form and check character are hard; division and organisation code inside never reject.

>>> validate("91110000600037341L")
'91110000600037341L'
>>> validate("9111 0000-6000 3734 1l")
'91110000600037341L'
>>> validate("91110000600037342L")
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidChecksum: 统一社会信用代码校验码不符，请对照营业执照或登记证书重新填写。
>>> mask("91110000600037341L")
'91110000******341L'
"""

import re

from zerotrip.rules.errors import InvalidChecksum, InvalidFormat, RuleError
from zerotrip.rules.text import require_text, squeeze

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

_FORM = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def compact(code: str) -> str:
    """The code as it is stored: half-width capitals without spaces or hyphens."""
    return squeeze(require_text(code), drop="-").upper()


def check_character(first17: str) -> str:
    """The 18th character for the first 17.

    >>> check_character("91110000600037341")
    'L'
    """
    total = sum(w * ALPHABET.index(c) for w, c in zip(WEIGHTS, first17, strict=True))
    return ALPHABET[-total % 31]


def validate(code: str) -> str:
    """The compact code, or `InvalidFormat` or `InvalidChecksum`."""
    code = compact(code)
    if len(code) != 18:
        raise InvalidFormat(
            f"统一社会信用代码应为18位，现为{len(code)}位，请对照营业执照或登记证书重新填写。",
            f"A unified social credit code has 18 characters, this one has {len(code)}; "
            "please retype it from the licence.",
        )
    if not _FORM.fullmatch(code):
        raise InvalidFormat(
            "统一社会信用代码只含数字和大写字母，不使用字母I、O、S、V、Z，第3至8位为数字，"
            "请对照营业执照或登记证书重新填写。",
            "A unified social credit code has digits and capitals without I, O, S, V, Z, and digits in places 3 to 8; "
            "please retype it from the licence.",
        )
    if check_character(code[:17]) != code[17]:
        raise InvalidChecksum(
            "统一社会信用代码校验码不符，请对照营业执照或登记证书重新填写。",
            "The check character of the unified social credit code does not match; please retype it from the licence.",
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
    """The code as printed on the licence: 18 characters without separators."""
    return compact(code)


def mask(code: str) -> str:
    """The code for a screen: 8 first and 4 last characters; anything not 18 long is hidden whole."""
    code = compact(code)
    return code[:8] + "*" * 6 + code[-4:] if len(code) == 18 else "*" * len(code)
