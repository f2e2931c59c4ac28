"""Numbers of identity documents other than the resident ID: form only, and permissive.

Source: 实名收寄管理办法 (交通运输部令2018年第24号, in force 2018-10-22) names the documents; their numbers have no
published check digit. Passports: ICAO Doc 9303 (up to 9 letters and digits, some states more). Travel permits: H or M
and 8 digits, with or without the two-digit renewal count of the old booklet (Hong Kong, Macao); 8 digits, or the old
10 (Taiwan). Permanent resident card: 3 letters and 12 digits before 2023, since then the 18 characters of
`resident_id`.
Confidence: B for the list of documents, K for the number forms.

>>> from datetime import date
>>> today = date(2026, 11, 23)
>>> validate("e 1234 5678", IdType.PASSPORT, today=today)
'E12345678'
>>> validate("H1234567800", IdType.HK_MACAO_TRAVEL_PERMIT, today=today)
'H1234567800'
>>> validate("1234567", IdType.TAIWAN_TRAVEL_PERMIT, today=today)
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidFormat: 台湾居民来往大陆通行证号码应为8位数字（旧证10位），请对照证件重新填写。
>>> mask("E12345678")
'E1*****78'
"""

import re
from datetime import date

from zerotrip.rules import resident_id, uscc
from zerotrip.rules.errors import InvalidFormat, RuleError
from zerotrip.rules.id_types import IdType
from zerotrip.rules.text import require_text, squeeze

_GENERAL = (
    re.compile(r"[0-9A-Z\u4e00-\u9fff]{4,30}"),
    "应为4至30位字母、数字或汉字",
    "has 4 to 30 letters, digits or Chinese characters",
)
_FORMS = {
    IdType.PASSPORT: (
        re.compile(r"(?=.*[0-9])[0-9A-Z]{5,12}"),
        "应为5至12位字母和数字",
        "has 5 to 12 letters and digits",
    ),
    IdType.HK_MACAO_TRAVEL_PERMIT: (
        re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
        "应为H或M加8位数字（旧证可再加2位换证次数）",
        "is H or M and 8 digits (older ones add a 2-digit renewal count)",
    ),
    IdType.TAIWAN_TRAVEL_PERMIT: (
        re.compile(r"[0-9]{8}(?:[0-9]{2}(?:\([A-Z0-9]\)|[A-Z])?)?"),
        "应为8位数字（旧证10位）",
        "has 8 digits (older ones 10)",
    ),
}
_OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")


def compact(number: str) -> str:
    """The number as it is stored: half-width capitals without spaces or hyphens."""
    return squeeze(require_text(number), drop="-").upper()


def validate(number: str, kind: IdType, *, today: date) -> str:
    """The compact number of a document of this kind, or a `RuleError`.

    Kinds in resident form go to `resident_id`, organisations to `uscc`, so this is the one door for any document.
    """
    if kind.has_resident_form:
        return resident_id.validate(number, today=today)
    if kind is IdType.UNIFIED_SOCIAL_CREDIT_CODE:
        return uscc.validate(number)
    number = compact(number)
    if kind is IdType.FOREIGN_PERMANENT_RESIDENT:
        if _OLD_PERMANENT_RESIDENT.fullmatch(number):
            return number
        if not number.startswith("9"):
            raise InvalidFormat(
                "外国人永久居留身份证号码应为以9开头的18位号码，旧证为3位字母加12位数字，请对照证件重新填写。",
                "A foreign permanent resident number has 18 characters beginning with 9, an older one 3 letters and "
                "12 digits; please retype it from the card.",
            )
        return resident_id.validate(number, today=today)
    form, zh, en = _FORMS.get(kind, _GENERAL)
    if not form.fullmatch(number):
        raise InvalidFormat(
            f"{kind.zh}号码{zh}，请对照证件重新填写。",
            f"The number of a {kind.en} {en}; please retype it from the document.",
        )
    return number


def is_valid(number: str, kind: IdType, *, today: date) -> bool:
    """Whether `validate` accepts the number."""
    try:
        validate(number, kind, today=today)
    except RuleError:
        return False
    return True


def format(number: str) -> str:
    """The number as printed on the document, without separators."""
    return compact(number)


def mask(number: str) -> str:
    """The number for a screen: two characters at each end, at least four hidden; short numbers are hidden whole."""
    number = compact(number)
    if len(number) == 18:
        return resident_id.mask(number)
    return number[:2] + "*" * (len(number) - 4) + number[-2:] if len(number) >= 8 else "*" * len(number)
