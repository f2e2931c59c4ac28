"""Learn from what was seen: how late runs, places and rounds were, and how promises ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local, now
from zerotrip.core.memo import forget
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.network import kinds
from zerotrip.network.engine.lateness import Lateness, Observation
from zerotrip.network.engine.nets import net_of
from zerotrip.network.engine.promise_correction import Corrections
from zerotrip.network.models import Feed, LatenessCount, Outcome

LEARNERS = frozenset({Role.SYSTEM, Role.SYSTEM_ADMIN})
"""Readers and tasks; the system holds every role."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of the promises of a lane were kept: `origin`, `target` are stops, `month` any day of the month."""

    origin: str
    target: str
    month: date
    made: int = 1
    kept50: int = 0
    kept95: int = 0
    ranks: tuple[float, ...] = ()
    """At which level of its own distribution each promise ended, where known: `Promise.rank`."""


@action("network.observe", roles=LEARNERS)
def observe(batch: Sequence[Observation], *, actor: Actor, at: datetime) -> int:
    """Learn from arrivals, sortings and deliveries that were seen. Returns how many rows changed.

    What was seen counts in the month when it should have happened. Two batches at once never lose a count.
    """
    months: dict[date, list[Observation]] = {}
    for seen in batch:
        months.setdefault(_month(seen), []).append(seen)
    changed = 0
    for month, some in sorted(months.items()):
        changed += _add(month, Lateness().learn(some))
    record(kinds.OBSERVED, Feed(), subject_id="lateness", count=len(batch))
    return changed


@action("network.learn", roles=LEARNERS)
def learn(kept: Kept | None, seen: Sequence[Observation], *, actor: Actor, at: datetime) -> None:
    """What one piece taught: how its promise ended, and the runs and rounds it was seen with. One entry for both."""
    if kept is not None:
        _count([kept], generated=False)
    for one in seen:
        _add(_month(one), Lateness().learn([one]))
    record(kinds.OUTCOMES_ADDED, Outcome(), subject_id="outcomes", count=kept.made if kept else 0, seen=len(seen))


def _month(seen: Observation) -> date:
    """The month in which it should have happened."""
    return local(seen.scheduled).date().replace(day=1)


@action("network.seed_lateness", roles=LEARNERS)
def seed_lateness(
    months: Mapping[date, Lateness],
    corrections: Mapping[date, Corrections] | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Add what was learnt elsewhere, by month: for a demo's generated year, or taken over from another system."""
    changed = sum(_add(month.replace(day=1), learnt) for month, learnt in sorted(months.items()))
    for month, ranks in sorted((corrections or {}).items()):
        _write([("ranks", net, month.replace(day=1), counts) for net, counts in ranks.to_rows()])
    forget()
    record(kinds.OBSERVED, Feed(), subject_id="lateness", count=int(sum(_seen(one) for one in months.values())))
    return changed


@action("network.add_outcomes", roles=LEARNERS)
def add_outcomes(batch: Iterable[Kept], *, generated: bool = False, actor: Actor, at: datetime) -> int:
    """Count how promises ended, by lane and month. Returns how many lanes and months changed."""
    lanes, made = _count(batch, generated=generated)
    record(kinds.OUTCOMES_ADDED, Outcome(), subject_id="outcomes", count=made)
    return lanes


def _count(batch: Iterable[Kept], *, generated: bool) -> tuple[int, int]:
    """Add to the lanes' rows. Returns how many rows changed, and by how many promises."""
    sums: dict[tuple[str, str, str, date], list[int]] = {}
    ranks: dict[date, list[tuple[str, float]]] = {}
    for one in batch:
        key = (lane_end(one.origin), lane_end(one.target), net_of(one.origin, one.target), one.month.replace(day=1))
        row = sums.setdefault(key, [0, 0, 0])
        row[0] += one.made
        row[1] += one.kept50
        row[2] += one.kept95
        for rank in one.ranks:
            ranks.setdefault(key[3], []).append((key[2], rank))
    rows: list[tuple[Any, ...]] = [(*key, generated, *counts) for key, counts in sorted(sums.items())]
    with connection.cursor() as cursor:
        cursor.executemany(_OUTCOME, rows)
    for month, ended in sorted(ranks.items()):
        _write([("ranks", net, month, counts) for net, counts in Corrections().learn(ended).to_rows()])
    return len(rows), sum(row[0] for row in sums.values())


def lane_end(stop: str) -> str:
    """The end of a lane a stop belongs to: its city, and beyond the province that province's centre.

    >>> lane_end("P360102001"), lane_end("C360102"), lane_end("C440000"), lane_end("elsewhere")
    ('360100', '360100', '440000', 'elsewh')
    """
    digits = stop.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")[:6]
    return f"{digits[:4]}00" if digits.isdigit() and len(digits) == 6 else stop[:6]


_OUTCOME = """
INSERT INTO network_outcome AS o (origin, target, net, month, generated, made, kept50, kept95)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (origin, target, net, month, generated)
DO UPDATE SET made = o.made + excluded.made, kept50 = o.kept50 + excluded.kept50, kept95 = o.kept95 + excluded.kept95
"""

_COUNTS = """
INSERT INTO network_latenesscount AS l (kind, key, month, counts, changed_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (kind, key, month) DO UPDATE SET changed_at = excluded.changed_at,
    counts = ARRAY(SELECT a + b FROM unnest(l.counts, excluded.counts) WITH ORDINALITY AS t(a, b, n) ORDER BY n)
"""
"""Adds where the row stands: no reading before writing, so nothing is lost between two batches."""


def _add(month: date, learnt: Lateness) -> int:
    return _write([(kind, key[:160], month, counts) for kind, key, counts in learnt.to_rows()])


def _write(rows: list[tuple[str, str, date, list[float]]]) -> int:
    moment = now()
    with connection.cursor() as cursor:
        cursor.executemany(_COUNTS, [(*row, moment) for row in rows])
    return len(rows)


def _seen(learnt: Lateness) -> float:
    return sum(sum(counts) for _kind, _key, counts in learnt.to_rows())


def known_months() -> list[date]:
    """Months of which something is known, oldest first."""
    return list(LatenessCount.objects.order_by("month").values_list("month", flat=True).distinct())
