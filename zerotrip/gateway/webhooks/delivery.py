"""Sending: one message of a webhook at a time, in the order of the sequence numbers.

A process that sends for a webhook holds its lease, written in its row: no lock and no connection is held while the
receiver makes us wait, and none at all while the webhook rests after a failure. A process that dies leaves a lease
that runs out; the next one sends the same message again with the same webhook-id. So every message arrives at least
once, and for the first time in order.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.gateway import outgoing
from zerotrip.gateway.webhooks import actions, signing
from zerotrip.gateway.webhooks.models import Message, MessageState, Try, Webhook, WebhookState

PAUSES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""After the first failure, the second, …: the schedule that the specification gives, 75 hours 35 minutes in all."""

JITTER: Final = 0.1
TIMEOUT: Final = 10.0
SLOW: Final = 2.0
"""An answer that takes longer than so many seconds makes an endpoint slow."""

LEASE: Final = timedelta(seconds=60)
TURN_MESSAGES, TURN_SECONDS = 50, 10.0
"""After so much, others have their turn."""

ANSWER_KEPT: Final = 300
_LONGEST_WISH: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to send for one webhook until the lease runs out."""

    webhook: int
    lease: UUID
    slow: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try went. `status` is None when no answer came."""

    ok: bool
    status: int | None
    seconds: float
    answer: str = ""
    trouble: str = ""
    retry_after: int = 0


_CLAIM = """
UPDATE gateway_webhook SET lease = %(lease)s, leased_until = %(until)s, turn_at = %(now)s WHERE id IN (
    SELECT w.id FROM gateway_webhook w JOIN gateway_partner p ON p.id = w.partner_id AND p.active
    WHERE w.state = 'active' AND w.removed_at IS NULL AND w.slow = %(slow)s
        AND (w.leased_until IS NULL OR w.leased_until < %(now)s) AND (w.next_at IS NULL OR w.next_at <= %(now)s)
        AND EXISTS (SELECT FROM gateway_message m WHERE m.webhook_id = w.id AND m.state = 'waiting')
    ORDER BY w.turn_at NULLS FIRST, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF w SKIP LOCKED)
RETURNING id
"""


def claim(limit: int, *, slow: bool) -> list[Turn]:
    """Take up to `limit` webhooks with something to send, those first that waited longest for a turn."""
    if limit < 1:
        return []
    lease, moment = uuid4(), now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": lease, "now": moment, "until": moment + LEASE, "slow": slow, "limit": limit})
        return [Turn(row[0], lease, slow) for row in cursor.fetchall()]


def take_turn(turn: Turn, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what waits for one webhook until a failure or the end of the turn. Returns how many were delivered."""
    begun, sent = time.monotonic(), 0
    while go_on() and sent < TURN_MESSAGES and time.monotonic() - begun < TURN_SECONDS:
        message = _next(turn)
        if message is None:
            break
        _let_go_of_the_connection()
        outcome = send(message)
        if not settle(turn, message, outcome):
            return sent + outcome.ok
        sent += 1
    Webhook.objects.filter(pk=turn.webhook, lease=turn.lease).update(lease=None, leased_until=None)
    _let_go_of_the_connection()
    return sent


def _let_go_of_the_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()


def _next(turn: Turn) -> Message | None:
    """The first message that waits, while the turn lasts and the webhook may be sent to."""
    return (
        Message.objects.select_related("webhook")
        .filter(webhook_id=turn.webhook, webhook__lease=turn.lease, webhook__state=WebhookState.ACTIVE)
        .filter(state=MessageState.WAITING, webhook__partner__active=True, webhook__removed_at__isnull=True)
        .order_by("sequence")
        .first()
    )


def send(message: Message) -> Outcome:
    """One try. Raises nothing: what goes wrong is the outcome."""
    begun, body, webhook = time.monotonic(), message.body.encode(), message.webhook
    moment = now()
    headers = signing.headers(
        webhook.secrets_at(moment), webhook.digest, message.message_id, int(moment.timestamp()), body
    )
    own = {"Content-Type": "application/json", "webhook-sequence": str(message.sequence)}
    try:
        answer = outgoing.post(webhook.url, body, own | headers, timeout=TIMEOUT)
    except Problem as problem:
        return Outcome(False, None, time.monotonic() - begun, trouble=str(problem.detail))
    kept = answer.body[: ANSWER_KEPT * 4].decode("utf-8", "replace").replace("\0", "␀")[:ANSWER_KEPT]
    return Outcome(answer.ok, answer.status, answer.seconds, kept, answer.complaint, answer.retry_after)


def settle(turn: Turn, message: Message, outcome: Outcome) -> bool:
    """Write down how a try went. False when the turn is over: after a failure, when the endpoint became slow or quick
    again, or when the lease was lost. Whoever changes messages by hand takes the lease away, under the same lock."""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(no_key=True, of=("self",)).filter(pk=turn.webhook).first()
        if webhook is None or webhook.lease != turn.lease:
            return False
        moment = now()
        note(message, outcome)
        if outcome.ok:
            webhook.failing_since = webhook.next_at = None
            webhook.slow, webhook.last_ok_at = outcome.seconds > SLOW, moment
            goes_on = webhook.slow == turn.slow
            webhook.lease, webhook.leased_until = (turn.lease, moment + LEASE) if goes_on else (None, None)
        else:
            webhook.failing_since = webhook.failing_since or moment
            webhook.slow, webhook.lease, webhook.leased_until = True, None, None
            webhook.next_at = moment + pause_after(message.attempts, outcome.retry_after)
            goes_on = False
        webhook.save(update_fields=["failing_since", "next_at", "slow", "last_ok_at", "lease", "leased_until"])
        if outcome.status == 410:
            actions.stop_gone(webhook, message, actor=SYSTEM, at=moment)
        elif not outcome.ok and message.attempts > len(PAUSES):
            actions.give_up(webhook, message, actor=SYSTEM, at=moment)
    return goes_on


def note(message: Message, outcome: Outcome) -> None:
    """Write the try into the message's row; delivered when it went well."""
    moment = now()
    message.attempts += 1
    message.last_at, message.last_status = moment, outcome.status
    message.last_seconds, message.answer = round(outcome.seconds, 3), outcome.answer
    message.trouble = outcome.trouble[:300]
    message.keep(Try(moment, outcome.status, message.last_seconds, message.trouble))
    if outcome.ok:
        message.state, message.delivered_at = MessageState.DELIVERED, message.delivered_at or moment
    message.save(
        update_fields=[
            "attempts",
            "last_at",
            "last_status",
            "last_seconds",
            "answer",
            "trouble",
            "tries",
            "state",
            "delivered_at",
        ]
    )


def pause_after(attempts: int, retry_after: int = 0) -> timedelta:
    """How long to rest after the `attempts`-th failure, a tenth more or less; longer if the receiver asks for it."""
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
    return max(pause, min(timedelta(seconds=retry_after), _LONGEST_WISH))
