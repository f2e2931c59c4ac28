"""Time as the planner counts it: minutes since midnight of the day a plan begins, openings and working days by them.

Everything here is the same for all plans that begin on one day, so it is computed once a day and pattern of hours.
Past the published holidays days are counted by weekends alone (`Calendar.tentative`); whoever shows such a time says
that it is provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from zerotrip.core.clock import SHANGHAI, local
from zerotrip.journey.postage import settings
from zerotrip.places.hours import DAY, Hours, opening_periods
from zerotrip.rules.calendar_cn import packaged

Openings = tuple[tuple[int, int], ...]


def midnight(at: datetime) -> datetime:
    """The base of a plan that begins at `at`: midnight of that day in Asia/Shanghai (which has no summer time)."""
    wall = local(at)
    return datetime(wall.year, wall.month, wall.day, tzinfo=SHANGHAI)


def minute_of(at: datetime, base: datetime) -> int:
    """Whole minutes from `base` to `at`; a begun minute counts."""
    return -((base - at) // timedelta(minutes=1))


def last_known_day() -> date:
    """The last day whose holidays are published."""
    return packaged().last


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hours that several places keep. `mark` says them in full, so that equal hours are computed once."""

    mark: str
    hours: Hours = field(compare=False)


@lru_cache(maxsize=4096)
def openings(pattern: Pattern, first: date, days: int) -> Openings:
    """When a pattern of hours is open, from midnight of `first` on."""
    calendar = packaged().tentative()
    found: list[tuple[int, int]] = []
    for n in range(days):
        for period in opening_periods(pattern.hours, first + timedelta(days=n), calendar):
            opens, closes = n * DAY + period.opens, n * DAY + period.closes
            if found and found[-1][1] == opens:
                found[-1] = (found[-1][0], closes)
            else:
                found.append((opens, closes))
    return tuple(found)


class LegalDays:
    """The working-day clock of a plan (`engine.model.WorkingDays`)."""

    def __init__(self, first: date, days: int) -> None:
        calendar = packaged().tentative()
        self._working = [n for n in range(days) if not calendar.is_off(first + timedelta(days=n))]
        self._closes = settings().agency_closes
        self._beyond = days

    def close(self, at: int, days: int) -> int:
        """The close of the `days`-th working day after the day of `at`; a day is not counted when it begins it
        (行政许可法第八十二条、民法典第二百零一条: from the next day).
        """
        place = bisect_right(self._working, at // DAY) + days - 1
        day = self._working[place] if place < len(self._working) else self._beyond
        return day * DAY + self._closes


@lru_cache(maxsize=64)
def legal_days(first: date, days: int) -> LegalDays:
    """The clock for plans that begin on `first`."""
    return LegalDays(first, days)
