"""Base of every code list: a string enum whose members carry their Chinese and English names.

Source: convention of this package.
Confidence: A.

>>> class Colour(CodeList):
...     GREEN = "1", "绿", "green"
>>> Colour("1").zh, Colour.GREEN.en, Colour.choices()
('绿', 'green', [('1', '绿')])
>>> Colour.get("7") is None
True
"""

from enum import StrEnum
from typing import Self


class CodeList(StrEnum):
    """A closed list of codes; the value is the code itself, ``zh`` and ``en`` its names."""

    zh: str
    en: str

    def __new__(cls, code: str, zh: str, en: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        member.en = en
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(code, Chinese name) pairs in the order of the list."""
        return [(member.value, member.zh) for member in cls]

    @classmethod
    def get(cls, code: str) -> Self | None:
        """The member with this code, or None."""
        return next((member for member in cls if member.value == code), None)


class Confidence(CodeList):
    """How sure we are of a value; B and better may be printed for citizens, C and K are configuration."""

    A = "A", "已核对官方文本", "official text read in full"
    B = "B", "两个以上独立来源一致", "two or more independent sources agree"
    C = "C", "仅一个来源", "one source only"
    K = "K", "一般知识，待确认", "general knowledge, to be confirmed"

    def at_least(self, other: "Confidence") -> bool:
        """Whether this confidence is as good as ``other`` or better."""
        order = list(Confidence)
        return order.index(self) <= order.index(other)
