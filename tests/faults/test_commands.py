"""The commands in real processes, on a data folder of their own: migrate, check, worker, stop, new keys."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from zerotrip.core import keys
from zerotrip.core.database.embedded import EmbeddedPostgres

pytestmark = pytest.mark.fault
ENTRY = """
INSERT INTO ledger_entry (kind, subject_type, subject_id, case_number, consignment_number, actor_kind, actor_name,
                          place_name, at, learned_at, data)
VALUES ('ledger.retry_failed', 'x', '1', '', '', 'system', '', '', now(), now(), '{}') RETURNING id
"""


class Installation:
    """A data folder and the commands run on it."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder, self.project = folder, project
        self.server = EmbeddedPostgres(folder / "pg")
        gone = {"ZEROTRIP_DATABASE_URL", "ZEROTRIP_KEYS", "ZEROTRIP_TEST_TEMPLATE"}
        self.environment = {name: value for name, value in os.environ.items() if name not in gone}
        self.environment |= {"ZEROTRIP_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "zerotrip.web.settings"}
        self.left: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "zerotrip", *arguments], cwd=self.project, env=self.environment | environment,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-m", "zerotrip", *arguments],
            cwd=self.project, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.left.append(one)
        return one

    def database(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.server.url("zerotrip"), autocommit=True)

    def checks(self) -> dict[str, str]:
        done = self.run("check", "--json")
        return {check["name"]: check["level"] for check in json.loads(done.stdout)["checks"]}


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="zt-"))
    made = Installation(folder, Path(__file__).resolve().parents[2])
    done = made.run("migrate", "-v0")
    assert done.returncode == 0, done.stderr
    yield made
    for one in made.left:
        one.kill()
        one.wait()
    made.server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _until(true: Callable[[], object]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_a_sound_installation_is_proven_sound_and_nothing_is_left_running(installation: Installation) -> None:
    done = installation.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert len(done.stdout.splitlines()) == 12
    assert not installation.server._answers()


def test_migrate_again_changes_nothing_and_says_so(installation: Installation) -> None:
    assert installation.run("migrate", "--check").returncode == 0
    assert "数据库结构是最新的" in installation.run("migrate").stdout


def test_a_missing_migration_late_readers_and_lost_numbers_are_named(installation: Installation) -> None:
    installation.server.start()
    with installation.database() as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("SELECT setval('ledger_entry_id_seq', 50)")
        database.execute("INSERT INTO ledger_cursor (reader, after, moved_at) VALUES ('x', 99, now())")
        found = installation.checks()
        assert found["migrations"] == found["ledger"] == "failed"
        assert installation.run("check").returncode == 1
        database.execute("DELETE FROM ledger_cursor")
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', now())"
        )
    installation.server.release()
    assert "failed" not in installation.checks().values()


def test_no_database_is_one_sentence_not_a_traceback(installation: Installation) -> None:
    done = installation.run("check", "--json", ZEROTRIP_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert json.loads(done.stdout)["checks"][0]["level"] == "failed"
    assert "Traceback" not in done.stderr


def test_a_database_that_was_never_built_is_one_sentence_that_says_what_to_run(tmp_path: Path, project: Path) -> None:
    fresh = Installation(Path(tempfile.mkdtemp(dir=tmp_path)), project)
    scans = tmp_path / "scans.ndjson"
    scans.write_text('{"number":"1190000000017","code":"203","at":"2026-11-24T08:00:00+08:00"}\n')
    done = fresh.run("ingest", str(scans))
    assert done.returncode == 1
    assert "zerotrip migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_reads_survives_the_death_of_the_database_and_stops_when_asked(installation: Installation) -> None:
    worker = installation.begin("worker")
    assert worker.stdout is not None
    assert "后台进程已启动" in worker.stdout.readline()
    os.kill(int((installation.folder / "pg" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
    time.sleep(1)
    installation.server.start()
    with installation.database() as database:
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        _until(lambda: int(str((database.execute(listening).fetchone() or [0])[0])) >= 2)
    assert worker.poll() is None
    installation.server.release()
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, out
    assert "后台进程已停止" in out


def test_stop_ends_what_a_killed_process_left_behind(installation: Installation) -> None:
    worker = installation.begin("worker")
    assert worker.stdout is not None
    worker.stdout.readline()
    worker.kill()
    worker.wait()
    assert installation.server._answers()
    assert "已停止" in installation.run("stop").stdout
    assert not installation.server._answers()
    again = installation.run("stop")
    assert (again.returncode, "没有正在运行" in again.stdout) == (0, True)


def test_a_new_key_seals_everything_anew_and_an_interrupted_change_goes_on(installation: Installation) -> None:
    made = json.loads(installation.run("rotate-keys", "--json").stdout)
    assert (made["key"], made["added"], made["broken"]) == (2, 2, [])
    assert sorted(keys.load(installation.folder).seal) == [1, 2]
    status = json.loads(installation.run("rotate-keys", "--status", "--json").stdout)
    assert status["newest"] == 2
    refused = installation.run("rotate-keys", ZEROTRIP_KEYS=(installation.folder / "keys.json").read_text())
    assert refused.returncode == 1
    assert "ZEROTRIP_KEYS" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_key_file_others_can_read_is_named(installation: Installation) -> None:
    file = installation.folder / "keys.json"
    file.chmod(0o644)
    assert installation.checks()["keys"] == "failed"
    file.chmod(0o600)


def test_serve_answers_pages_and_live_events_and_stops_when_asked(
    installation: Installation, unused_ports: list[int]
) -> None:
    import urllib.request

    page, live = unused_ports
    serve = installation.begin("serve", "--port", str(page), "--live-port", str(live), "--workers", "1")

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{page}/health", timeout=5) as answer:
                return bool(json.loads(answer.read())["status"] == "ok")
        except OSError:
            return False

    _until(healthy)
    number = "JX36100220261123000001Y"
    with urllib.request.urlopen(f"http://127.0.0.1:{page}/live?case={number}", timeout=10) as answer:
        assert answer.status == 204, "a worker without an event loop keeps no stream open"

    def streams() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{live}/live?case={number}", timeout=5) as stream:
                return bool(stream.readline() == b"retry: 3000\n")
        except OSError:
            return False

    _until(streams)
    serve.send_signal(signal.SIGTERM)
    out, _ = serve.communicate(timeout=60)
    assert serve.returncode == 0, out
    _until(lambda: not installation.server._answers())


@pytest.fixture
def unused_ports() -> list[int]:
    import socket

    taken = [socket.socket() for _ in range(2)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in taken]
    for one in taken:
        one.close()
    return ports
