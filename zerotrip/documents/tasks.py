"""Housekeeping of files: what was uploaded and never used, and what a crash left behind."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django import app

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.documents import actions, content, queries
from zerotrip.documents.models import StoredFile

LOOSE_FOR = timedelta(days=1)
"""How long an upload may hang on nothing before it is discarded."""


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", queueing_lock="documents.sweep", name="documents.sweep")
def sweep(timestamp: int) -> None:
    """Discard loose files and remove content that belongs to no row."""
    sweep_loose()
    sweep_orphans()


def sweep_loose() -> int:
    """Discard uploads that hang on nothing for a day. Returns how many."""
    moment = now()
    loose = queries.loose_before(moment - LOOSE_FOR)
    for file in loose:
        actions.discard(file.public_id, reason="上传后一天内未使用", actor=SYSTEM, at=moment)
    return len(loose)


def sweep_orphans() -> int:
    """Remove content older than a day that no undiscarded row names. Returns how many."""
    limit, removed = now() - LOOSE_FOR, 0
    for path in list(content.all_paths()):
        written = content.written_at(path)
        if written is None or written > limit:
            continue
        if not StoredFile.objects.filter(path=path, discarded_at__isnull=True).exists():
            content.remove(path)
            removed += 1
    return removed
