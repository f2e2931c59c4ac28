"""How typed text is tidied before a rule looks at it.

People type full-width digits, paste non-breaking spaces and zero-width characters. These are habits, not errors,
and are removed. Characters that merely look like a digit (①, Arabic-Indic digits) are left alone, so that a rule
refuses them.

Source: convention of this package; full-width forms are Unicode block U+FF01-U+FF5E.
Confidence: A.

>>> half_width("１３８ＡＢｘ－（）")
'138ABx-()'
>>> squeeze(" 138 1234\\u00a05678\\u200b ")
'13812345678'
"""

from zerotrip.rules.errors import InvalidFormat

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202C, 0x202D, 0x2060, 0xFEFF])
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")


def half_width(value: str) -> str:
    """Full-width letters, digits and signs as ASCII, dashes of every kind as "-", invisible characters dropped."""
    return value.translate(_HALF_WIDTH).translate(_INVISIBLE).translate(_DASHES)


def squeeze(value: str, drop: str = "") -> str:
    """`half_width` without white space and without the characters in ``drop``."""
    return "".join(c for c in half_width(value) if not c.isspace() and c not in drop)


def require_text(value: object) -> str:
    """``value`` if it is text; anything else (None, a number) raises `InvalidFormat` rather than a TypeError."""
    if not isinstance(value, str):
        raise InvalidFormat("内容缺失或不是文字，请重新填写。", "The value is missing or is not text; please give it.")
    return value
