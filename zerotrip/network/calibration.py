"""Promised against kept: the figures behind the calibration page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from zerotrip.network.models import NetName, OutcomeQuerySet
from zerotrip.places.models import Division

LOW, HIGH = 94.0, 96.0
"""Of the promises made with 95 %, so many of a hundred should be kept: more would be promised too late."""

CERTAIN = 1.96
"""Standard deviations within which 95 of 100 samples lie."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many promises were made and kept."""

    made: int
    kept50: int
    kept95: int

    @property
    def percent50(self) -> float:
        return 100 * self.kept50 / self.made if self.made else 0.0

    @property
    def percent95(self) -> float:
        return 100 * self.kept95 / self.made if self.made else 0.0

    @property
    def margin(self) -> float:
        """Half the width of `bounds`, in points."""
        low, high = self.bounds
        return (high - low) / 2

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which percentages the true share lies, 95 times of 100, if promises end independently.

        Source: E. B. Wilson, Probable inference (1927): right also for few pieces and shares near 100 %.
        """
        if not self.made:
            return 0.0, 100.0
        share, n, z = self.kept95 / self.made, self.made, CERTAIN
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return 100 * (middle - half), 100 * (middle + half)

    @property
    def verdict(self) -> str:
        """`good` in the band, `few` when no clear deviation can be told, `late` below it, `slack` above it."""
        if LOW <= self.percent95 <= HIGH:
            return "good"
        low, high = self.bounds
        if low <= HIGH and high >= LOW:
            return "few"
        return "late" if self.percent95 < LOW else "slack"


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: from a city to a city, or a province."""

    origin: str
    target: str
    net: str
    share: Share


@dataclass(frozen=True, slots=True)
class Point:
    """A month of one net in the picture."""

    x: float
    y: float
    share: Share
    month: date


@dataclass(frozen=True, slots=True)
class Curve:
    """A net's months in the picture."""

    net: str
    label: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        return " ".join(f"{p.x:.1f},{p.y:.1f}" for p in self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    """Months across, share kept upwards from FLOOR to 100 %. Units of the picture."""

    width: int
    height: int
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...]
    """Height and percentage of the lines across."""
    months: tuple[tuple[float, str], ...]
    band: tuple[float, float]
    """Top and height of the band from LOW to HIGH."""


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows."""

    whole: Share
    nets: tuple[tuple[str, str, Share], ...]
    lanes: list[Lane]
    months: list[date]
    chart: Chart | None
    generated: bool
    """Whether a demo's generated year is among the figures."""

    @classmethod
    def of(cls, rows: OutcomeQuerySet, *, month: date | None = None, net: str = "") -> View:
        """The figures of these outcomes, of one month or one net if asked; four statements."""
        by_month = list(_sums(rows, "month", "net"))
        chosen = rows.filter(month=month) if month else rows
        lanes = list(_sums(chosen.filter(net=net) if net else chosen, "origin", "target", "net"))
        labels = dict(NetName.choices)
        names = dict(
            Division.objects.filter(pk__in={end for row, _s in lanes for end in (row["origin"], row["target"])})
            .values_list("pk", "short_name")
        )  # fmt: skip
        nets = []
        for key in NetName.values:
            known = [s for row, s in by_month if row["net"] == key and (month is None or row["month"] == month)]
            if known:
                nets.append((key, str(labels[key]), _whole(known)))
        found = sorted(
            (Lane(names.get(r["origin"], r["origin"]), names.get(r["target"], r["target"]), str(labels[r["net"]]), s)
             for r, s in lanes),
            key=lambda lane: (-lane.share.made, lane.origin, lane.target),
        )  # fmt: skip
        return cls(
            _whole([s for _row, s in lanes]), tuple(nets), found, sorted({row["month"] for row, _s in by_month}),
            _chart(by_month), rows.filter(generated=True).exists(),
        )  # fmt: skip


def _sums(rows: OutcomeQuerySet, *by: str) -> list[tuple[dict[str, Any], Share]]:
    found = rows.order_by(*by).values(*by).annotate(m=Sum("made"), a=Sum("kept50"), b=Sum("kept95"))
    return [(row, Share(row["m"], row["a"], row["b"])) for row in found]


def _whole(shares: list[Share]) -> Share:
    return Share(sum(s.made for s in shares), sum(s.kept50 for s in shares), sum(s.kept95 for s in shares))


WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 240, 44, 12, 28
FLOOR = 80.0


def _chart(by_month: list[tuple[dict[str, Any], Share]]) -> Chart | None:
    months: list[date] = sorted({row["month"] for row, _s in by_month})
    if not months:
        return None
    step = (WIDTH - LEFT - 40) / max(1, len(months) - 1) if len(months) > 1 else 0.0
    across = {m: LEFT + 10 + (i * step if len(months) > 1 else (WIDTH - LEFT) / 2) for i, m in enumerate(months)}
    curves = []
    for key, label in NetName.choices:
        points = tuple(
            Point(across[row["month"]], _up(s.percent95), s, row["month"])
            for row, s in by_month
            if row["net"] == key and s.made
        )
        if points:
            curves.append(Curve(key, str(label), points))
    marks = tuple((_up(p), f"{p:g}%") for p in (80.0, 85.0, 90.0, 95.0, 100.0))
    return Chart(
        WIDTH, HEIGHT, tuple(curves), marks, tuple((across[m], f"{m:%y-%m}") for m in months),
        (_up(HIGH), _up(LOW) - _up(HIGH)),
    )  # fmt: skip


def _up(percent: float) -> float:
    share = (min(100.0, max(FLOOR, percent)) - FLOOR) / (100.0 - FLOOR)
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)
