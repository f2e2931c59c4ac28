"""Resident identity number (公民身份号码) of 18 characters.

Source: GB 11643-1999 (in force 1999-07-01); the check character is ISO 7064 MOD 11-2. Residence permits for people
from Hong Kong (810000), Macao (820000) and Taiwan (830000) and the foreign permanent resident card of 2023 (beginning
with 9) use the same form. First-generation cards with 15 digits ended on 2013-01-01.
Confidence: K for the algorithm's text (a standard algorithm, checked on published examples).

Length, characters, birth date and check character are hard. The first six digits say where the number was first issued;
counties are founded, merged and renamed, so they are only a hint and never a reason to refuse.

>>> from datetime import date
>>> today = date(2026, 11, 23)
>>> validate("11010519491231002x", today=today)
'11010519491231002X'
>>> validate("４４０５２４ 18800101 0014", today=date(1990, 1, 1))
'440524188001010014'
>>> validate("110105194912310021", today=today)
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidChecksum: 身份证号码校验码不符，可能有一位填错或两位颠倒，请对照证件重新填写。
>>> birth_date("11010519491231002X"), sex("11010519491231002X").zh, age("11010519491231002X", today)
(datetime.date(1949, 12, 31), '女', 76)
>>> mask("11010519491231002X")
'110105********002X'
>>> issued_in("830000199201300022"), issued_in("999999199001010019")
('台湾（台湾居民居住证）', '外国人永久居留身份证')
"""

import re
from calendar import monthrange
from datetime import date

from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidChecksum, InvalidDate, InvalidFormat, RuleError
from zerotrip.rules.text import require_text, squeeze

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
LONGEST_LIFE = 150  # years; older birth dates are typing errors

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_FIRST_GENERATION = re.compile(r"[0-9]{15}")
_PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港（港澳居民居住证）", "82": "澳门（港澳居民居住证）", "83": "台湾（台湾居民居住证）",
}  # fmt: skip


class Sex(CodeList):
    """Sex as GB/T 2261.1 codes it."""

    MALE = "1", "男", "male"
    FEMALE = "2", "女", "female"


def compact(number: str) -> str:
    """The number as it is stored: half-width, capital X, no spaces or hyphens. Does not check anything."""
    return squeeze(require_text(number), drop="-").upper()


def check_character(first17: str) -> str:
    """The 18th character for the first 17 digits.

    >>> check_character("11010519491231002")
    'X'
    """
    return CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def _birth_date(number: str) -> date:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidDate(
            "身份证号码中的出生日期不存在，请对照证件核对第7至14位。",
            "The birth date in the ID number does not exist; please check digits 7 to 14 against the card.",
        ) from None


def validate(number: str, *, today: date) -> str:
    """The compact number, or `InvalidFormat`, `InvalidDate` (also later than ``today``) or `InvalidChecksum`."""
    number = compact(number)
    if _FIRST_GENERATION.fullmatch(number):
        raise InvalidFormat(
            "这是15位的第一代身份证号码，已于2013年1月1日停止使用，请填写18位号码。",
            "This is a 15-digit first-generation number, out of use since 2013-01-01; please give the 18-digit number.",
        )
    if len(number) != 18:
        raise InvalidFormat(
            f"身份证号码应为18位，现为{len(number)}位，请对照证件重新填写。",
            f"A resident ID number has 18 characters, this one has {len(number)}; please retype it from the card.",
        )
    if not _FORM.fullmatch(number):
        raise InvalidFormat(
            "身份证号码只能是数字，最后一位可以是X，请对照证件重新填写。",
            "A resident ID number consists of digits, the last may be X; please retype it from the card.",
        )
    born = _birth_date(number)
    if born > today:
        raise InvalidDate(
            "身份证号码中的出生日期晚于今天，请对照证件核对第7至14位。",
            "The birth date in the ID number lies in the future; please check digits 7 to 14 against the card.",
        )
    if born.year < today.year - LONGEST_LIFE:
        raise InvalidDate(
            "身份证号码中的出生年份过早，请对照证件核对第7至10位。",
            "The birth year in the ID number is too early; please check digits 7 to 10 against the card.",
        )
    if check_character(number[:17]) != number[17]:
        raise InvalidChecksum(
            "身份证号码校验码不符，可能有一位填错或两位颠倒，请对照证件重新填写。",
            "The check character of the ID number does not match: a digit may be wrong or two swapped; "
            "please retype it from the card.",
        )
    return number


def is_valid(number: str, *, today: date) -> bool:
    """Whether `validate` accepts the number."""
    try:
        validate(number, today=today)
    except RuleError:
        return False
    return True


def format(number: str) -> str:
    """The number as printed on the card: 18 characters without separators."""
    return compact(number)


def birth_date(number: str) -> date:
    """The birth date in a valid number; `InvalidFormat` or `InvalidDate` if it holds none."""
    number = compact(number)
    if not _FORM.fullmatch(number):
        raise InvalidFormat("身份证号码应为18位。", "A resident ID number has 18 characters.")
    return _birth_date(number)


def sex(number: str) -> Sex:
    """The sex in a valid number: the 17th digit is odd for men, even for women."""
    number = compact(number)
    if not _FORM.fullmatch(number):
        raise InvalidFormat("身份证号码应为18位。", "A resident ID number has 18 characters.")
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def age(number: str, on: date) -> int:
    """Full years (周岁) on the day ``on``; born on 29 February, one grows older on the last of February (民法典 202).

    >>> age("110105200002290007", date(2018, 2, 27)), age("110105200002290007", date(2018, 2, 28))
    (17, 18)
    """
    born = birth_date(number)
    if on < born:
        raise InvalidDate("所问日期早于出生日期。", "The day asked about lies before the birth date.")
    birthday = date(on.year, born.month, min(born.day, monthrange(on.year, born.month)[1]))
    return on.year - born.year - (on < birthday)


def issued_in(number: str) -> str | None:
    """A hint where the number was first issued (province or kind of permit), or None. Never a reason to refuse."""
    number = compact(number)
    if number.startswith("9"):
        return "外国人永久居留身份证"
    return _PROVINCES.get(number[:2])


def mask(number: str) -> str:
    """The number for a screen: 6 first and 4 last characters; anything not 18 long is hidden whole."""
    number = compact(number)
    return number[:6] + "*" * 8 + number[-4:] if len(number) == 18 else "*" * len(number)
