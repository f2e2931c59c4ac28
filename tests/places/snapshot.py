"""The divisions in a test's database, quickly: imported once a run, copied into each test's transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.places.actions import import_divisions
from zerotrip.places.models import Division, FormerName


class Snapshot:
    """The rows of the division tables as PostgreSQL copies them."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, bytes]] = []

    def take(self) -> None:
        """Import, keep the rows, and leave nothing behind."""
        with transaction.atomic():
            import_divisions(actor=SYSTEM, at=now())
            for model in (Division, FormerName):
                columns = [f.column for f in model._meta.concrete_fields if f.column != "id"]
                target = f"{model._meta.db_table} ({', '.join(columns)})"
                with connection.cursor() as cursor, cursor.copy(f"COPY {target} TO STDOUT") as copy:
                    self.rows.append((target, b"".join(bytes(block) for block in copy)))
            transaction.set_rollback(True)

    def restore(self) -> None:
        """Put the rows into the running test's database."""
        for target, rows in self.rows:
            with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
                copy.write(rows)


@pytest.fixture(scope="session")
def divisions(django_db_setup: None, django_db_blocker: Any) -> Snapshot:
    """The packaged divisions, to be restored by a test that needs them."""
    taken = Snapshot()
    with django_db_blocker.unblock():
        taken.take()
    return taken
