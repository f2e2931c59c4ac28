"""pytest plug-in: one unsafe-fast PostgreSQL a test process, one migrated template, one cheap copy for the run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from zerotrip.core.database.embedded import UNSAFE_FAST, EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
VAR = Path(os.environ.get("ZEROTRIP_TEST_VAR") or ROOT / "var") / f"test-{_WORKER}"
SERVER = None if os.environ.get("ZEROTRIP_DATABASE_URL") else EmbeddedPostgres(VAR / "pg", UNSAFE_FAST)

os.environ["ZEROTRIP_VAR"] = str(VAR)
os.environ["ZEROTRIP_DEMO"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def _template_name() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "zerotrip").glob("*/migrations/*.py")):
        digest.update(file.read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


if SERVER:
    os.environ["ZEROTRIP_TEST_TEMPLATE"] = _template_name()


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the server and build the template before Django looks for either; who only deals out tests needs none."""
    if SERVER is None or (_WORKER == "main" and getattr(early_config.known_args_namespace, "numprocesses", None)):
        return
    SERVER.start()
    name = _template_name()
    with psycopg.connect(SERVER.url(), autocommit=True) as connection:
        have = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if name in have:
            return
        for old in have:
            if old.startswith("template_"):
                connection.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(old)))
        fresh = psycopg.sql.Identifier(f"{name}_new")
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(fresh))
        environment = {**os.environ, "ZEROTRIP_DATABASE_URL": SERVER.url(f"{name}_new"), "ZEROTRIP_TEST_TEMPLATE": ""}
        subprocess.run([sys.executable, "-m", "zerotrip", "migrate", "-v0"], cwd=ROOT, check=True, env=environment)
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, psycopg.sql.Identifier(name))
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server this process started."""
    if SERVER and SERVER.started_here:
        SERVER.stop()
