"""What every benchmark needs: a database of its own with fsync on, a table, and what it was measured on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from zerotrip.core.database import DATABASE
from zerotrip.core.database.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent


def code_kept_in(folder: Path) -> dict[str, str]:
    """The environment of a process whose compiled Python is kept there, whether or not the machine's user keeps any."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: beside it the ceiling measured in the same run, and the share of it that must be reached.

    Without a ceiling `goal` is a bound of the value itself: at least `goal`, or, when that is negative, at most -goal.
    """

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Share of the ceiling."""
        return self.value / self.ceiling if self.ceiling else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal was reached; None without one."""
        if self.goal is None:
            return None
        if self.ratio is not None:
            return self.ratio >= self.goal
        return self.value <= -self.goal if self.goal < 0 else self.value >= self.goal

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self) | {"ratio": self.ratio, "reached": self.reached}

    def as_row(self) -> list[str]:
        """Name, value, unit, ceiling, share of it, goal, whether it was reached."""
        of = "" if self.ceiling is None else f"{self.ceiling:,.0f}"
        sign = "≤" if self.goal is not None and self.goal < 0 else "≥"
        goal = "" if self.goal is None else f"≥ {self.goal:.0%}" if self.ceiling else f"{sign} {abs(self.goal):,.0f}"
        value = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:,.1f}"
        return [
            self.name, value, self.unit, of, "" if self.ratio is None else f"{self.ratio:.0%}", goal,
            {None: "", True: "yes", False: "NO"}[self.reached],
        ]  # fmt: skip


def report(title: str, figures: Sequence[Figure], *, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Print figures as a table or as JSON, with what they were measured on."""
    if as_json:
        document = {"figures": [figure.as_dict() for figure in figures], "notes": list(notes), "machine": machine()}
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return
    notes = [*notes, *(f"{figure.name}: {figure.note}" for figure in figures if figure.note)]
    headings = ["figure", "measured", "", "ceiling", "of it", "goal", "reached"]
    show(title, headings, [figure.as_row() for figure in figures], "\n".join(notes))
