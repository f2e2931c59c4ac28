"""What a promise asks for so that it is kept: a level corrected by how earlier promises of the same net turned out.

Distributions along a path are pushed as if independent. Days are not: bad weather delays every run of the day, so that
the far tail is thicker than computed. Each outcome says at which level of its own distribution the piece arrived (its
*rank*: 0.95 means: just when the p95 promise ended). Were promises perfect, ranks would be even over 0…1. The level to
ask for a promise of 95 % is the one that 95 % of the earlier ranks did not exceed.

Source: conformal prediction; recalibration by the distribution of ranks, Kuleshov, Fenner, Ermon (ICML 2018).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .nets import NETS

Floats = NDArray[np.float64]

GRID: Final = 1000
"""Ranks are counted in thousandths."""
_LEVELS: Final = np.linspace(0.0, 1.0, GRID + 1)
KNOWN: Final = 1000
"""Levels whose answers are remembered."""
CONFIDENCE: Final = 400.0
"""How many outcomes the belief that promises need no correction is worth. 配置值，待核."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """How often outcomes of each net had which rank. Immutable; without outcomes nothing is corrected."""

    ranks: Mapping[str, Floats] = field(default_factory=dict)
    confidence: float = CONFIDENCE
    _known: dict[tuple[str, float], float] = field(default_factory=dict, repr=False, compare=False)

    def learn(self, outcomes: Iterable[tuple[str, float]]) -> Corrections:
        """After these outcomes too: (net, rank), rank from `Promise.rank(actual)`."""
        by_net: dict[str, list[float]] = {}
        for net, rank in outcomes:
            by_net.setdefault(net, []).append(rank)
        return self.add({net: np.array(ranks) for net, ranks in by_net.items()})

    def add(self, ranks: Mapping[str, Floats]) -> Corrections:
        """The same with the ranks of a net as an array."""
        merged = dict(self.ranks)
        for net, values in ranks.items():
            places = np.clip((np.asarray(values) * GRID).astype(np.int64), 0, GRID - 1)
            merged[net] = merged.get(net, np.zeros(GRID)) + np.bincount(places, minlength=GRID)
        return Corrections(merged, self.confidence)

    def aged(self, keep: float) -> Corrections:
        """With every outcome weighing `keep` (0 to 1) of what it did."""
        return Corrections({net: seen * keep for net, seen in self.ranks.items()}, self.confidence)

    def asked(self, net: str, level: float) -> float:
        """The level to ask of the distributions for a promise to be kept with `level`. Grows with `level`."""
        found = self._known.get((net, level))
        if found is None:
            if len(self._known) > KNOWN:
                self._known.clear()
            found = self._known[net, level] = self._asked(net, level)
        return found

    def _asked(self, net: str, level: float) -> float:
        seen = self.ranks.get(net)
        if seen is None or not seen.any():
            return level
        shares = (np.cumsum(seen) + self.confidence * np.arange(1, GRID + 1) / GRID) / (seen.sum() + self.confidence)
        return float(np.interp(level, np.concatenate(([0.0], shares)), _LEVELS))

    def to_rows(self) -> list[tuple[str, list[float]]]:
        """(net, counts by thousandth of rank): what a table stores."""
        return [(net, [float(n) for n in self.ranks[net]]) for net in NETS if net in self.ranks]

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, Iterable[float]]]) -> Corrections:
        """The inverse of `to_rows`. Raises ValueError for a row of the wrong length."""
        ranks = {net: np.array(list(counts), dtype=np.float64) for net, counts in rows}
        if any(counts.shape != (GRID,) for counts in ranks.values()):
            raise ValueError
        return cls(ranks)
