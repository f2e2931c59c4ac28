"""Codes and code lists of service items.

Source: GB/T 39046-2020 政务服务平台基础数据规范, appendix A (code lists) and table 4; GB/T 39554.1-2020 and the
national platform's C0109 (基本编码 12, 实施编码 31 = credit code 18 + level 1 + basic code 12, 业务办理项编码 33);
国办函〔2016〕108号 (depth of online service).
Confidence: A for the code lists, B for 12 and 31 characters, K for 33
and for the depth of online service.

GB/T 39046-2020 itself prints shorter codes than the platforms use, so a code of another form is warned about, never
refused.

>>> ItemType("01").zh, Level("4").zh, HandlingForm("4").zh, Satisfaction("5").is_bad
('许可', '县', '快递申请', True)
>>> check_basic_code("650116013001"), check_implementation_code("11650000010183859F2650116013001")
([], [])
>>> [finding.code for finding in check_implementation_code("11650000010183859A2650116013001")]
['item.implementation_code.organisation']
>>> parse_basic_code("650116013001")
BasicCode(authority='65', item_type='01', department='16', main='013', sub='001')
"""

import re
from dataclasses import dataclass

from zerotrip.rules import uscc
from zerotrip.rules.codes import CodeList
from zerotrip.rules.findings import Finding, Severity
from zerotrip.rules.text import squeeze

SOURCE = "GB/T 39046-2020; GB/T 39554.1-2020"
WIDTH = 64
"""How wide a column for any of these codes should be."""


class ItemType(CodeList):
    """事项类型 (GB/T 39046-2020 A)."""

    LICENCE = "01", "许可", "licence"
    PENALTY = "02", "处罚", "penalty"
    COERCION = "03", "强制", "coercion"
    LEVY = "04", "征收", "levy"
    BENEFIT = "05", "给付", "benefit"
    INSPECTION = "06", "检查", "inspection"
    CONFIRMATION = "07", "确认", "confirmation"
    REWARD = "08", "奖励", "reward"
    RULING = "09", "裁决", "ruling"
    OTHER = "10", "其他", "other"
    PUBLIC_SERVICE = "20", "公共服务", "public service"


class Level(CodeList):
    """行使层级."""

    NATIONAL = "1", "国家", "national"
    PROVINCE = "2", "省", "province"
    CITY = "3", "市", "city"
    COUNTY = "4", "县", "county"
    TOWNSHIP = "5", "镇街", "township"
    VILLAGE = "6", "村社", "village"
    GRADED = "7", "分级管理", "graded"


class OrganNature(CodeList):
    """实施主体性质."""

    LEGAL_ORGAN = "1", "法定机关", "organ by law"
    AUTHORISED = "2", "授权组织", "authorised organisation"
    ENTRUSTED = "3", "受委托组织", "entrusted organisation"
    OTHER = "9", "其他", "other"


class ServiceObject(CodeList):
    """服务对象."""

    PERSON = "1", "自然人", "natural person"
    COMPANY = "2", "企业法人", "company"
    INSTITUTION = "3", "事业法人", "public institution"
    SOCIAL_ORGANISATION = "4", "社会组织法人", "social organisation"
    ADMINISTRATION = "5", "行政机关", "administrative organ"
    OTHER = "6", "其他组织", "other organisation"


class HandlingForm(CodeList):
    """办理形式."""

    WINDOW = "1", "窗口", "window"
    WEB = "2", "电脑端网上", "web"
    MOBILE = "3", "移动端网上", "mobile"
    POST = "4", "快递申请", "by post"
    OTHER = "9", "其他", "other"


class CaseType(CodeList):
    """办件类型."""

    IMMEDIATE = "1", "即办件", "done at once"
    PROMISED = "2", "承诺件", "done within a promised time"
    OTHER = "9", "其他", "other"


class SpecialProcedureClass(CodeList):
    """特别程序; the single procedures of 行政许可法 45 are in `case_clock.Excluded`."""

    EXTENSION = "1", "延长审批", "extension"
    OTHER = "2", "除延长外的情况", "other than extension"


class Satisfaction(CodeList):
    """满意度, one to five; 4 and 5 are 差评 (国办发〔2019〕51号)."""

    VERY_SATISFIED = "1", "非常满意", "very satisfied"
    SATISFIED = "2", "满意", "satisfied"
    FAIR = "3", "基本满意", "fairly satisfied"
    DISSATISFIED = "4", "不满意", "dissatisfied"
    VERY_DISSATISFIED = "5", "非常不满意", "very dissatisfied"

    @property
    def is_bad(self) -> bool:
        """Whether somebody must call back and put it right."""
        return self in {Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED}

    @property
    def stars(self) -> int:
        """Five stars for 非常满意, one for 非常不满意."""
        return 6 - int(self.value)


class StepState(CodeList):
    """环节办理状态."""

    TO_DO = "1", "待办", "to do"
    DONE = "2", "已办", "done"


class OnlineDepth(CodeList):
    """网上办理深度 in four grades; another list of seven is in use as well."""

    GUIDE = "1", "Ⅰ级（信息发布）", "I, information"
    DOWNLOAD = "2", "Ⅱ级（在线预约、表格下载）", "II, booking and forms"
    APPLY = "3", "Ⅲ级（网上申请，现场核验）", "III, apply online, verify in person"
    WHOLE = "4", "Ⅳ级（全程网办）", "IV, wholly online"


@dataclass(frozen=True)
class BasicCode:
    """The parts of a 12-character basic code; authority 00 is the state, else the province."""

    authority: str
    item_type: str
    department: str
    main: str
    sub: str


_BASIC = re.compile(r"([0-9]{2})([0-9]{2})([0-9A-Z]{2})([0-9A-Z]{3})([0-9A-Z]{3})")


def compact(code: str) -> str:
    """A code as it is stored: half-width capitals without spaces."""
    return squeeze(code).upper()


def parse_basic_code(code: str) -> BasicCode | None:
    """The parts of a basic code, or None if it has another form."""
    match = _BASIC.fullmatch(compact(code))
    return BasicCode(*match.groups()) if match else None


def check_basic_code(code: str, field: str = "basic_code") -> list[Finding]:
    """Warnings about a 基本编码; an empty code is nobody's business here."""
    code = compact(code)
    parts = parse_basic_code(code)
    if not code:
        return []
    if parts is None:
        return [
            _warn(
                "item.basic_code.form",
                field,
                "基本编码通常为12位（00或省码2位、事项类型2位、部门2位、主项3位、子项3位），请核对。",
                "A basic code usually has 12 characters (authority 2, type 2, department 2, main 3, sub 3); please "
                "check.",
            )
        ]
    if ItemType.get(parts.item_type) is None and not "21" <= parts.item_type <= "99":
        return [
            _warn(
                "item.basic_code.type",
                field,
                f"基本编码第3至4位“{parts.item_type}”不是事项类型代码，请核对。",
                f"Characters 3 and 4 of the basic code, {parts.item_type}, are no item type; please check.",
            )
        ]
    return []


def check_implementation_code(code: str, field: str = "implementation_code") -> list[Finding]:
    """Warnings about an 实施编码: credit code 18, level 1, basic code 12."""
    code = compact(code)
    if not code:
        return []
    if len(code) != 31:
        return [
            _warn(
                "item.implementation_code.form",
                field,
                f"实施编码通常为31位（统一社会信用代码18位、行使层级1位、基本编码12位），现为{len(code)}位，请核对。",
                f"An implementation code usually has 31 characters (credit code 18, level 1, basic code 12), "
                f"this one has {len(code)}; please check.",
            )
        ]
    findings = check_basic_code(code[19:], field)
    if not uscc.is_valid(code[:18]):
        findings.append(
            _warn(
                "item.implementation_code.organisation",
                field,
                "实施编码前18位不是有效的统一社会信用代码，请核对实施主体。",
                "The first 18 characters of the implementation code are no valid credit code; please check the organ.",
            )
        )
    if Level.get(code[18]) is None:
        findings.append(
            _warn(
                "item.implementation_code.level",
                field,
                "实施编码第19位应为行使层级代码1至7，请核对。",
                "Character 19 of the implementation code should be a level 1 to 7; please check.",
            )
        )
    return findings


def check_business_code(code: str, implementation_code: str = "", field: str = "business_code") -> list[Finding]:
    """Warnings about a 业务办理项编码: the implementation code and two more characters.

    >>> [f.code for f in check_business_code("11650000010183859F265011601300101", "11650000010183859F2650116013001")]
    []
    >>> [f.code for f in check_business_code("12345")]
    ['item.business_code.form']
    """
    code, parent = compact(code), compact(implementation_code)
    if not code:
        return []
    if len(code) != 33:
        return [
            _warn(
                "item.business_code.form",
                field,
                f"业务办理项编码通常为33位（实施编码31位加2位序号），现为{len(code)}位，请核对。",
                "A business code usually has 33 characters (implementation code and 2 more), this one has "
                f"{len(code)}; "
                "please check.",
            )
        ]
    if parent and not code.startswith(parent):
        return [
            _warn(
                "item.business_code.parent",
                field,
                "业务办理项编码应以本事项的实施编码开头，请核对。",
                "A business code begins with the item's implementation code; please check.",
            )
        ]
    return []


def _warn(code: str, field: str, zh: str, en: str) -> Finding:
    return Finding(code, field, zh, en, Severity.WARNING, SOURCE)
