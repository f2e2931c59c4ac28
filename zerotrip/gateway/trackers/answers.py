"""What a tracker is told of a piece, in 快递100's shape: nothing but what any holder of its number may know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language, override

from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.memo import briefly
from zerotrip.gateway.trackers.states import STATES, Known, of_piece, of_scan
from zerotrip.mail import tracked
from zerotrip.mail.trace.summary import code_of
from zerotrip.places.models import Division, Level

AREAS, CITIES, ADVANCED = frozenset("12468"), frozenset("2468"), frozenset("468")
"""`resultv2`: which values add areas and state names, route and present place, advanced states with their codes."""

NOTHING_YET: Final = "查询无结果，请隔段时间再查"
ENDED: Final = frozenset({"delivered", "returned", "cancelled"})


def mark(raw: Mapping[str, Any]) -> str:
    """What of a trace decides whether there is something new to push; the same text as `push.MARK` makes in SQL."""
    return f"{raw['trace'][6]}:{raw['trace'][4] or ''}"


def result(
    raw: Mapping[str, Any], company: str, detail: str = "", order: str = "desc", lang: str = "zh"
) -> dict[str, Any]:
    """The answer for one piece. `raw` is that of `mail.tracked.read`; `detail` is the request's `resultv2`."""
    with override("en" if lang == "en" else "zh-hans"):
        said = tracked.worded(dict(raw), now())
    english = lang == "en"
    reasons = {(at, code): reason for code, at, reason, *_rest in raw["events"]}
    data = [_row(event, reasons.get((event["at"], event["code"]), ""), detail, english) for event in said["events"]]
    state = _state(raw, said)
    answer = {
        "message": "ok",
        "nu": raw["number"],
        "ischeck": "1" if state.basic == "3" else "0",
        "condition": "F00",
        "com": company,
        "status": "200",
        "state": state.code if detail in ADVANCED else state.basic,
        "data": data if order == "asc" else data[::-1],
    }
    if detail in CITIES:
        answer["routeInfo"] = _route(said)
    return answer


def nothing(number: str, company: str, message: str) -> dict[str, Any]:
    """The answer for a piece of which nothing is known, as a push carries it."""
    return {
        "message": message, "nu": number, "ischeck": "0", "condition": "", "com": company, "status": "200",
        "state": "0", "data": [],
    }  # fmt: skip


def over(raw: Mapping[str, Any]) -> bool:
    """Whether the piece has come to an end, so that nothing more is expected."""
    return raw["trace"][1] is not None


def _state(raw: Mapping[str, Any], said: Mapping[str, Any]) -> Known:
    last, ended = raw["trace"][:2]
    point = ended or last
    reason = said["cause"]["code"] if said["cause"] else ""
    return of_piece(said["state"], code_of(point) if point else "", reason, said["attempts"])


def _row(event: Mapping[str, Any], reason: str, detail: str, english: bool) -> dict[str, Any]:
    at = datetime.fromisoformat(event["at"]).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    what = f"{event['name']}：{event['reason']}" if event["reason"] and not english else event["name"]
    if english and event["reason"]:
        what = f"{event['name']}: {event['reason']}"
    context = (f"[{event['place']}] " if english else f"【{event['place']}】") + what if event["place"] else what
    row = {"time": at, "ftime": at, "context": context}
    if detail in AREAS:
        state = of_scan(event["code"], reason)
        shown = state if detail in ADVANCED else STATES[state.basic]
        row |= {"status": shown.en if english else shown.zh} | _area(event)
        if detail in ADVANCED:
            row["statusCode"] = state.code
    return row


def _area(event: Mapping[str, Any]) -> dict[str, str]:
    code = event["area_code"]
    return {"areaCode": f"CN{code:0<12.12}", "areaName": _full_name(code) or event["area"]} if code else {}


def _route(said: Mapping[str, Any]) -> dict[str, Any]:
    """Where it comes from and where it is; where it goes is told once it is there."""
    known = [event for event in said["events"] if event["area_code"]]
    ends = [_place(known[0]), _place(known[-1])] if known else [None, None]
    return {"from": ends[0], "cur": ends[1], "to": ends[1] if said["state"] == "delivered" else None}


def _place(event: Mapping[str, Any]) -> dict[str, str]:
    area = _area(event)
    return {"number": area["areaCode"], "name": area["areaName"]}


def _full_name(code: str) -> str:
    """Province, city and county of a code, as this interface joins them: "江西省,南昌市,东湖区"."""
    names = _names(get_language() or "")
    parts = [names.get(f"{code[:n]:0<6}", "") for n in (2, 4, 6)]
    return ",".join(dict.fromkeys(part for part in parts if part))


@briefly(600)
def _names(_language: str) -> dict[str, str]:
    above = Division.objects.filter(level__lt=Level.TOWNSHIP)
    return dict(above.values_list("code", "name"))
