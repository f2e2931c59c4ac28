"""Refunds are sent, what is under way is asked after, and yesterday's books are reconciled, in the background."""

from __future__ import annotations

import contextlib

import structlog
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from zerotrip.core.errors import Unavailable

log = structlog.get_logger(__name__)


@app.task(queue="money", name="mail.send_refund")
def send_refund(number: str) -> None:
    """Ask the channel for a refund; when it cannot be reached, `chase` tries again."""
    from zerotrip.mail.payments import talking

    with contextlib.suppress(Unavailable):
        talking.send_refund(number)


def send_refund_soon(number: str) -> None:
    """Have a refund sent once the running transaction holds."""
    send_refund.defer(number=number)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="money", queueing_lock="mail.chase_payments", name="mail.chase_payments")
def chase(timestamp: int = 0) -> None:
    """Ask after orders and refunds under way."""
    from zerotrip.mail.payments import talking

    talking.chase()


@app.periodic(cron="40 2 * * *")
@app.task(queue="money", queueing_lock="mail.reconcile", name="mail.reconcile")
def reconcile(timestamp: int = 0) -> None:
    """Twenty to eleven in Shanghai: the bill of the day before is there from ten."""
    from django.conf import settings

    from zerotrip.mail.payments import reconciling

    if settings.ZEROTRIP_PAYMENTS == "outage":
        return
    try:
        reconciling.reconcile_late()
    except Unavailable:
        log.warning("no bill yet; the books are reconciled an hour later")
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            reconcile.configure(schedule_in={"hours": 1}).defer(timestamp=timestamp)
