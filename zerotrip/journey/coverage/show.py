"""Coverage as it is shown: sums by township and county, classes of colour, the map."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from django.db import connection

from zerotrip.core.memo import briefly
from zerotrip.journey.coverage import population
from zerotrip.journey.models import CoverageRun
from zerotrip.places.map import Dot, province_map
from zerotrip.places.models import Division

ONE_ITEM: Final = (0.0, 0.5, 1.0, 1.5)
"""Upper bounds (included) of the first four classes of one item's trips, a far one counted twice."""
NO_WAY: Final = 5
RADII: Final = (3.2, 3.8, 4.4, 5.0, 5.6, 5.0)

Frame = tuple[float, float, float, float]
"""Left, top, width, height."""

_SUMS = """
SELECT r.division_id, sum(w.n), coalesce(sum(w.n * r.trips), 0), coalesce(sum(w.n) FILTER (WHERE r.trips = 0), 0),
       coalesce(sum(w.n) FILTER (WHERE r.far), 0), coalesce(sum(w.n) FILTER (WHERE r.trips IS NULL), 0),
       coalesce(sum(w.n * r.minutes), 0), coalesce(sum(w.n) FILTER (WHERE r.stale), 0)
FROM journey_coveragerow r JOIN (
    SELECT id, CASE WHEN %(item)s = '' THEN jsonb_array_length(held) ELSE (held ? %(item)s)::int END AS n
    FROM (SELECT id, {held} AS held FROM journey_coverageshape WHERE run_id = %(run)s) AS s
) AS w ON w.id = r.shape_id AND w.n > 0
WHERE r.run_id = %(run)s GROUP BY 1 ORDER BY 1
"""


@dataclass(slots=True)
class Sums:
    """Rows added up, each as often as it stands for an item (and for people): `n` in all, of them `zero` need no trip,
    `far` a far one, `none` have no way. `trips` and `minutes` are sums over those that have one.
    """

    n: int = 0
    trips: int = 0
    zero: int = 0
    far: int = 0
    none: int = 0
    minutes: int = 0
    stale: int = 0

    def add(self, other: Sums, times: int = 1) -> None:
        """Add another's figures, `times` over."""
        self.n += other.n * times
        self.trips += other.trips * times
        self.zero += other.zero * times
        self.far += other.far * times
        self.none += other.none * times
        self.minutes += other.minutes * times
        self.stale += other.stale

    @property
    def ways(self) -> int:
        return self.n - self.none

    @property
    def mean(self) -> float | None:
        """Mean trips of those that have a way."""
        return self.trips / self.ways if self.ways else None

    @property
    def days(self) -> float | None:
        """Mean days until it is done."""
        return self.minutes / self.ways / 1440 if self.ways else None

    @property
    def zero_share(self) -> str:
        return self._share(self.zero)

    @property
    def far_share(self) -> str:
        return self._share(self.far)

    @property
    def none_share(self) -> str:
        return self._share(self.none)

    def _share(self, part: int) -> str:
        """`part` of all in words: "—" of nothing, never "0%" or "100%" by rounding."""
        if not self.n:
            return "—"
        if part in (0, self.n):
            return "100%" if part else "0"
        return f"{min(99.9, max(0.1, part * 100 / self.n)):.1f}%"

    @property
    def cost(self) -> float | None:
        """Mean trips, far ones counted twice; None when most have no way."""
        return None if not self.ways or self.none * 2 > self.n else (self.trips + self.far) / self.ways


@dataclass(frozen=True, slots=True)
class Scale:
    """Five classes of colour by four upper bounds (included), and one for no way."""

    bounds: tuple[float, ...]

    @classmethod
    def of(cls, sums: Iterable[Sums], *, one: bool) -> Scale:
        """For one item fixed bounds; for the mean of all the fifths of the townships, so that differences show."""
        costs = sorted(own.cost for own in sums if own.cost is not None)
        if one or not costs:
            return cls(ONE_ITEM)
        return cls(tuple(round(costs[(len(costs) - 1) * n // 5], 2) for n in range(1, 5)))

    def level(self, own: Sums) -> int:
        """The class, 0 the fewest trips; `NO_WAY` when most have no way."""
        if own.cost is None:
            return NO_WAY
        return bisect_left(self.bounds, round(own.cost, 2))


@briefly(5)
def sums_of(run_id: int, counter: bool, item: str) -> Mapping[str, Sums]:
    """Sums by township; at most five seconds old."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(held="counter_items" if counter else "items"), {"run": run_id, "item": item})
        return {row[0]: Sums(*map(int, row[1:])) for row in cursor.fetchall()}


@dataclass(slots=True)
class Line:
    """A row of the table: a county or township, with its people and sums weighted by them."""

    code: str
    name: str
    townships: int
    people: int
    sums: Sums = field(default_factory=Sums)
    level: int = 0


@cache
def people_of(townships: tuple[str, ...]) -> Mapping[str, int]:
    """People by township, from the packaged figures."""
    return population.spread(townships, population.packaged())


def lines(sums: Mapping[str, Sums], names: Mapping[str, str], scale: Scale, county: str = "") -> list[Line]:
    """Counties in order of their codes; with `county` its townships."""
    people = people_of(tuple(sorted(sums)))
    found: dict[str, Line] = {}
    for township, own in sums.items():
        if county and not township.startswith(county):
            continue
        code = township if county else township[:6]
        line = found.setdefault(code, Line(code, names.get(code, code), 0, 0))
        line.townships += 1
        line.people += people[township]
        line.sums.add(own, people[township])
    for line in found.values():
        line.level = scale.level(line.sums)
    return list(found.values())


def total(rows: Iterable[Line]) -> Line:
    """All lines as one."""
    whole = Line("", "", 0, 0)
    for row in rows:
        whole.townships += row.townships
        whole.people += row.people
        whole.sums.add(row.sums)
    return whole


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot: where, how large, which class, what it says, where it leads."""

    dot: Dot
    radius: float
    level: int
    far: bool
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Area:
    """A county on the map."""

    code: str
    name: str
    path: str
    level: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """The map: the frame (left, top, width, height) and what lies in it."""

    frame: Frame
    areas: Sequence[Area]
    marks: Sequence[Mark]

    @property
    def view_box(self) -> str:
        return " ".join(f"{number:g}" for number in self.frame)


def picture(
    run: CoverageRun, sums: Mapping[str, Sums], titles: Mapping[str, str], scale: Scale, county: str = ""
) -> Picture | None:
    """The map of a run's province, drawn close to `county`; None when the packaged map does not show the province."""
    drawn = province_map()
    if not any(shape.code.startswith(run.province) for shape in drawn.shapes):
        return None
    by_county = {line.code: line.level for line in lines(sums, {}, scale)}
    frame = (-4.0, -4.0, drawn.width + 8.0, drawn.height + 8.0)
    chosen = next((shape for shape in drawn.shapes if shape.code == county), None)
    if chosen is not None:
        frame = _around(chosen.path)
    zoom = round(frame[2] / (drawn.width + 8.0), 3)
    areas = [
        Area(s.code, s.name, s.path, by_county.get(s.code), s is chosen)
        for s in drawn.shapes
        if chosen is None or _meet(frame, _around(s.path))
    ]
    marks = []
    for code, lat, lon in _positions(run.province):
        own = sums.get(code)
        if own is not None and (not county or code.startswith(county)):
            level = scale.level(own)
            radius = round(RADII[level] * max(zoom, 0.12) * (1.6 if county else 1.0), 2)
            marks.append(Mark(drawn.dot(lat, lon), radius, level, own.far * 2 > own.n, titles.get(code, ""), code))
    return Picture(frame, areas, marks)


def _meet(one: Frame, other: Frame) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


@briefly(600)
def _positions(province: str) -> tuple[tuple[str, float, float], ...]:
    rows = Division.objects.current().filter(code__startswith=province, level=4, lat__isnull=False)
    return tuple((code, lat or 0.0, lon or 0.0) for code, lat, lon in rows.values_list("code", "lat", "lon"))


@briefly(600)
def names_of(province: str) -> Mapping[str, str]:
    """Names of counties and townships by code."""
    rows = Division.objects.current().filter(code__startswith=province, level__gte=3)
    return dict(rows.values_list("code", "name"))


@cache
def _around(path: str) -> Frame:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    xs, ys = numbers[::2], numbers[1::2]
    margin = 0.08 * max(max(xs) - min(xs), max(ys) - min(ys))
    width, height = max(xs) - min(xs) + 2 * margin, max(ys) - min(ys) + 2 * margin
    return (round(min(xs) - margin, 1), round(min(ys) - margin, 1), round(width, 1), round(height, 1))
