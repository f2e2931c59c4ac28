"""Questions to a feed alone: the published times, nothing about lateness.

Rules: staying aboard is free; changing at a stop takes its minimum transfer time, else nothing; boarding where one
starts costs nothing; one walks only where transfers.txt says so; what cannot be reached by the end of the next day is
not reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .path import Leg
from .scan import Scanner
from .timetable import FeedEnded, Plan, Timetable

_WINDOWS: Final = 16
"""Spans of days kept laid out."""


class UnknownStop(KeyError):
    """There is no such stop in the feed. `zh` and `en` say so."""

    def __init__(self, stop: str) -> None:
        super().__init__(stop)
        shown = stop if len(stop) <= 40 else stop[:40] + "…"
        self.zh = f"时刻表中没有“{shown}”这个站点。"
        self.en = f'There is no stop "{shown}" in the timetable.'


@dataclass(frozen=True, slots=True)
class Answer:
    """When to be there and when it arrives, in the feed's time zone; None and no legs when there is no way in time."""

    departure: datetime | None
    arrival: datetime | None
    legs: tuple[Leg, ...]
    timetable: Timetable


class FeedAnswers:
    """Answers on one feed. `compiled=False` needs no numba: right for a few questions, slow for many."""

    def __init__(self, plan: Plan, *, compiled: bool = True) -> None:
        self.plan = plan
        self.zone = ZoneInfo(plan.zone)
        self._compiled = compiled
        self._windows: dict[date, Scanner] = {}

    def earliest(self, origin: str, target: str, at: datetime) -> Answer:
        """The earliest arrival when leaving `origin` from `at` on, by the end of the next day.

        A naive `at` is local time of the feed. Raises UnknownStop, FeedEnded.
        """
        pairs = self._pairs(origin, target)
        at = self._local(at)
        self.plan.check(at.date(), 2)
        scanner = self._window(at.date())
        table, begins = scanner.timetable, scanner.timetable.seconds(at)
        self._refuse_ended(scanner.timetable, at, begins)
        pair = pairs[0]
        if len(pairs) > 1:
            pair = min(pairs, key=lambda pair: scanner.arrival(pair[0], pair[1], begins, table.end))
        legs = scanner.journey(*pair, begins, table.end)
        if legs is None:
            return Answer(None, None, (), table)
        times = (legs[0].departure, legs[-1].arrival) if legs else (begins, begins)
        return Answer(table.moment(times[0]), table.moment(times[1]), legs, table)

    def latest(self, origin: str, target: str, by: datetime) -> Answer:
        """The latest departure that arrives by `by`, not before the day before. Raises UnknownStop, FeedEnded."""
        pairs = self._pairs(origin, target)
        by = self._local(by)
        first = max(by.date(), date.min + timedelta(1)) - timedelta(1)
        self.plan.check(first, 2)
        scanner = self._window(first)
        table, until = scanner.timetable, scanner.timetable.seconds(by)
        midnight = table.seconds(datetime(first.year, first.month, first.day))  # noqa: DTZ001  # the feed's own
        ways = [(found, pair) for pair in pairs if (found := scanner.latest(*pair, until, midnight)) is not None]
        if not ways:
            return Answer(None, None, (), table)
        leaves, start = max(ways)
        legs = scanner.journey(*start, leaves, until) or ()
        return Answer(table.moment(leaves), table.moment(legs[-1].arrival if legs else leaves), legs, table)

    def _pairs(self, origin: str, target: str) -> list[tuple[int, int]]:
        """All pairs of stops a question may mean: a station stands for each of its stops."""
        index, stations = self.plan.index, self.plan.stations
        for stop in (origin, target):
            if stop not in index:
                raise UnknownStop(stop)
        if origin == target:
            return [(index[origin], index[target])]
        ones, twos = stations.get(origin, (origin,)), stations.get(target, (target,))
        return [(index[one], index[two]) for one in ones for two in twos]

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            return at.replace(tzinfo=self.zone)
        try:
            return at.astimezone(self.zone)
        except OverflowError:
            return at.replace(tzinfo=self.zone)  # the first or last day of the calendar: refused by its date

    def _window(self, first: date) -> Scanner:
        """Two days from `first`, laid out once."""
        found = self._windows.pop(first, None)
        if found is None:
            found = Scanner(Timetable.build(self.plan, first, 2), compiled=self._compiled)
            while len(self._windows) >= _WINDOWS:
                self._windows.pop(next(iter(self._windows)))
        self._windows[first] = found
        return found

    def _refuse_ended(self, table: Timetable, at: datetime, begins: int) -> None:
        """Past the last service day only what is still on its way counts."""
        if at.date() > self.plan.last_day and (not len(table.departure) or table.departure[-1] < begins):
            raise FeedEnded.after(self.plan.last_day, at.date())
