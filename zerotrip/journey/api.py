"""API routes of plans: the ways to do an errand. Public: nobody's name goes in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from zerotrip.catalog.api import Problem
from zerotrip.core.clock import now
from zerotrip.journey import queries

router = Router(tags=["plans"])

LegKind = Literal["person", "post", "data"]
Mode = Literal["online", "doorstep", "outlet", "kiosk", "hall", "window"]


class PlanIn(Schema):
    """What to plan. `from`: the code of the township or county where the applicant lives; `at`: when to begin."""

    item: str = Field(..., min_length=1, max_length=40, description="code of a published item", examples=["DL_EXPIRY"])
    division: str = Field(..., alias="from", min_length=4, max_length=12, examples=["360102001"])
    at: datetime | None = Field(None, description="RFC 3339; without an offset Asia/Shanghai; now if left out")


class PartOut(Schema):
    """`payee`: "state" is collected for the treasury, "post" is the post's own, "other"."""

    name: str
    amount: Decimal
    payee: str


class PriceOut(Schema):
    """Yuan. `open`: fees whose amount is not known; they are not in the total."""

    total: Decimal
    parts: list[PartOut]
    open: list[str]


class StepOut(Schema):
    """`visit` numbers the trips from 1; 0: the applicant does not go out for it. `place`: a code, or "home"."""

    key: str
    name: str
    actor: Literal["person", "agency"]
    mode: Mode
    place: str
    place_name: str
    begins: datetime
    ends: datetime
    ends_p95: datetime
    visit: int


class RunOut(Schema):
    run: str
    origin: str = Field(..., alias="from")
    target: str = Field(..., alias="to")
    departure: datetime
    arrival: datetime


class LegOut(Schema):
    """One movement of the applicant, of papers by post or of data. `net`: city, province or national, of a piece."""

    kind: LegKind
    origin: str = Field(..., alias="from")
    from_name: str
    target: str = Field(..., alias="to")
    to_name: str
    departs: datetime
    arrives: datetime
    arrives_p95: datetime
    papers: list[str]
    step: str
    net: str
    runs: list[RunOut]


class ConstraintOut(Schema):
    """What stopped a better way: a law with its article, or something missing at a place."""

    step: str
    step_name: str
    modes: list[str]
    reason: str
    law: str
    article: str
    place: str
    place_name: str


class ItineraryOut(Schema):
    """One way. `finish` is the median, `finish_p95` the promise. `provisional`: see `note`."""

    id: str
    item: str
    version: int
    division: str = Field(..., alias="from")
    at: datetime
    trips: int
    finish: datetime
    finish_p95: datetime
    provisional: bool
    note: str
    price: PriceOut
    steps: list[StepOut]
    legs: list[LegOut]
    constraints: list[ConstraintOut]


class PlanOut(Schema):
    """The ways, best first: none is worse than another in trips, finish and price at once."""

    item: str
    item_name: str
    division: str = Field(..., alias="from")
    at: datetime
    complete: bool
    itineraries: list[ItineraryOut]
    constraints: list[ConstraintOut]


REFUSED: dict[int, Any] = {400: Problem, 401: Problem, 404: Problem, 422: Problem, 429: Problem, 503: Problem}


@router.post("/plans", response={200: PlanOut} | REFUSED, by_alias=True, summary="The ways to do an errand")
def make_plan(request: HttpRequest, sent: PlanIn) -> HttpResponse:
    """Fewest trips first, then earliest, then cheapest. Nothing is stored; asking again may be cheaper or later.

    An empty `itineraries` comes with `constraints` that say why and what would help.
    """
    view = queries.plan_for(sent.item, sent.division, sent.at or now())
    return HttpResponse(orjson.dumps(view.as_json()), content_type="application/json")
