"""A receiver on this machine that does as it is told: answers, fails, hangs, drips, redirects."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


Reply = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


class Receiver:
    """Keeps what it received; `reply` says what it answers to the next."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.reply: Callable[[Received], Reply] = lambda one: (200, b"ok")
        self.release = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                one = Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                receiver.received.append(one)
                status, answer, *more = receiver.reply(one)
                self.send_response(status)
                for name, value in (more[0] if more else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self._handler, self._tls, self.port = Handler, tls, 0
        self.up()
        self.url = f"http://127.0.0.1:{self.port}/hooks"

    def up(self) -> None:
        """Listen, after `down` on the same port again."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        self._server.daemon_threads = True
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def down(self) -> None:
        """As a process that has ended: connections are refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def hang(self, seconds: float = 30) -> None:
        """Take the request and say nothing until the test is over."""
        self.reply = lambda one: (200, b"late") if self.release.wait(seconds) else (200, b"very late")

    @property
    def sequences(self) -> list[int]:
        return [one.json["sequence"] for one in self.received]


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    receiver = Receiver(tls)
    try:
        yield receiver
    finally:
        receiver.release.set()
        receiver.down()


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does not know HTTP: `talk` has the connection to itself. Gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                accepted, _address = listening.accept()
            except OSError:
                return
            with accepted:
                try:
                    accepted.recv(65536)
                    talk(accepted)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
