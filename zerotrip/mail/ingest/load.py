"""A block of rows into the database: COPY into a table of the session, then one statement for all of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zerotrip.core.errors import Unavailable
from zerotrip.mail.archive import late
from zerotrip.mail.following.queue import enqueue
from zerotrip.mail.ingest.rows import Fault, Parsed
from zerotrip.mail.models import Batch, Refused
from zerotrip.mail.silence import watch
from zerotrip.mail.trace import merge

Kind = Literal["scans", "consignments"]

_STAGE: Final[dict[str, str]] = {
    "scans": 'number text COLLATE "C", code text COLLATE "C", at timestamptz, office text COLLATE "C", operator text,'
    ' reason text, attributes text, point text COLLATE "C"',
    "consignments": 'number text COLLATE "C", product text, origin text, target text, net text, weight_g int,'
    " announced_at timestamptz, promised_at timestamptz",
}
KEPT_FAULTS: Final = 1000
"""How many refused rows of one block are kept in full; the others are counted and named in its answer."""
TRIES: Final = 6
_PASSING: Final = {"40001", "40P01", "55P03"}
"""Serialization failure, deadlock, lock not available: what passes when it is tried again."""

T = TypeVar("T")


@dataclass(slots=True)
class Counts:
    """How a delivery ended: every row is in exactly one of the three."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.accepted + self.duplicates + self.rejected


def prepare(parsed: Parsed) -> None:
    """Make the months of these scans. Best in a transaction of its own: who makes a month makes others wait."""
    with transaction.atomic():
        for month in sorted(parsed.months):
            merge.ensure_month(month)


def begin(kind: Kind, source: str, digest: bytes, at: datetime) -> Batch:
    """The delivery with this content that was not finished, else a new one."""
    unfinished = Batch.objects.filter(digest=digest, kind=kind, finished_at__isnull=True).order_by("pk").first()
    return unfinished or Batch.objects.create(source=source[:200], kind=kind, digest=digest, at=at)


def take_in(batch: Batch, parsed: Parsed, *, offset: int = 0) -> Counts:
    """Take a block of a delivery in, in one transaction with the counts of the `batch` and how far it was read.

    The same block again changes nothing but the counts of its own delivery. Raises Unavailable when others held the
    same rows too long; then nothing of the block was taken.
    """
    return persistently(lambda: _taken_in(batch, parsed, offset))


def persistently(work: Callable[[], T]) -> T:
    """`work` in a transaction, anew when the database ended it for others' sake; Unavailable after some tries."""
    for turn in range(TRIES):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _PASSING:
                raise
            time.sleep(random.uniform(0.05, 0.2) * 2**turn)  # noqa: S311  # so that two do not meet again
    raise Unavailable(_("同一批邮件正被其他程序写入，这一批还没有接收。请稍后原样再发一次。"))


def _taken_in(batch: Batch, parsed: Parsed, offset: int) -> Counts:
    new = _merged(batch.kind, parsed) if parsed.rows else 0
    counts = Counts(new, parsed.rows - new, len(parsed.faults), parsed.faults)
    Batch.objects.filter(pk=batch.pk).update(
        accepted=F("accepted") + counts.accepted,
        duplicates=F("duplicates") + counts.duplicates,
        rejected=F("rejected") + counts.rejected,
        unknown=F("unknown") + parsed.unknown,
        lines=F("lines") + parsed.lines,
        offset=offset,
    )
    set_aside(batch, parsed.faults)
    return counts


def finish(batch: Batch, at: datetime) -> Batch:
    """The whole delivery has been read."""
    Batch.objects.filter(pk=batch.pk).update(finished_at=at)
    batch.refresh_from_db()
    return batch


def set_aside(batch: Batch, faults: Sequence[Fault]) -> None:
    """Keep refused rows where operators see them."""
    Refused.objects.bulk_create(
        [Refused(batch=batch, line=f.line, sentence=f.sentence[:200], row=f.row) for f in faults[:KEPT_FAULTS]]
    )


def _merged(kind: str, parsed: Parsed) -> int:
    archived = late.hold(parsed.months)
    for month in sorted(parsed.months):
        merge.ensure_month(month)
    table = f"stage_{kind}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({_STAGE[kind]}) ON COMMIT DELETE ROWS")
        if connection.savepoint_ids:  # in a larger transaction, where the rows of a block before may still stand
            cursor.execute(f"TRUNCATE {table}")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(parsed.text)
        if kind == "scans":
            late.leave_out(table, archived)
            cursor.execute(merge.merge_sql(f"{table} AS g"))
            new = int(cursor.fetchone()[0])
            if new:
                enqueue(f"{table} AS g")
            return new
        cursor.execute(merge.ANNOUNCE.format(source=table))
        new = int(cursor.rowcount)
        if new:
            watch.begin(table)
        return new
