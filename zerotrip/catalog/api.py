"""API routes of service items: public facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.params.functions import Query

from zerotrip.catalog import queries
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import today

router = Router(tags=["items"])


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


class ItemOut(Schema):
    """A published item. `on_site_visits` 0 is 一次不跑; `mailable`: 0 visits, and materials or result by post."""

    code: str = Field(..., alias="item.code")
    version: int = Field(..., alias="number")
    name: str
    aliases: list[str]
    item_type: str
    organ_kind: str
    organ_name: str
    service_objects: list[str]
    themes: list[str]
    on_site_visits: int | None
    materials_mailable: bool | None
    result_mailable: bool | None
    mailable: bool
    legal_limit_value: int | None
    legal_limit_unit: str
    promised_limit_value: int | None
    promised_limit_unit: str
    online: bool | None
    kiosk: bool | None
    bookable: bool | None
    valid_from: date
    valid_until: date | None


class BasisOut(Schema):
    law: str
    document_number: str
    article: str
    says: str
    effective_from: date | None
    confidence: str


class MaterialOut(Schema):
    name: str
    kind: str
    necessity: str
    originals: int
    copies: int
    source_channel: str
    issuing_body: str
    shareable: bool | None
    specification: str
    acceptance_standard: str


class FeeOut(Schema):
    """A fee in yuan. `payee`: "state" is collected for the treasury, "post" is the post's own."""

    name: str
    amount: Decimal | None
    unit: str
    basis: str
    payee: str
    effective_from: date | None
    confidence: str
    note: str


class SourceOut(Schema):
    title: str
    article: str
    where: str
    confidence: str


class WayOut(Schema):
    """One mode in which a step can be done. `confidence` empty or K: its figures are configuration."""

    step: str
    step_name: str
    actor: str
    mode: str
    service: str
    minutes: int
    queue: int
    working_days: int
    calendar_days: int
    needs: list[str]
    gives: list[str]
    price: Decimal | None
    confidence: str
    note: str


class BarOut(Schema):
    """What rules modes out for a step; without a law it is a local decision."""

    step: str
    modes: list[str]
    reason: str
    law: str
    article: str
    confidence: str


class ItemDetail(ItemOut):
    """An item with its rows. Fields named in `configured` are local decisions without a source yet."""

    basic_code: str
    implementation_code: str
    handling_code: str
    exercise_level: str
    legal_limit_note: str
    promised_limit_note: str
    case_kind: str
    special_procedure: str
    conditions: str
    process: str
    result_name: str
    result_type: str
    charges: bool | None
    charge_basis: str
    online_payment: bool | None
    handling_forms: list[str]
    on_site_reason: str
    scope: str
    places_and_hours: str
    consult_phone: str
    legal_bases: list[BasisOut]
    materials: list[MaterialOut]
    fees: list[FeeOut]
    sources: list[SourceOut]
    ways: list[WayOut]
    bars: list[BarOut]
    configured: list[str]


class ItemPage(Schema):
    """A page of items."""

    count: int
    page: int
    size: int
    items: list[ItemOut]


class SummaryOut(Schema):
    """`zero_trip` 一次不跑; `mailable` those of them with materials or result by post; its share of all, 0 to 1."""

    items: int
    zero_trip: int
    mailable: int
    mailable_share: float


REFUSED: dict[int, Any] = {401: Problem, 404: Problem, 422: Problem, 429: Problem}


@router.get("/items", response={200: ItemPage} | REFUSED, summary="Published service items")
def list_items(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="words of the name, everyday names, code or pinyin initials"),
    organ: str = Query("", max_length=30),
    service_object: str = Query("", max_length=1, description="1 natural person, 2 company, …"),
    theme: str = Query("", max_length=60),
    zero_trip: bool | None = None,
    mailable: bool | None = None,
    page: int = Query(1, ge=1, le=10_000),
    size: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    found = queries.search(
        q,
        on=today(),
        organ=organ.replace("\0", ""),
        service_object=service_object.replace("\0", ""),
        theme=theme.replace("\0", ""),
        zero_trip=zero_trip,
        mailable=mailable,
    )
    start = (page - 1) * size
    return {"count": found.count(), "page": page, "size": size, "items": list(found[start : start + size])}


@router.get("/items/summary", response={200: SummaryOut} | REFUSED, summary="How many need no trip, how many by post")
def items_summary(
    request: HttpRequest, organ: str = Query("", max_length=30), service_object: str = Query("", max_length=1)
) -> queries.Summary:
    return queries.summary(today(), organ=organ.replace("\0", ""), service_object=service_object.replace("\0", ""))


@router.get("/items/{code}", response={200: ItemDetail} | REFUSED, summary="One published item")
def get_item(request: HttpRequest, code: str) -> ItemVersion:
    return queries.get(code, today())
