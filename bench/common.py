"""What every benchmark needs: a database of its own with fsync on, a table, and what it was measured on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from zerotrip.core.database import DATABASE
from zerotrip.core.database.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def installation() -> Iterator[Path]:
    """A fresh migrated installation in a temporary folder, with Django set up on it. fsync is on, as in production."""
    folder = Path(tempfile.mkdtemp(prefix="zt-bench-"))
    os.environ.pop("ZEROTRIP_DATABASE_URL", None)
    os.environ |= {
        "ZEROTRIP_VAR": str(folder),
        "DJANGO_SETTINGS_MODULE": "zerotrip.web.settings",
        "ZEROTRIP_LOG": "ERROR",
    }
    server = EmbeddedPostgres(folder / "pg")
    try:
        server.start()
        server.ensure_database(DATABASE)
        subprocess.run([sys.executable, "-m", "zerotrip", "migrate", "-v0"], cwd=ROOT, check=True)
        import django

        django.setup()
        yield folder
    finally:
        close_connections()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def close_connections() -> None:
    """Close Django's connections and pools, before a fork or the end."""
    from django.db import connections

    connections.close_all()
    for connection in connections.all(initialized_only=True):
        getattr(connection, "close_pool", lambda: None)()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def machine() -> str:
    """Processor, cores, load and versions, in one line."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        server, fsync = cursor.fetchone()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load}; "
        f"Python {platform.python_version()}, Django {version('django')}, psycopg {version('psycopg')}, "
        f"PostgreSQL {server} (fsync {fsync})"
    )


def show(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], note: str = "", *, measured_on: str = ""
) -> None:
    """Print a table and, beneath it, what it was measured on (default: this machine with its database)."""
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    measured_on = measured_on or machine()
    console.print(f"{note}\n{measured_on}" if note else measured_on, highlight=False)
