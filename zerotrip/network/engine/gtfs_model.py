"""What a timetable feed says, once read: stops, trips with their calls, days of service, transfers, courier rounds.

Source: GTFS Schedule Reference. Times are seconds after "noon minus twelve hours" of the service day, as GTFS has them:
they may exceed 24 h, and on a day when the clocks change they are not the time since midnight.

What a feed has thousands of are tuples: they are read back from disk several times faster than dataclasses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from .gtfs_files import Finding, Table

DAY: Final = 86400
NEVER_CHANGE: Final = -1
"""As seconds of a transfer: not possible (transfer_type 3)."""


class Stop(NamedTuple):
    """A place where trips call. `station`: the stop_id of the parent station; `kind`: location_type."""

    id: str
    name: str
    lat: float | None
    lon: float | None
    kind: int = 0
    station: str = ""


class Call(NamedTuple):
    """A trip at a stop: seconds of the service day, and whether one may board and alight there."""

    stop: str
    arrival: int
    departure: int
    board: bool = True
    alight: bool = True


class Trip(NamedTuple):
    """A run as published. `starts`: the departures at the first call where frequencies.txt repeats it, else empty."""

    id: str
    route: str
    service: str
    calls: tuple[Call, ...]
    starts: tuple[int, ...] = ()


class Round(NamedTuple):
    """A courier round at a stop (rounds.txt, ours). Seconds of the service day.

    collection: couriers leave at `start` with what was ordered before, it is at the stop, sorted, at `end`;
    delivery: what is at the stop by `start` goes out and is delivered by `end`.
    """

    id: str
    stop: str
    kind: Literal["collection", "delivery"]
    service: str
    start: int
    end: int


class Rounds(NamedTuple):
    """Many courier rounds, field by field: there are thousands, and so they are read back from disk at once.

    `services`: numbers of the services in their order in the feed.
    """

    ids: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    services: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @classmethod
    def of(cls, rounds: Iterable[Round], services: Mapping[str, int]) -> Rounds:
        """Those of a feed. `services`: the number of each."""
        rows = [(one.id, one.stop, one.kind, services[one.service], one.start, one.end) for one in rounds]
        return cls(*zip(*rows, strict=True)) if rows else cls()


@dataclass(slots=True)
class Service:
    """On which days trips run: weekdays (Monday first) from `first` to `last`, and the exceptions of calendar_dates."""

    weekdays: tuple[bool, ...] = (False,) * 7
    first: date | None = None
    last: date | None = None
    added: set[date] = field(default_factory=set)
    removed: set[date] = field(default_factory=set)

    def runs(self, day: date) -> bool:
        """Whether it runs on this service day."""
        if day in self.removed:
            return False
        if day in self.added:
            return True
        return self.first is not None and self.last is not None and self.first <= day <= self.last and self._weekly(day)

    def bounds(self) -> tuple[date, date] | None:
        """The first and the last day on which it runs; None when it never does."""
        days = sorted(self.added - self.removed)
        if self.first is not None and self.last is not None and any(self.weekdays):
            for day, step in ((self.first, 1), (self.last, -1)):
                while self.first <= day <= self.last and not self.runs(day):
                    day += timedelta(step)
                if self.first <= day <= self.last:
                    days.append(day)
        return (min(days), max(days)) if days else None

    def _weekly(self, day: date) -> bool:
        return self.weekdays[day.weekday()]


@dataclass(slots=True)
class Feed:
    """A whole feed. `tables` are the files as text, by name without ".txt", to write it again; the rest: what they say.

    `transfers`: seconds needed from one stop to another (or at one stop), NEVER_CHANGE where it is not possible.
    `aside`: files that are not ours to read, kept as they are. `digest` names the content. `zone`: time zone of the
    agencies.
    """

    name: str
    digest: str
    zone: str
    tables: dict[str, Table]
    aside: dict[str, bytes]
    stops: dict[str, Stop]
    trips: dict[str, Trip]
    services: dict[str, Service]
    transfers: Mapping[tuple[str, str], int]
    rounds: tuple[Round, ...]
    report: list[Finding]
    first_day: date
    last_day: date
    """The first and the last service day of any trip."""

    def platforms(self, stop: str) -> tuple[str, ...]:
        """The stops where trips may call that `stop` stands for: itself, or the children of a station."""
        return tuple(s.id for s in self.stops.values() if s.station == stop and s.kind == 0) or (stop,)


class FeedRefused(ValueError):
    """The feed has errors. `report` names each with file and row; `zh` and `en` say it in one sentence."""

    def __init__(self, report: list[Finding]) -> None:
        errors = [finding for finding in report if finding.severity == "error"]
        more = len(errors) - 1
        first = errors[0]
        self.report = report
        self.zh = first.sentence() + (f"（另有 {more} 个问题）" if more else "")
        self.en = first.sentence("en") + (f" (and {more} more)" if more else "")
        super().__init__(self.zh)
