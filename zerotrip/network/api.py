"""API route of promises: when something handed over at one place is at another, and how sure that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.params.functions import Query

from zerotrip.core.clock import SHANGHAI
from zerotrip.core.errors import BadInput
from zerotrip.network import queries

router = Router(tags=["network"])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


REFUSED = dict.fromkeys((400, 401, 404, 422, 429, 503), Problem)


class LegOut(Schema):
    """One ride or courier round, as the timetable has it. `run` is its number in the timetable."""

    run: str
    origin: str = Field(..., alias="from")
    target: str = Field(..., alias="to")
    departure: datetime
    arrival: datetime


class PromiseOut(Schema):
    """`arrival`: kept by half of all pieces; `arrival_p95`: by 95 of 100. All null when it is not reachable."""

    origin: str = Field(..., alias="from")
    target: str = Field(..., alias="to")
    at: datetime
    net: str
    departure: datetime | None
    scheduled: datetime | None
    arrival: datetime | None
    arrival_p95: datetime | None
    legs: list[LegOut]


@router.get("/promises", response={200: PromiseOut} | REFUSED, by_alias=True, summary="When a piece will be there")
def get_promise(
    request: HttpRequest,
    origin: str = Query(..., alias="from", max_length=40, description="place code, stop or division code"),
    target: str = Query(..., alias="to", max_length=40, description="place code, stop or division code"),
    at: datetime = Query(  # noqa: B008  # how the framework is told
        ..., description="handed over, or the courier ordered, at this time"
    ),
    collected: bool = Query(False, description="a courier collects it at the door"),
    delivered: bool = Query(False, description="a courier brings it to the door"),
) -> dict[str, Any]:
    """The promise by the timetable in use and what is known of its punctuality. A time without zone is Chinese time."""
    from zerotrip.network.engine.promise import End

    if not 2000 <= at.year <= 2100:
        raise BadInput(_("时间超出范围。"), fields={"at": [_("请填写时刻表有效期内的时间。")]})
    moment = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    one, other = queries.place_or_division(origin), queries.place_or_division(target)
    found = queries.promise(End(one, collected), End(other, delivered), moment)
    return {
        "from": one,
        "to": other,
        "at": moment,
        "net": queries.net_of(one, other),
        "departure": found.departure if found else None,
        "scheduled": found.scheduled if found else None,
        "arrival": found.arrival if found else None,
        "arrival_p95": found.arrival_p95 if found else None,
        "legs": [
            {"run": leg.run, "from": leg.origin, "to": leg.target, "departure": leg.departure, "arrival": leg.arrival}
            for leg in (found.legs if found else ())
        ],
    }
