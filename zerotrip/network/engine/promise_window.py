"""The runs of each hop in a window of days, ready for the kernels of promise_carry.

A *hop* is from where a piece gets on to where it gets off: all trips that serve both, in order of departure, without
those that a later one overtakes. A collection round is a hop of its own (leaves at its start, there at its end), a
delivery round too (leaves at its start; what it takes to the door is its lateness).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .lateness import UNITS, Kind, place_key, round_key, run_key, unit_of
from .nets import net_of
from .promise_carry import Kernels
from .scan_kernels import ALIGHT, BOARD
from .timetable import Plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Hop = tuple[str, str]
"""(stop, stop), or ("collection", stop), ("delivery", stop)."""
COLLECTION: Final = "collection"
DELIVERY: Final = "delivery"
Row = tuple[int, int, int, int, float, int]
"""service, departure, arrival, histogram, seconds of its unit, name"""


@dataclass(frozen=True, slots=True)
class Offer:
    """All runs of a hop, in seconds of the service day. `services`, `rows`, `names`: numbers of the service, of the
    histogram, and of what it is called; `units`: seconds of a unit of the histogram."""

    services: Ints
    departures: Ints
    arrivals: Ints
    rows: Ints
    units: Floats
    names: Ints


class Book:
    """What of a feed does not depend on the day: who serves which hop, and a number for each lateness key."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.keys: list[tuple[Kind, str]] = []
        self.names: list[str] = []
        self._named_as: dict[str, int] = {}
        self._sorting: dict[str, int] = {}
        self._numbers: dict[tuple[Kind, str], int] = {}
        self._offers: dict[Hop, Offer] = {}
        self._onward: dict[str, dict[int, list[tuple[int, int]]]] = {}

    def number(self, kind: Kind, key: str) -> int:
        """The number of a lateness key, the same for as long as the book lives."""
        found = self._numbers.get((kind, key))
        if found is None:
            found = self._numbers[kind, key] = len(self.keys)
            self.keys.append((kind, key))
        return found

    def sorting(self, stop: str) -> int:
        """The number of the histogram of the sorting at a stop."""
        found = self._sorting.get(stop)
        if found is None:
            found = self._sorting[stop] = self.number("place", place_key(stop))
        return found

    def _named(self, name: str) -> int:
        found = self._named_as.get(name)
        if found is None:
            found = self._named_as[name] = len(self.names)
            self.names.append(name)
        return found

    def offer(self, hop: Hop) -> Offer:
        """Who serves a hop."""
        found = self._offers.get(hop)
        if found is None:
            found = self._offers[hop] = self._rounds_of(hop) if hop[0] in (COLLECTION, DELIVERY) else self._runs(hop)
        return found

    def _runs(self, hop: Hop) -> Offer:
        origin, target = hop
        if origin not in self._onward:
            self._onward[origin] = self._from(self.plan.index[origin])
        plan, rows = self.plan, list[Row]()
        for on, off in self._onward[origin].get(self.plan.index[target], ()):
            trip, service, arrival = self._trip[on], self._service[on], int(plan.arrival[off])
            key = run_key(net_of(plan.stops[plan.origin[off]], target), plan.routes[trip], target, arrival // 3600 % 24)
            number, name = self.number("run", key), self._named(plan.trips[trip])
            rows.append((service, int(plan.departure[on]), arrival, number, 60.0, name))
        return _packed(rows)

    def _from(self, origin: int) -> dict[int, list[tuple[int, int]]]:
        """By where one may get off: the connections one gets on with at `origin`, and those that are there."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        plan = self.plan
        boarded = np.flatnonzero((plan.origin == origin) & ((plan.can & BOARD) != 0))
        ends = plan.start[np.searchsorted(plan.start, boarded, side="right")]
        for on, end in zip(boarded.tolist(), ends.tolist(), strict=True):
            seen = set[int]()
            for off, stop in enumerate(plan.target[on:end].tolist(), on):
                if stop == origin:
                    break
                if plan.can[off] & ALIGHT and stop not in seen:
                    seen.add(stop)
                    found[stop].append((on, off))
        return found

    @cached_property
    def _trip(self) -> list[int]:
        return np.repeat(self.plan.trip, np.diff(self.plan.start)).tolist()

    @cached_property
    def _service(self) -> list[int]:
        return np.repeat(self.plan.service, np.diff(self.plan.start)).tolist()

    @cached_property
    def _rounds(self) -> dict[Hop, list[tuple[int, int, int, str]]]:
        found: dict[Hop, list[tuple[int, int, int, str]]] = defaultdict(list)
        for name, stop, kind, service, start, end in zip(*self.plan.rounds, strict=True):
            found[kind, stop].append((service, start, end, name))
        return found

    def _rounds_of(self, hop: Hop) -> Offer:
        kind, stop = hop
        rows: list[Row] = []
        for service, start, end, name in self._rounds.get(hop, ()):
            key = round_key(kind, stop, start, end)
            there = start if kind == DELIVERY else end
            number = self.number("round", key)
            rows.append((service, start, there, number, unit_of("round", key), self._named(name)))
        return _packed(rows)


def _packed(rows: list[Row]) -> Offer:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    services, departures, arrivals, numbers, units, names = columns
    return Offer(
        np.array(services, dtype=np.int64), np.array(departures, dtype=np.int64), np.array(arrivals, dtype=np.int64),
        np.array(numbers, dtype=np.int64), np.array(units, dtype=np.float64), np.array(names, dtype=np.int64),
    )  # fmt: skip


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The moment that GTFS times of a service day count from: noon minus twelve hours."""
    noon = datetime.combine(day, time(12), tzinfo=zone)
    return datetime.fromtimestamp(noon.timestamp() - 43200, tz=zone)


class Runs:
    """The runs of every hop asked for, on `days` days from `first` and those `before`, in one pool of arrays."""

    def __init__(self, book: Book, kernels: Kernels, first: date, days: int, base: float, before: int = 1) -> None:
        """`base`: the Unix time that all seconds in the pool count from."""
        self.book = book
        self.kernels = kernels
        zone = ZoneInfo(book.plan.zone)
        days_on = [first + timedelta(n) for n in range(-before, days)]
        starts = [int(day_start(day, zone).timestamp() - base) for day in days_on]
        running = [
            [start for day, start in zip(days_on, starts, strict=True) if service.runs(day)]
            for service in book.plan.services
        ]
        self._heads = np.cumsum([0, *map(len, running)])
        self._days = np.array([start for one in running for start in one], dtype=np.int64)
        self._spans: dict[Hop, tuple[int, int]] = {}
        self._used = 0
        self.departures: Ints = np.zeros(4096, dtype=np.int64)
        self.arrivals: Ints = np.zeros(4096, dtype=np.int64)
        self.rows: Ints = np.zeros(4096, dtype=np.int64)
        self.units: Floats = np.zeros(4096)
        self.names: Ints = np.zeros(4096, dtype=np.int64)
        self._lists: tuple[list[Any], ...] = ([], [], [], [])

    @property
    def pool(self) -> tuple[Any, ...]:
        """Departures, arrivals, rows and units as the kernels take them."""
        return self._lists if self.kernels.listed else (self.departures, self.arrivals, self.rows, self.units)

    def span(self, hop: Hop) -> tuple[int, int]:
        """Where in the pool the runs of a hop are: from, to."""
        found = self._spans.get(hop)
        if found is None:
            found = self._spans[hop] = self._enter(hop)
        return found

    def hops(self) -> tuple[Hop, ...]:
        """The hops asked for so far."""
        return tuple(self._spans)

    def from_moment(self, start: int, end: int, moment: int) -> int:
        """The first run of the span that leaves at `moment` or later; `end` if there is none."""
        return start + int(np.searchsorted(self.departures[start:end], moment))

    def ends(self, hop: Hop, run: int) -> int:
        """When a run or round of a hop is over, as published: a delivery round is sixty of its units long."""
        there = int(self.arrivals[run])
        return there + round(self.units[run] * UNITS) if hop[0] == DELIVERY else there

    def name(self, run: int) -> str:
        """The trip_id or round_id of a run in the pool."""
        return self.book.names[int(self.names[run])]

    def _enter(self, hop: Hop) -> tuple[int, int]:
        offer = self.book.offer(hop)
        lay = self.kernels.lay
        which, leaves, arrives = lay(offer.departures, offer.arrivals, offer.services, self._heads, self._days)
        begin, end = self._used, self._used + len(which)
        if end > len(self.departures):
            self._grow(end)
        self.departures[begin:end] = leaves
        self.arrivals[begin:end] = arrives
        self.rows[begin:end] = offer.rows[which]
        self.units[begin:end] = offer.units[which]
        self.names[begin:end] = offer.names[which]
        self._used = end
        if self.kernels.listed:
            for column, new in zip(self._lists, (leaves, arrives, offer.rows[which], offer.units[which]), strict=True):
                column += new.tolist()
        return begin, end

    def _grow(self, needed: int) -> None:
        """Larger copies take the arrays' place: who still reads the old ones finds there what they had."""
        size = max(needed, 2 * len(self.departures))
        for name in ("departures", "arrivals", "rows", "units", "names"):
            old = getattr(self, name)
            new = np.zeros(size, dtype=old.dtype)
            new[: self._used] = old[: self._used]
            setattr(self, name, new)
