"""What can be asked of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import NotAllowed
from zerotrip.core.roles import Role
from zerotrip.ledger.kinds import KINDS
from zerotrip.ledger.models import Cursor, Entry, SetAside
from zerotrip.ledger.readers import READERS


@dataclass(frozen=True, slots=True)
class ReaderState:
    """How a reader stands: entries still to handle, age of the oldest, failures set aside."""

    name: str
    kinds: tuple[str, ...]
    waiting: int
    lag: timedelta
    moved_at: datetime | None
    set_aside: int


_WAITING = """
SELECT count(*), min(e.learned_at) FROM ledger_entry e
WHERE e.kind = ANY(%s) AND (e.xid >= %s::text::xid8 OR (e.xid >= %s::text::xid8 AND e.id > %s))
"""


def reader_states() -> list[ReaderState]:
    """Every reader with its lag. For the operations page, `/health` and `zerotrip check`; holds no case data."""
    cursors = {c.pk: c for c in Cursor.objects.all()}
    failures: dict[str, int] = {}
    for name in SetAside.objects.filter(settled_at__isnull=True).values_list("reader", flat=True):
        failures[name] = failures.get(name, 0) + 1
    states = []
    with connection.cursor() as database:
        for known in READERS.values():
            at = cursors.get(known.name)
            low, high, after = (at.low, at.high, at.after) if at else (0, 0, 0)
            database.execute(_WAITING, [list(known.kinds), str(high), str(low), after])
            waiting, oldest = database.fetchone()
            lag = max(now() - oldest, timedelta(0)) if oldest else timedelta(0)
            moved = at.moved_at if at else None
            states.append(ReaderState(known.name, known.kinds, waiting, lag, moved, failures.get(known.name, 0)))
    return states


def set_asides(actor: Actor) -> list[SetAside]:
    """What readers could not handle and nobody has settled, oldest first. Raises NotAllowed for others than administrators."""
    if not actor.has(Role.SYSTEM_ADMIN, Role.AUDITOR):
        raise NotAllowed(_("只有系统管理员和审计人员可以查看搁置的记录。"))
    return list(SetAside.objects.filter(settled_at__isnull=True).select_related("entry").order_by("first_at")[:200])


def timeline(case_number: str = "", consignment_number: str = "", *, public_only: bool) -> list[Entry]:
    """The entries of one case or consignment in the order they happened. The caller has checked who may see it."""
    chosen = Entry.objects.filter(case_number=case_number) if case_number else Entry.objects.filter(
        consignment_number=consignment_number
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
