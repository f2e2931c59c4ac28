"""Keeps the readers running: woken by the database when something is written, and by a slow clock in any case."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import structlog
from django.db import connection, connections

from zerotrip.ledger.readers import READERS, due, run_batch

log = structlog.get_logger(__name__)

CHANNEL = "zerotrip_ledger"
IDLE_WAIT = 1.0
CATCH_UP_WAIT = 0.01
"""Seconds to wait before looking again for entries whose neighbours are still being written."""

LONGEST_REST = 30.0
"""Seconds a reader whose batches keep failing may pause before it is tried again."""


class Runner:
    """Runs all readers until told to stop. Several may run, on several machines: one at a time claims a reader."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._rest: dict[str, tuple[float, float]] = {}

    def stop(self) -> None:
        """Ask the loop to end after the batch it is in."""
        self._stop.set()

    def run(self) -> None:
        """Loop until `stop`; survives a database that goes away and comes back."""
        pause = 0.2
        while not self._stop.is_set():
            try:
                begun = time.monotonic()
                self._listen()
            except Exception as error:
                if time.monotonic() - begun > 60:
                    pause = 0.2
                log.warning("readers wait for the database", error=repr(error), seconds=pause)
                connections.close_all()
                self._stop.wait(pause)
                pause = min(pause * 2, 10)
        connections.close_all()

    def _listen(self) -> None:
        with psycopg.connect(**listening_parameters(), autocommit=True) as ear:
            ear.execute(f"LISTEN {CHANNEL}")
            while not self._stop.is_set():
                self._catch_up()
                for _notice in ear.notifies(timeout=IDLE_WAIT, stop_after=1):
                    break

    def _catch_up(self) -> None:
        """Handle all there is, and look again until everything written so far has become readable (2 s at most)."""
        deadline = time.monotonic() + 2
        while not self._stop.is_set():
            handled = sum(self._run(name) for name in due())
            if not handled and (not _unsettled() or time.monotonic() > deadline):
                return
            if not handled:
                self._stop.wait(CATCH_UP_WAIT)

    def _run(self, name: str) -> int:
        """One batch of one reader. Its trouble is its own: it pauses, the others go on."""
        rested, pause = self._rest.get(name, (0.0, 0.2))
        if time.monotonic() < rested:
            return 0
        try:
            handled = run_batch(name)
        except Exception as error:
            if not connection.is_usable():
                raise
            log.warning("reader pauses", reader=name, error=repr(error), seconds=pause)
            self._rest[name] = (time.monotonic() + pause, min(pause * 2, LONGEST_REST))
            return 0
        self._rest.pop(name, None)
        return handled


def _unsettled() -> bool:
    """True while a transaction that has written entries is unfinished."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_settled() < coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0)")
        return bool(cursor.fetchone()[0]) and bool(READERS)


def listening_parameters() -> dict[str, Any]:
    """How to open a connection of one's own for LISTEN, outside Django's pool."""
    parameters = dict(connection.get_connection_params())
    for name in ("context", "cursor_factory", "pool", "server_side_binding", "assume_role", "isolation_level",
                 "prepare_threshold"):  # fmt: skip
        parameters.pop(name, None)
    return parameters
