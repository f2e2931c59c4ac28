"""A feed laid out for scanning: every connection of a span of days as flat arrays, in order of departure.

A connection is one run from one call to the next. Times are seconds (int32) since `base`, which is noon minus twelve
hours of the first day in the feed's time zone (GTFS Schedule Reference, "Time"; so days when clocks change come right).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .gtfs_model import DAY, Feed, Rounds, Service
from .scan_kernels import ALIGHT, BOARD, BRIEF, FIRST, LAST

Ints = NDArray[np.int32]


class FeedEnded(ValueError):
    """The day asked for is outside the service of the feed. `zh` and `en` say so."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en

    @classmethod
    def after(cls, last: date, asked: date) -> FeedEnded:
        """The service ended on `last`."""
        return cls(
            f"时刻表的有效期到 {last} 为止，不能回答 {asked} 的查询。",
            f"The timetable's service ended on {last}; {asked} cannot be answered.",
        )


@dataclass(frozen=True)
class Plan:
    """A feed without its days: one template per trip (and per start of a repeated trip), ready to be laid on any span.

    Connections stand trip by trip; `start[k]` to `start[k + 1]` are those of template k.
    """

    digest: str
    zone: str
    first_day: date
    last_day: date
    stops: tuple[str, ...]
    trips: tuple[str, ...]
    routes: tuple[str, ...]
    """By trip."""
    stations: dict[str, tuple[str, ...]]
    services: tuple[Service, ...]
    rounds: Rounds
    trip: Ints
    service: Ints
    start: Ints
    departure: Ints
    arrival: Ints
    origin: Ints
    target: Ints
    can: NDArray[np.uint8]
    change: Ints
    walks: Ints
    """Rows of (from, to, seconds), by from."""
    above: Ints
    top: Ints
    depth: Ints
    block: Ints
    """The tree of blocks, `block` by trip (see blocks.Blocks); all empty when there are walks."""

    @classmethod
    def of(cls, feed: Feed) -> Plan:
        """Compile a feed."""
        index = {stop: at for at, stop in enumerate(feed.stops)}
        keys = list(feed.services)
        place = {key: at for at, key in enumerate(keys)}
        trip, service, start = [], [], [0]
        rows: list[tuple[int, int, int, int, int]] = []
        for number, run in enumerate(feed.trips.values()):
            legs = [
                (one.departure, two.arrival, index[one.stop], index[two.stop], one.board * BOARD + two.alight * ALIGHT)
                for one, two in zip(run.calls, run.calls[1:], strict=False)
            ]
            origin = run.calls[0].departure
            for begins in run.starts or (origin,):
                shift = begins - origin
                rows += [(d + shift, a + shift, o, t, can) for d, a, o, t, can in legs] if shift else legs
                trip.append(number)
                service.append(place[run.service])
                start.append(len(rows))
        departure, arrival, origins, targets, marks = (
            _ints(part) for part in np.array(rows, np.int32).reshape(-1, 5).T
        )
        change = np.zeros(len(index), dtype=np.int32)
        walks = []
        for (one, two), seconds in feed.transfers.items():
            if one == two:
                change[index[one]] = seconds
            elif seconds >= 0:
                walks.append((index[one], index[two], seconds))
        stations = defaultdict(list)
        for stop in feed.stops.values():
            if stop.station and not stop.kind:
                stations[stop.station].append(stop.id)
        routes = [] if walks else [[index[call.stop] for call in run.calls] for run in feed.trips.values()]
        blocks = Blocks.of(0 if walks else len(index), routes)
        return cls(
            feed.digest, feed.zone, feed.first_day, feed.last_day,
            tuple(feed.stops), tuple(feed.trips), tuple(trip.route for trip in feed.trips.values()),
            {key: tuple(children) for key, children in stations.items()}, tuple(feed.services[key] for key in keys),
            Rounds.of(feed.rounds, place),
            np.array(trip, np.int32), np.array(service, np.int32), np.array(start, np.int32),
            departure, arrival, origins, targets, marks.astype(np.uint8),
            change, np.array(sorted(walks), dtype=np.int32).reshape(-1, 3),
            blocks.above, blocks.top, blocks.depth, blocks.trip,
        )  # fmt: skip

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of a stop."""
        return {stop: at for at, stop in enumerate(self.stops)}

    @property
    def overflow(self) -> int:
        """How many days after its service day the last connection of a trip may still leave."""
        return int(self.departure.max(initial=0)) // DAY

    def check(self, first: date, days: int = 1) -> None:
        """Raise FeedEnded unless some trip may run on one of these days."""
        if (first - self.last_day).days > self.overflow:
            raise FeedEnded.after(self.last_day, first)
        if (self.first_day - first).days >= days:
            raise FeedEnded(
                f"时刻表从 {self.first_day} 起有效，不能回答 {first} 的查询。",
                f"The timetable's service begins on {self.first_day}; {first} cannot be answered.",
            )


@dataclass(frozen=True)
class Timetable:
    """Connections by departure; those without duration come first of a second, each trip's in their order.

    `run` numbers what one vehicle does in the span; `run_trip[run]` is its place in `trips`, `run_day[run]` its service
    day counted from the first day (negative: begun before). `can`: bits BOARD, ALIGHT and marks. `following`: the next
    connection of the same run, -1 at its end. `change`: seconds to change at a stop, -1: not possible.
    `walk_*`, `back_*`: other stops to be reached on foot, and from where, as rows from `walk_start[s]` on.
    Complete for what leaves from `begin` until `end`, and for what leaves and arrives at `end`.
    """

    first: date
    days: int
    base: datetime
    begin: int
    end: int
    stops: tuple[str, ...]
    trips: tuple[str, ...]
    stations: dict[str, tuple[str, ...]]
    departure: Ints
    arrival: Ints
    origin: Ints
    target: Ints
    run: Ints
    can: NDArray[np.uint8]
    following: Ints
    run_trip: Ints
    run_day: Ints
    change: Ints
    walk_start: Ints
    walk_to: Ints
    walk_seconds: Ints
    back_start: Ints
    back_from: Ints
    back_seconds: Ints
    blocks: Blocks

    @classmethod
    def build(cls, feed: Feed | Plan, first: date, days: int) -> Timetable:
        """The connections leaving on `days` days from `first`, those of trips begun on days before included.

        Raises FeedEnded when no service falls into these days.
        """
        plan = feed if isinstance(feed, Plan) else Plan.of(feed)
        plan.check(first, days)
        zone = ZoneInfo(plan.zone)
        base = (_noon(first, zone) - timedelta(hours=12)).astimezone(zone)
        begin, end = (
            _since(base, datetime(d.year, d.month, d.day, tzinfo=zone)) for d in (first, first + timedelta(days))
        )
        spans = [_of_day(plan, first, day, base, zone) for day in range(-plan.overflow - 1, days)]
        spans.append(_of_day(plan, first, days, base, zone, at_once=True))
        templates = np.concatenate([span[0] for span in spans])
        offsets = np.concatenate([span[1] for span in spans])
        run_day = np.concatenate([span[2] for span in spans])
        lengths = (plan.start[1:] - plan.start[:-1])[templates]
        run = np.repeat(np.arange(len(templates), dtype=np.int32), lengths)
        ends = np.cumsum(lengths)
        row = np.arange(len(run)) - np.repeat(ends - lengths, lengths) + np.repeat(plan.start[:-1][templates], lengths)
        departure, arrival = plan.departure[row] + offsets[run], plan.arrival[row] + offsets[run]
        closing = (departure == end) & (arrival == end)
        kept = np.flatnonzero((departure >= min(begin, 0)) & ((departure < end) | closing))
        order = kept[np.lexsort((row[kept], run[kept], departure[kept] != arrival[kept], departure[kept]))]
        walks = plan.walks
        back = walks[np.argsort(walks[:, 1], kind="stable")]
        return cls(
            first, days, base, min(begin, 0), end, plan.stops, plan.trips, plan.stations,
            _ints(departure[order]), _ints(arrival[order]),
            _ints(plan.origin[row[order]]), _ints(plan.target[row[order]]),
            _ints(run[order]), marked(plan.can[row[order]], departure[order], arrival[order]),
            _following(order, run, len(row)),
            _ints(plan.trip[templates]), _ints(run_day), _ints(plan.change),
            _starts(walks[:, 0], len(plan.stops)), _ints(walks[:, 1]), _ints(walks[:, 2]),
            _starts(back[:, 1], len(plan.stops)), _ints(back[:, 0]), _ints(back[:, 2]),
            Blocks(plan.above, plan.top, plan.depth, plan.block),
        )  # fmt: skip

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of a stop."""
        return {stop: at for at, stop in enumerate(self.stops)}

    def seconds(self, at: datetime) -> int:
        """A moment as seconds since base (a part of a second counts as none). A naive one is local time of the feed."""
        return _since(self.base, at if at.tzinfo else at.replace(tzinfo=self.base.tzinfo))

    def moment(self, seconds: int) -> datetime:
        """The way back, in the feed's time zone."""
        utc = self.base.astimezone(ZoneInfo("UTC")) + timedelta(seconds=int(seconds))
        return utc.astimezone(self.base.tzinfo)

    def trip_of(self, run: int) -> str:
        """The trip_id of a run."""
        return self.trips[int(self.run_trip[run])]


def _noon(day: date, zone: ZoneInfo) -> datetime:
    # arithmetic on aware times of one zone is on the wall clock: go through UTC
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def _since(base: datetime, at: datetime) -> int:
    return int((at.astimezone(ZoneInfo("UTC")) - base.astimezone(ZoneInfo("UTC"))).total_seconds() // 1)


def _of_day(
    plan: Plan, first: date, day: int, base: datetime, zone: ZoneInfo, *, at_once: bool = False
) -> tuple[Ints, Ints, Ints]:
    """The templates that run on the `day`-th day, each with the offset of that day's times and the day; with `at_once`
    those alone that leave by its first second."""
    on = first + timedelta(day)
    running = np.array([service.runs(on) for service in plan.services], dtype=bool)
    templates = np.flatnonzero(running[plan.service]).astype(np.int32)
    if at_once:
        templates = templates[np.append(plan.departure, 0)[plan.start[templates]] <= 0]
    offset = _since(base, _noon(on, zone)) - DAY // 2
    return templates, np.full(len(templates), offset, np.int32), np.full(len(templates), day, np.int32)


def marked(can: NDArray[np.uint8], departure: Ints, arrival: Ints) -> NDArray[np.uint8]:
    """`can` with marks on connections without duration that stand together, as scan_kernels wants them."""
    brief = np.append(departure == arrival, False)
    same = np.append(departure[1:] == departure[:-1], False)
    onward = brief[:-1] & same & brief[1:]
    behind = np.concatenate(([False], onward[:-1]))
    marks = (onward | behind) * BRIEF + (onward & ~behind) * FIRST + (behind & ~onward) * LAST
    return np.ascontiguousarray((can & (BOARD | ALIGHT)) | marks.astype(np.uint8))


def _following(order: NDArray[Any], run: Ints, count: int) -> Ints:
    """For each connection in order, where the next one of its run stands."""
    place = np.full(count + 1, -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    following = place[order + 1]
    same = run[order] == np.append(run, -1)[order + 1]
    return np.where(same, following, -1).astype(np.int32)


def _starts(keys: Ints, count: int) -> Ints:
    """Where the rows of each key begin in a sorted list of keys, and the end."""
    return np.searchsorted(keys, np.arange(count + 1)).astype(np.int32)


def _ints(values: Iterable[int] | NDArray[Any]) -> Ints:
    return np.ascontiguousarray(values, dtype=np.int32)
