"""The life of a case as one table: who may do what, on what evidence, and what the applicant is told.

Order of the stages: GB/T 39046-2020 tables 5 to 9 with the two legs by post between them. Whatever happens, a case
stands in a state that somebody owns: `OWNERS` says who.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zerotrip.core.machine import Machine, transition
from zerotrip.core.roles import Role

CITIZEN, CLERK, OFFICER, PARTNER, SYSTEM = (
    Role.CITIZEN,
    Role.HALL_CLERK,
    Role.AGENCY_OFFICER,
    Role.PARTNER,
    Role.SYSTEM,
)

APPLIED, RECEIVED, CORRECTING, ACCEPTED = "applied", "received", "correcting", "accepted"
REVIEWING, PAUSED, DECIDED, READY = "reviewing", "paused", "decided", "ready"
BOUND, SENT, RETURNED, CLOSED = "bound", "sent", "returned", "closed"

OPEN_BEFORE_DECISION = (APPLIED, RECEIVED, CORRECTING, ACCEPTED, REVIEWING, PAUSED)

STATES = {
    APPLIED: _("已申请，等待材料"),
    RECEIVED: _("已收件，核对材料"),
    CORRECTING: _("等待补正"),
    ACCEPTED: _("已受理"),
    REVIEWING: _("审查中"),
    PAUSED: _("特别程序中"),
    DECIDED: _("已决定，制作结果"),
    READY: _("待寄出"),
    BOUND: _("已封装，待发运"),
    SENT: _("寄送中"),
    RETURNED: _("已退回大厅"),
    CLOSED: _("已办结"),
}

OWNERS = {
    APPLIED: "post",
    RECEIVED: "agency",
    CORRECTING: "applicant",
    ACCEPTED: "agency",
    REVIEWING: "agency",
    PAUSED: "agency",
    DECIDED: "agency",
    READY: "hall",
    BOUND: "hall",
    SENT: "post",
    RETURNED: "hall",
    CLOSED: "",
}
"""Whose turn it is in each state: the applicant, the agency, the hall desk or the post."""

CASES = Machine(
    name="case",
    states=STATES,
    initial=APPLIED,
    final=frozenset({CLOSED}),
    transitions=(
        transition(
            "receive", APPLIED, RECEIVED, roles={OFFICER, CLERK, SYSTEM}, label=_("收件"),
            evidence=_("交接清单双方确认，或网上材料齐备"), told=_("窗口已收到您的材料，正在核对是否齐全。"),
        ),
        transition(
            "ask_correction", RECEIVED, CORRECTING, roles={OFFICER}, label=_("一次性告知补正"),
            evidence=_("逐项写明缺什么、怎样补；只能告知一次，且在收件后五个工作日内"),
            told=_("材料需要补正，请按告知书一次补齐。"),
        ),
        transition(
            "answer_correction", CORRECTING, RECEIVED, roles={CITIZEN, CLERK, PARTNER}, label=_("提交补正材料"),
            evidence=_("网上上传，或当面交来的材料"), told=_("补正材料已收到，正在核对。"),
        ),
        transition(
            "send_correction", CORRECTING, APPLIED, roles={CITIZEN, CLERK, PARTNER}, label=_("寄出补正材料"),
            evidence=_("上门取件预约"), told=_("快递员将上门收取补正材料。"),
        ),
        transition(
            "accept", RECEIVED, ACCEPTED, roles={OFFICER}, label=_("受理"),
            evidence=_("材料齐全、符合法定形式"), told=_("您的申请已受理。"),
        ),
        transition(
            "refuse_acceptance", RECEIVED, READY, roles={OFFICER}, label=_("不予受理"),
            evidence=_("书面理由"), told=_("申请不予受理，决定书和材料将退还给您。"),
        ),
        transition(
            "start_review", ACCEPTED, REVIEWING, roles={OFFICER}, label=_("开始审查"),
            evidence=_("审查人"), told=_("部门正在审查。"),
        ),
        transition(
            "pause", (ACCEPTED, REVIEWING), PAUSED, roles={OFFICER}, label=_("进入特别程序"),
            evidence=_("程序种类、理由和所需时间，书面告知"), told=_("审查需要特别程序，所需时间不计入办结时限。"),
        ),
        transition(
            "resume", PAUSED, REVIEWING, roles={OFFICER}, label=_("特别程序结束"),
            evidence=_("程序结果"), told=_("特别程序已结束，继续审查。"),
        ),
        transition(
            "extend", REVIEWING, REVIEWING, roles={OFFICER}, label=_("延长审查期限"),
            evidence=_("负责人批准和理由"), told=_("经批准，办理期限延长。"),
        ),
        transition(
            "decide", REVIEWING, DECIDED, roles={OFFICER}, label=_("作出决定"),
            evidence=_("准予，或不予并说明理由"), told=_("部门已作出决定，正在制作结果。"),
        ),
        transition(
            "produce", DECIDED, READY, roles={OFFICER}, label=_("制出结果"),
            evidence=_("证照或决定书编号"), told=_("结果已制好，交大厅寄递。"),
        ),
        transition(
            "deliver_online", READY, CLOSED, roles={OFFICER}, label=_("网上送达"),
            evidence=_("结果已制成电子文件，没有纸件需要交付"), told=_("结果已从网上送达，办件完成。"),
        ),
        transition(
            "bind", (READY, RETURNED), BOUND, roles={CLERK}, label=_("封装"),
            evidence=_("扫描办件、证照、封签、面单"), told=_("结果已封装，即将寄出。"),
        ),
        transition(
            "unbind", BOUND, READY, roles={CLERK}, label=_("拆封重装"), evidence=_("原因"), told=_("结果重新封装。"),
        ),
        transition(
            "send", BOUND, SENT, roles={SYSTEM}, label=_("寄出"),
            evidence=_("发运交接清单"), told=_("结果已寄出。"),
        ),
        transition(
            "deliver", (BOUND, SENT), CLOSED, roles={SYSTEM}, label=_("妥投办结"),
            evidence=_("核验身份后的签收"), told=_("已送达，办件完成。"),
        ),
        transition(
            "come_back", (BOUND, SENT), RETURNED, roles={SYSTEM}, label=_("退回大厅"),
            evidence=_("退回原因和交接清单"), told=_("没能送达，邮件已退回大厅，工作人员会联系您。"),
        ),
        transition(
            "collect", (READY, RETURNED), CLOSED, roles={CLERK}, label=_("当面领取"),
            evidence=_("核验领取人身份"), told=_("您已在大厅领取，办件完成。"),
        ),
        transition(
            "withdraw", (RECEIVED, CORRECTING, ACCEPTED, REVIEWING, PAUSED), READY,
            roles={CITIZEN, CLERK, PARTNER}, label=_("撤回申请"),
            evidence=_("申请人要求"), told=_("申请已撤回，您的材料将退还。"),
        ),
        transition(
            "withdraw_on_the_way", APPLIED, READY, roles={CITIZEN, CLERK, PARTNER}, label=_("撤回申请（材料在途）"),
            evidence=_("申请人要求"), told=_("申请已撤回，材料送到大厅后寄还给您。"),
        ),
        transition(
            "close_unsent", OPEN_BEFORE_DECISION, CLOSED, roles={CITIZEN, CLERK, PARTNER, OFFICER},
            label=_("结束（无材料需退还）"), evidence=_("没有原件在我方手中"), told=_("办件已结束。"),
        ),
    ),
)  # fmt: skip
"""The only place where a case may change its state."""

VERBS_FOR_PEOPLE = (
    "receive", "ask_correction", "answer_correction", "accept", "refuse_acceptance", "start_review", "pause", "resume",
    "extend", "decide", "produce", "bind", "unbind", "collect", "withdraw",
)  # fmt: skip
"""Verbs shown as buttons; the others are what these become, or follow by themselves."""

OUTCOMES = {
    "": _("办理中"),
    "granted": _("准予"),
    "refused": _("不予许可"),
    "not_accepted": _("不予受理"),
    "withdrawn": _("已撤回"),
}
