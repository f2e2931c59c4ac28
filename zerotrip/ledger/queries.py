"""What can be asked of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import NotAllowed
from zerotrip.core.roles import Role
from zerotrip.ledger.kinds import KINDS
from zerotrip.ledger.models import Entry, SetAside
from zerotrip.ledger.readers import READERS

LATE = timedelta(minutes=1)
"""A reader further behind than this is called late."""


@dataclass(frozen=True, slots=True)
class ReaderState:
    """How a reader stands: entries still to handle, age of the oldest, failures set aside."""

    name: str
    kinds: tuple[str, ...]
    waiting: int
    lag: timedelta
    moved_at: datetime | None
    set_aside: int

    @property
    def late(self) -> bool:
        return self.lag > LATE


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many background jobs of one queue are in which state."""

    queue: str
    waiting: int
    running: int
    failed: int
    done: int


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What the database holds. `unsettled`: entry numbers given out that readers must wait for."""

    bytes: int
    entries: int
    entry_bytes: int
    unsettled: int
    connections: int
    version: str


_STATES = """
SELECT r.name, c.moved_at, w.waiting, w.oldest, coalesce(s.failures, 0)
FROM jsonb_to_recordset(%s::jsonb) AS r(name text, kinds text[])
LEFT JOIN ledger_cursor c ON c.reader = r.name
LEFT JOIN (SELECT reader, count(*) AS failures FROM ledger_setaside WHERE settled_at IS NULL GROUP BY reader) s
    ON s.reader = r.name
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(e.learned_at) AS oldest FROM ledger_entry e
    WHERE e.id > coalesce(c.after, 0) AND e.kind = ANY(r.kinds)) w
"""


def reader_states() -> list[ReaderState]:
    """Every reader with its lag. For the operations page, `/health` and `zerotrip check`; holds no case data."""
    listed = orjson.dumps([{"name": r.name, "kinds": list(r.kinds)} for r in READERS.values()]).decode()
    with connection.cursor() as database:
        database.execute(_STATES, [listed])
        found = {row[0]: row[1:] for row in database.fetchall()}
    states = []
    for known in READERS.values():
        moved_at, waiting, oldest, failures = found[known.name]
        lag = max(now() - oldest, timedelta(0)) if oldest else timedelta(0)
        states.append(ReaderState(known.name, known.kinds, waiting, lag, moved_at, failures))
    return states


_JOBS = """
SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'succeeded')
FROM procrastinate_jobs GROUP BY queue_name ORDER BY queue_name
"""
_DATABASE = """
SELECT pg_database_size(current_database()), coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0),
       pg_total_relation_size('ledger_entry'),
       coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0) - ledger_settled(),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), current_setting('server_version')
"""


def jobs() -> list[JobCount]:
    """The background queues, for the operations page; what the jobs are about is not shown."""
    with connection.cursor() as database:
        database.execute(_JOBS)
        return [JobCount(*row) for row in database.fetchall()]


def database() -> DatabaseState:
    """How large the database is and whether writers keep readers waiting, for the operations page."""
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        return DatabaseState(*cursor.fetchone())


def set_asides(actor: Actor) -> list[SetAside]:
    """What readers could not handle and nobody has settled, oldest first. For administrators; else NotAllowed."""
    if not actor.has(Role.SYSTEM_ADMIN, Role.AUDITOR):
        raise NotAllowed(_("只有系统管理员和审计人员可以查看搁置的记录。"))
    return list(SetAside.objects.filter(settled_at__isnull=True).select_related("entry").order_by("first_at")[:200])


def timeline(case_number: str = "", consignment_number: str = "", *, public_only: bool) -> list[Entry]:
    """The entries of one case or consignment in the order they happened. The caller has checked who may see it."""
    chosen = (
        Entry.objects.filter(case_number=case_number)
        if case_number
        else Entry.objects.filter(consignment_number=consignment_number)
    )
    if public_only:
        chosen = chosen.filter(kind__in=public_kinds())
    return list(chosen.order_by("at", "id"))


def public_kinds() -> list[str]:
    """The kinds an applicant or a tracking page may read."""
    return [code for code, known in KINDS.items() if known.public]


def of_subject(subject_type: str, subject_ids: Iterable[str]) -> list[Entry]:
    """The entries about some things, oldest first. The caller has checked who may see them."""
    return list(Entry.objects.filter(subject_type=subject_type, subject_id__in=list(subject_ids)).order_by("at", "id"))
