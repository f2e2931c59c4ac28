"""What tracking by number costs through the API, beside a bare view that returns the same JSON from the same SELECT.

`figures` is called with Django set up on a database of `bench.common.installation` (bench/mail.py does). Both are
served by granian as `zerotrip serve` does it, one worker, over real sockets, in turns: ours with a partner's token and
its rate, the bare one without any middleware, so without sign-in, language and limits. CPU is that of server and
database together.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from bench.common import ROOT, percentile

ROUNDS, SECONDS, CLIENTS = 4, 1.5, 4
STEADY_RATE, STEADY_SECONDS = 200, 12.0
PIECES = 6_000
SELECT = "SELECT mail_tracked(%s)::text"


def figures(
    numbers: Sequence[str] = (), ingest: Sequence[str] = (), *, seconds: float = SECONDS, steady: float = STEADY_SECONDS
) -> dict[str, Any]:
    """Requests a second, CPU and ratio; then the waiting times at 200 requests a second while rows are taken in.

    `numbers`: which to ask for (default: some of the database, which is filled with a small year when empty). `ingest`:
    a command that takes rows in for at least `steady` seconds (default: `zerotrip ingest` of a generated file).
    """
    asked = list(numbers) or _numbers()
    token = _token()
    with _server() as ours, _server(bare=True) as bare:
        one = ours.request(f"/api/v1/tracking/{asked[0]}", token)
        plain = bare.request(f"/bare/{asked[0]}")
        size, plain_size = ours.ask(one), bare.ask(plain)
        kinds: dict[str, tuple[_Server, list[bytes]]] = {
            "ours": (ours, [ours.request(f"/api/v1/tracking/{n}", token) for n in asked]),
            "bare": (bare, [bare.request(f"/bare/{n}") for n in asked]),
        }
        rates: dict[str, list[float]] = {name: [] for name in kinds}
        cpu: dict[str, list[float]] = {name: [] for name in kinds}
        for turn in range(ROUNDS + 1):
            for name, (server, requests) in kinds.items():
                done, took, spent = _hammer(server, requests, 0.5 if turn == 0 else seconds)
                if turn:
                    rates[name].append(done / took)
                    cpu[name].append(spent / done * 1000)
        waits = _steady(ours, kinds["ours"][1], steady, ingest)
    rate, ceiling = statistics.median(rates["ours"]), statistics.median(rates["bare"])
    return {
        "requests_per_second": round(rate),
        "bare_requests_per_second": round(ceiling),
        "ratio": round(rate / ceiling, 3),
        "cpu_ms_per_request": round(statistics.median(cpu["ours"]), 3),
        "bare_cpu_ms_per_request": round(statistics.median(cpu["bare"]), 3),
        "cpu_ratio": round(statistics.median(cpu["bare"]) / statistics.median(cpu["ours"]), 3),
        "bytes": size,
        "bare_bytes": plain_size,
        "steady_rate": STEADY_RATE,
        "p50_ms": round(percentile(waits, 0.5), 2),
        "p99_ms": round(percentile(waits, 0.99), 2),
        "steady_requests": len(waits),
    }


def _numbers() -> list[str]:
    """A thousand numbers of the database, chosen by chance but the same each time; a small year if there are none."""
    from django.db import connection

    from zerotrip.demo import year
    from zerotrip.mail.ingest.files import ingest

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mail_trace WHERE scans > 5")
        if cursor.fetchone()[0] < 100:
            with tempfile.TemporaryDirectory() as folder:
                year.make(Path(folder), PIECES, 5)
                for name in ("consignments", "scans"):
                    ingest(f"{folder}/{name}.ndjson")
        cursor.execute("ANALYZE mail_trace, mail_scan, places_place, places_division")
        cursor.execute("SELECT number FROM mail_trace WHERE scans > 5 ORDER BY md5(number) LIMIT 1000")
        return [row[0] for row in cursor.fetchall()]


def _token() -> str:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.gateway import actions

    name = f"bench {time.time_ns()}"
    return actions.register_partner(name, rate_per_minute=1_000_000, actor=SYSTEM, at=now())[1]


class _Server:
    """One granian worker under an address of its own."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def request(self, path: str, token: str = "") -> bytes:
        """The bytes of a GET, the connection kept."""
        signed = f"Authorization: Bearer {token}\r\n" if token else ""
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Language: zh-CN\r\n{signed}\r\n".encode()

    def ask(self, request: bytes) -> int:
        """One request. Returns the size of the answer's body."""
        with self.connected() as connection:
            return exchange(connection, request)

    def connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


@contextmanager
def _server(*, bare: bool = False) -> Iterator[_Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error",
               "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--factory",
               f"bench._mail_tracking:{'bare' if bare else 'ours'}"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    server = _Server(port, process)
    try:
        for _try in range(300):
            try:
                server.connected().close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def ours() -> Any:
    """The product's WSGI application, without loading timetables that tracking does not ask."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def bare() -> Any:
    """The least a Django view can do: the SELECT, and its text. No middleware."""
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    django.setup()
    from django.db import connection

    from zerotrip.web import urls

    def view(request: HttpRequest, number: str) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(SELECT, [number])
            row = cursor.fetchone()
        text = row[0].encode()
        return HttpResponse(text, content_type="application/json", headers={"Content-Length": str(len(text))})

    urls.urlpatterns.insert(0, path("bare/<str:number>", view))
    settings.MIDDLEWARE = []
    return WSGIHandler()


def exchange(connection: socket.socket, request: bytes) -> int:
    """Send a request and read its answer. Returns the size of the body. Raises AssertionError unless it is 200."""
    connection.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _gap, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), got[:300]
    named = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    length = int(named.split(b":")[1])
    size = len(body)
    while size < length:
        size += len(_more(connection))
    return size


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("the server hung up")
    return piece


def _hammer(server: _Server, requests: list[bytes], seconds: float) -> tuple[int, float, float]:
    """As many requests as go through in `seconds`. Returns how many, the time, and the CPU seconds spent on them."""
    counts: list[int] = []

    def client(seed: int) -> None:
        mine = random.Random(seed)  # a benchmark, not a secret
        done = 0
        with server.connected() as connection:
            while time.perf_counter() < until:
                exchange(connection, mine.choice(requests))
                done += 1
        counts.append(done)

    spent, begun = _cpu(server), time.perf_counter()
    until = begun + seconds
    _together([lambda seed=seed: client(seed) for seed in range(CLIENTS)])
    return sum(counts), time.perf_counter() - begun, _cpu(server) - spent


def _steady(server: _Server, requests: list[bytes], seconds: float, ingest: Sequence[str]) -> list[float]:
    """Milliseconds from when each request was due until its answer, at a fixed rate, while rows are taken in."""
    waits: list[float] = []
    lanes = 8

    def client(lane: int, begun: float) -> None:
        mine = random.Random(lane)  # a benchmark, not a secret
        due = begun + lane / STEADY_RATE
        with server.connected() as connection:
            while due < begun + seconds:
                time.sleep(max(0.0, due - time.perf_counter()))
                exchange(connection, mine.choice(requests))
                waits.append((time.perf_counter() - due) * 1000)
                due += lanes / STEADY_RATE

    with _taking_in(list(ingest)):
        begun = time.perf_counter() + 0.05
        _together([lambda lane=lane: client(lane, begun) for lane in range(lanes)])
    return waits


@contextmanager
def _taking_in(command: list[str]) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        if not command:
            from zerotrip.demo import year

            year.make(Path(folder), 120_000, random.randrange(1_000_000))
            command = [sys.executable, "-m", "zerotrip", "ingest", f"{folder}/scans.ndjson", "--json"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(2)
        running = process.poll() is None
        try:
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
        if not running:
            print("the ingest had ended before the requests began", file=sys.stderr)


def _together(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _cpu(server: _Server) -> float:
    """CPU seconds so far of a server's processes and of the database's. Linux only; elsewhere 0."""
    postmaster = _postmaster()
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == server.process.pid or int(fields[1]) == postmaster:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


@cache
def _postmaster() -> int:
    """The process whose children serve the database's connections."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
