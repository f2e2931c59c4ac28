"""The timetable in use, ready to answer: kept in the process, and on disk so that the next process need not read it."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from django.db.models import Count, Max

from zerotrip.core.clock import today
from zerotrip.core.database import data_folder
from zerotrip.core.memo import briefly
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.feed_plan import reader
from zerotrip.network.engine.kept import keep, kept
from zerotrip.network.engine.lateness import BINS, Lateness
from zerotrip.network.engine.nets import net_of
from zerotrip.network.engine.promise_correction import GRID, Corrections
from zerotrip.network.engine.scan_parts import Parts
from zerotrip.network.engine.timetable import Plan, Timetable
from zerotrip.network.models import Feed, LatenessCount

if TYPE_CHECKING:
    from zerotrip.network.engine.promise import Network

FADE = 0.9
"""What one month is worth against the month after it, when lateness is summed. 配置值，待核."""

MONTHS = 12
MOST_KEPT = 2
"""Networks kept in a process: the one in use, and the one before for whoever is still asking it."""

WINDOWS = 6
"""Windows of the timetable kept on disk for commands, some 14 MB each."""

Made = TypeVar("Made")

_lock = threading.Lock()
_networks: dict[tuple[str, str, bool], Network] = {}


@briefly(15)
def active() -> tuple[int, str] | None:
    """Key and digest of the timetable in use, at most 15 seconds old."""
    return Feed.objects.active().values_list("pk", "digest").first()


@briefly(900)
def learnt_stamp() -> str:
    """Changes when something was learnt; at most a quarter of an hour old: one scan more changes no promise."""
    seen: dict[str, Any] = LatenessCount.objects.aggregate(n=Count("pk"), last=Max("pk"), at=Max("changed_at"))
    moment: datetime | None = seen["at"]
    return f"{seen['n']}-{seen['last'] or 0}-{moment.timestamp() if moment else 0:.6f}" if seen["n"] else ""


def network(digest: str, *, compiled: bool = True) -> Network:
    """The network of a timetable with what is known of lateness now.

    While one thread takes in what was learnt since, the others go on with what was known before. `compiled=False`: for
    a process that asks a few questions and ends.
    """
    key = (digest, learnt_stamp(), compiled)
    found = _networks.get(key)
    if found is not None:
        return found
    alike = [known for of, known in _networks.items() if (of[0], of[2]) == (digest, compiled)]
    before = alike[-1] if alike else None
    if before is not None and _lock.locked():
        return before
    with _lock:
        if key not in _networks:
            made = _made(key, before)
            while len(_networks) >= MOST_KEPT:
                _networks.pop(next(iter(_networks)))
            _networks[key] = made
        return _networks[key]


def _made(key: tuple[str, str, bool], before: Network | None) -> Network:
    """A network; what was made for the one before is used again."""
    from zerotrip.network.engine.promise import Network

    digest, stamp, compiled = key
    learnt, corrections = _lateness(stamp), _corrections(stamp)
    if before is not None:
        return before.knowing(learnt, corrections)
    known = _plan(digest)
    whole = partial(_feed, digest)
    if compiled:
        return Network(whole, learnt, net_of, corrections, plan=known)
    return Network(whole, learnt, net_of, corrections, plan=known, lay=_laid, compiled=False)


def _folder() -> Path:
    return data_folder() / "cache"


def _plan(digest: str) -> Plan:
    """The plan of a timetable: all that promises need."""
    return _kept(f"plan_in_use-{digest[:32]}", lambda: Plan.of(_feed(digest)), digest=digest)


def _feed(digest: str) -> gtfs.Feed:
    """A timetable without its text: from the cache, else from the database, which may hold it under another key now."""

    def made() -> gtfs.Feed:
        row = Feed.objects.filter(digest=digest).only("pk").latest("pk")
        return replace(opened(row.pk), tables={}, aside={}, report=[])

    return _kept(f"feed-{digest[:32]}", made, digest=digest)


def _laid(known: Plan, first: date, days: int) -> tuple[Timetable, Parts | None]:
    """Some days of a timetable, laid out for a command; a server, which asks for many, has them in memory alone."""
    return _kept(f"window-{known.digest[:32]}-{first:%Y%m%d}-{days}", lambda: Parts.laid(known, first, days), WINDOWS)


def _kept(name: str, make: Callable[[], Made], others: int = 1, **alike: str) -> Made:
    """What was kept under a name by this version of what makes it, else made anew and kept where that can be.

    `alike`: fields it must have.
    """
    path = _folder() / f"{name}-{reader()[:16]}-{sys.version_info.major}{sys.version_info.minor}.bin"
    try:
        found: Made = kept(path)
        if all(getattr(found, field) == value for field, value in alike.items()):
            return found
    except FileNotFoundError:
        pass
    except Exception:
        import structlog  # takes longer to load than a timetable, and is seldom needed here

        structlog.get_logger(__name__).warning("what was kept cannot be read and is made again", file=path.name)
    made = make()
    with suppress(OSError):
        keep(path, made, others)
    return made


def opened(pk: int) -> gtfs.Feed:
    """A timetable with all its files, from the database."""
    body = bytes(Feed.objects.values_list("body", flat=True).get(pk=pk))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.zip"
        path.write_bytes(body)
        return gtfs.read(path)


def _corrections(stamp: str) -> Corrections:
    """How earlier promises of each net ended, of the last twelve months, the newer weighing more."""
    found = Corrections()
    if stamp:
        for _kind, net, counts, worth in _rows(["ranks"]):
            if len(counts) == GRID:
                known = found.ranks.get(net, np.zeros(GRID))
                found = Corrections({**found.ranks, net: known + np.asarray(counts, dtype=np.float64) * worth})
    return found


def _rows(kinds: list[str]) -> Iterator[tuple[Any, str, list[float], float]]:
    """(kind, key, counts, what a count is worth by now) of the last twelve months."""
    this = today().replace(day=1)
    rows = LatenessCount.objects.filter(month__gt=date(this.year - 1, this.month, 1), kind__in=kinds).order_by("pk")
    for kind, key, month, counts in rows.values_list("kind", "key", "month", "counts").iterator(chunk_size=5000):
        age = (this.year - month.year) * MONTHS + this.month - month.month
        yield kind, key, counts, FADE ** max(0, age)


def _lateness(stamp: str) -> Lateness:
    """What was learnt in the last twelve months, the newer weighing more."""
    if not stamp:
        return Lateness()
    return Lateness.from_arrays(_kept(f"lateness-{stamp}-{today():%Y%m}", lambda: _summed().to_arrays()))


def _summed() -> Lateness:
    sums: dict[tuple[Any, str], Any] = {}
    for kind, key, counts, worth in _rows(["run", "place", "round"]):
        if len(counts) == BINS:
            add = np.asarray(counts, dtype=np.float64) * worth
            sums[kind, key] = sums[kind, key] + add if (kind, key) in sums else add
    return Lateness(sums)
