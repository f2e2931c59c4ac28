"""How long until a reader has handled what was recorded, at 200 actions a second.

    python -m bench.reader_lag [--rate 200] [--seconds 20]

Two runs on the same machine: readers woken by the database (as in the product), and readers that look once a
second. The lag of an entry is the time from the end of its action (committed) to the end of its handling
(committed), so a wait for neighbours still being written is in it. Eight readers share the load, as the rooms
do; one of them records entries itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.common import close_connections, installation, percentile, show


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rate", type=int, default=200, help="actions a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--writers", type=int, default=4, help="threads that act")
    options = parser.parse_args()
    with installation():
        rows = [
            ["woken by the database", *_measure(options, polling=None)],
            ["looking every second", *_measure(options, polling=1.0)],
        ]
        show(
            f"Reader lag at {options.rate} actions a second, milliseconds",
            ["readers", "actions", "a second", "p50", "p95", "p99", "max", "action p50"],
            rows,
            "Eight readers; each action is one transaction with one row lock, one update and one entry.",
        )


def _measure(options: argparse.Namespace, polling: float | None) -> list[object]:
    from django.db import transaction

    from zerotrip.core.actors import SYSTEM, Actor
    from zerotrip.core.clock import now
    from zerotrip.core.models import IdempotencyKey
    from zerotrip.ledger import frame, readers
    from zerotrip.ledger.kinds import kind
    from zerotrip.ledger.models import Entry
    from zerotrip.ledger.readers import due
    from zerotrip.ledger.runner import Runner

    name = f"bench.{'polled' if polling else 'woken'}"
    acted = kind(name, zh="{n}", en="{n}")
    answered = kind(f"{name}_answer", zh="{n}", en="{n}")
    heard: dict[int, float] = {}
    subjects = IdempotencyKey.objects.bulk_create(
        [IdempotencyKey(scope=name, key=str(n), fingerprint=b"", created_at=now()) for n in range(200)]
    )

    @frame.action(name, roles=frame.ANYONE)
    def act(n: int, *, actor: Actor, at: datetime) -> None:
        row = IdempotencyKey.objects.select_for_update(no_key=True).get(pk=subjects[n % 200].pk)
        row.status = n % 500
        row.save(update_fields=["status"])
        frame.record(acted, row, n=n)

    @frame.action(f"{name}_answer", roles=frame.ANYONE)
    def answer(entry: Entry, *, actor: Actor, at: datetime) -> None:
        frame.record(answered, subjects[0], n=entry.data["n"])

    def note(entry: Entry) -> None:
        n = entry.data["n"]
        transaction.on_commit(lambda: heard.__setitem__(n, time.perf_counter()))
        if n % 10 == 0:
            answer(entry, actor=SYSTEM, at=now())

    readers.READERS.clear()
    readers.reader(f"{name}.first", kinds=[acted])(note)
    for other in range(7):
        readers.reader(f"{name}.other{other}", kinds=[answered if other % 2 else acted])(lambda entry: None)

    class Polling(Runner):
        """Looks at a fixed interval, deaf to the database."""

        def _listen(self) -> None:
            while not self._stop.wait(polling):
                for name in due():
                    while self._run(name):
                        pass

    total = int(options.rate * options.seconds)
    forked = multiprocessing.get_context("fork")
    results = forked.SimpleQueue()
    close_connections()  # a copy of this process must not share them
    writing = forked.Process(target=_write, args=(act, options, results))
    writing.start()
    runner: Runner = Polling() if polling else Runner()
    reading = threading.Thread(target=runner.run)
    reading.start()
    written, costs, took = results.get()
    writing.join()
    give_up = time.monotonic() + 60
    while len(heard) < total and time.monotonic() < give_up:
        time.sleep(0.05)
    runner.stop()
    reading.join()
    if len(heard) < total:
        raise SystemExit(f"only {len(heard)} of {total} entries were handled")
    lags: list[Any] = [max(0.0, heard[n] - written[n]) * 1000 for n in range(total)]
    shares = [percentile(lags, share) for share in (0.5, 0.95, 0.99)]
    return [total, total / took, *shares, max(lags), percentile(costs, 0.5) * 1000]


def _write(act: Callable[..., None], options: argparse.Namespace, results: Any) -> None:
    """The acting process: `rate` actions a second from a few threads, each at its time."""
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now

    total, begun = int(options.rate * options.seconds), time.perf_counter() + 0.5
    turn, lock = iter(range(total)), threading.Lock()
    written: dict[int, float] = {}
    costs: list[float] = []

    def work() -> None:
        while True:
            with lock:
                n = next(turn, None)
            if n is None:
                break
            time.sleep(max(0.0, begun + n / options.rate - time.perf_counter()))
            before = time.perf_counter()
            act(n, actor=SYSTEM, at=now())
            written[n] = time.perf_counter()
            costs.append(written[n] - before)

    threads = [threading.Thread(target=work) for _ in range(options.writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((written, costs, time.perf_counter() - begun))
    os._exit(0)


if __name__ == "__main__":
    main()
