"""The senders: threads of their own beside jobs and readers, so that no receiver keeps anything else waiting.

Several processes may run one each; a lease says who sends for which webhook.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import structlog
from django.db import connections

from zerotrip.gateway.webhooks import delivery

log = structlog.get_logger(__name__)

SENDERS: Final = 12
"""Webhooks served at the same time. A sender holds no connection to the database while it waits for a receiver."""


IDLE_WAIT: Final = 0.5


class Deliverer:
    """Sends messages until told to stop."""

    def __init__(self, senders: int = SENDERS) -> None:
        self._senders, self._for_slow = senders, max(1, senders // 2)
        self._stop, self._wake = threading.Event(), threading.Event()
        self._running: dict[Future[int], bool] = {}
        """Each turn under way, and whether its endpoint is slow."""

    def stop(self) -> None:
        """Ask the loop to end after the messages that are under way."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Loop until `stop`; survives a database that goes away and comes back."""
        pause = IDLE_WAIT
        with ThreadPoolExecutor(self._senders, thread_name_prefix="webhooks") as pool:
            while not self._stop.is_set():
                try:
                    self._begin_turns(pool)
                    pause = IDLE_WAIT
                except Exception as error:
                    log.warning("webhooks wait for the database", error=repr(error), seconds=pause)
                    pause = min(pause * 2, 10)
                finally:
                    connections.close_all()
                self._wake.wait(pause)
                self._wake.clear()

    def _begin_turns(self, pool: ThreadPoolExecutor) -> None:
        for done in [turn for turn in self._running if turn.done()]:
            del self._running[done]
            if (error := done.exception()) is not None:
                log.warning("a turn of a webhook broke off", error=repr(error))
        free = self._senders - len(self._running)
        for slow in (False, True):
            room = min(free, self._for_slow - sum(self._running.values())) if slow else free
            for turn in delivery.claim(room, slow=slow):
                future = pool.submit(self._take, turn)
                self._running[future] = slow
                future.add_done_callback(lambda _done: self._wake.set())
                free -= 1

    def _take(self, turn: delivery.Turn) -> int:
        try:
            return delivery.take_turn(turn, go_on=lambda: not self._stop.is_set())
        finally:
            connections.close_all()
