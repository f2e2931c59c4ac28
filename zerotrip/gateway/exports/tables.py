"""The case and logistics tables of GB/T 39046-2020, element by element: the one place that says what is sent as what.

Export files, the push to the portal and docs/reference/gbt39046.md are all made from `TABLES`. Names, numbers and
formats are the standard's (tables 5 to 9, 14, 15; text read: A). `source` is an attribute of the row of `rows`
that gives the value; without one we do not record it, and `note` says so. What cannot be said stays empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

from zerotrip.gateway.exports.values import Format, Public, Unsayable
from zerotrip.rules import masking
from zerotrip.rules.codes import CodeList
from zerotrip.rules.item_codes import CaseType, HandlingForm, Satisfaction

STANDARD: Final = "GB/T 39046-2020"
WIDER_NUMBER: Final = "标准在此处写 an..20，同一编号在第 1 项为 an..50；按 an..50 发送"
WIDER_CODE: Final = "标准写得比国家平台的编码短（ZWFW C0109、GB/T 39554.1-2020），按平台编码发送"


class YesNo(CodeList):
    """是否 (1-是, 0-否)."""

    YES = "1", "是", "yes"
    NO = "0", "否", "no"


class StepState(CodeList):
    """环节办理状态 (table 7)."""

    WAITING = "1", "待办", "waiting"
    DONE = "2", "已办", "done"


class StepAct(CodeList):
    """业务动作 (table 7): written in words, not in codes."""

    PASSED = "通过", "通过", "passed"
    SENT_BACK = "退回", "退回", "sent back"
    OTHER = "其他", "其他", "other"


class Special(CodeList):
    """特别程序种类 (appendix A.7)."""

    EXTENSION = "1", "延长审批", "extension"
    OTHER = "2", "除延长审批之外的情况", "other than extension"


class Channel(CodeList):
    """评价渠道 (table 9): written in words."""

    WEB = "PC端", "PC端", "web"
    MOBILE = "移动服务端", "移动服务端", "mobile"
    QR = "二维码", "二维码", "QR code"
    TABLET = "政务大厅平板电脑", "政务大厅平板电脑", "tablet in the hall"
    TERMINAL = "政务大厅其他终端", "政务大厅其他终端", "other terminal in the hall"
    PHONE = "电话", "电话", "phone"
    TEXT = "短信", "短信", "text message"


_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "name": masking.name,
    "number": masking.id_number,
    "phone": masking.phone,
    "address": masking.address,
}


@dataclass(frozen=True)
class Element:
    """数据项. `number`: its 序号 in the standard's table; `format` as printed there; `sent_as`: wider, when it must be.

    `personal`: what mask hides it ("name", "number", "phone", "address"); empty: not personal data.
    """

    number: int
    name: str
    format: str
    source: str = ""
    required: bool = False
    codes: type[CodeList] | None = None
    personal: str = ""
    sent_as: str = ""
    note: str = ""

    @cached_property
    def _form(self) -> Format:
        return Format.of(self.sent_as or self.format)

    @cached_property
    def _take(self) -> Callable[[Any], Any]:
        return attrgetter(self.source)

    def say(self, row: Any, *, masked: bool) -> str:
        """What this element says of `row`, checked by format and code list. Raises Unsayable with the reason."""
        value = self._take(row) if self.source else None
        if self.format == "二进制":
            raise Unsayable("binary")
        if value is None or value == "":
            raise Unsayable("")
        text = self._form.write(value)
        if self.codes is not None and self.codes.get(text) is None:
            raise Unsayable("code")
        if self.personal and masked and not isinstance(value, Public):
            return _MASKS[self.personal](text)
        return text


@dataclass(frozen=True)
class Table:
    """One table of the standard as we send it. `key`: attribute of a row that names it within the table."""

    code: str
    number: int
    name: str
    elements: tuple[Element, ...]
    key: str = "key"
    note: str = ""

    @property
    def title(self) -> str:
        return f"表{self.number}-{self.name}"

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The names of the elements in their order."""
        return tuple(element.name for element in self.elements)


E = Element
_CASE: Final = E(1, "办件编号", "an..50", "case.number", required=True)
_DAY, _TIME = "YYYYMMDD", "YYYYMMDDThhmmss"

APPLICATION: Final = Table(
    "application", 5, "办事申请",
    (
        _CASE,
        E(2, "实施编码", "an..24", "version.implementation_code", sent_as="an..64", note=WIDER_CODE),
        E(3, "事项名称", "an..200", "version.name", required=True),
        E(4, "办件类型", "an..20", "case_kind"),
        E(5, "办件类型代码", "n1", "version.case_kind", codes=CaseType),
        E(6, "申请者名称", "an..100", "applicant_name", required=True, personal="name"),
        E(7, "申请者证件类型代码", "n3", "applicant_id_type"),
        E(8, "申请者证件号码", "an..18", "applicant_number", personal="number"),
        E(9, "联系人/代理人姓名", "a..30", "agent_name", personal="name"),
        E(10, "联系人/代理人证件类型代码", "n3", "agent_id_type", note="代理人的证件；只是联系人的不登记证件"),
        E(11, "联系人/代理人证件号码", "an..18", "agent_number", personal="number"),
        E(12, "联系人手机号码", "an..18", "agent_mobile", personal="phone", note="固定电话不填"),
        E(13, "邮政编码", "n6", "contact.division.postcode", note="联系地址所在区划登记的邮政编码"),
        E(14, "通讯地址", "an..100", "contact.address", personal="address"),
        E(15, "法定代表人", "a..30", "legal_representative", personal="name"),
        E(16, "申报来源代码", "n1", "form", codes=HandlingForm,
          note="大厅申请 1，上门揽收或网点交寄 4；网上申请不知是电脑端还是移动端，不填"),
        E(17, "申请时间", _TIME, "case.applied_at", required=True),
        E(18, "投资项目编号", "an..24", note="不登记"),
        E(19, "行政区划", "n..9", "home_division", note="联系地址所在区划"),
    ),
)  # fmt: skip

MATERIALS: Final = Table(
    "materials", 5, "申请材料",
    (
        E(20, "办件编号", "an..20", "case.number", required=True, sent_as="an..50", note=WIDER_NUMBER),
        E(21, "材料名称", "an..200", "material.name", required=True),
        E(22, "是否收取", "n1", "taken", codes=YesNo),
        E(23, "收取方式", "an..20", "way"),
        E(24, "收取数量", "n..2", "count"),
        E(25, "收取时间", _TIME, "material.received_at"),
        E(26, "附件实体", "二进制", note="文件内容不随表发送"),
    ),
    note="表 5 第 20 至 26 项，一份材料一行",
)  # fmt: skip

ACCEPTANCE: Final = Table(
    "acceptance", 6, "事项受理",
    (
        _CASE,
        E(2, "基本编码", "an..10", "version.basic_code", sent_as="an..64", note=WIDER_CODE),
        E(3, "实施编码", "an..24", "version.implementation_code", sent_as="an..64", note=WIDER_CODE),
        E(4, "事项名称", "an..200", "version.name", required=True),
        E(5, "受理单位名称", "an..100", "organ.name", required=True),
        E(6, "受理单位统一社会信用代码", "an..18", "organ.uscc"),
        E(7, "受理人员", "an..30", "officer"),
        E(8, "受理时间", _TIME, "case.accepted_at", required=True),
        E(9, "受理文书编号", "an..30", note="受理通知书不另编号"),
        E(10, "承诺办结时间", "an..20", "promised_day", note="承诺办结时限届满之日，YYYYMMDD"),
        E(11, "办件类型", "an..20", "case_kind"),
        E(12, "办件类型代码", "n1", "version.case_kind", codes=CaseType),
        E(13, "行政区划", "n..9", "case.county"),
    ),
    note="受理以后才有",
)  # fmt: skip

STEPS: Final = Table(
    "steps", 7, "办理过程",
    (
        _CASE,
        E(2, "业务动作", "an..20", "act", codes=StepAct),
        E(3, "环节名称", "an..100", "step", required=True),
        E(4, "环节处理人", "a..30", "officer", note="工作人员；申请人办理的环节不填"),
        E(5, "环节处理意见", "an..1000", "opinion"),
        E(6, "环节开始时间", _TIME, "begun", required=True),
        E(7, "环节结束时间", _TIME, "ended", note="没有结束时间的填开始时间"),
        E(8, "处理单位名称", "an..100", "organ.name"),
        E(9, "处理单位统一社会信用代码", "an..18", "organ.uscc"),
        E(10, "环节办理状态代码", "n1", "state", codes=StepState),
    ),
    note="表 7 第 1 至 10 项，一个环节一行，末行是正在等待的环节",
)  # fmt: skip

SPECIAL: Final = Table(
    "special", 7, "特别程序",
    (
        _CASE,
        E(11, "特别程序种类名称", "an..100", "name", required=True),
        E(12, "特别程序种类代码", "n1", "kind", codes=Special),
        E(13, "特别程序开始时间", _TIME, "begun", required=True),
        E(14, "特别程序启动理由或依据", "..ul", "reason"),
        E(15, "申请人", "a..30", personal="name", note="不登记由谁提出"),
        E(16, "特别程序结束时间", _TIME, "ended"),
        E(17, "特别程序结果", "..ul", note="不登记"),
        E(18, "特别程序办理意见", "..ul", note="不登记"),
        E(19, "办理单位名称", "an..100", "organ.name"),
        E(20, "办理单位统一社会信用代码", "an..18", "organ.uscc"),
        E(21, "办理人", "a..30", "officer"),
    ),
    note="表 7 第 11 至 21 项，前加办件编号",
)  # fmt: skip

COMPLETION: Final = Table(
    "completion", 8, "事项办结",
    (
        _CASE,
        E(2, "办理人姓名", "a..30", "officer"),
        E(3, "办结时间", "YYYYMMDDhh:mm:ss", "case.decided_at", required=True, note="作出决定的时间"),
        E(4, "结果证照名称", "an..200", "result_name"),
        E(5, "结果证照编号", "an..50", "case.certificate_number"),
        E(6, "办件结果描述", "an..1000", "result"),
        E(7, "证照有效期限", "an..30", note="不登记"),
        E(8, "发证/盖章单位", "an..100", "issuer"),
        E(9, "行政区划", "n..9", "case.county"),
        E(10, "是否快递寄送结果", "n1", "by_post", codes=YesNo),
        E(11, "是否收费", "n1", "charged", codes=YesNo),
    ),
    note="作出决定（准予、不予许可、不予受理）或撤回以后才有；制证、寄送在办结之后",
)  # fmt: skip

RATING: Final = Table(
    "ratings", 9, "绩效评价",
    (
        _CASE,
        E(2, "评价渠道", "an..50", "channel", codes=Channel),
        E(3, "评价人", "a..30", "rater", personal="name"),
        E(4, "评价时间", _TIME, "at", required=True),
        E(5, "评价次数", "n..2", "times"),
        E(6, "满意度", "an..20", "satisfaction"),
        E(7, "满意度代码", "n1", "grade", codes=Satisfaction),
        E(8, "文字评价", "..ul", "words"),
        E(9, "行政区划", "n..9", "division"),
    ),
    note="本系统尚无评价登记，表中没有行",
)  # fmt: skip

PAYMENTS: Final = Table(
    "payments", 14, "支付信息",
    (
        _CASE,
        E(2, "缴款单号", "an..50", "slip", required=True),
        E(3, "收费单位", "an..100", "payee", required=True),
        E(4, "收费人员", "a..30", note="网上支付，没有收费人员"),
        E(5, "收费金额", "n..16,2", "amount", required=True, note="元"),
        E(6, "收费时间", "YYYYMMDDhhmmss", "at"),
        E(7, "缴款人", "a..30", "payer", personal="name"),
    ),
    note="已付的款项，一笔一行",
)  # fmt: skip

LOGISTICS: Final = Table(
    "logistics", 15, "物流信息",
    (
        _CASE,
        E(2, "物流单号", "an..50", "piece.number", required=True),
        E(3, "寄送单位", "an..100", "sender_body", note="个人寄出的不填"),
        E(4, "寄送日期", _DAY, "sent_on", required=True),
        E(5, "寄送人", "a..30", "sender", personal="name", note="单位寄出的，填经手收寄的工作人员"),
        E(6, "接收单位", "an..100", "receiver_body", note="个人接收的不填"),
        E(7, "接收人", "a..30", "receiver", personal="name", note="签收以后才填"),
        E(8, "接收日期", _DAY, "received_on"),
        E(9, "评估指标", "an..20", "indicator", note="有时限承诺且已签收的，填“寄递时限”"),
        E(10, "评估项目", "an..200", "project"),
        E(11, "评估时间", _DAY, "assessed_on"),
        E(12, "评估等级", "an..20", note="标准未列等级，不填"),
        E(13, "评估结果", "an..100", "assessment"),
    ),
    note="有邮件号以后才有，一件一行",
)  # fmt: skip

TABLES: Final = (
    APPLICATION, MATERIALS, ACCEPTANCE, STEPS, SPECIAL, COMPLETION, RATING, PAYMENTS, LOGISTICS,
)  # fmt: skip
BY_CODE: Final = {table.code: table for table in TABLES}
