"""A file of scans, its reading killed with -9 twice in the middle: the third run ends where one clean run ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.test_commands import Installation, installation
from zerotrip.demo import year

__all__ = ["installation"]
pytestmark = pytest.mark.fault

EMPTY = "TRUNCATE mail_scan, mail_trace, mail_batch, mail_refused"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough for some twenty blocks, read by a process of its own."""
    folder = tmp_path_factory.mktemp("year")
    year.make(folder, 16_000, seed=5, shuffle=True, duplicate=0.1)
    with (folder / "scans.ndjson").open("a") as file:
        file.write('{"number": "EY023356678CN", "code": "203", "at": "2026-01-01T00:00:00Z"}\n')
    return folder


@pytest.fixture
def empty(installation: Installation) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    server = installation.server
    server.start()
    with installation.database() as database:
        database.execute(EMPTY)
        yield database
    server.release()


def told(installation: Installation, *arguments: str) -> dict[str, object]:
    done = installation.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def counts(installation: Installation, folder: Path) -> tuple[dict[str, object], dict[str, object]]:
    """What the run that ended printed of its delivery, and what the traces then hold."""
    printed = told(installation, "ingest", str(folder / "scans.ndjson"))
    kept = {name: printed[name] for name in ("accepted", "duplicates", "rejected")}
    return kept, told(installation, "report", "mail")


def test_killed_twice_it_ends_like_one_clean_run(
    installation: Installation, province: Path, empty: psycopg.Connection[tuple[object, ...]]
) -> None:
    told(installation, "ingest", str(province / "consignments.ndjson"))
    clean = counts(installation, province)
    assert clean[0]["rejected"] == 1
    empty.execute(EMPTY)
    told(installation, "ingest", str(province / "consignments.ndjson"))

    seen = 0
    for _time in range(2):
        running = installation.begin("ingest", str(province / "scans.ndjson"))
        seen = _grown_past(empty, seen + 40_000)
        running.kill()
        running.wait()
    assert seen < int(str(clean[0]["accepted"])), "both were killed in the middle"
    assert _left_over(empty) == 1, "the delivery is not finished"

    assert counts(installation, province) == clean
    assert _left_over(empty) == 0


def _grown_past(database: psycopg.Connection[tuple[object, ...]], goal: int) -> int:
    for _ in range(1200):
        row = database.execute("SELECT coalesce(max(lines), 0) FROM mail_batch WHERE finished_at IS NULL").fetchone()
        assert row is not None
        if int(str(row[0])) > goal:
            return int(str(row[0]))
        time.sleep(0.02)
    raise AssertionError("it does not go on")


def _left_over(database: psycopg.Connection[tuple[object, ...]]) -> int:
    row = database.execute("SELECT count(*) FROM mail_batch WHERE finished_at IS NULL").fetchone()
    assert row is not None
    return int(str(row[0]))
