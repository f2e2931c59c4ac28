"""Keeps the readers running: woken by the database when something is written, and by a slow clock in any case."""

from __future__ import annotations

import threading
import time

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection, connections

from zerotrip.ledger.readers import READERS, run_all

log = structlog.get_logger(__name__)

CHANNEL = "zerotrip_ledger"
IDLE_WAIT = 1.0
CATCH_UP_WAIT = 0.02
"""Seconds to wait before looking again for entries whose neighbours are still being written."""


class Runner:
    """Runs all readers until told to stop. Several may run on several machines: a reader is claimed by one at a time."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the loop to end after the batch it is in."""
        self._stop.set()

    def run(self) -> None:
        """Loop until `stop`; survives a database that goes away and comes back."""
        pause = 0.2
        while not self._stop.is_set():
            try:
                self._listen()
                pause = 0.2
            except (OperationalError, InterfaceError, psycopg.Error) as error:
                log.warning("readers wait for the database", error=str(error), seconds=pause)
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
            handled = run_all()
            if not handled and (not _unread() or time.monotonic() > deadline):
                return
            if not handled:
                self._stop.wait(CATCH_UP_WAIT)


def _unread() -> bool:
    """True while entries stand above the horizon: written, but with an older transaction still running."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM ledger_entry WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"
        )
        return bool(cursor.fetchone()[0]) and bool(READERS)


def listening_parameters() -> dict[str, object]:
    """How to open a connection of one's own for LISTEN, outside Django's pool."""
    parameters = dict(connection.get_connection_params())
    for name in ("context", "cursor_factory", "pool", "server_side_binding", "assume_role", "isolation_level",
                 "prepare_threshold"):  # fmt: skip
        parameters.pop(name, None)
    return parameters
