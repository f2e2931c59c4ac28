"""API route of public tracking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from zerotrip.mail import queries

router = Router(tags=["tracking"])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


REFUSED = dict.fromkeys((400, 401, 404, 422, 429), Problem)


class EventOut(Schema):
    """One row of the trace."""

    code: str
    name: str
    place: str
    at: datetime


class TrackingOut(Schema):
    """What anybody with the number may know: no personal data."""

    number: str
    state: str
    state_label: str
    purpose: str
    origin: str = Field(..., alias="from")
    destination: str = Field(..., alias="to")
    accepted_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None = Field(None, description="by when half of all such pieces are there")
    promised_p95: datetime | None = Field(None, description="by when 95 of 100 are there: the promise")
    events: list[EventOut]


@router.get("/tracking/{number}", response={200: TrackingOut} | REFUSED, summary="Where a mail piece is, masked")
def tracking(request: HttpRequest, number: str) -> dict[str, Any]:
    """Where a mail piece is, masked."""
    return queries.tracking(number[:40])
