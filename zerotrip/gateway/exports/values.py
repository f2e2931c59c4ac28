"""How GB/T 39046-2020 writes a value: its formats (5.3, tables 2 and 3), checked before anything leaves the house.

>>> Format.of("an..50").write("JX36010220261123000001Y")
'JX36010220261123000001Y'
>>> Format.of("n..16,2").write(Decimal("20")), Format.of("n1").write("2")
('20.00', '2')
>>> Format.of("a..30").write("王小明 13900001111")
Traceback (most recent call last):
    ...
zerotrip.gateway.exports.values.Unsayable: letters
>>> Format.of("YYYYMMDD").write(date(2026, 11, 24))
'20261124'

Confidence: A for the formats; that lengths count characters, not bytes, is our reading ("m个字符"): K.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from zerotrip.core.clock import local

WHY: Final = {
    "": _("没有登记"),
    "long": _("超过标准规定的长度"),
    "short": _("长度与标准规定不符"),
    "digits": _("应为数字"),
    "letters": _("应为文字，含有数字"),
    "code": _("不在代码表内"),
    "kind": _("不是标准规定的类型"),
    "binary": _("文件内容不随表发送"),
}
"""Why an element is left empty, for people."""

_TEXT: Final = re.compile(r"(an|a|n)(\.\.)?(\d+)(?:,(\d+))?\Z")
_TIMES: Final = {
    "YYYYMMDD": "%Y%m%d",
    "YYYYMMDDThhmmss": "%Y%m%dT%H%M%S",
    "YYYYMMDDhh:mm:ss": "%Y%m%d%H:%M:%S",
    "YYYYMMDDhhmmss": "%Y%m%d%H%M%S",
}


class Unsayable(ValueError):
    """The value cannot be said in this format; the text is a key of `WHY`."""


class Public(str):
    """Text in an element of personal data that is nobody's secret: a company's name, an official's in office."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One format of the standard. `longest` counts characters (0: any length); `fraction`: digits after the point."""

    text: str
    kind: Literal["text", "letters", "digits", "number", "time", "binary"]
    longest: int = 0
    exact: bool = False
    fraction: int = 0

    @staticmethod
    @cache
    def of(text: str) -> Format:
        """The format written so in the standard. Raises ValueError for one it does not know."""
        if text in _TIMES:
            return Format(text, "time")
        if text == "..ul":
            return Format(text, "text")
        if text == "二进制":
            return Format(text, "binary")
        found = _TEXT.match(text)
        if found is None:
            raise ValueError(f"GB/T 39046-2020 knows no format {text!r}")
        letters, open_end, longest, fraction = found.groups()
        if fraction:
            return Format(text, "number", int(longest), fraction=int(fraction))
        kind: Any = {"an": "text", "a": "letters", "n": "digits"}[letters]
        return Format(text, kind, int(longest), exact=not open_end)

    @property
    def zh(self) -> str:
        """The type as the standard names it: 字符型 an..50."""
        if self.kind == "binary":
            return self.text
        if self.kind == "number":
            return f"数字型 {self.text}"
        if self.kind == "time":
            return f"{'日期型' if self.text == 'YYYYMMDD' else '日期时间型'} {self.text}"
        return f"字符型 {self.text}"

    def write(self, value: Any) -> str:
        """`value` in this format, times in Shanghai. Raises Unsayable; nothing is cut short to fit."""
        if self.kind == "binary":
            raise Unsayable("binary")
        if self.kind == "time":
            return self._time(value)
        if self.kind == "number":
            return self._number(value)
        text = " ".join(str(value).split())
        if self.longest and len(text) > self.longest:
            raise Unsayable("long")
        if self.exact and len(text) != self.longest:
            raise Unsayable("short")
        if self.kind == "digits" and not (text.isascii() and text.isdigit()):
            raise Unsayable("digits")
        if self.kind == "letters" and any(character.isdigit() for character in text):
            raise Unsayable("letters")
        return text

    def _time(self, value: Any) -> str:
        if isinstance(value, datetime):
            return local(value).strftime(_TIMES[self.text])
        if isinstance(value, date) and self.text == "YYYYMMDD":
            return value.strftime(_TIMES[self.text])
        raise Unsayable("kind")

    def _number(self, value: Any) -> str:
        if not isinstance(value, Decimal | int) or isinstance(value, bool):
            raise Unsayable("kind")
        text = f"{Decimal(value):.{self.fraction}f}"
        if Decimal(text) != value:
            raise Unsayable("kind")
        if len(text) > self.longest:
            raise Unsayable("long")
        return text
