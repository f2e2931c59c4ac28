"""API routes of webhooks: register, rotate, replay, and draw what was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from ninja import Field, Router, Schema
from ninja.params.functions import Path, Query

from zerotrip.core.clock import local, now
from zerotrip.gateway.auth import require
from zerotrip.gateway.cases_api import ONCE, document, once
from zerotrip.gateway.models import Scope
from zerotrip.gateway.refusals import REFUSED, ProblemOut
from zerotrip.gateway.schemas import In
from zerotrip.gateway.webhooks import actions, events, queries
from zerotrip.gateway.webhooks.models import Message, Webhook

router = Router(tags=["webhooks"])
Id = Path(..., description="the `id` of a webhook")
GONE = {410: ProblemOut}
_LARGEST = 2**63 - 1


class WebhookIn(In):
    """Where to send and what. `types`: kinds of events or all of a room ("mail.*"); empty for all.

    `digest`: `sha256` signs as the Standard Webhooks specification says (`v1,…`), `sm3` with HMAC-SM3 (`v1s3,…`).
    """

    url: str = Field(..., min_length=1, max_length=500)
    types: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=200)
    digest: Literal["sha256", "sm3"] = "sha256"


class RotateIn(In):
    """For how many hours the former secret still signs, beside the new one."""

    hours: int = Field(actions.OVERLAP, ge=0, le=actions.LONGEST_OVERLAP)


class ReplayIn(In):
    since: int = Field(..., alias="from", ge=1, le=_LARGEST)


class WebhookOut(Schema):
    """A webhook. `secret` is there once: in the answer that registers or rotates; a repeat of it says null.

    `last_sequence` was given out last, `oldest_sequence` is the first that can still be drawn or sent again.
    """

    id: UUID
    url: str
    types: list[str]
    digest: str
    state: Literal["active", "paused", "failed", "gone"]
    state_reason: str
    last_sequence: int
    oldest_sequence: int
    waiting: int
    failing_since: datetime | None
    next_try_at: datetime | None
    former_secret_until: datetime | None
    registered_at: datetime
    secret: str | None = None


class MessageOut(Schema):
    """A message as it was or will be sent: `payload` byte for byte, `id` as in the header webhook-id."""

    sequence: int
    id: str
    state: Literal["waiting", "delivered", "set_aside"]
    delivered_at: datetime | None
    payload: dict[str, Any]


class EventsOut(Schema):
    """Messages in order. Go on with `after` = `next`, until `more` is false."""

    events: list[MessageOut]
    next: int
    more: bool


class EventTypeOut(Schema):
    """A kind of event: its type, and its sentence in Chinese and English with the names of what it is filled with."""

    type: str
    zh: str
    en: str


class ReplayOut(Schema):
    """How many messages will be sent again."""

    messages: int


@router.get("/webhooks/event-types", response={200: list[EventTypeOut]} | REFUSED, summary="What can be subscribed to")
def event_types(request: HttpRequest) -> list[dict[str, str]]:
    """The kinds of entries that an applicant may read."""
    require(request, Scope.WEBHOOKS)
    return [{"type": kind.code, "zh": kind.zh, "en": kind.en} for kind in events.kinds()]


@router.get("/webhooks", response={200: list[WebhookOut]} | REFUSED, summary="Your webhooks")
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """With how each stands; no secrets."""
    actor = require(request, Scope.WEBHOOKS)
    return document([_out(one) for one in queries.standings(queries.webhooks(actor))])


@router.post("/webhooks", response={201: WebhookOut} | REFUSED, openapi_extra=ONCE, summary="Register a webhook")
def register_webhook(request: HttpRequest, sent: WebhookIn) -> HttpResponseBase:
    """Answers 201 with the secret, which is shown this once. What happens from now on is sent."""
    actor = require(request, Scope.WEBHOOKS)

    def work() -> tuple[Webhook, str]:
        return actions.register(actor.name, sent.url, sent.types, sent.digest, actor=actor, at=now())

    return _with_secret(request, work, status=201)


@router.get("/webhooks/{id}", response={200: WebhookOut} | REFUSED, summary="One webhook", url_name="get_webhook")
def get_webhook(request: HttpRequest, id: UUID = Id) -> HttpResponse:
    """How it stands."""
    return _document(queries.get(id, require(request, Scope.WEBHOOKS)))


@router.delete("/webhooks/{id}", response={204: None} | REFUSED, openapi_extra=ONCE, summary="Remove a webhook")
def remove_webhook(request: HttpRequest, id: UUID = Id) -> HttpResponseBase:
    """Nothing more is sent; its messages are deleted."""
    actor = require(request, Scope.WEBHOOKS)

    def work() -> HttpResponse:
        actions.remove(id, actor=actor, at=now())
        return HttpResponse(status=204)

    return once(request, work)


@router.post(
    "/webhooks/{id}/rotate", response={200: WebhookOut} | REFUSED, openapi_extra=ONCE, summary="Change the secret"
)
def rotate_webhook(request: HttpRequest, sent: RotateIn, id: UUID = Id) -> HttpResponseBase:
    """Until `former_secret_until` every message has two signatures, so that no receiver misses one."""
    actor = require(request, Scope.WEBHOOKS)
    return _with_secret(request, lambda: actions.rotate(id, hours=sent.hours, actor=actor, at=now()))


@router.post(
    "/webhooks/{id}/resume", response={200: WebhookOut} | REFUSED, openapi_extra=ONCE, summary="Send again from now on"
)
def resume_webhook(request: HttpRequest, id: UUID = Id) -> HttpResponseBase:
    """Your receiver is back: what waits is sent at once, whether the webhook was stopped or rested after a failure."""
    actor = require(request, Scope.WEBHOOKS)
    return once(request, lambda: _document(actions.resume(id, actor=actor, at=now())))


@router.post(
    "/webhooks/{id}/test", response={200: MessageOut} | REFUSED, openapi_extra=ONCE, summary="Send a test message"
)
def try_webhook(request: HttpRequest, id: UUID = Id) -> HttpResponseBase:
    """A message of type `webhook.test` with the next number."""
    actor = require(request, Scope.WEBHOOKS)
    return once(request, lambda: document(_message(actions.send_test(id, actor=actor, at=now()))))


@router.post(
    "/webhooks/{id}/replay",
    response={200: ReplayOut} | REFUSED | GONE,
    openapi_extra=ONCE,
    summary="Have messages sent again",
)
def replay_webhook(request: HttpRequest, sent: ReplayIn, id: UUID = Id) -> HttpResponseBase:
    """All from number `from` on, in order, with the same webhook-id. 410 when that number is deleted already."""
    actor = require(request, Scope.WEBHOOKS)

    def work() -> HttpResponse:
        return document({"messages": actions.replay(id, since=sent.since, actor=actor, at=now())})

    return once(request, work)


@router.get("/webhooks/{id}/events", response={200: EventsOut} | REFUSED | GONE, summary="Draw messages yourself")
def draw_events(
    request: HttpRequest,
    id: UUID = Id,
    after: int = Query(0, ge=0, le=_LARGEST, description="the last number you have"),
    limit: int = Query(100, ge=1, le=1000),
) -> HttpResponse:
    """The messages after a number, whether they were delivered or not. 410 when some of them are deleted already."""
    webhook = queries.get(id, require(request, Scope.WEBHOOKS))
    found = queries.messages_after(webhook, after, limit + 1)
    page = found[:limit]
    return document(
        {
            "events": [_message(one) for one in page],
            "next": page[-1].sequence if page else after,
            "more": len(found) > limit,
        }
    )


def _with_secret(
    request: HttpRequest, work: Callable[[], tuple[Webhook, str]], *, status: int = 200
) -> HttpResponseBase:
    """The answer with the secret. What is kept for a repeat is the answer without it: a secret is kept sealed only."""
    fresh: list[tuple[Webhook, str]] = []

    def kept() -> HttpResponse:
        fresh.append(work())
        return _document(fresh[0][0], status)

    answer = once(request, kept)
    return _document(fresh[0][0], status, secret=fresh[0][1]) if fresh else answer


def _document(webhook: Webhook, status: int = 200, secret: str | None = None) -> HttpResponse:
    (standing,) = queries.standings([webhook])
    where = {"Location": reverse("api-v1:get_webhook", kwargs={"id": webhook.public_id})} if status == 201 else {}
    return document(_out(standing) | {"secret": secret}, status, **where)


def _out(standing: queries.Standing) -> dict[str, Any]:
    one = standing.webhook
    return {
        "id": one.public_id,
        "url": one.url,
        "types": one.types,
        "digest": one.digest,
        "state": one.state,
        "state_reason": one.state_reason,
        "last_sequence": one.last_sequence,
        "oldest_sequence": one.forgotten_through + 1,
        "waiting": standing.waiting,
        "failing_since": _time(one.failing_since),
        "next_try_at": _time(one.next_at),
        "former_secret_until": _time(one.former_until) if one.rotating else None,
        "registered_at": _time(one.registered_at),
        "secret": None,
    }


def _message(one: Message) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "id": one.message_id,
        "state": one.state,
        "delivered_at": _time(one.delivered_at),
        "payload": orjson.loads(one.body),
    }


def _time(moment: datetime | None) -> str | None:
    return local(moment).isoformat(timespec="seconds") if moment else None
