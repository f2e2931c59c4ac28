"""The demo province's timetable: invented, by rules that stand in docs/concepts/network.md, from real divisions.

`plan` lays out stops, runs and courier rounds; `zerotrip.demo.network_feed.write` puts them into a GTFS folder. The
same divisions and seed give the same timetable. No database, no clock.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from zerotrip.places import table

Waves = list[tuple[int, str]]
"""Times of departure or arrival, each with its service."""

DAILY, ORDINARY, WORK = "DAILY", "ORDINARY", "WORK"
"""Services: every day; every day but statutory holidays; working days (with those worked in exchange)."""

HOME = "360000"
ABROAD = {"710000", "810000", "820000"}
"""No domestic line-haul in this demo."""

LUNCH = (12 * 60, 13 * 60 + 30)
ROAD = 1.35
"""Road kilometres for one as the crow flies."""

SPEED = {"trunk": 75.0, "branch": 55.0, "town": 45.0, "street": 30.0}
"""Kilometres an hour on each kind of line, invented."""

DWELL = {"hub": 60, "city": 45, "county": 30, "outlet": 10, "away": 60}
"""Minutes between a run's arrival and the first run that can take on what it brought: unload, sort, close the bag."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place of the network; `tier` is hub, city, county, outlet or away (another province's centre)."""

    code: str
    name: str
    division: str
    tier: str
    lat: float
    lon: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A run at a stop: minutes after midnight of the service day, past 1440 on later days."""

    stop: str
    arrives: int
    departs: int


@dataclass(frozen=True, slots=True)
class Run:
    """One journey of a vehicle on the days of its service."""

    code: str
    line: str
    service: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """Couriers around a stop; collection ends, delivery begins at the stop. Minutes after midnight."""

    code: str
    stop: str
    kind: str
    service: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Line:
    """What runs share: a name for people and its kind."""

    code: str
    name: str
    kind: str


@dataclass(slots=True)
class Plan:
    """The whole timetable."""

    stops: dict[str, Stop] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def connections(self, service: Iterable[str] = (DAILY, ORDINARY, WORK)) -> int:
        """Hops from a call to the next on a day when these services run."""
        wanted = set(service)
        return sum(len(run.calls) - 1 for run in self.runs if run.service in wanted)


def plan(rows: Iterable[table.Row] | None = None, *, seed: int = 36) -> Plan:
    """The timetable over the home province's divisions; `rows` default to the packaged table."""
    return _Planner(list(rows if rows is not None else table.packaged().rows), seed).made


def kilometres(one: Stop, other: Stop) -> float:
    """Road distance, estimated from the positions."""
    north = math.radians(one.lat - other.lat)
    east = math.radians(one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return 6371.0 * math.hypot(north, east) * ROAD


def minutes(one: Stop, other: Stop, kind: str, least: int = 5) -> int:
    """Travel time on a line of `kind`."""
    return max(least, math.ceil(kilometres(one, other) / SPEED[kind] * 60))


LONGEST = 240
"""Minutes a tour over several outlets may last."""

TRUNK_WAVES = (
    (26 * 60, 3 * 60 + 30, DAILY), (13 * 60, 14 * 60 + 30, DAILY), (19 * 60, 20 * 60 + 30, ORDINARY),
    (8 * 60, 9 * 60 + 30, WORK), (22 * 60 + 30, 23 * 60 + 30, WORK), (16 * 60, 17 * 60, WORK),
)  # fmt: skip
"""At the provincial centre: runs from the cities are in by the first, runs to them leave at the second."""

AWAY_WAVES = ((25 * 60, 4 * 60, DAILY), (13 * 60, 15 * 60, ORDINARY), (19 * 60, 21 * 60 + 30, WORK))
"""The same with the other provinces."""

CITY_IN = (11 * 60, 15 * 60 + 30, 7 * 60 + 30)
"""By when the counties' further runs are in at their city, after the evening's."""

DISPATCHES = {
    2: ((7 * 60, DAILY), (14 * 60, DAILY)),
    3: ((7 * 60, DAILY), (10 * 60, WORK), (14 * 60, DAILY)),
    4: ((7 * 60, DAILY), (9 * 60 + 30, WORK), (13 * 60, ORDINARY), (15 * 60, DAILY)),
    6: ((7 * 60 + 20, DAILY), (9 * 60, WORK), (10 * 60 + 30, WORK), (13 * 60, ORDINARY), (14 * 60 + 30, WORK),
        (16 * 60, DAILY)),
}  # fmt: skip
"""When tours leave the county centre, by how many there are a day."""


class _Planner:
    """Builds one plan; the dice are thrown in a fixed order, so the same rows give the same plan."""

    def __init__(self, rows: Sequence[table.Row], seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  # a demo's dice
        self.made = Plan()
        self._hub, self._cities, self._counties, self._outlets, self._away = self._stops(rows)
        self._rounds_at(self._hub)
        for city in self._cities:
            self._trunk(city)
        for away in self._away:
            self._national(away)
        for county in self._counties:
            self._county(county)
        self.made.rounds.sort(key=lambda r: r.code)

    def _stops(
        self, rows: Sequence[table.Row]
    ) -> tuple[Stop, list[Stop], list[Stop], dict[str, list[Stop]], list[Stop]]:
        home = [row for row in rows if row.code.startswith(HOME[:2]) and row.lat is not None]
        hub = _centre(next(row for row in home if row.code == HOME), "hub")
        cities = [_centre(row, "city") for row in home if row.level == 2]
        counties = [_centre(row, "county") for row in home if row.level == 3]
        away = [
            _centre(row, "away")
            for row in rows
            if row.level == 1 and row.lat is not None and row.code != HOME and row.code not in ABROAD
        ]
        outlets: dict[str, list[Stop]] = {county.division: [] for county in counties}
        for row in home:
            if row.level == 4:
                outlets[row.code[:6]].append(_outlet(row))
        towns = [stop for some in outlets.values() for stop in some]
        self.made.stops = {s.code: s for s in [hub, *cities, *counties, *towns, *away]}
        return hub, cities, counties, outlets, away

    def _shuttle(self, line: Line, ends: tuple[Stop, Stop], took: int, out: Waves, back: Waves) -> None:
        """Runs between two stops: `out` departures at the first, `back` arrivals there, each with its service."""
        self.made.lines.append(line)
        first, second = ends
        for number, (leaves, service) in enumerate(out, 1):
            self._run(line, f"{number}", service, ((first, leaves, leaves), (second, leaves + took, leaves + took)))
        for number, (comes, service) in enumerate(back, 1):
            leaves = comes - took + (1440 * math.ceil(max(0, took - comes) / 1440))
            self._run(line, f"{number}R", service, ((second, leaves, leaves), (first, leaves + took, leaves + took)))

    def _run(self, line: Line, number: str, service: str, calls: Iterable[tuple[Stop, int, int]]) -> Run:
        run = Run(f"{line.code}-{number}", line.code, service, tuple(Call(s.code, a, d) for s, a, d in calls))
        self.made.runs.append(run)
        return run

    def _trunk(self, city: Stop) -> None:
        """Province and city: three to six runs a day each way, by distance, in the waves of the provincial centre."""
        took = minutes(self._hub, city, "trunk", 25)
        count = 6 if took < 60 else 5 if took < 180 else 4 if took < 300 else 3
        late = self.dice.randrange(0, 25, 5)
        waves = TRUNK_WAVES[:count]
        line = Line(f"L{city.division}", f"{self._hub.name}—{city.name}", "trunk")
        out = [(leaves + late, service) for _in, leaves, service in waves]
        back = [(min(comes - late, 22 * 60 + 30 + took), service) for comes, _out, service in waves]
        self._shuttle(line, (self._hub, city), took, out, back)
        self._rounds_at(city)

    def _national(self, away: Stop) -> None:
        """Province and other provinces: one to three a day; beyond 1,000 km by air, counted as 6 h and 700 km/h."""
        far = kilometres(self._hub, away) / ROAD
        took = math.ceil((far * ROAD / SPEED["trunk"]) * 60) if far <= 1000 else math.ceil((6 + far / 700) * 60)
        waves = AWAY_WAVES[: 3 if far <= 600 else 2 if far <= 1200 else 1]
        line = Line(f"N{away.division}", f"{self._hub.name}—{away.name}", "road" if far <= 1000 else "air")
        out = [(leaves, service) for _in, leaves, service in waves]
        back = [(comes, service) for comes, _out, service in waves]
        self._shuttle(line, (self._hub, away), took, out, back)
        inland = 30 + self.dice.randrange(0, 12)
        self._round(away, "delivery", DAILY, 8 * 60, (8 + inland) * 60, 1)
        self._round(away, "collection", DAILY, 9 * 60, (9 + inland) * 60, 1)

    def _county(self, county: Stop) -> None:
        """City and county two to four times a day, the county's rounds, and its tours over the townships."""
        city = self.made.stops[f"C{county.division[:4]}00"]
        took = minutes(city, county, "branch", 20)
        hub = minutes(self._hub, city, "trunk", 25)
        count = 4 if took < 75 else 3 if took < 135 else 2
        services = (DAILY, DAILY if count == 2 else ORDINARY, WORK, WORK)
        first = max(5 * 60, 3 * 60 + 30 + hub + 75)
        evening = min(26 * 60 - hub, 22 * 60 + 30) - 60
        out = [first, *[wave + hub + 60 for wave in (9 * 60 + 30, 14 * 60 + 30)], first + 150][:count]
        back = [min(evening, 20 * 60 + 30 + took), *CITY_IN][:count]
        late = self.dice.randrange(0, 20, 5)
        line = Line(f"B{county.division}", f"{city.name}—{county.name}", "branch")
        self._shuttle(
            line, (city, county), took, [(m + late, s) for m, s in zip(out, services, strict=False)],
            [(m - late, s) for m, s in zip(back, services, strict=False)],
        )  # fmt: skip
        self._rounds_at(county)
        for number, tour in enumerate(_tours(county, self._outlets[county.division]), 1):
            self._tour(county, number, tour)

    def _tour(self, county: Stop, number: int, tour: list[Stop]) -> None:
        """One van's way out to several outlets and back: on the way out it brings, on the way back it takes."""
        kind = _kind(tour)
        lasts = _way(county, tour, kind, 0)[-1][1]
        count = 2 if lasts > LONGEST else 6 if kind == "street" else 4 if any(s.kind != "village" for s in tour) else 3
        name = f"{county.name}—{'、'.join(stop.name.removesuffix('邮政所（演示）') for stop in tour)}"
        line = Line(f"T{county.division}-{number}", name, kind)
        self.made.lines.append(line)
        late = self.dice.randrange(0, 25, 5)
        runs = [
            self._run(line, str(i), service, _way(county, tour, kind, leaves + late))
            for i, (leaves, service) in enumerate(DISPATCHES[count], 1)
        ]
        for stop in tour:
            self._rounds_of(stop, runs)

    def _rounds_at(self, centre: Stop) -> None:
        """A town around a centre: two deliveries and two collections."""
        self._round(centre, "delivery", DAILY, 8 * 60 + 30, 12 * 60, 1)
        self._round(centre, "delivery", ORDINARY, 14 * 60 + 30, 17 * 60 + 30, 2)
        self._round(centre, "collection", ORDINARY, 9 * 60, 11 * 60, 1)
        self._round(centre, "collection", DAILY, 14 * 60, 16 * 60, 2)

    def _rounds_of(self, stop: Stop, runs: Sequence[Run]) -> None:
        """Deliveries begin a quarter after a van brought mail, collections end a quarter before one takes it."""
        first, last = runs[0], runs[-1]
        twice = stop.kind != "village" or self.dice.random() < 0.5
        brought = max(_at(stop, first)[0].arrives + 15, 8 * 60 + 30)
        self._round(stop, "delivery", first.service, brought, brought + 180, 1)
        if twice:
            again = runs[-2] if len(runs) > 2 else last
            brought = max(_at(stop, again)[0].arrives + 15, 13 * 60 + 30)
            if brought <= 17 * 60:
                self._round(stop, "delivery", again.service, brought, min(brought + 180, 19 * 60), 2)
        taken = _at(stop, last)[-1].departs - 15
        self._round(stop, "collection", last.service, taken - 150, taken, 1)
        if stop.kind != "village" and len(runs) > 2:
            taken = _at(stop, runs[1])[-1].departs - 15
            self._round(stop, "collection", runs[1].service, max(8 * 60, taken - 120), taken, 2)

    def _round(self, stop: Stop, kind: str, service: str, starts: int, ends: int, number: int) -> None:
        code = f"{'D' if kind == 'delivery' else 'K'}-{stop.code}-{number}"
        self.made.rounds.append(Round(code, stop.code, kind, service, starts, ends))


def _centre(row: table.Row, tier: str) -> Stop:
    assert row.lat is not None
    assert row.lon is not None
    return Stop(f"C{row.code}", f"{row.short or row.name}邮件处理中心（演示）", row.code, tier, row.lat, row.lon)


def _outlet(row: table.Row) -> Stop:
    assert row.lat is not None
    assert row.lon is not None
    kind = "street" if row.name.endswith("街道") else "town" if row.name.endswith("镇") else "village"
    return Stop(f"P{row.code}", f"{row.name}邮政所（演示）", row.code, "outlet", row.lat, row.lon, kind)


def _tours(county: Stop, outlets: list[Stop]) -> Iterator[list[Stop]]:
    """Neighbours by direction from the county centre, three to five on a tour, nearest first; streets on their own."""
    for group in ([s for s in outlets if s.kind == "street"], [s for s in outlets if s.kind != "street"]):
        if not group:
            continue
        around = sorted(group, key=lambda s: (math.atan2(s.lat - county.lat, s.lon - county.lon), s.code))
        count = math.ceil(len(around) / 5)
        for i in range(count):
            yield from _short(county, around[i * len(around) // count : (i + 1) * len(around) // count])


def _short(county: Stop, part: list[Stop]) -> Iterator[list[Stop]]:
    """The outlets of one tour nearest first; halved until a van is back within four hours."""
    tour = sorted(part, key=lambda s: (kilometres(county, s), s.code))
    kind = _kind(tour)
    if len(tour) == 1 or _way(county, tour, kind, 0)[-1][1] <= LONGEST:
        yield tour
    else:
        yield from _short(county, part[: len(part) // 2])
        yield from _short(county, part[len(part) // 2 :])


def _kind(tour: list[Stop]) -> str:
    return "street" if all(stop.kind == "street" for stop in tour) else "town"


def _way(county: Stop, tour: list[Stop], kind: str, leaves: int) -> list[tuple[Stop, int, int]]:
    """Out to the farthest and back, five minutes at each outlet; who arrives at noon waits until it opens again."""
    calls = [(county, leaves, leaves)]
    here, moment = county, leaves
    for stop in [*tour, *reversed(tour[:-1])]:
        arrives = moment + minutes(here, stop, kind)
        moment = arrives + 5
        if LUNCH[0] <= arrives % 1440 < LUNCH[1] and leaves:
            moment = arrives - arrives % 1440 + LUNCH[1] + 5
        calls.append((stop, arrives, moment))
        here = stop
    home = moment + minutes(here, county, kind)
    return [*calls, (county, home, home)]


def _at(stop: Stop, run: Run) -> list[Call]:
    return [call for call in run.calls if call.stop == stop.code]
