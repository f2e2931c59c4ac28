"""A generated year: what would have been promised each day, what really happened, and what was learnt from it.

Everything here is invented and named so. The truth (simulate_truth) differs from the prior; pieces travel through it by
the plain mechanics of simulate_travel; promises are made by the engine with what had been learnt by the first of the
month. So the share of promises kept says whether the engine is calibrated, on days that are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .lateness import BINS, EDGES, Lateness
from .nets import NETS, Net
from .promise import NEVER, STEP, End, FeedEnded, Network, Piece, Window
from .promise_correction import Corrections
from .promise_window import COLLECTION, DELIVERY
from .simulate_truth import Truth, severities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COPIES: Final = 10
"""Pieces of one lane handed over together."""
RANKED: Final = 3
"""Pieces of them whose rank is kept for the correction."""
DOORS: Final = 4
"""Deliveries seen of each round."""
FADE: Final = 0.9
"""What a month is worth against the month after it. 配置值，待核."""
FORGET: Final = 0.75
"""The same for corrections: ranks against what was believed half a year ago say little. 配置值，待核."""
SHARES: Final[Mapping[Net, float]] = {"city": 0.35, "province": 0.45, "national": 0.2}
"""How the lanes are spread over the nets, invented."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A pair of ends with regular mail between them."""

    origin: End
    target: End
    net: Net


@dataclass(frozen=True, slots=True)
class Outcome:
    """Promises made for one lane in one month (its first day), and how many were kept."""

    origin: str
    target: str
    net: Net
    month: date
    made: int
    kept50: int
    kept95: int


@dataclass(frozen=True, slots=True)
class Year:
    """`lateness`: what was seen, by month. `corrections`: learnt by the end. `skipped`: batches that had no promise."""

    outcomes: tuple[Outcome, ...]
    lateness: Mapping[date, Lateness]
    corrections: Corrections
    skipped: int = 0

    def made(self, net: str = "") -> int:
        """How many promises were made, of a net or of all."""
        return sum(one.made for one in self.outcomes if net in ("", one.net))

    def kept(self, net: str = "", since: date = date.min) -> tuple[float, float]:
        """The shares of p50 and of p95 promises kept, of those made in months from `since` on."""
        some = [one for one in self.outcomes if net in ("", one.net) and one.month >= since]
        made = sum(one.made for one in some) or 1
        return sum(one.kept50 for one in some) / made, sum(one.kept95 for one in some) / made


def lanes(network: Network, count: int, seed: int) -> list[Lane]:
    """Lanes drawn over the three nets, between stops with couriers (of a feed without rounds: between any)."""
    dice = np.random.default_rng(seed)
    couriers = {kind: {one.stop for one in network.feed.rounds if one.kind == kind} for kind in (COLLECTION, DELIVERY)}
    served = sorted(couriers[COLLECTION] & couriers[DELIVERY]) or sorted(
        {call.stop for trip in network.feed.trips.values() for call in trip.calls}
    )
    by_net: dict[Net, list[Lane]] = {net: [] for net in NETS}
    for _ in range(400 * count):
        if all(len(by_net[net]) >= round(count * SHARES[net]) for net in NETS):
            break
        origin, target = (str(served[n]) for n in dice.integers(0, len(served), 2))
        net = network.net(origin, target)
        if origin != target and len(by_net[net]) < round(count * SHARES[net]):
            collected = origin in couriers[COLLECTION] and dice.random() < 0.4
            delivered = target in couriers[DELIVERY] and dice.random() < 0.6
            by_net[net].append(Lane(End(origin, collected), End(target, delivered), net))
    return [lane for net in NETS for lane in by_net[net]]


def generate(
    network: Network,
    first: date,
    days: int = 365,
    *,
    pieces: int = 100_000,
    count: int = 240,
    seed: int = 36,
    correct: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Year:
    """Generate `days` from `first` with about `pieces` pieces on `count` lanes. The same seed gives the same year.

    `network` is only asked for its timetable: learning begins with the prior. `correct`: learn corrections too.
    `progress` is told the share done.
    """  # fmt: skip
    return _Making(network, first, days, seed, correct).run(lanes(network, count, seed), pieces, progress)


class _Making:
    """A year in the making."""

    def __init__(self, network: Network, first: date, days: int, seed: int, correct: bool) -> None:
        self.network = network.knowing(Lateness(), Corrections())
        self.first, self.days, self.seed, self.correct = first, days, seed, correct
        self.zone = ZoneInfo(network.feed.zone)
        self.origin = int(datetime.combine(first, time(), tzinfo=self.zone).timestamp())
        self.truth = Truth.empty()
        self.severity = severities(first, days + 60, seed)
        self.months = [first, *_firsts(first, days + 60)]
        self.month_starts = np.array([(month - first).days * 86400 for month in self.months])
        self.counts = [np.zeros((0, BINS)) for _ in self.months]
        self.ranks: list[dict[str, list[Floats]]] = [{} for _ in self.months]
        self.sums: dict[tuple[Lane, int], list[int]] = {}
        self.skipped = 0

    def run(self, some: list[Lane], pieces: int, progress: Callable[[float], None] | None) -> Year:
        learnt, corrections = Lateness(), Corrections()
        by_month: dict[date, Lateness] = {}
        for month, batches in groupby(self._batches(some, pieces), key=lambda batch: self._month(batch[0])):
            while len(by_month) < month:
                seen = self._seen(len(by_month))
                corrections = corrections.aged(FORGET).add(
                    {net: np.concatenate(ranks) for net, ranks in self.ranks[len(by_month)].items()}
                )
                by_month[self.months[len(by_month)]] = seen
                learnt = learnt.aged(FADE).add(seen.counts)
            self.network = self.network.knowing(learnt, corrections if self.correct else None)
            for _, group in groupby(batches, key=lambda batch: self._window(batch[0])):
                self._week(list(group))
            if progress is not None:
                progress(min(1.0, (self.months[month + 1] - self.first).days / self.days))
        for month in range(len(by_month), len(self.months)):
            if (seen := self._seen(month)).counts:
                by_month[self.months[month]] = seen
            corrections = corrections.add({net: np.concatenate(ranks) for net, ranks in self.ranks[month].items()})
        outcomes = tuple(
            Outcome(lane.origin.stop, lane.target.stop, lane.net, self.months[month].replace(day=1), *sums)
            for (lane, month), sums in self.sums.items()
        )
        return Year(outcomes, {_first(month): seen for month, seen in by_month.items()}, corrections, self.skipped)

    def _batches(self, some: list[Lane], pieces: int) -> list[tuple[int, Lane]]:
        """Moments (seconds from the first day) and lanes, in order of time: hand-overs in opening hours."""
        dice = np.random.default_rng(self.seed + 1)
        number = max(1, pieces // COPIES)
        moments = dice.integers(0, self.days, number) * 86400 + dice.integers(510, 1050, number) * 60
        chosen = dice.integers(0, len(some), number)
        return [(int(moments[n]), some[chosen[n]]) for n in np.lexsort((chosen, moments))]

    def _month(self, seconds: int) -> int:
        return int(np.searchsorted(self.month_starts, seconds, side="right")) - 1

    def _window(self, seconds: int) -> int:
        day = self.first.toordinal() + seconds // 86400
        return day - day % STEP

    def _week(self, batches: list[tuple[int, Lane]]) -> None:
        """Promise, carry and count the batches of one window."""
        made: list[tuple[Lane, Piece, int, int, int]] = []
        for seconds, lane in batches:
            try:
                piece = self.network.piece(lane.origin, lane.target, self.origin + seconds)
            except FeedEnded:
                piece = None
            if piece is None or not piece.slot.hops:
                self.skipped += 1
                continue
            asked = self.network.corrections.asked
            median = self.network.quantile(piece, asked(lane.net, 0.5))
            surely = self.network.quantile(piece, asked(lane.net, 0.95))
            if surely == NEVER:
                self.skipped += 1
                continue
            made.append((lane, piece, -(-median // 60) * 60, -(-surely // 60) * 60, self._month(seconds)))
        if not made:
            return
        window = made[0][1].window
        self.truth = self.truth.with_keys(window.runs.book.keys, self.seed)
        self._count(made, self._travel(window, [piece for _, piece, _, _, _ in made]), window.base - self.origin)
        self._observe(window)

    def _travel(self, window: Window, some: list[Piece]) -> Floats:
        from .simulate_travel import travel

        runs, most = window.runs, max(len(piece.slot.hops) for piece in some)
        tables = np.full((4, len(some), most), -1, dtype=np.int64)
        for n, piece in enumerate(some):
            slot, size = piece.slot, len(piece.slot.hops)
            spans = np.array([runs.span(hop) for hop in slot.hops])
            tables[:, n, :size] = spans[:, 0], spans[:, 1], slot.gaps, slot.places
        found = travel(
            runs.departures, runs.arrivals, runs.rows, runs.units, runs.names, *tables,
            np.array([len(piece.slot.hops) for piece in some]), np.array([piece.slot.runs[0] for piece in some]),
            COPIES, self.truth.columns(), self.severity, window.base - self.origin, self.seed,
        )  # fmt: skip
        walks = np.array([piece.slot.walk for piece in some])
        return np.where(found < 0, np.inf, np.ceil(found) + walks[:, None])

    def _count(self, made: list[tuple[Lane, Piece, int, int, int]], actual: Floats, day0: int) -> None:
        dice = np.random.default_rng((self.seed, int(day0) + 2**31))
        shares = dice.random((len(made), RANKED))
        for n, (lane, piece, median, surely, month) in enumerate(made):
            sums = self.sums.setdefault((lane, month), [0, 0, 0])
            sums[0] += COPIES
            sums[1] += int((actual[n] <= median).sum())
            sums[2] += int((actual[n] <= surely).sum())
            ranks = np.array([
                1.0 if np.isinf(there) else self.network.rank(piece, int(there), float(shares[n, c]))
                for c, there in enumerate(actual[n, :RANKED])
            ])  # fmt: skip
            known = min(float(np.where(np.isinf(actual[n, :RANKED]), 0, actual[n, :RANKED]).max()) + day0, 2.0**40)
            self.ranks[self._month(int(known))].setdefault(lane.net, []).append(ranks)

    def _observe(self, window: Window) -> None:
        """What scans show of all runs, sortings and rounds of the window's own days on the hops in use."""
        from .simulate_travel import observe

        runs, book, day0 = window.runs, window.runs.book, window.base - self.origin
        chosen, places = [], []
        for hop in runs.hops():
            start, end = runs.span(hop)
            some = np.arange(start, end)
            own = some[(runs.arrivals[start:end] >= 0) & (runs.arrivals[start:end] < STEP * 86400)]
            chosen.append(own)
            places.append(np.full(len(own), -1 if hop[0] in (COLLECTION, DELIVERY) else book.sorting(hop[1])))
        self.truth = self.truth.with_keys(book.keys, self.seed)
        which, place = np.concatenate(chosen), np.concatenate(places)
        _, once = np.unique(
            np.stack([runs.names[which], runs.arrivals[which], runs.rows[which]]), axis=1, return_index=True
        )
        which, place = which[once], place[once]
        within = (runs.arrivals[which] + day0 >= 0) & (runs.arrivals[which] + day0 < self.days * 86400)
        which, place = which[within], place[within]
        late, sorting = observe(
            which, runs.arrivals, runs.rows, runs.units, runs.names, place, self.truth.columns(), self.severity,
            day0, self.seed, DOORS,
        )  # fmt: skip
        month = np.searchsorted(self.month_starts, runs.arrivals[which] + day0, side="right") - 1
        rows = runs.rows[which]
        door = self.truth.door[rows] > 0.5
        self._add(month, rows, late[:, 0])
        for d in range(1, DOORS):
            self._add(month[door], rows[door], late[door, d])
        seen = sorting >= 0
        self._add(month[seen], place[seen], sorting[seen])

    def _add(self, month: Ints, rows: Ints, late: Floats) -> None:
        places = np.minimum(np.searchsorted(EDGES, late, side="left"), BINS - 1)
        for m in np.unique(month):
            if len(self.counts[m]) < len(self.truth.door):
                more = np.zeros((len(self.truth.door) - len(self.counts[m]), BINS))
                self.counts[m] = np.concatenate([self.counts[m], more])
            np.add.at(self.counts[m], (rows[month == m], places[month == m]), 1.0)

    def _seen(self, month: int) -> Lateness:
        keys, counts = self.network.keys, self.counts[month]
        return Lateness({keys[n]: counts[n] for n in np.flatnonzero(counts.sum(axis=1))})


def _firsts(first: date, days: int) -> Iterator[date]:
    day = first
    while (day - first).days < days:
        day = (day.replace(day=1) + timedelta(32)).replace(day=1)
        yield day


def _first(day: date) -> date:
    return day.replace(day=1)


def by_lane(outcomes: Iterable[Outcome], end: Callable[[str], str]) -> dict[tuple[str, str, Net], tuple[int, int, int]]:
    """(made, kept50, kept95) by lane between larger places: `end` names the one a stop belongs to (its city)."""
    found: dict[tuple[str, str, Net], tuple[int, int, int]] = {}
    for one in outcomes:
        key = (end(one.origin), end(one.target), one.net)
        made, kept50, kept95 = found.get(key, (0, 0, 0))
        found[key] = (made + one.made, kept50 + one.kept50, kept95 + one.kept95)
    return found
