"""The runs of each hop in a window of days, ready for the kernels of promise_carry.

A *hop* is from where a piece gets on to where it gets off: all trips that serve both, in order of departure, without
those that a later one overtakes. A collection round is a hop of its own (leaves at its start, there at its end), a
delivery round too (leaves at its start; what it takes to the door is its lateness).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .gtfs_model import Feed, Trip
from .lateness import UNITS, Kind, place_key, round_key, run_key, unit_of
from .nets import net_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Hop = tuple[str, str]
"""(stop, stop), or ("collection", stop), ("delivery", stop)."""
COLLECTION: Final = "collection"
DELIVERY: Final = "delivery"
Row = tuple[int, int, int, float, int]
"""departure, arrival, number of the histogram, seconds of its unit, number of the name"""


@dataclass(frozen=True, slots=True)
class Offer:
    """The runs of a hop on one service, in seconds of the service day; `rows`: numbers of their histograms.

    `names`: numbers of what they are called, in `Book.names`.
    """

    service: str
    departures: Ints
    arrivals: Ints
    rows: Ints
    units: Floats
    names: Ints


class Book:
    """What of a feed does not depend on the day: who serves which hop, and a number for each lateness key."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.keys: list[tuple[Kind, str]] = []
        self.names: list[str] = []
        self._named_as: dict[str, int] = {}
        self._sorting: dict[str, int] = {}
        self._numbers: dict[tuple[Kind, str], int] = {}
        self._offers: dict[Hop, tuple[Offer, ...]] = {}
        self._at: dict[str, list[tuple[Trip, int]]] = defaultdict(list)
        for trip in feed.trips.values():
            for position, call in enumerate(trip.calls):
                if call.board:
                    self._at[call.stop].append((trip, position))
        self._rounds: dict[Hop, list[tuple[str, int, int, str]]] = defaultdict(list)
        for one in feed.rounds:
            self._rounds[one.kind, one.stop].append((one.service, one.start, one.end, one.id))

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

    def offers(self, hop: Hop) -> tuple[Offer, ...]:
        """Who serves a hop, by service."""
        found = self._offers.get(hop)
        if found is None:
            found = self._offers[hop] = self._round_offers(hop) if hop[0] in (COLLECTION, DELIVERY) else self._runs(hop)
        return found

    def _runs(self, hop: Hop) -> tuple[Offer, ...]:
        origin, target = hop
        rows: dict[str, list[Row]] = defaultdict(list)
        for trip, position in self._at.get(origin, ()):
            name = self._named(trip.id)
            calls = trip.calls
            for there in range(position + 1, len(calls)):
                if calls[there].stop == origin:
                    break
                if calls[there].stop == target and calls[there].alight:
                    net = net_of(calls[there - 1].stop, target)
                    for begins in trip.starts or (calls[0].departure,):
                        later = begins - calls[0].departure
                        arrival = calls[there].arrival + later
                        key = run_key(net, trip.route, target, arrival // 3600 % 24)
                        number = self.number("run", key)
                        rows[trip.service].append((calls[position].departure + later, arrival, number, 60.0, name))
                    break
        return _packed(rows)

    def _round_offers(self, hop: Hop) -> tuple[Offer, ...]:
        kind, stop = hop
        rows: dict[str, list[Row]] = defaultdict(list)
        for service, start, end, name in self._rounds.get(hop, ()):
            key = round_key(kind, stop, start, end)
            there = start if kind == DELIVERY else end
            number = self.number("round", key)
            rows[service].append((start, there, number, unit_of("round", key), self._named(name)))
        return _packed(rows)


def _packed(rows: dict[str, list[Row]]) -> tuple[Offer, ...]:
    return tuple(
        Offer(
            service,
            np.array([row[0] for row in found], dtype=np.int64),
            np.array([row[1] for row in found], dtype=np.int64),
            np.array([row[2] for row in found], dtype=np.int64),
            np.array([row[3] for row in found], dtype=np.float64),
            np.array([row[4] for row in found], dtype=np.int64),
        )
        for service, found in rows.items()
    )


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The moment that GTFS times of a service day count from: noon minus twelve hours."""
    noon = datetime.combine(day, time(12), tzinfo=zone)
    return datetime.fromtimestamp(noon.timestamp() - 43200, tz=zone)


class Runs:
    """The runs of every hop asked for, on `days` days from `first` and those `before`, in one pool of arrays."""

    def __init__(self, book: Book, first: date, days: int, base: float, before: int = 1) -> None:
        """`base`: the Unix time that all seconds in the pool count from."""
        self.book = book
        zone = ZoneInfo(book.feed.zone)
        self._days = [first + timedelta(n) for n in range(-before, days)]
        self._starts = [int(day_start(day, zone).timestamp() - base) for day in self._days]
        self._offsets: dict[str, Ints] = {}
        self._spans: dict[Hop, tuple[int, int]] = {}
        self._used = 0
        self.departures: Ints = np.zeros(4096, dtype=np.int64)
        self.arrivals: Ints = np.zeros(4096, dtype=np.int64)
        self.rows: Ints = np.zeros(4096, dtype=np.int64)
        self.units: Floats = np.zeros(4096)
        self.names: Ints = np.zeros(4096, dtype=np.int64)

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
        return self.book.names[self.names[run]]

    def _enter(self, hop: Hop) -> tuple[int, int]:
        parts = [(offer, self._running(offer.service)) for offer in self.book.offers(hop)]
        parts = [(offer, days) for offer, days in parts if len(days)]
        if not parts:
            return self._used, self._used
        departures = np.concatenate([(days[:, None] + offer.departures).ravel() for offer, days in parts])
        arrivals = np.concatenate([(days[:, None] + offer.arrivals).ravel() for offer, days in parts])
        rows = np.concatenate([np.tile(offer.rows, len(days)) for offer, days in parts])
        units = np.concatenate([np.tile(offer.units, len(days)) for offer, days in parts])
        names = np.concatenate([np.tile(offer.names, len(days)) for offer, days in parts])
        order = np.lexsort((-arrivals, departures))
        after = np.minimum.accumulate(np.append(arrivals[order], np.iinfo(np.int64).max)[::-1])[::-1][1:]
        kept = order[arrivals[order] < after]
        begin, end = self._used, self._used + len(kept)
        if end > len(self.departures):
            self._grow(end)
        self.departures[begin:end] = departures[kept]
        self.arrivals[begin:end] = arrivals[kept]
        self.rows[begin:end] = rows[kept]
        self.units[begin:end] = units[kept]
        self.names[begin:end] = names[kept]
        self._used = end
        return begin, end

    def _grow(self, needed: int) -> None:
        """Larger copies take the arrays' place: who still reads the old ones finds there what they had."""
        size = max(needed, 2 * len(self.departures))
        for name in ("departures", "arrivals", "rows", "units", "names"):
            old = getattr(self, name)
            new = np.zeros(size, dtype=old.dtype)
            new[: self._used] = old[: self._used]
            setattr(self, name, new)

    def _running(self, service: str) -> Ints:
        found = self._offsets.get(service)
        if found is None:
            runs = self.book.feed.services[service].runs
            days = [start for day, start in zip(self._days, self._starts, strict=True) if runs(day)]
            found = self._offsets[service] = np.array(days, dtype=np.int64)
        return found
