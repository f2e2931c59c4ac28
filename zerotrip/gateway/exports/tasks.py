"""Exports in the background, rows to the portal, files whose time is over."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Final

from django.db import transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from zerotrip.core.clock import now

ROUNDS: Final = 20
SILENT: Final = timedelta(minutes=5)
"""An export that has not got on for so long has lost its worker."""


@app.task(queue="exports", name="gateway.export", pass_context=True)
def export(context: JobContext, export_id: int) -> None:
    """Write the file of an export. Ends early, to be begun again, when the worker is told to end."""
    from zerotrip.gateway.exports import work

    work.run(export_id, halt=context.should_abort)


@app.periodic(cron="* * * * *")
@app.task(queue="partners", queueing_lock="gateway.push_portal", name="gateway.push_portal")
def push_portal(timestamp: int) -> None:
    """Send the portal what is due."""
    from zerotrip.gateway.exports import push

    for _round in range(ROUNDS):
        if not push.send_due():
            return


def push_soon() -> None:
    """Have the portal told, unless that is queued already."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        push_portal.configure().defer(timestamp=0)


@app.periodic(cron="17 * * * *")
@app.task(queue="housekeeping", queueing_lock="gateway.clear_exports", name="gateway.clear_exports")
def clear_exports(timestamp: int) -> None:
    """Remove files whose time is over; have exports whose worker is gone begun again."""
    from zerotrip.gateway.exports import work

    work.clear_old(now())
    work.take_over(now() - SILENT)
