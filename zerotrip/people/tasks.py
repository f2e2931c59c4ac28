"""Send text messages, and forget what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from zerotrip.core.clock import now
from zerotrip.core.errors import Unavailable
from zerotrip.people import sms
from zerotrip.people.models import FailedTry, PhoneCode, TextMessage, TextState

TRIES = 6
"""After 2, 4, 8, 16 and 32 seconds: a code is of no use any more after five minutes."""

KEEP_TEXTS = timedelta(days=30)
KEEP_TRIES = timedelta(days=1)


@app.task(
    queue="texts",
    name="people.send_text",
    pass_context=True,
    retry=RetryStrategy(max_attempts=TRIES, exponential_wait=2, retry_exceptions={Unavailable}),
)
def send_text(context: JobContext, message_id: int) -> None:
    """Send one queued message. Fails (and is tried again) while the channel is unavailable."""
    deliver(message_id, last=context.job is not None and context.job.attempts + 1 >= TRIES)


def deliver(message_id: int, *, last: bool = False) -> TextMessage | None:
    """Send a message unless it was sent or has become useless. On the `last` try a failure is final.

    Raises Unavailable when it should be tried again.
    """
    with transaction.atomic():
        found = TextMessage.objects.select_for_update(no_key=True, of=("self",)).filter(pk=message_id)
        message = found.filter(state=TextState.QUEUED).first()
        if message is None:
            return None
        message.tries += 1
        trouble: Unavailable | None = None
        if message.send_before is not None and message.send_before < now():
            message.state, message.error = TextState.FAILED, "expired"
        else:
            try:
                message.reference = sms.port().send(str(message.pk), message.phone, message.text)
                message.state, message.sent_at, message.error = TextState.SENT, now(), ""
            except Unavailable as error:
                trouble, message.error = error, "unavailable"
                message.state = TextState.FAILED if last else TextState.QUEUED
        message.save(update_fields=["state", "tries", "sent_at", "reference", "error"])
    if trouble is not None and not last:
        raise trouble
    return message


@app.periodic(cron="41 3 * * *")
@app.task(queue="housekeeping", queueing_lock="people.forget", name="people.forget")
def forget(timestamp: int) -> None:
    """Delete what has served its purpose: ended sessions, codes, wrong tries, texts after thirty days (PIPL 19)."""
    forget_old()


def forget_old() -> None:
    """As `forget`, now."""
    moment = now()
    Session.objects.filter(expire_date__lt=moment).delete()
    PhoneCode.objects.filter(sent_at__lt=moment - KEEP_TRIES).delete()
    FailedTry.objects.filter(at__lt=moment - KEEP_TRIES).delete()
    TextMessage.objects.filter(queued_at__lt=moment - KEEP_TEXTS).delete()
