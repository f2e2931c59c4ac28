"""Codes of the postal trace: operations, reasons of failed delivery, relations of who signs.

Source: EMS operation and reason codes as seen in production traces (confidence B, 207/307/708/711 C).
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACCEPTED, CANCELLED, DISPATCHED, AT_CENTRE = "203", "207", "305", "954"
AT_OUTLET, AT_PLACE, OUT, DELIVERED, FAILED, SENT_BACK, RETURNED = "306", "307", "702", "704", "705", "708", "711"

OPERATIONS: Final[dict[str, tuple[str | Promise, str]]] = {
    ACCEPTED: (_("已收寄"), "package-import"),
    CANCELLED: (_("收寄撤销"), "circle-x"),
    "303": (_("揽投配发"), "package"),
    "345": (_("揽收扫描配发"), "package"),
    DISPATCHED: (_("已发运"), "truck"),
    AT_CENTRE: (_("到达处理中心"), "building-skyscraper"),
    "389": (_("离开处理中心"), "truck"),
    "911": (_("航空启运"), "truck"),
    "912": (_("航班降落"), "truck"),
    AT_OUTLET: (_("到达投递网点"), "building-store"),
    AT_PLACE: (_("到达"), "building"),
    OUT: (_("投递员正在投递"), "truck-delivery"),
    DELIVERED: (_("已妥投"), "mail-opened"),
    FAILED: (_("未妥投，将再次投递"), "alert-triangle"),
    "747": (_("已代收"), "mail-opened"),
    "748": (_("已自提"), "mail-opened"),
    SENT_BACK: (_("正在退回"), "truck-return"),
    RETURNED: (_("已退回"), "truck-return"),
}
"""Operation code → what the public reads, and its icon."""

REASONS: Final[dict[str, str | Promise]] = {
    "101": _("收件人名址有误"), "102": _("查无此人"), "103": _("收件人不在指定地址"), "104": _("拒收退回"),
    "105": _("收件人要求延迟投递"), "106": _("误投"), "107": _("邮件错发"), "108": _("收到时破损，无法投出"),
    "111": _("待收费后"), "112": _("无人认领"), "113": _("无法找到收件人"), "114": _("因不可抗力原因，邮件未投出"),
    "115": _("收件人要求自取"), "116": _("法定假日，无法投递"), "117": _("邮件丢失"), "118": _("人已他往"),
    "119": _("收件人有信箱"), "120": _("安排投递"), "121": _("正在投递"), "122": _("查无此单位"),
    "123": _("地址不详，无电话，电话不对"), "124": _("地址不详"), "125": _("撤回"), "126": _("迁移新址不明"),
    "127": _("逾期未领"), "128": _("投递到包裹站"), "129": _("逾期投递员收回"), "130": _("其他"),
}  # fmt: skip
"""Why a delivery failed or a piece goes back."""

NOT_COUNTED: Final = frozenset({"106", "107", "108", "114", "116"})
"""Postal fault, force majeure and holidays do not use up an attempt."""

NOT_OFFERED: Final = frozenset({"128"})
"""Never for papers and certificates: they are not left at a parcel station (快递市场管理办法; 快递条例 25)."""

RELATIONS: Final[dict[str, str | Promise]] = {
    "self": _("本人"),
    "family": _("家属"),
    "agent": _("受委托人"),
    "colleague": _("同事"),
    "unit": _("单位收发"),
}
"""Who may sign, as seen from the addressee."""
