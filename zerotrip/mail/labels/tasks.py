"""Batches of labels in the background."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from zerotrip.core.clock import now


@app.task(queue="labels", name="mail.print_labels", pass_context=True)
def print_labels(context: JobContext, batch_id: int) -> None:
    """Set a batch of labels. Ends early, to be begun again, when the worker is told to end."""
    from zerotrip.mail.labels import work

    work.run(batch_id, halt=context.should_abort)


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="mail.sweep_labels", name="mail.sweep_labels")
def sweep_labels(timestamp: int = 0) -> None:
    """Have batches begun again whose worker is gone; remove files whose hour is over."""
    from zerotrip.mail.labels import work

    work.take_over(now() - work.SILENT)
    work.clear_old(now())
