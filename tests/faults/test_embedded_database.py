"""The embedded database in real processes: started together, killed, stopped, as root and as a normal user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from zerotrip.core.database.embedded import DatabaseProblem, EmbeddedPostgres, _let_pass, binaries

pytestmark = pytest.mark.fault

USE = """
import sys, pathlib, psycopg
from zerotrip.core.database.embedded import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
server.start()
server.ensure_database("zerotrip")
with psycopg.connect(server.url("zerotrip"), autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS fact (n int)") if sys.argv[2] == "make" else None
    print(connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0], flush=True)
sys.stdin.readline()
server.release()
print("released", flush=True)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder of its own; whatever server is left on it ends with the test."""
    base = Path(tempfile.mkdtemp(prefix="zt-"))
    yield base / "var" / "pg"
    for left in base.rglob("postmaster.pid"):
        EmbeddedPostgres(left.parent).stop()
    shutil.rmtree(base, ignore_errors=True)


def _user(folder: Path, project: Path, verb: str = "look", **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(folder), verb],
        cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,  # type: ignore[call-overload]
    )  # fmt: skip


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _leave(process: subprocess.Popen[str]) -> None:
    out, _err = process.communicate("\n", timeout=60)
    assert out.strip() == "released"
    assert process.returncode == 0


def _postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().split("\n", 1)[0])


def test_two_who_start_at_once_share_one_server_and_the_last_to_go_stops_it(folder: Path, project: Path) -> None:
    first, second = _user(folder, project), _user(folder, project)
    assert _line(first) == _line(second) != ""
    _leave(first)
    third = _user(folder, project)
    assert _line(third)
    _leave(second)
    server = EmbeddedPostgres(folder)
    assert server._answers(), "the third still needs it, whoever started it"
    _leave(third)
    assert not server._answers()


def test_a_user_that_has_not_connected_yet_is_not_left_without_a_server(folder: Path) -> None:
    first, slow = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    first.start()
    slow.start()
    first.release()
    assert slow._answers()
    slow.release()
    assert not slow._answers()
    slow.release()


def test_after_a_kill_of_the_server_every_committed_row_is_there(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    server.ensure_database("zerotrip")
    connection = psycopg.connect(server.url("zerotrip"))
    connection.execute("CREATE TABLE fact AS SELECT generate_series(1, 50000) AS n")
    connection.commit()
    connection.execute("INSERT INTO fact VALUES (0)")
    os.kill(_postmaster(folder), signal.SIGKILL)
    connection.close()
    again = EmbeddedPostgres(folder)
    again.start()
    with psycopg.connect(again.url("zerotrip")) as connection:
        assert connection.execute("SELECT count(*), min(n) FROM fact").fetchone() == (50000, 1)
    again.release()


def test_a_killed_user_leaves_a_server_that_is_found_and_can_be_stopped(folder: Path, project: Path) -> None:
    user = _user(folder, project, "make")
    started = _line(user)
    user.kill()
    user.wait()
    second = _user(folder, project)
    assert _line(second) == started
    second.kill()
    second.wait()
    server = EmbeddedPostgres(folder)
    assert server.stop() is True
    assert server.stop() is False
    assert not server._answers()


def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_stop_it(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    kept = (folder / "postmaster.pid").read_text().split("\n", 1)[1]
    server.release()
    stranger = subprocess.Popen(["sleep", "60"], user=server.account.pw_uid if server.account else None, cwd="/")
    try:
        (folder / "postmaster.pid").write_text(f"{stranger.pid}\n{kept}")
        server.start()
        assert server._answers()
        server.release()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["很长的文件夹名字" * 8, "with space", "it's, odd", "零跑腿"])
def test_a_path_no_socket_can_have_gets_its_socket_elsewhere(folder: Path, name: str) -> None:
    server = EmbeddedPostgres(folder.parent / name / "pg")
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    server.release()


def test_a_socket_folder_somebody_else_made_is_refused(folder: Path) -> None:
    server = EmbeddedPostgres(folder.parent / ("x" * 120) / "pg")
    trap = folder.parent / "trap"
    trap.mkdir(parents=True)
    server.socket_folder.symlink_to(trap)
    before = trap.stat()
    try:
        with pytest.raises(DatabaseProblem, match="somebody else"):
            server.start()
        assert (trap.stat().st_uid, trap.stat().st_mode) == (before.st_uid, before.st_mode)
    finally:
        server.socket_folder.unlink()


def test_a_folder_full_of_other_files_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(DatabaseProblem, match="no database"):
        EmbeddedPostgres(folder).start()
    assert (folder / "thesis.txt").read_text() == "mine"


def test_an_initdb_that_was_killed_is_begun_anew(folder: Path) -> None:
    half = folder.with_name("pg.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = EmbeddedPostgres(folder)
    server.start()
    assert server._answers()
    server.release()


def test_nothing_listens_on_the_network(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    assert folder.stat().st_mode & 0o077 == 0
    server.release()


def _as_nobody(work: Callable[[], str]) -> str:
    """What `work` answers when the user nobody does it, in a copy of this process (root's Python may be private)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            answer = work()
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; others run the rest as one")


@AS_ROOT
def test_a_normal_user_needs_no_root(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folder.parent.mkdir(parents=True)
    for place in (folder.parent.parent, folder.parent):
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
    _let_pass(binaries())  # root's own checkout may be private

    def work() -> str:
        server = EmbeddedPostgres(folder)
        server.start()
        server.ensure_database("zerotrip")
        with psycopg.connect(server.url("zerotrip")) as connection:
            row = connection.execute("SELECT current_database()").fetchone()
        server.release()
        return f"{row} {server.account} {server._answers()}"

    assert _as_nobody(work) == "('zerotrip',) None False"
    assert folder.stat().st_uid == nobody.pw_uid


@AS_ROOT
def test_a_folder_of_another_user_is_said_to_be_one(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.parent.parent.chmod(0o755)

    def work() -> str:
        EmbeddedPostgres(folder).start()
        return "started"

    assert _as_nobody(work).startswith(f"DatabaseProblem: {folder.parent} is another user's")


@AS_ROOT
def test_root_runs_the_server_as_somebody_else_inside_a_private_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, mode=0o700)
    server = EmbeddedPostgres(folder)
    server.start()
    assert folder.stat().st_uid != 0
    assert folder.parent.stat().st_mode & 0o777 == 0o701, "passed through, not read"
    assert server._answers()
    server.release()
