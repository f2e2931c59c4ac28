"""Names, phones and addresses as a mail label may show them, and numbers as a screen may show them.

Source: GB/T 41833-2022 快递电子运单 (in force 2023-02-01): hide at least one character of the name, at least six
digits of the phone, and unit and room of the address; 快递条例 (2018) 22: no other identity data on a label.
Confidence: B (reports of the press talk agree; the standard's own text was not at hand).

When in doubt the masks hide more: the carrier reads the full text from its own system.

>>> name("欧阳小明"), name("张三"), name("张小明"), name("Mary Smith")
('欧阳**', '张*', '张**', 'M*** *****')
>>> phone("13812345678"), phone("0791-86661234"), phone("+86 138 1234 5678")
('138******78', '0791-******34', '138******78')
>>> address("江西省南昌市东湖区阳明路12号3栋2单元501室")
'江西省南昌市东湖区阳明路12号***'
>>> address("抚州市临川区金巢大道阳光花园3-2-501"), address("南昌市红谷滩区红谷中大道1号")
('抚州市临川区金巢大道阳光花园***', '南昌市红谷滩区红谷中大道1号')
"""

import re

from zerotrip.rules import other_id, resident_id, uscc
from zerotrip.rules.person_name import DOT
from zerotrip.rules.text import half_width, squeeze

HIDDEN = "***"
_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 "
    "太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 令狐 百里 呼延 东郭 南门 羊舌 微生 左丘 "
    "西门 第五 拓跋 夹谷 宰父 谷梁 段干 轩辕 完颜 纳兰"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())

_NUMERAL = "0-9A-Za-z一二三四五六七八九十百千零〇两甲乙丙丁戊己庚辛东南西北"
_CHINESE = "一二三四五六七八九十百千零〇两"
_ROAD = "路街道巷里线段胡同环"
_NOT_A_PLACE = r"(?![梁村镇乡路街巷庄苗湾桥区县市店坊岭山坪河堡])"
_UNIT_PARTS = (
    # 3栋 B座 十二幢 2单元 甲单元 501室 12层 3号楼 5#
    rf"(?:第?[{_NUMERAL}]+(?:-[0-9A-Za-z]+)*(?:号|#)?|(?:号|#))(?:栋|幢|座|单元|梯|门洞){_NOT_A_PLACE}",
    rf"第?(?:[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*|[{_CHINESE}]+)(?:号|#)?(?:室|房|户|层|楼|F(?![A-Za-z])){_NOT_A_PLACE}",
    r"[0-9A-Za-z]+#",
    # 3-2-501, but not the house number 12-3号
    r"[0-9A-Za-z]*[0-9]-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*(?!-?[0-9A-Za-z]*号(?![楼栋幢座房室]))",
    # a second number after the house number: 12号附1号, 弄5号, 小区5号, 五组12号
    rf"附?(?:[0-9]+|[{_CHINESE}]+)号(?=附)",
    rf"附[0-9{_CHINESE}]+号?",
    r"(?<=[弄组队社村寨园苑庭邸寓墅城湾院])[0-9]+(?:-[0-9]+)?号",
    # whatever number ends the text or stands before the end in brackets
    r"[0-9A-Za-z]*[0-9](?=[)）\]】。.,，;；!！]*$)",
    r"(?<![0-9])(?<!^)[0-9]{5,}",
)
_UNIT = [re.compile(part) for part in _UNIT_PARTS]
_HOUSE = re.compile(rf"(?<=[{_ROAD}])(?:甲|乙|丙|丁)?[0-9]+(?:-[0-9]+)?号(?!楼|栋(?!梁)|[幢座房室])")


def name(full_name: str) -> str:
    """The name with only the surname (or the first letter) left; a single character is hidden whole."""
    parts = half_width(full_name).split()
    if not parts:
        return ""
    text = " ".join(parts)
    first = text[:1]
    if first.isascii() or DOT in text:
        keep = 1
    else:
        keep = 2 if len(text) > 2 and text[:2] in COMPOUND_SURNAMES else 1
    if len(text) == 1:
        return "*"
    return text[:keep] + "".join(c if c in f" {DOT}" else "*" for c in text[keep:])


def phone(number: str) -> str:
    """The phone with at least six digits hidden (all, if there are no more); several numbers are masked one by one."""
    parts = re.split(r"([/、,;，；\s]+(?=\+?\(?[0-9]{3,}))", half_width(number).strip())
    if len(parts) > 1 and all(len(re.sub(r"\D", "", part)) >= 7 for part in parts[::2]):
        return "".join(_phone(part) if i % 2 == 0 else "/" for i, part in enumerate(parts))
    return _phone(number)


def _phone(number: str) -> str:
    text = squeeze(number, drop=".·")
    text = re.sub(r"^(?:\+86|0086|86(?=1[0-9]{10}$))-?", "", text)
    landline = re.fullmatch(r"\(?(0[0-9]{2,3})\)?-?([0-9]{7,8})(?:(?:-|转|ext)?([0-9]{1,6}))?", text)
    if landline and (not landline[3] or not re.fullmatch(r"[0-9]+", text)):
        local = landline[2]
        return f"{landline[1]}-{'*' * 6}{local[6:]}" + ("-" + "*" * len(landline[3]) if landline[3] else "")
    digits = re.sub(r"[^0-9]", "", text)
    shown = max(0, len(digits) - 6)
    head = min(3, shown)
    tail = min(2, shown - head)
    return digits[:head] + "*" * (len(digits) - head - tail) + digits[len(digits) - tail :]


def address(full_address: str) -> str:
    """The address up to the house number; building, unit, room and everything after them become ``***``.

    An address without any of these (a public building, a village) comes back whole.
    """
    text = half_width(full_address).strip()
    bracket = min((i for i in map(text.find, "([【{") if i >= 0), default=len(text))
    house = _HOUSE.search(text)
    start = house.end() if house else 0
    cuts = [match.start() for part in _UNIT if (match := part.search(text, start))]
    if house:  # nothing before the house number is a room, except a building named before it
        cuts += [match.start() for part in _UNIT[:1] if (match := part.search(text, 0, house.start()))]
    cut = min([*cuts, bracket])
    return text if cut >= len(text) else text[:cut].rstrip(" ,，-(（") + HIDDEN


def id_number(number: str) -> str:
    """An identity number of any kind for a screen; never for a label, which may carry none."""
    return other_id.mask(number)


def resident(number: str) -> str:
    """A resident ID for a screen: 6 first, 8 stars, 4 last."""
    return resident_id.mask(number)


def organisation_code(code: str) -> str:
    """A unified social credit code for a screen: 8 first, 6 stars, 4 last."""
    return uscc.mask(code)
