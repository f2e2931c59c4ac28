"""The one table of states: what our codes, reasons and stages are in the states of 快递100.

A basic state is one or two digits; an advanced one refines it (`resultv2` 4 and above). Source: the state table in the
public description of the real-time query (confidence B); which of our codes is which state is our own reading (K).
docs/reference/kuaidi100.md shows this table; a test keeps both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """One state: its code, the basic state it belongs to, its names."""

    code: str
    basic: str
    zh: str
    en: str


STATES: Final[dict[str, Known]] = {
    code: Known(code, basic, zh, en)
    for code, basic, zh, en in (
        ("0", "0", "在途", "In transit"),
        ("1001", "0", "到达派件城市", "Arrived in the addressee's city"),
        ("1002", "0", "干线", "On the trunk line"),
        ("1", "1", "揽收", "Collected"),
        ("103", "1", "已揽收", "Collected by the carrier"),
        ("2", "2", "疑难", "In difficulty"),
        ("203", "2", "拒收", "Refused"),
        ("204", "2", "派件异常", "Delivery failed"),
        ("206", "2", "无法联系", "Addressee cannot be reached"),
        ("209", "2", "破损", "Damaged"),
        ("3", "3", "签收", "Signed for"),
        ("301", "3", "本人签收", "Signed for by the addressee"),
        ("302", "3", "派件异常后签收", "Signed for after a failed delivery"),
        ("303", "3", "代签", "Signed for by somebody else"),
        ("4", "4", "退签", "Returned and signed for by the sender"),
        ("401", "4", "已销单", "Cancelled"),
        ("5", "5", "派件", "Out for delivery"),
        ("6", "6", "退回", "On the way back"),
    )
}
"""States that occur here. Customs (8, 10 to 13), pick-up stations (304, 501) and other carriers (7) do not."""

OF_CODE: Final[dict[str, str]] = {
    "203": "103", "303": "1", "345": "1", "305": "1002", "954": "1002", "389": "1002", "911": "1002", "912": "1002",
    "306": "1001", "307": "1001", "702": "5", "704": "3", "705": "204", "747": "303", "748": "301", "708": "6",
    "711": "4", "207": "401",
}  # fmt: skip
"""Operation code of a scan → state. A code nobody knows says no more than that the piece is on its way: 0."""

OF_REASON: Final[dict[str, str]] = {"104": "203", "108": "209", "113": "206", "117": "2", "123": "206"}
"""Reason of a failed delivery → state; the others are 204."""

OF_STAGE: Final[dict[str, str]] = {"returning": "6", "returned": "4", "cancelled": "401", "requested": "0"}
"""Stage of the whole piece → state, where it says more than the last scan; else the state is that of the scan."""

COMPANIES: Final[dict[str, tuple[str, str]]] = {
    "ems": ("EMS", "EMS"),
    "emsguoji": ("EMS 国际件", "EMS international"),
    "youzhengbk": ("邮政标准快递", "China Post standard express"),
    "youzhengguonei": ("邮政快递包裹", "China Post express parcels"),
    "youzhengguoji": ("邮政国际包裹", "China Post international parcels"),
}
"""Company codes that are the post's: all of them are answered, with the code that was asked for."""


def of_scan(code: str, reason: str = "") -> Known:
    """The state one scan stands for."""
    return STATES[OF_REASON.get(reason, "204") if code == "705" else OF_CODE.get(code, "0")]


def of_piece(stage: str, code: str, reason: str, attempts: int) -> Known:
    """The state of a piece: its stage, the code of the scan that decides, the reason that stands, failures so far."""
    if stage in OF_STAGE:
        return STATES[OF_STAGE[stage]]
    if stage == "delivered" and attempts and code == "704":
        return STATES["302"]
    return of_scan(code, reason)


def as_markdown() -> str:
    """The table for docs/reference/kuaidi100.md: each state with what of ours leads to it."""
    rows = [
        f"| {known.basic} | {known.code} | {known.zh} {known.en} | {'; '.join(_sources(known.code))} |"
        for known in STATES.values()
    ]
    return "\n".join(["| state | advanced | name | from our |", "|---|---|---|---|", *rows]) + "\n"


def _sources(state: str) -> list[str]:
    codes = [code for code, to in OF_CODE.items() if to == state]
    reasons = [code for code, to in OF_REASON.items() if to == state]
    stages = [stage for stage, to in OF_STAGE.items() if to == state]
    said = [f"scan {', '.join(codes)}"] if codes else []
    said += [f"705 for reason {', '.join(reasons)}"] if reasons else []
    said += [f"stage {', '.join(stages)}"] if stages else []
    other = {"0": "a scan with any other code", "302": "704 after a failed delivery", "204": "any other reason"}
    return said + ([other[state]] if state in other else [])
