"""Code lists of the catalogue as choices: those of GB/T 39046-2020 (from `rules.item_codes`) and our own."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zerotrip.rules import item_codes
from zerotrip.rules.codes import CodeList

Choices = list[tuple[str, str | Promise]]


class _Named:
    """The name of a member in the language of the reader."""

    def __init__(self, member: CodeList) -> None:
        self.member = member

    def __str__(self) -> str:
        return self.member.en if (get_language() or "zh").startswith("en") else self.member.zh


def _choices(codes: type[CodeList]) -> Choices:
    return [(member.value, lazystr(_Named(member))) for member in codes]


ITEM_TYPE: Final = _choices(item_codes.ItemType)
EXERCISE_LEVEL: Final = _choices(item_codes.Level)
ORGAN_NATURE: Final = _choices(item_codes.OrganNature)
SERVICE_OBJECT: Final = _choices(item_codes.ServiceObject)
HANDLING_FORM: Final = _choices(item_codes.HandlingForm)
CASE_KIND: Final = _choices(item_codes.CaseType)
ONLINE_DEPTH: Final = _choices(item_codes.OnlineDepth)

LIMIT_UNIT: Final[Choices] = [("working_day", _("工作日")), ("day", _("自然日"))]
MATERIAL_KIND: Final[Choices] = [("original", _("原件")), ("copy", _("复印件")), ("electronic", _("电子件"))]
NECESSITY: Final[Choices] = [
    ("required", _("必要")),
    ("conditional", _("视情形")),
    ("optional", _("非必要")),
]
SOURCE_CHANNEL: Final[Choices] = [
    ("self", _("申请人自备")),
    ("government", _("政府部门核发")),
    ("institution", _("其他机构出具")),
]
PAYEE: Final[Choices] = [("state", _("财政（代收）")), ("post", _("邮政企业")), ("other", _("其他单位"))]
CONFIDENCE: Final[Choices] = [
    ("A", _("官方原文已读")),
    ("B", _("两个以上独立来源一致")),
    ("C", _("单一二手来源")),
    ("K", _("未核对原文")),
]
ORGAN_KIND: Final[Choices] = [
    ("traffic_police", _("公安交管")),
    ("household_police", _("公安户政")),
    ("exit_entry", _("公安出入境")),
    ("public_security", _("公安治安")),
    ("human_resources", _("人力资源社会保障")),
    ("social_insurance", _("社会保险经办")),
    ("medical_insurance", _("医疗保障")),
    ("housing_fund", _("住房公积金")),
    ("market", _("市场监管")),
    ("health", _("卫生健康")),
    ("civil_affairs", _("民政")),
    ("real_estate", _("不动产登记")),
    ("tax", _("税务")),
    ("transport", _("交通运输")),
    ("education", _("教育")),
    ("justice", _("司法行政")),
    ("notary", _("公证")),
    ("legal_aid", _("法律援助")),
    ("press", _("新闻出版")),
    ("tobacco", _("烟草专卖")),
    ("disabled_federation", _("残联")),
    ("archives", _("档案")),
    ("culture_tourism", _("文化和旅游")),
    ("agriculture", _("农业农村")),
]

STEP_ACTOR: Final[Choices] = [("person", _("申请人")), ("agency", _("部门"))]
MODE: Final[Choices] = [
    ("online", _("网上")),
    ("doorstep", _("上门")),
    ("outlet", _("邮政网点")),
    ("kiosk", _("自助终端")),
    ("hall", _("政务大厅")),
    ("window", _("部门窗口")),
]
SERVICE: Final[Choices] = [
    ("police_post", _("警邮代办")),
    ("gov_post", _("政务代办")),
    ("exam_machine", _("自助体检机")),
    ("licence_print", _("现场制证")),
    ("kiosk_police", _("交管自助机")),
    ("kiosk_household", _("户政自助机")),
    ("kiosk_entry", _("出入境自助机")),
    ("kiosk_tax", _("办税自助机")),
    ("kiosk_gov", _("政务综合自助机")),
]
"""What a place may offer beyond what every place of its kind does (`catalog.models.Offer`)."""
PAPER: Final[Choices] = [
    ("materials", _("申请材料原件")),
    ("medical", _("身体条件证明")),
    ("old", _("旧证（牌）")),
    ("file", _("受理卷")),
    ("result", _("结果证件")),
]
"""Papers a plan moves. Those that no step gives lie at the applicant's home when the errand begins."""

WORD_LISTS: Final[dict[str, Choices]] = {
    "service_objects": SERVICE_OBJECT,
    "handling_forms": HANDLING_FORM,
    "needs": PAPER,
    "gives": PAPER,
    "modes": MODE,
}
"""Fields that hold several codes of one list."""


def label(choices: Choices, code: str) -> str:
    """The name of `code` in the language of the reader; the code itself when it is not of the list."""
    return str(dict(choices).get(code, code))
