"""Computing counties in processes of their own.

They are started anew, not forked: nothing of the parent, no connection and no lock, is inherited. Each reads places,
items and timetable for itself once, computes counties and sends back plain rows; only the parent writes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from zerotrip.journey.coverage.values import Best

if TYPE_CHECKING:
    from zerotrip.journey.coverage.planner import Planner

Rows = list[tuple[str, str, Best]]
"""Township, shape, its best way."""

AHEAD = 2
"""Counties handed to each process before the first is back: few, so that stopping is quick and little is lost."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a process needs to read the same things: database, province, start, the digest of all; the shapes asked."""

    database: str
    province: str
    start: datetime
    digest: str
    shapes: tuple[str, ...]


class Changed(Exception):
    """The items, places or timetable changed while the run was going on."""


def computed(planner: Planner, townships: Iterable[str], shapes: Iterable[str]) -> Rows:
    """The rows of some townships for the shapes with these keys, computed here."""
    evaluate, keys = planner.under(), tuple(shapes)
    with _uncollected():
        return [(township, key, evaluate(township, key)) for township in townships for key in keys]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing looks for circles meanwhile: a search makes millions of small things and none, and looking through the
    timetable for them again and again takes a quarter of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def each_county(
    planner: Planner, todo: dict[str, list[str]], database: str, processes: int
) -> Generator[tuple[str, Rows], None, None]:
    """The rows of each county of `todo` (county → townships) as they are done, in any order.

    Closing the iterator ends the processes. Raises Changed, or what a process raised.
    """
    if processes <= 1 or len(todo) <= 1:
        for county, townships in todo.items():
            yield county, computed(planner, townships, planner.shapes)
        return
    recipe = Recipe(database, planner.province, planner.start, planner.digest, tuple(planner.shapes))
    with closing(_in_processes(recipe, todo, min(processes, len(todo)))) as rows:
        yield from rows


def _in_processes(
    recipe: Recipe, todo: dict[str, list[str]], processes: int
) -> Generator[tuple[str, Rows], None, None]:
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(recipe, os.getpid())
    )
    waiting = iter(todo.items())
    running: dict[Future[Rows], str] = {}
    try:
        while True:
            for county, townships in waiting:
                running[pool.submit(_county, townships)] = county
                if len(running) >= processes * AHEAD:
                    break
            if not running:
                return
            done, _rest = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_planner: list[tuple[Planner, Recipe]] = []


def _begin(recipe: Recipe, parent: int) -> None:
    """In a new process: set up, read, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = recipe.database
    from zerotrip.journey.coverage.planner import load

    found = load(recipe.province, recipe.start)
    if found.digest == recipe.digest:
        _planner[:] = [(found, recipe)]


def _county(townships: list[str]) -> Rows:
    if not _planner:
        raise Changed
    planner, recipe = _planner[0]
    return computed(planner, townships, recipe.shapes)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
