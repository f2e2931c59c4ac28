"""What the traces hold, in a few figures that can be compared between two installations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

_BY_STAGE: Final = "SELECT stage, count(*), sum(scans) FROM mail_trace WHERE known GROUP BY stage ORDER BY stage"
_WAITING: Final = "SELECT count(*), coalesce(sum(scans), 0) FROM mail_trace WHERE NOT known"
_EVERY_ONE: Final = (
    "SELECT number || ' ' || stage || ' ' || coalesce(greatest(last, ended), '') FROM mail_trace"
    ' ORDER BY number COLLATE "C"'
)


@dataclass(frozen=True, slots=True)
class Report:
    """Pieces by stage, scans in all, scans and numbers that wait for their piece, and the digest of everything."""

    by_stage: list[tuple[str, int]]
    scans: int
    waiting_numbers: int
    digest: str

    def as_dict(self) -> dict[str, Any]:
        """As `zerotrip report mail --json` prints it."""
        return {
            "consignments": dict(self.by_stage),
            "scans": self.scans,
            "waiting_numbers": self.waiting_numbers,
            "digest": self.digest,
        }


def report() -> Report:
    """Read everything once, in one snapshot. The digest (SHA-256) is over number, status and last event of each."""
    digest = hashlib.sha256()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(_BY_STAGE)
            stages = cursor.fetchall()
            cursor.execute(_WAITING)
            waiting, unclaimed = cursor.fetchone()
        with connection.chunked_cursor() as every:
            every.itersize = 20_000  # type: ignore[attr-defined]
            every.execute(_EVERY_ONE)
            for (line,) in every:
                digest.update(line.encode() + b"\n")
    scans = int(sum(row[2] or 0 for row in stages)) + int(unclaimed)
    return Report([(row[0], row[1]) for row in stages], scans, waiting, digest.hexdigest())
