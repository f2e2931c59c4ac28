"""How late runs, places and rounds are: one small histogram for each, learnt from scans, beginning with a prior.

A key is a path, from the general to the particular, so that what little is known of one run is filled up with what is
known of its route, then of its net, then with the prior::

    run    net / route / stop where it arrives / hour of arrival      minutes after the scheduled arrival
    place  sort of place / stop                                       minutes of sorting beyond its dwell
    round  collection / stop / start-end                              minutes after the scheduled end
    round  delivery / stop / start-end                                sixtieths of the round after its start

At each level the histogram is (counts + CONFIDENCE × the level above) / (all counts + CONFIDENCE): a run seen
CONFIDENCE times weighs as much as everything known above it. Early arrivals count as punctual: nothing is ever
expected before its scheduled time.

Source: shrinkage of histograms is the posterior mean under a Dirichlet prior (Gelman et al., Bayesian Data Analysis).
Confidence of the prior's own figures: K, 配置值，待核. No published statistic stands behind them; scans replace them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from zerotrip.network.engine.nets import class_of

Kind = Literal["run", "place", "round"]
Floats = NDArray[np.float64]

EDGES: Final[Floats] = np.array(
    [0, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 360, 480, 600, 720, 960, 1440, 2880],
    dtype=np.float64,
)
"""Upper edges of the bins. The first bin is the punctual; what is later than two days counts as two days."""
BINS: Final = len(EDGES)
CONFIDENCE: Final = 30.0
"""How many observations the level above is worth. 配置值，待核."""
UNITS: Final = 60.0
"""A delivery round is sixty units long."""


@dataclass(frozen=True, slots=True)
class Belief:
    """A prior: `punctual` of all are on time; the late ones log-normal around `median` minutes with `spread`."""

    punctual: float
    median: float
    spread: float

    def cumulated(self) -> Floats:
        """The share not later than each of EDGES."""
        late = [0.0] + [0.5 * math.erfc(-math.log(x / self.median) / (self.spread * math.sqrt(2))) for x in EDGES[1:]]
        return self.punctual + (1 - self.punctual) * np.array(late) / late[-1]


def _delivered() -> Floats:
    """A prior for doors: evenly over the round for 96 of 100, the rest soon after its end."""
    within = 0.96 * np.minimum(EDGES, UNITS) / UNITS
    after = np.where(EDGES > UNITS, 0.04 * -np.expm1(-(EDGES - UNITS) / 40.0), 0.0)
    shares = within + after
    return np.asarray(shares / shares[-1])


PRIORS: Final[Mapping[tuple[Kind, str], Floats]] = {
    ("run", "city"): Belief(0.70, 6, 0.9).cumulated(),
    ("run", "province"): Belief(0.60, 12, 0.9).cumulated(),
    ("run", "national"): Belief(0.45, 30, 1.0).cumulated(),
    ("place", ""): Belief(0.70, 8, 0.9).cumulated(),
    ("round", "collection"): Belief(0.75, 10, 0.9).cumulated(),
    ("round", "delivery"): _delivered(),
}
"""配置值，待核: what is believed of a run, a place and a round of which nothing has been seen."""


def _part(text: str) -> str:
    return text.replace("/", "_")


def run_key(net: str, route: str, stop: str, hour: int) -> str:
    """The key of a run's arrival at a stop. `hour`: of the scheduled arrival, local, 0 to 23."""
    return f"{net}/{_part(route)}/{_part(stop)}/{hour:02d}"


def place_key(stop: str) -> str:
    """The key of the sorting at a stop."""
    return f"{class_of(stop)}/{_part(stop)}"


def round_key(kind: str, stop: str, start: int, end: int) -> str:
    """The key of a courier round. `kind`: collection or delivery; `start`, `end`: seconds of the service day."""
    return f"{kind}/{_part(stop)}/{_clock(start)}-{_clock(end)}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}"


def unit_of(kind: Kind, key: str) -> float:
    """Seconds of one unit of a key's histogram: a minute, or for a delivery round a sixtieth of its length.

    >>> unit_of("round", "delivery/P360102001/0830-1130"), unit_of("run", "city/L1/C360100/09")
    (180.0, 60.0)
    """
    if kind != "round" or not key.startswith("delivery/"):
        return 60.0
    start, end = key.rsplit("/", 1)[1].split("-")
    minutes = (int(end[:-2]) - int(start[:-2])) * 60 + int(end[-2:]) - int(start[-2:])
    return max(minutes, 1) * 60.0 / UNITS


def bin_of(late: float) -> int:
    """The bin of a lateness in units: 0 for punctual or early."""
    return min(int(np.searchsorted(EDGES, late, side="left")), BINS - 1)


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing seen: when it should have happened and when it did.

    For a run the arrival; for a place the end of the sorting (scheduled: arrival plus dwell); for a collection round
    the end; for a delivery round the delivery (scheduled: the start of the round).
    """

    kind: Kind
    key: str
    scheduled: datetime
    actual: datetime


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is known of lateness. Immutable: `learn`, `add` and `aged` give a new one.

    `counts`: how often each key fell into each bin (BINS long; not whole numbers once aged).
    """

    counts: Mapping[tuple[Kind, str], Floats] = field(default_factory=dict)
    confidence: float = CONFIDENCE
    _above: dict[tuple[Kind, str], Floats] = field(default_factory=dict, repr=False, compare=False)
    _known: dict[tuple[Kind, str], Floats] = field(default_factory=dict, repr=False, compare=False)

    def learn(self, observations: Iterable[Observation]) -> Lateness:
        """What is known after these observations too."""
        fresh: dict[tuple[Kind, str], Floats] = {}
        for seen in observations:
            name = (seen.kind, seen.key)
            if name not in fresh:
                fresh[name] = np.zeros(BINS)
            late = (seen.actual - seen.scheduled).total_seconds() / unit_of(seen.kind, seen.key)
            fresh[name][bin_of(late)] += 1
        return self.add(fresh)

    def add(self, counts: Mapping[tuple[Kind, str], Floats]) -> Lateness:
        """What is known with these counts, BINS for each key, added."""
        merged = dict(self.counts)
        for name, fresh in counts.items():
            merged[name] = merged[name] + fresh if name in merged else np.asarray(fresh, dtype=np.float64)
        return Lateness(merged, self.confidence)

    def aged(self, keep: float) -> Lateness:
        """What is known with every count times `keep` (0 to 1): older observations weigh less."""
        return Lateness({name: seen * keep for name, seen in self.counts.items()}, self.confidence)

    def seen(self, kind: Kind, key: str) -> float:
        """How many observations stand behind a key or behind the beginning of one."""
        self._sum_up()
        return float(self._above[kind, key].sum()) if (kind, key) in self._above else 0.0

    def cumulated(self, kind: Kind, key: str) -> Floats:
        """The share of a key not later than each of EDGES, in the key's units; the last is 1."""
        self._sum_up()
        return self._cumulated(kind, key, key)

    def _cumulated(self, kind: Kind, key: str, path: str) -> Floats:
        known = self._known.get((kind, path))
        if known is not None:
            return known
        above = self._cumulated(kind, key, path.rpartition("/")[0]) if "/" in path else _prior(kind, path)
        counts = self._above.get((kind, path))
        if counts is None:
            known = above
        else:
            known = (np.cumsum(counts) + self.confidence * above) / (counts.sum() + self.confidence)
        self._known[kind, path] = known
        return known

    def _sum_up(self) -> None:
        """Sum the counts of each beginning of a key, once."""
        if self._above or not self.counts:
            return
        sums: dict[tuple[Kind, str], Floats] = {}
        for (kind, key), counts in self.counts.items():
            path = key
            while path:
                sums[kind, path] = sums[kind, path] + counts if (kind, path) in sums else counts
                path = path.rpartition("/")[0]
        self._above.update(sums)

    def to_rows(self) -> list[tuple[str, str, list[float]]]:
        """(kind, key, counts) in order of the keys: what a table stores."""
        return [(kind, key, [float(n) for n in self.counts[kind, key]]) for kind, key in sorted(self.counts)]

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, Iterable[float]]], confidence: float = CONFIDENCE) -> Lateness:
        """The inverse of `to_rows`. Raises ValueError for a kind that does not exist or a wrong number of bins."""
        counts: dict[tuple[Kind, str], Floats] = {}
        for kind, key, numbers in rows:
            if kind not in ("run", "place", "round"):
                raise ValueError(kind)
            row = np.array(list(numbers), dtype=np.float64)
            if row.shape != (BINS,):
                raise ValueError(key)
            counts[kind, key] = row  # type: ignore[index]
        return cls(counts, confidence)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The same as plain arrays: "kinds", "keys" (texts) and "counts" (one row a key)."""
        rows = self.to_rows()
        return {
            "kinds": np.array([kind for kind, _, _ in rows], dtype=np.str_),
            "keys": np.array([key for _, key, _ in rows], dtype=np.str_),
            "counts": np.array([counts for _, _, counts in rows], dtype=np.float64).reshape(len(rows), BINS),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], confidence: float = CONFIDENCE) -> Lateness:
        """The inverse of `to_arrays`."""
        names = zip(arrays["kinds"].tolist(), arrays["keys"].tolist(), strict=True)
        return cls(dict(zip(names, arrays["counts"].astype(np.float64), strict=True)), confidence)


def _prior(kind: Kind, path: str) -> Floats:
    if (kind, path) in PRIORS:
        return PRIORS[kind, path]
    return PRIORS[{"run": ("run", "province"), "place": ("place", ""), "round": ("round", "collection")}[kind]]  # type: ignore[index]
