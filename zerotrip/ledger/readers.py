"""Readers: how a room reacts to what happened below it, exactly once, in order, also after a crash.

    @reader("cases.mail_follow", kinds=[DELIVERED, RETURNED])
    def follow(entry: Entry) -> None: ...

A reader's effects and its cursor move in one transaction. An entry becomes readable when its transaction id lies below the
oldest running one, so a slow writer can never be jumped over; see `Cursor` for the order. An entry that fails is set aside
with its error and the reader goes on; what looks like the database's own trouble is tried again instead.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from zerotrip.core.clock import now
from zerotrip.ledger.kinds import Kind
from zerotrip.ledger.models import Cursor, Entry, SetAside

log = structlog.get_logger(__name__)

BATCH = 50
"""Entries handled in one transaction: few, because the transaction holds what it changes."""

IDLE_MOVE = timedelta(seconds=5)
"""How often an idle reader's cursor is written although nothing was handled."""

Handler = Callable[[Entry], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """A function that is called once with every entry of its kinds."""

    name: str
    kinds: tuple[str, ...]
    handle: Handler


READERS: dict[str, Reader] = {}


def reader(name: str, *, kinds: Iterable[Kind]) -> Callable[[Handler], Handler]:
    """Register a function as a reader. Raises ValueError when the name is taken."""

    def register(handle: Handler) -> Handler:
        if name in READERS:
            raise ValueError(f"the reader {name} is declared twice")
        READERS[name] = Reader(name, tuple(kind.code for kind in kinds), handle)
        return handle

    return register


def horizon() -> int:
    """The oldest running transaction: entries of transactions below it are all there, and none can be added."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def run_batch(name: str, *, batch: int = BATCH) -> int:
    """Let reader `name` handle its next entries in one transaction. Returns how many; 0 when idle or busy elsewhere."""
    known = READERS[name]
    with transaction.atomic():
        cursor = _claim(name)
        if cursor is None:
            return 0
        before = (cursor.low, cursor.high)
        entries = _next_entries(known, cursor, batch)
        for entry in entries:
            _handle(known, entry)
        if entries:
            cursor.after = entries[-1].pk
        if entries or (before != (cursor.low, cursor.high) and now() - cursor.moved_at > IDLE_MOVE):
            cursor.moved_at = now()
            cursor.save(update_fields=["low", "high", "after", "moved_at"])
        return len(entries)


def _claim(name: str) -> Cursor | None:
    found = Cursor.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=name).first()
    if found is None and not Cursor.objects.filter(pk=name).exists():
        Cursor.objects.bulk_create([Cursor(pk=name, moved_at=now())], ignore_conflicts=True)
        found = Cursor.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=name).first()
    return found


def _next_entries(known: Reader, cursor: Cursor, batch: int) -> list[Entry]:
    """The next entries of the window, opening a new window when this one is read out."""
    edge = horizon()
    while True:
        rows = list(
            Entry.objects.filter(kind__in=known.kinds, id__gt=cursor.after)
            .extra(where=["xid >= %s::text::xid8", "xid < %s::text::xid8"], params=[str(cursor.low), str(cursor.high)])
            .order_by("id")[:batch]
        )
        if rows or edge <= cursor.high:
            return rows
        cursor.low, cursor.high, cursor.after = cursor.high, edge, 0


def _handle(known: Reader, entry: Entry) -> None:
    try:
        with transaction.atomic():
            known.handle(entry)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.error("entry set aside", reader=known.name, entry=entry.pk, kind=entry.kind, error=repr(error))
        SetAside.objects.create(
            reader=known.name,
            entry=entry,
            error="".join(traceback.format_exception(error))[-4000:],
            first_at=now(),
            last_at=now(),
        )


def retry(set_aside: SetAside) -> bool:
    """Try a set-aside entry again, in the caller's transaction. True when it went through."""
    known = READERS[set_aside.reader]
    try:
        with transaction.atomic():
            known.handle(set_aside.entry)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        set_aside.error = "".join(traceback.format_exception(error))[-4000:]
        set_aside.tries += 1
        set_aside.last_at = now()
        set_aside.save(update_fields=["error", "tries", "last_at"])
        return False
    return True


def run_all() -> int:
    """One round over every reader; each goes on until it is idle. Returns how many entries were handled."""
    handled = 0
    for name in READERS:
        while (count := run_batch(name)) > 0:
            handled += count
    return handled


def drain(rounds: int = 50) -> int:
    """Run every reader until nothing is left to do, also what the readers themselves caused.

    Raises RuntimeError when they keep causing each other work.
    """
    total = 0
    for _round in range(rounds):
        handled = run_all()
        if not handled:
            return total
        total += handled
    raise RuntimeError("the readers do not come to rest")
