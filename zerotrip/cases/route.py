"""The route of a case as a picture: where papers, results and the applicant travel, and where it all is now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.cases.models import Case
from zerotrip.core.picture import Leg, LegKind, LegState, Moment, Picture, Station, StationState
from zerotrip.mail.models import Consignment

_AT = {
    "applied": 0, "received": 1, "correcting": 1, "accepted": 1, "reviewing": 1, "paused": 1, "decided": 1, "ready": 2,
    "bound": 2, "sent": 2, "returned": 2, "closed": 3,
}  # fmt: skip
_MOVING = {"accepted", "in_transit", "arrived", "out", "undelivered", "returning"}


def picture(case: Case, pieces: Sequence[Consignment], trips: int) -> Picture:
    """Four stations: applicant, window, hall desk, applicant again; three legs between them."""
    at = _AT[case.state]
    incoming = next((p for p in reversed(pieces) if p.purpose == "materials" and p.state != "cancelled"), None)
    outgoing = next((p for p in reversed(pieces) if p.purpose != "materials" and p.state != "cancelled"), None)
    kinds: dict[str, LegKind] = {"online": "data", "courier": "post"}
    in_kind: LegKind = kinds.get(case.materials_route, "person")
    out_kind: LegKind = "post" if case.result_route == "mail" or _goes_back(case) else "person"
    in_label = {"data": _("网上提交"), "post": _("上门取材料"), "person": _("本人到大厅")}[in_kind]
    out_label = _("寄回结果") if out_kind == "post" else _("本人领取")
    ended = case.state == "closed"
    skipped = ended and case.outcome == "withdrawn" and outgoing is None
    legs = (
        Leg(in_kind, in_label, _first(case, incoming), case.received_at, _number(incoming)),
        Leg("data", _("审查决定"), _second(case, at, skipped),
            case.decided_at),
        Leg(out_kind, out_label, _last(case, outgoing, skipped), case.sent_at, _number(outgoing)),
    )  # fmt: skip
    stations = (
        Station(_("您"), _("提交申请"), "done", case.applied_at),
        Station(_("部门窗口"), case.window.name, _station(at >= 1, case.received_at), case.received_at),
        Station(
            _("大厅寄递台"), case.hall.name, _station(at >= 2, case.produced_at or case.decided_at), case.produced_at
        ),
        Station(
            _("您"),
            _("拿到结果") if case.outcome in {"", "granted"} else _("收到通知和材料"),
            "done" if ended else "planned",
            case.closed_at,
        ),
    )
    promise = Moment(_("前完成当前环节"), _noon(case)) if case.due and not ended else None
    return Picture(
        stations=stations,
        legs=legs,
        trips=trips,
        trips_promised=case.trips_promised,
        title=case.version.name,
        promise=promise,
        now_index=_now(case, at, incoming, outgoing),
    )


def _goes_back(case: Case) -> bool:
    """True when not a result but the applicant's own papers are sent."""
    return case.holds_papers and case.outcome in {"withdrawn", "not_accepted"}


def _noon(case: Case) -> Any:
    from datetime import datetime, time

    from zerotrip.core.clock import SHANGHAI

    assert case.due is not None
    return datetime.combine(case.due, time(23, 59), SHANGHAI)


def _number(piece: Consignment | None) -> str:
    return (piece.number or "") if piece else ""


def _station(reached: bool, at: Any) -> StationState:
    return "done" if reached and at else "planned"


def _first(case: Case, piece: Consignment | None) -> LegState:
    if case.received_at:
        return "done"
    return (
        "failed"
        if piece is None and case.materials_route == "courier"
        else "now"
        if case.state == "applied"
        else "skipped"
    )


def _second(case: Case, at: int, skipped: bool) -> LegState:
    if skipped:
        return "skipped"
    return "planned" if at == 0 else "now" if at == 1 else "done"


def _last(case: Case, piece: Consignment | None, skipped: bool) -> LegState:
    if skipped:
        return "skipped"
    if case.state == "closed":
        return "done"
    if case.state == "returned":
        return "failed"
    return "now" if case.state == "sent" or (piece is not None and piece.state in _MOVING) else "planned"


def _now(case: Case, at: int, incoming: Consignment | None, outgoing: Consignment | None) -> int | None:
    """The part of the line (station 0, leg 0, station 1, …) where the case is now."""
    if case.state == "closed":
        return 6
    if case.state == "applied":
        return 1 if incoming is not None and incoming.state != "requested" else 0
    if at == 1:
        return 3 if case.accepted_at else 2
    return 5 if case.state == "sent" else 4
