"""The timetable in use, ready to answer: kept in the process, and on disk so that the next process need not read it."""

from __future__ import annotations

import gc
import pickle
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Count, Max

from zerotrip.core.clock import today
from zerotrip.core.database import data_folder
from zerotrip.core.memo import briefly
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.feed_plan import reader
from zerotrip.network.engine.lateness import BINS, Lateness
from zerotrip.network.engine.nets import net_of
from zerotrip.network.engine.promise_correction import GRID, Corrections
from zerotrip.network.engine.timetable import Plan
from zerotrip.network.models import Feed, LatenessCount

if TYPE_CHECKING:
    from zerotrip.network.engine.promise import Network

FORM = "1"
"""Changes when what is written to disk of lateness changes its form."""

FADE = 0.9
"""What one month is worth against the month after it, when lateness is summed. 配置值，待核."""

MONTHS = 12
MOST_KEPT = 2
"""Networks kept in a process: the one in use, and the one before for whoever is still asking it."""

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


def network(pk: int, digest: str, *, compiled: bool = True) -> Network:
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
            made = _made(pk, key, before)
            while len(_networks) >= MOST_KEPT:
                _networks.pop(next(iter(_networks)))
            _networks[key] = made
        return _networks[key]


def _made(pk: int, key: tuple[str, str, bool], before: Network | None) -> Network:
    """A network; what was made for the one before is used again."""
    from zerotrip.network.engine.promise import Network

    digest, stamp, compiled = key
    learnt, corrections = _lateness(stamp), _corrections(stamp)
    if before is not None:
        return before.knowing(learnt, corrections)
    feed, plan = _feed(pk, digest)
    return Network(feed, learnt, net_of, corrections, plan=plan, compiled=compiled)


def _folder() -> Path:
    folder = data_folder() / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _feed(pk: int, digest: str) -> tuple[gtfs.Feed, Plan]:
    """The feed without its text, and its plan: from the cache, else from the database."""
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    kept = _folder() / f"feed-{digest[:32]}-{reader()[:16]}-{version}.bin"
    try:
        feed, plan = _unpickled(kept.read_bytes())
        if feed.digest == plan.digest == digest:
            return feed, plan
    except FileNotFoundError:
        pass
    except Exception:
        _made_again(kept)
    feed = replace(opened(pk), tables={}, aside={}, report=[])
    plan = Plan.of(feed)
    _keep(kept, pickle.dumps((feed, plan), protocol=pickle.HIGHEST_PROTOCOL))
    return feed, plan


def _unpickled(body: bytes) -> Any:
    """Our own file, in our own folder. Looking for rubbish among the many new objects would take as long again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return pickle.loads(body)  # noqa: S301
    finally:
        if collecting:
            gc.enable()


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
    this = today().replace(day=1)
    kept = _folder() / f"lateness-{stamp}-{this:%Y%m}-{FORM}.npz"
    try:
        with np.load(kept, allow_pickle=False) as arrays:
            return Lateness.from_arrays({name: arrays[name] for name in arrays.files})
    except FileNotFoundError:
        pass
    except Exception:
        _made_again(kept)
    sums: dict[tuple[Any, str], Any] = {}
    for kind, key, counts, worth in _rows(["run", "place", "round"]):
        if len(counts) == BINS:
            add = np.asarray(counts, dtype=np.float64) * worth
            sums[kind, key] = sums[kind, key] + add if (kind, key) in sums else add
    learnt = Lateness(sums)
    with tempfile.TemporaryFile() as file:
        np.savez_compressed(file, **learnt.to_arrays())  # type: ignore[arg-type]
        file.seek(0)
        _keep(kept, file.read())
    return learnt


def _made_again(kept: Path) -> None:
    import structlog  # takes longer to load than a timetable, and is seldom needed here

    structlog.get_logger(__name__).warning("what was kept cannot be read and is made again", file=kept.name)


def _keep(path: Path, body: bytes) -> None:
    """Write whole or not at all; older files of the same sort go."""
    sort = path.name.split("-")[0]
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{sort}", delete=False) as file:
        file.write(body)
    Path(file.name).replace(path)
    others = sorted((p for p in path.parent.glob(f"{sort}-*") if p != path), key=lambda p: p.stat().st_mtime)
    for old in others[:-1]:
        old.unlink(missing_ok=True)
