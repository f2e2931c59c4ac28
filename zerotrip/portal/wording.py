"""What happens next, in one sentence: who acts, until when, and whether the citizen has to do something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.cases.queries import CaseView
from zerotrip.core.clock import local, today
from zerotrip.places.hours import clock_text
from zerotrip.places.queries import opening_periods
from zerotrip.places.wording import day_in_words
from zerotrip.rules.calendar_cn import packaged


@dataclass(frozen=True, slots=True)
class Next:
    """One sentence. `yours`: it is the citizen's turn; `icon` from the design system."""

    text: str
    icon: str
    yours: bool = False
    more: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """How long one side had the case, as the timeline tag shows it."""

    name: str
    duration: timedelta
    kind: str


def sides(view: CaseView) -> list[Side]:
    """The time each side took, in words."""
    known = {
        "applicant": (_("您"), "person"),
        "post": (_("邮政"), "post"),
        "agency": (_("部门"), "office"),
        "hall": (_("大厅"), "office"),
    }
    return [Side(known[side][0], spent, known[side][1]) for side, spent in view.sides.items() if side in known]


def next_step(view: CaseView) -> Next:
    """What happens now. The citizen's own turn is marked."""
    case = view.case
    materials = [piece for piece in view.pieces if piece.purpose == "materials"]
    if case.state == "applied":
        return _visit(view) if case.hand_in is not None and not view.visits else _before_receipt(materials)
    if case.state == "correcting":
        return Next(_("请补正材料：在下面上传，或让快递员上门取。"), "edit", yours=True)
    if case.state == "ready" and case.result_route == "collect" and case.outcome in ("granted", "refused"):
        return Next(_("请带身份证到{hall}领取结果。").format(hall=case.hall.name), "walk", yours=True)
    texts = {
        "received": (_("窗口正在核对材料，齐全就受理。您不用做什么。"), "search"),
        "accepted": (_("已受理，部门马上开始审查。您不用做什么。"), "clipboard-check"),
        "reviewing": (_("部门正在审查。您不用做什么。"), "eye"),
        "paused": (_("正在进行特别程序，这段时间不计入时限。您不用做什么。"), "player-pause"),
        "decided": (_("决定已作出，正在制作结果。您不用做什么。"), "gavel"),
        "ready": (_("马上寄出，请保持电话畅通。"), "package"),
        "bound": (_("已经封好，等待发运。"), "package"),
        "sent": (_("邮件在路上，签收时请出示身份证。"), "truck-delivery"),
        "returned": (_("没有送到，邮件已退回大厅。工作人员会联系您重新寄送。"), "truck-return"),
    }
    if case.state == "closed":
        return _over(view)
    text, icon = texts[case.state]
    return Next(text, icon, more=case.outcome_reason if case.outcome in ("refused", "not_accepted") else "")


def _visit(view: CaseView) -> Next:
    """The visit that the chosen way asks for: where, by when, and when it is open that day."""
    place = view.case.hand_in
    assert place is not None
    walk = next((leg for leg in view.legs if leg.kind == "person" and leg.target.partition("#")[0] == place.code), None)
    day = local(walk.arrives).date() if walk is not None else today()
    open_then = day_in_words(opening_periods(place, day, packaged().tentative()))
    said = _("{month}月{day}日").format(month=day.month, day=day.day)
    more = " · ".join(filter(None, [place.address, _("{day}开放 {hours}").format(day=said, hours=open_then)]))
    text = _("请带材料和身份证到{place}办一次，别晚于 {day} {clock}。").format(
        place=place.name, day=said, clock=f"{local(walk.arrives):%H:%M}" if walk is not None else ""
    )
    return Next(text, "walk", yours=True, more=more)


def _before_receipt(materials: list[Any]) -> Next:
    piece = materials[-1] if materials else None
    if piece is not None and piece.state == "requested" and piece.pickup_day:
        day = _("{month}月{day}日").format(month=piece.pickup_day.month, day=piece.pickup_day.day)
        times = f"{clock_text(piece.pickup_from)}–{clock_text(piece.pickup_until)}"
        text = _("快递员{day} {times}上门取材料，请备好原件和身份证。").format(day=day, times=times)
        return Next(text, "truck", yours=True)
    if piece is not None and piece.state == "cancelled":
        return Next(_("上门取件没有完成，客服会联系您重新预约。"), "headset")
    if piece is not None:
        return Next(_("材料正在送往办理窗口。您不用做什么。"), "truck-delivery")
    return Next(_("等待材料送到窗口。"), "hourglass")


def _over(view: CaseView) -> Next:
    case = view.case
    if case.outcome == "granted":
        trips = _("您一次也没跑。") if not view.trips else _("您一共出门 {n} 次。").format(n=view.trips)
        return Next(_("办好了。") + trips, "circle-check")
    words = {"withdrawn": _("申请已撤回，办件结束。"), "not_accepted": _("申请不予受理，办件结束。")}
    return Next(words.get(case.outcome, _("申请没有获准，办件结束。")), "archive", more=case.outcome_reason)
