"""The content of a version as plain data: what a file, a sheet row, a draft form and a comparison have in common.

    {"code": "DL_EXPIRY", "name": "机动车驾驶证期满换证", …, "materials": [{"name": …}, …], "fees": […], …}

The fields are those of the models; nothing is listed twice. `clean` brings whatever came in to one form, or says for
each field, in a sentence, what is wrong. Clean content written to a sheet and read again is the same content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import override

from zerotrip.catalog import codes
from zerotrip.catalog.models import PARTS, ItemVersion, ServiceItem
from zerotrip.core.words import listed

Content = dict[str, Any]

_NOT_CONTENT: Final = {
    "id", "item", "number", "state", "created_at", "changed_at", "published_at", "withdrawn_at", "withdrawn_reason",
    "imported_from", "search_text",
}  # fmt: skip
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{1,39}\Z")
_MAX_PARTS: Final = 60
_MAX_WORDS: Final = 30
_MAX_NUMBER: Final = 9999
_YES: Final = {"是": True, "1": True, "true": True, "y": True, "yes": True, "√": True}
_NO: Final = {"否": False, "0": False, "false": False, "n": False, "no": False, "×": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name here, its heading in the sheet, what it holds and how long it may be."""

    name: str
    heading: str
    holds: str
    longest: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field. `part` and `position` say in which material, fee, basis or source it is."""

    field: str
    heading: str
    sentence: str
    part: str = ""
    position: int = 0


class Refused(ValueError):
    """The content is not good; `faults` says why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.heading}: {fault.sentence}" for fault in faults))
        self.faults = list(faults)


def _holds(field: models.Field[Any, Any]) -> str:
    if field.name in codes.WORD_LISTS:
        return "codes"
    if isinstance(field, models.JSONField):
        return "words"
    if field.choices:
        return "code"
    kinds: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
        (models.BooleanField, "yes"), (models.PositiveSmallIntegerField, "number"), (models.DateField, "day"),
        (models.DecimalField, "money"),
    )  # fmt: skip
    return next((name for kind, name in kinds if isinstance(field, kind)), "text")


def _describe(field: models.Field[Any, Any]) -> Field:
    optional = field.blank or field.null or field.has_default()
    with override("zh-hans"):  # the official sheet is Chinese whoever reads it
        listed = codes.WORD_LISTS.get(field.name) or field.choices or []
        choices = tuple((str(code), str(name)) for code, name in listed)
        return Field(
            field.name, str(field.verbose_name), _holds(field), field.max_length or 0, choices, required=not optional
        )


@cache
def fields() -> tuple[Field, ...]:
    """The fields of an item, the code first, in the order of the sheet."""
    code = _describe(ServiceItem._meta.get_field("code"))
    listed = [f for f in ItemVersion._meta.concrete_fields if f.name not in _NOT_CONTENT]
    first = [f for f in listed if f.name not in ("valid_from", "valid_until")]
    return (code, *map(_describe, first), *(_describe(f) for f in listed if f not in first))


@cache
def part_fields(part: str) -> tuple[Field, ...]:
    """The fields of a material, fee, legal basis or source."""
    return tuple(_describe(f) for f in PARTS[part]._meta.concrete_fields if f.name not in ("id", "version", "position"))


def clean(raw: Mapping[str, Any]) -> Content:
    """`raw` in one form: every field present, texts trimmed, codes known, days and money typed. Raises Refused."""
    faults: list[Fault] = []
    content = _clean_fields(fields(), raw, faults, "", 0)
    if content["code"] and not _CODE.match(content["code"]):
        faults.append(Fault("code", "事项短码", _("只能用大写字母、数字和下划线，以字母开头，2 至 40 位。")))
    for part in PARTS:
        rows = raw.get(part) or []
        if not isinstance(rows, list) or len(rows) > _MAX_PARTS:
            faults.append(Fault(part, part, _("最多 {limit} 行。").format(limit=_MAX_PARTS)))
            continue
        content[part] = [
            _clean_fields(part_fields(part), row if isinstance(row, Mapping) else {}, faults, part, n)
            for n, row in enumerate(rows)
        ]
    if not faults:
        faults = _sense(content)
    if faults:
        raise Refused(faults)
    return content


def _sense(content: Content) -> list[Fault]:
    """Contradictions no single field shows."""
    faults = []
    if content["valid_until"] and content["valid_until"] < content["valid_from"]:
        faults.append(Fault("valid_until", "失效日期", _("不能早于生效日期。")))
    for kind, heading in (("legal", "法定办结时限单位"), ("promised", "承诺办结时限单位")):
        if (content[f"{kind}_limit_value"] is None) != (not content[f"{kind}_limit_unit"]):
            faults.append(Fault(f"{kind}_limit_unit", heading, _("时限的数值和单位要么都填，要么都空。")))
    return faults


def _clean_fields(
    known: Sequence[Field], raw: Mapping[str, Any], faults: list[Fault], part: str, position: int
) -> Content:
    content: Content = {}
    for field in known:
        try:
            content[field.name] = _clean_value(field, raw.get(field.name))
        except ValueError as error:
            faults.append(Fault(field.name, field.heading, str(error), part, position))
            content[field.name] = None
    return content


def _clean_value(field: Field, value: Any) -> Any:
    if field.holds in ("words", "codes"):
        return _words(field, value)
    text = plain(value)
    if not text:
        if field.required:
            raise ValueError(_("必填。"))
        return _empty(field)
    return _READ[field.holds](field, text)


def _empty(field: Field) -> Any:
    if field.name in _DEFAULTS:
        return _DEFAULTS[field.name]
    return "" if field.holds in ("text", "code") else None


_DEFAULTS: Final[dict[str, Any]] = {
    "division_scope": "36", "kind": "original", "necessity": "required", "payee": "state", "originals": 0, "copies": 0,
    "actor": "person", "minutes": 0, "queue": 0, "working_days": 0, "calendar_days": 0,
}  # fmt: skip


def plain(value: Any) -> str:
    """`value` as trimmed text: whole numbers without .0, days as 2026-11-24, booleans as 是/否. Raises ValueError."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    for character in text:
        if character != "\n" and (
            unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff\u2028\u2029"
        ):
            raise ValueError(_("含有不能保存的控制字符，请删除后重试。"))
    return text


def _text(field: Field, text: str) -> str:
    if field.longest and len(text) > field.longest:
        raise ValueError(_("有 {count} 个字，最多 {limit} 个字。").format(count=len(text), limit=field.longest))
    return text


def _code(field: Field, text: str) -> str:
    for code, name in field.choices:
        if text in (code, name, f"{code} {name}") or text.split(" ", 1)[0] == code:
            return code
        if len(code) == 2 and code.startswith("0") and text == code[1:]:
            return code  # a spreadsheet drops leading zeros
    shown = listed(f"{code} {name}" for code, name in field.choices[:12])
    raise ValueError(_("“{text}”不在代码表中，应为：{shown}。").format(text=text[:30], shown=shown))


def _yes(field: Field, text: str) -> bool:
    answer = (_YES | _NO).get(text.lower())
    if answer is None:
        raise ValueError(_("“{text}”应写“是”或“否”，不知道就留空。").format(text=text[:30]))
    return answer


def _number(field: Field, text: str) -> int:
    digits = text.removesuffix("次").removesuffix("份").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6 or int(digits) > _MAX_NUMBER:
        raise ValueError(_("“{text}”应为 0 至 {limit} 的整数。").format(text=text[:30], limit=_MAX_NUMBER))
    return int(digits)


def _day(field: Field, text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-")[:10])
    except ValueError:
        raise ValueError(_("“{text}”不是日期，应写成 2026-11-24 的样子。").format(text=text[:30])) from None


def _money(field: Field, text: str) -> Decimal:
    digits = text.removeprefix("¥").removesuffix("元").strip()
    if not re.fullmatch(r"\d{1,8}(\.\d{1,2})?", digits, re.ASCII):
        raise ValueError(_("“{text}”应为元，最多两位小数，如 10.00。").format(text=text[:30]))
    return Decimal(digits).quantize(Decimal("0.01"))


_READ: Final = {"text": _text, "code": _code, "yes": _yes, "number": _number, "day": _day, "money": _money}
_SPLIT: Final = re.compile(r"[；;\n]+")


def _words(field: Field, value: Any) -> list[str]:
    given = value if isinstance(value, list) else _SPLIT.split(plain(value))
    words: list[str] = []
    for each in given:
        word = plain(each)
        if not word:
            continue
        if _SPLIT.search(word):
            raise ValueError(_("每一项里不能再有分号或换行。"))
        if len(word) > 60:
            raise ValueError(_("每一项最多 {limit} 个字。").format(limit=60))
        if field.holds == "codes":
            word = _code(field, word)
        elif field.name == "configured":
            word = _field_name(word)
        if word not in words:
            words.append(word)
    if len(words) > _MAX_WORDS:
        raise ValueError(_("最多 {limit} 项。").format(limit=_MAX_WORDS))
    return words


def _field_name(word: str) -> str:
    known = {f.name for f in fields()} | set(PARTS)
    headings = {f.heading: f.name for f in fields()} | PART_HEADINGS_BACK
    if word in known:
        return word
    if word in headings:
        return headings[word]
    raise ValueError(_("“{word}”不是事项的栏目名。").format(word=word[:30]))


PART_HEADINGS: Final = {
    "legal_bases": "设定依据",
    "materials": "申报材料",
    "fees": "收费项目",
    "sources": "来源",
    "ways": "办理环节",
    "bars": "办理限制",
}
PART_HEADINGS_BACK: Final = {heading: name for name, heading in PART_HEADINGS.items()}


def heading_of(name: str) -> str:
    """The Chinese name of a field or of a kind of rows."""
    return PART_HEADINGS.get(name) or next((f.heading for f in fields() if f.name == name), name)


def content_of(version: ItemVersion) -> Content:
    """The content of a stored version. With prefetched rows this costs no statement."""
    content: Content = {"code": version.item.code}
    content |= {f.name: getattr(version, f.name) for f in fields() if f.name != "code"}
    for part in PARTS:
        rows = getattr(version, part).all()
        content[part] = [{f.name: getattr(row, f.name) for f in part_fields(part)} for row in rows]
    return content


def search_text(content: Content) -> str:
    """What search looks through: name, everyday words, code, initials of the name."""
    return "\n".join([content["name"], *content["aliases"], content["code"], content["name_initials"]]).lower()
