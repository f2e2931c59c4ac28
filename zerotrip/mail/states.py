"""The life of a mail piece as one table: who may do what, on what evidence, and what the applicant is told."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from zerotrip.core.machine import Machine, transition
from zerotrip.core.roles import Role
from zerotrip.mail.models import OFFICERS, State

CARRIERS = (Role.COURIER, Role.HALL_CLERK, Role.OUTLET_CLERK)
TAKERS = (*CARRIERS, *OFFICERS)
ORDERERS = (*CARRIERS, *OFFICERS, Role.CITIZEN, Role.PARTNER, Role.CARE_AGENT)

MAIL: Final = Machine(
    name="mail",
    states={state.value: state.label for state in State},
    initial=State.REQUESTED,
    final=frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED}),
    transitions=(
        transition(
            "accept", State.REQUESTED, State.ACCEPTED, roles=CARRIERS, label=_("收寄"),
            evidence=_("寄件人证件原件、逐件验视内件、邮件号"), told=_("您的邮件已收寄。"),
        ),
        transition(
            "cancel", State.REQUESTED, State.CANCELLED, roles=ORDERERS, label=_("撤销"),
            evidence=_("原因"), told=_("上门揽收已取消。"),
        ),
        transition(
            "cancel", State.ACCEPTED, State.CANCELLED, roles=CARRIERS, label=_("撤销"),
            evidence=_("原因；邮件仍在收寄人手中"), told=_("邮件在寄出前已撤销。"),
        ),
        transition(
            "dispatch", [State.ACCEPTED, State.ARRIVED], State.IN_TRANSIT, roles=TAKERS, label=_("发运"),
            evidence=_("交出方逐件清点的交接清单"), told=_("您的邮件已发出。"),
        ),
        transition(
            "dispatch", State.RETURNING, State.RETURNING, roles=TAKERS, label=_("发运"),
            evidence=_("交出方逐件清点的交接清单"), told=_("您的邮件正在退回。"),
        ),
        transition(
            "arrive", [State.ACCEPTED, State.IN_TRANSIT, State.ARRIVED, State.OUT, State.UNDELIVERED], State.ARRIVED,
            roles=TAKERS, label=_("到达"), evidence=_("接收方逐件清点的交接清单"), told=_("您的邮件已到达。"),
        ),
        transition(
            "arrive", State.RETURNING, State.RETURNING, roles=TAKERS, label=_("到达"),
            evidence=_("接收方逐件清点的交接清单"), told=_("您的邮件正在退回。"),
        ),
        transition(
            "hand_in", [State.ACCEPTED, State.IN_TRANSIT, State.ARRIVED], State.DELIVERED, roles=TAKERS,
            label=_("交窗口"), evidence=_("窗口逐件清点的交接清单"), told=_("您的材料已交到办理窗口。"),
        ),
        transition(
            "take_out", [State.ACCEPTED, State.ARRIVED, State.UNDELIVERED], State.OUT, roles=(Role.COURIER,),
            label=_("下段"), evidence=_("扫描邮件号"), told=_("投递员正在为您投递。"),
        ),
        transition(
            "fail", State.OUT, State.UNDELIVERED, roles=(Role.COURIER,), label=_("登记未妥投"),
            evidence=_("未妥投原因"), told=_("本次投递未成功，我们会再次投递。"),
        ),
        transition(
            "deliver", State.OUT, State.DELIVERED, roles=(Role.COURIER,), label=_("妥投"),
            evidence=_("签收人证件原件、与收件人的关系、签名"), told=_("您的邮件已签收。"),
        ),
        transition(
            "send_back", [State.ARRIVED, State.OUT, State.UNDELIVERED], State.RETURNING, roles=CARRIERS,
            label=_("退回"), evidence=_("退回原因"), told=_("邮件无法投递，正在退回办理大厅。"),
        ),
        transition(
            "return", State.RETURNING, State.RETURNED, roles=TAKERS, label=_("退回签收"),
            evidence=_("寄出场所逐件清点的交接清单"), told=_("邮件已退回办理大厅，工作人员会与您联系。"),
        ),
    ),
)  # fmt: skip
"""States are those of `models.State`; a piece has exactly one holder in all but 待揽收 and 已撤销."""
