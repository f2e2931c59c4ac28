"""API route of public tracking."""

from __future__ import annotations

from datetime import datetime

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from zerotrip.mail import tracked

router = Router(tags=["tracking"])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


REFUSED = dict.fromkeys((400, 401, 404, 422, 429), Problem)


class Sentence(Schema):
    """The same in two languages."""

    zh: str
    en: str


class CauseOut(Schema):
    """Why the last delivery failed: a reason of the postal table (101 to 130; empty when none was given)."""

    code: str
    by: str = Field(..., description="addressee, sender, post or nature")
    by_label: str
    text: str


class EventOut(Schema):
    """One scan. `place` is empty for an office that is not registered."""

    code: str
    name: str
    reason: str = Field("", description="why a delivery failed")
    place: str
    area_code: str = Field("", description="code of its county or town (GB/T 2260)")
    area: str = ""
    at: datetime


class TrackingOut(Schema):
    """What anybody with the number may know: no personal data."""

    number: str
    known: bool = Field(..., description="false: scanned, but not announced by anybody yet")
    state: str
    state_label: str
    sentence: Sentence
    must_act: str = Field(..., description="who must act now: addressee, sender, post, or empty")
    must_act_label: str
    cause: CauseOut | None
    holder: str = Field(..., description="sender, place, transit, courier or addressee")
    attempts: int = Field(..., description="failed deliveries so far")
    disputed: bool = Field(..., description="scans contradict each other after an end; the post looks into it")
    product: str
    purpose: str
    net: str
    origin: str = Field(..., alias="from")
    destination: str = Field(..., alias="to")
    announced_at: datetime | None
    accepted_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None = Field(None, description="by when half of all such pieces are there")
    promised_p95: datetime | None = Field(None, description="by when 95 of 100 are there: the promise")
    late: bool | None = Field(..., description="whether the promise is broken; null when none stands")
    events: list[EventOut] = Field(..., description="oldest first")


@router.get("/tracking/{number}", response={200: TrackingOut} | REFUSED, summary="Where a mail piece is, masked")
def tracking(request: HttpRequest, number: str) -> HttpResponse:
    """Where a mail piece is: our own, an announced one or one that was merely scanned. Built by the database, sent as
    it is."""
    return HttpResponse(orjson.dumps(tracked.document(number)), content_type="application/json")
