"""Readers: how a room reacts to what happened below it, exactly once, in order, also after a crash.

    @reader("cases.mail_follow", kinds=[DELIVERED, RETURNED])
    def follow(entry: Entry) -> None: ...

A reader's effects and its cursor move in one transaction. Entries are read by number up to the first that an
unfinished transaction may still bring, so a slow writer can never be jumped over; see `Cursor`. An entry that
fails is set aside with its error and the reader goes on; what looks like the database's own trouble is tried
again instead.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from zerotrip.core.clock import now
from zerotrip.ledger.frame import apart
from zerotrip.ledger.kinds import Kind
from zerotrip.ledger.models import Cursor, Entry, SetAside

log = structlog.get_logger(__name__)

BATCH = 50
"""Entries handled in one transaction: few, because the transaction holds what it changes."""

BATCH_SECONDS = 0.05
"""A batch that has run this long ends, so that what its effects recorded does not keep other readers waiting."""

IDLE_GAP = 500
"""How many entries of no interest to a reader may pass before its cursor is written."""

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


def settled() -> int:
    """The highest entry number up to which everything is decided: readable now, or never to come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_settled()")
        return int(cursor.fetchone()[0])


_DUE = """
SELECT r.name FROM jsonb_to_recordset(%s::jsonb) AS r(name text, kinds text[])
LEFT JOIN ledger_cursor c ON c.reader = r.name
WHERE %s - coalesce(c.after, 0) > %s OR EXISTS (
    SELECT FROM ledger_entry e WHERE e.id > coalesce(c.after, 0) AND e.id <= %s AND e.kind = ANY(r.kinds))
"""


def due() -> list[str]:
    """The readers with something to do, found without locking or writing anything: most looks find nothing."""
    if not READERS:
        return []
    edge = settled()
    known = orjson.dumps([{"name": r.name, "kinds": list(r.kinds)} for r in READERS.values()]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [known, edge, IDLE_GAP, edge])
        names = {row[0] for row in cursor.fetchall()}
    return [name for name in READERS if name in names]


def run_batch(name: str, *, batch: int = BATCH) -> int:
    """Let reader `name` handle its next entries in one transaction. Returns how many; 0 when idle or busy elsewhere."""
    known = READERS[name]
    with transaction.atomic():
        cursor = _claim(name)
        if cursor is None:
            return 0
        edge = settled()  # a statement of its own: what it calls settled is visible to the next one, not to this one
        rows = Entry.objects.filter(kind__in=known.kinds, id__gt=cursor.after, id__lte=edge).order_by("id")
        entries = list(rows[:batch])
        done, begun = 0, time.monotonic()
        for entry in entries:
            _handle(known, entry)
            done += 1
            if time.monotonic() - begun > BATCH_SECONDS:
                break
        if done or edge > cursor.after:
            cursor.after = edge if done == len(entries) < batch else entries[done - 1].pk
            cursor.moved_at = now()
            cursor.save(update_fields=["after", "moved_at"])
        return done


def _claim(name: str) -> Cursor | None:
    found = Cursor.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=name).first()
    if found is None and not Cursor.objects.filter(pk=name).exists():
        Cursor.objects.bulk_create([Cursor(pk=name, moved_at=now())], ignore_conflicts=True)
        found = Cursor.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=name).first()
    return found


def passing(error: BaseException) -> bool:
    """True when `error` is the database's own trouble (connection, deadlock, resources, time-out), not the entry's."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state[:2] in {"08", "40", "53", "57", "58"} or state in {"55P03", "25006"}


def _attempt(known: Reader, entry: Entry) -> Exception | None:
    """Handle one entry in its own savepoint. Returns the entry's error; raises the database's own trouble."""
    try:
        with apart(), transaction.atomic():
            known.handle(entry)
    except Exception as error:
        if passing(error):
            raise
        return error
    return None


def _account(error: Exception) -> str:
    """The end of the error's traceback, without what a text column cannot hold."""
    text = "".join(traceback.format_exception(error))[-4000:]
    return text.encode("utf-8", "replace").decode().replace("\0", "␀")


def _handle(known: Reader, entry: Entry) -> None:
    error = _attempt(known, entry)
    if error is not None:
        log.error("entry set aside", reader=known.name, entry=entry.pk, kind=entry.kind, error=repr(error))
        moment = now()
        SetAside.objects.create(reader=known.name, entry=entry, error=_account(error), first_at=moment, last_at=moment)


def retry(set_aside: SetAside) -> bool:
    """Try a set-aside entry again, in the caller's transaction. True when it went through."""
    error = _attempt(READERS[set_aside.reader], set_aside.entry)
    if error is None:
        return True
    set_aside.error = _account(error)
    set_aside.tries += 1
    set_aside.last_at = now()
    set_aside.save(update_fields=["error", "tries", "last_at"])
    return False


def run_all() -> int:
    """One round over the readers with something to do; each goes on until idle. Returns how many were handled."""
    handled = 0
    for name in due():
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
