"""The table of rules: what each operation code and each reason of failed delivery means for a piece.

Codes: EMS operation and reason codes as seen in production traces (confidence B; 207, 307, 708, 711, 747, 748 C). Who
caused a failure and who must act next is our own reading of the reasons (confidence K), so that it stands in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation code.

    `stage`: a state of `mail.models.State`. `holder`: who has the piece afterwards: sender, place, transit, courier,
    addressee. `rank`: order among scans of the same second. `final`: nothing is expected afterwards.
    """

    code: str
    stage: str
    holder: str
    rank: int
    sentence: Words
    final: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of failed delivery. `by`: addressee, sender, post, nature. `must_act`: who has to do something now."""

    code: str
    by: str
    must_act: str
    sentence: Words


SENT_BACK: Final = "708"
FAILED: Final = "705"

RULES: Final[dict[str, Rule]] = {
    rule.code: rule
    for rule in (
        Rule("203", "accepted", "place", 10, _("邮件已收寄。")),
        Rule("303", "accepted", "place", 20, _("邮件已收寄，正在配发。")),
        Rule("345", "accepted", "place", 21, _("邮件已收寄，正在配发。")),
        Rule("305", "in_transit", "transit", 30, _("邮件已发出，正在运输途中。")),
        Rule("954", "in_transit", "place", 40, _("邮件已到达处理中心。")),
        Rule("389", "in_transit", "transit", 50, _("邮件已离开处理中心，正在运输途中。")),
        Rule("911", "in_transit", "transit", 60, _("邮件已装上航班。")),
        Rule("912", "in_transit", "transit", 61, _("航班已到达。")),
        Rule("306", "arrived", "place", 70, _("邮件已到达投递网点，等待投递。")),
        Rule("307", "arrived", "place", 71, _("邮件已到达。")),
        Rule("702", "out", "courier", 80, _("投递员正在为您投递，请保持电话畅通。")),
        Rule(FAILED, "undelivered", "courier", 90, _("本次投递未成功。")),
        Rule(SENT_BACK, "returning", "place", 95, _("邮件无法投递，正在退回寄件人。")),
        Rule("704", "delivered", "addressee", 100, _("邮件已签收。"), final=True),
        Rule("747", "delivered", "addressee", 101, _("邮件已由他人代收。"), final=True),
        Rule("748", "delivered", "addressee", 102, _("邮件已由本人自取。"), final=True),
        Rule("711", "returned", "sender", 110, _("邮件已退回寄件人。"), final=True),
        Rule("207", "cancelled", "sender", 120, _("收寄已撤销。"), final=True),
    )
}
"""Operation codes. A code not listed here is kept and flagged; it tells that the piece lives and nothing else."""

REASONS: Final[dict[str, Reason]] = {
    reason.code: reason
    for reason in (
        Reason("101", "sender", "sender", _("收件人名址有误，请寄件人更正。")),
        Reason("102", "sender", "sender", _("查无此人，请寄件人核对。")),
        Reason("103", "addressee", "post", _("收件人不在指定地址，将再次投递。")),
        Reason("104", "addressee", "sender", _("收件人拒收。")),
        Reason("105", "addressee", "post", _("收件人要求延迟投递。")),
        Reason("106", "post", "post", _("误投，邮政正在改投。")),
        Reason("107", "post", "post", _("邮件错发，邮政正在改发。")),
        Reason("108", "post", "post", _("邮件破损，邮政正在处理。")),
        Reason("111", "addressee", "addressee", _("请收件人付费后领取。")),
        Reason("112", "addressee", "sender", _("无人认领。")),
        Reason("113", "sender", "sender", _("无法找到收件人，请寄件人核对。")),
        Reason("114", "nature", "post", _("因不可抗力未投出，将再次投递。")),
        Reason("115", "addressee", "addressee", _("收件人要求自取，请到投递网点领取。")),
        Reason("116", "nature", "post", _("法定假日未投递，将在工作日投递。")),
        Reason("117", "post", "post", _("邮件下落正在查找，邮政将主动联系。")),
        Reason("118", "addressee", "sender", _("收件人已他往，请寄件人提供新址。")),
        Reason("119", "addressee", "addressee", _("已投入收件人信箱，请领取。")),
        Reason("120", "post", "post", _("已安排投递。")),
        Reason("121", "post", "post", _("正在投递。")),
        Reason("122", "sender", "sender", _("查无此单位，请寄件人核对。")),
        Reason("123", "sender", "sender", _("地址不详且电话不通，请寄件人更正。")),
        Reason("124", "sender", "sender", _("地址不详，请寄件人更正。")),
        Reason("125", "sender", "post", _("寄件人已要求撤回。")),
        Reason("126", "addressee", "sender", _("收件人已迁移，新址不明。")),
        Reason("127", "addressee", "sender", _("逾期未领。")),
        Reason("128", "post", "addressee", _("已投递到包裹站，请领取。")),
        Reason("129", "post", "post", _("逾期由投递员收回。")),
        Reason("130", "post", "post", _("未投出，原因待查。")),
    )
}
"""Reasons 101–130 of a failed delivery."""

UNSAID: Final = Reason("", "post", "post", _("本次投递未成功，原因未登记。"))
"""A failed delivery without a reason, or with one nobody knows."""
