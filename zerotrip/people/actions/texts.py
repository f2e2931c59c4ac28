"""Queue a text message; a job sends it once what caused it has been committed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from zerotrip.core.clock import now
from zerotrip.people.models import TextMessage
from zerotrip.rules import mobile

LONGEST = 500
USEFUL_FOR = timedelta(days=1)


def text(phone: str, message: str, *, purpose: str, send_before: datetime | None = None) -> TextMessage:
    """Queue a text message to a mobile; part of the caller's transaction, so that an undone action sends nothing.

    The action that causes it records the entry. Raises RuleError for a number that is none, ValueError for a text
    that is empty or longer than 500 characters.
    """
    from zerotrip.people.tasks import send_text

    if not 0 < len(message) <= LONGEST:
        raise ValueError("a text message has 1 to 500 characters")
    with transaction.atomic(savepoint=False):
        queued = TextMessage.objects.create(
            phone=mobile.validate(phone),
            text=message,
            purpose=purpose[:40],
            queued_at=now(),
            send_before=send_before or now() + USEFUL_FOR,
        )
        send_text.defer(message_id=queued.pk)
    return queued
