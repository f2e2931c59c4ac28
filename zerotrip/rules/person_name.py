"""A person's full name: complete enough to stand on a licence or an envelope.

Source: no law fixes the form of a name; 姓名登记条例 was never enacted. Limits follow the resident ID card: Chinese
characters including rare ones and the middle dot of minority and translated names, or a Latin name as in a passport.
Confidence: K.

Rejecting a real name is worse than accepting a wrong one, so only what is plainly not a full name is refused: one
character, digits, forms of address (先生, 女士 …), "某", placeholders. A clerk who has the document before him sets
``on_document``.

>>> validate(" 张 三 "), validate("买买提•艾力"), validate("𬱖䶮"), validate("Mary-Jane  O'Connor")
('张三', '买买提·艾力', '𬱖䶮', "Mary-Jane O'Connor")
>>> validate("张先生")
Traceback (most recent call last):
    ...
zerotrip.rules.errors.InvalidFormat: 请填写证件上的完整姓名，不要使用“先生”等称呼。
>>> validate("师经理", on_document=True)
'师经理'
"""

import re

from zerotrip.rules.errors import InvalidFormat, RuleError
from zerotrip.rules.text import half_width, require_text

DOT = "·"
HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # radicals, 〇, A, unified, compatibility
    "\U00020000-\U0002ee5d\U0002f800-\U0002fa1f\U00030000-\U000323af"  # extensions B to I
    "\ue000-\uf8ff"  # private use: older police systems keep rare characters here
)
MOST_HAN = 50
MOST_LATIN = 100


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･．●․"), DOT)
_HAN_NAME = re.compile(rf"[{HAN}]+(?:{DOT}[{HAN}]+)*")
_LATIN_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f' .,-])*", re.UNICODE)
_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_HAS_HAN = re.compile(rf"[{HAN}]")
_TITLES = _words(
    "先生 女士 小姐 太太 夫人 老师 师傅 同志 阿姨 叔叔 大叔 大哥 大姐 大爷 大妈 奶奶 爷爷 老板 "
    "总经理 经理 主任 科长 处长 局长 同学 医生 护士 法官 律师 警官 收件人 本人"
)
_PLACEHOLDERS = _words(
    "测试 测试员 试用 匿名 未知 无名 无名氏 佚名 不详 没有 姓名 名字 用户 游客 客户 管理员 张某 李某 王某 "
    "test tester testing name null none nil unknown anonymous admin user asdf asdfgh qwerty abc abcd nobody"
)


def compact(name: str) -> str:
    """The name as it is stored: no spaces between Chinese characters, one "·" for every kind of middle dot.

    Rare and compatibility characters are kept as typed; Latin names keep single spaces.
    """
    name = require_text(name).translate(_DOTS)
    if _HAS_HAN.search(name):
        return "".join(half_width(name).split())
    return " ".join(half_width(name).replace("’", "'").replace("‘", "'").split())


def validate(name: str, *, on_document: bool = False) -> str:
    """The compact name, or `InvalidFormat`.

    ``on_document``: a clerk has read this very name on an identity document; then titles and placeholders pass.
    """
    name = compact(name)
    if not name:
        raise InvalidFormat("请填写姓名。", "Please give the name.")
    if re.search(r"\d", name):
        raise InvalidFormat(
            "姓名中不能有数字，请填写证件上的姓名。",
            "A name has no digits; please give it as on the document.",
        )
    if _HAS_HAN.search(name):
        _check_han(name)
    else:
        _check_latin(name)
    if not on_document:
        _check_is_name(name)
    return name


def _check_han(name: str) -> None:
    if not _HAN_NAME.fullmatch(name):
        raise InvalidFormat(
            "姓名只能由汉字和间隔号“·”组成，请去掉括号、备注和其他符号。",
            "A Chinese name consists of Chinese characters and the dot “·”; please remove brackets, notes and other "
            "signs.",
        )
    if not 2 <= len(name.replace(DOT, "")) <= MOST_HAN:
        raise InvalidFormat(
            f"请填写证件上的完整姓名（2至{MOST_HAN}个汉字）。",
            f"Please give the full name as on the document (2 to {MOST_HAN} Chinese characters).",
        )


def _check_latin(name: str) -> None:
    if not _LATIN_NAME.fullmatch(name) or len(_LATIN_LETTER.findall(name)) < 2 or len(name) > MOST_LATIN:
        raise InvalidFormat(
            "请填写证件上的完整姓名：汉字，或护照上的拉丁字母姓名。",
            "Please give the full name as on the document: in Chinese characters, or in Latin letters as in the "
            "passport.",
        )


def _check_is_name(name: str) -> None:
    title = next((t for t in _TITLES if name.endswith(t)), None)
    if title is not None:
        raise InvalidFormat(
            f"请填写证件上的完整姓名，不要使用“{title}”等称呼。",
            "Please give the full name as on the document, without a form of address.",
        )
    same = len(name) >= 3 and len(set(name.lower())) == 1
    if same or name.lower() in _PLACEHOLDERS or "测试" in name or name.endswith(("某", "某某")) or "某某" in name:
        raise InvalidFormat(
            "这不像真实姓名，请填写证件上的完整姓名；如证件上确是此名，请到窗口由工作人员核对证件后录入。",
            "This does not look like a real name; please give the full name as on the document. "
            "If the document does say so, please have a clerk enter it at the counter.",
        )


def is_valid(name: str, *, on_document: bool = False) -> bool:
    """Whether `validate` accepts the name."""
    try:
        validate(name, on_document=on_document)
    except RuleError:
        return False
    return True


def format(name: str) -> str:
    """The name as written on a document."""
    return compact(name)
