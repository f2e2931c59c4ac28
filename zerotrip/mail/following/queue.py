"""Numbers of ours that were scanned outside: put in line by the delivery that brought the scans, followed soon after.

A delivery of foreign scans costs one join with our own numbers; nothing is done for any of its rows.
"""

from __future__ import annotations

import contextlib
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import F
from procrastinate.exceptions import AlreadyEnqueued

from zerotrip.ledger.readers import passing
from zerotrip.mail.following.pieces import follow_number
from zerotrip.mail.models import ToFollow

log = structlog.get_logger(__name__)

TRIES: Final = 5
"""After so many a piece that cannot follow waits for somebody to look (it stays in the table with its error)."""
AT_ONCE: Final = 200

_FROM_OUTSIDE: Final = (
    "INSERT INTO mail_to_follow (number) SELECT DISTINCT g.number FROM {source}"
    ' WHERE EXISTS (SELECT FROM mail_consignment c WHERE c.number = g.number COLLATE "default")'
)
_WAITED: Final = "INSERT INTO mail_to_follow (number) SELECT number FROM mail_trace WHERE number = %s AND scans > 0"


def enqueue(source: str) -> int:
    """Put our own numbers among the scans of `source` (a table that calls itself g) in line. Call it in their
    transaction, after the merge: whoever reads the line then sees the scans. Returns how many there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FROM_OUTSIDE.format(source=source))
        count = int(cursor.rowcount)
    if count:
        follow_soon()
    return count


def enqueue_waiting(number: str) -> None:
    """A piece gets its number: scans that waited for it are to be followed."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITED, [number])
        if cursor.rowcount:
            follow_soon()


def follow_soon() -> None:
    """Have the worker follow, unless that is waiting already."""
    from zerotrip.mail.tasks import follow

    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        follow.defer()


def follow_all() -> int:
    """Follow everything in line, a piece a transaction. Returns how many facts were recorded."""
    count, failed = 0, set[int]()
    while True:
        rows = ToFollow.objects.filter(tries__lt=TRIES).exclude(pk__in=failed).values_list("pk", "number")[:AT_ONCE]
        numbers: dict[str, list[int]] = {}
        for pk, number in rows:
            numbers.setdefault(number, []).append(pk)
        done = 0
        for number, pks in numbers.items():
            try:
                facts = _one(number, pks)
            except Exception as error:
                if passing(error):
                    raise
                log.error("a piece could not follow its trace", number=number, error=repr(error))
                ToFollow.objects.filter(pk__in=pks).update(tries=F("tries") + 1, error=repr(error)[:300])
                failed.update(pks)
                continue
            if facts is not None:
                done, count = done + 1, count + facts
        if not done:
            return count


def _one(number: str, pks: list[int]) -> int | None:
    """None when somebody else has these rows in hand."""
    with transaction.atomic():
        mine = list(
            ToFollow.objects.select_for_update(skip_locked=True).filter(pk__in=pks).values_list("pk", flat=True)
        )
        if not mine:
            return None
        facts = follow_number(number)
        ToFollow.objects.filter(pk__in=mine).delete()
        return facts
