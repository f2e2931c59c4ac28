"""Coverage in the background: a run, rows whose offers changed, a search for stations.

Every process loads its tasks, few run these: the engines are loaded by those that do.
"""

from __future__ import annotations

import contextlib
import os

from django.db import transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from zerotrip.journey.models import CoverageRun, RunState

PROCESSES = min(2, os.cpu_count() or 1)
"""For one run: it is background work, the rest of the machine belongs to people."""

REFRESH_BATCH = 200


@app.task(queue="coverage", name="journey.compute", pass_context=True)
def compute(context: JobContext, run_id: int) -> None:
    """Compute what a run lacks. Ends early, to be continued, when the worker is told to end."""
    from zerotrip.journey.coverage import run as runs

    runs.compute(run_id, processes=PROCESSES, halt=context.should_abort)


@app.task(queue="coverage", queueing_lock="journey.refresh", name="journey.refresh")
def refresh() -> None:
    """Compute again what offers have changed in the latest run."""
    from zerotrip.journey.coverage import run as runs

    run = CoverageRun.objects.filter(state=RunState.DONE).first()
    while run is not None and runs.refresh(run, limit=REFRESH_BATCH):
        pass


def refresh_soon() -> None:
    """Have stale rows computed again, unless that is queued already."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        refresh.defer()


@app.task(queue="coverage", name="journey.seek")
def seek(search_id: int) -> None:
    """Find the next stations."""
    from zerotrip.journey.coverage import search as searches

    searches.compute(search_id)
