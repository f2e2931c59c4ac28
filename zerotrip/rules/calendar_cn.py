"""Working days and days off in China, only as far as official notices reach.

Source: 全国年节及纪念日放假办法 (国务院令第795号, in force 2025-01-01, and its earlier texts) and the State Council's
yearly notices, listed with their addresses in ``data/holidays_cn.json`` (rebuilt by ``update/holidays.py``).
Confidence: A.

Saturdays and Sundays are off unless a notice makes them working days in exchange (调休上班); holidays are off. A
question outside the loaded years raises `BeyondHorizon`: nobody can know next year's exchanges before the notice.
`forecast_working_days` and a calendar made by `Calendar.tentative` answer all the same, by weekends only, and say
that the answer is provisional.

>>> from datetime import date
>>> calendar = packaged()
>>> calendar.first, calendar.last
(datetime.date(2018, 1, 1), datetime.date(2026, 12, 31))
>>> calendar.is_working_day(date(2026, 2, 14)), calendar.is_off(date(2026, 10, 1)), calendar.name(date(2026, 10, 1))
(True, True, '国庆节')
>>> add_working_days(date(2026, 9, 29), 3)
datetime.date(2026, 10, 9)
>>> working_days_between(date(2026, 9, 29), date(2026, 10, 9))
3
>>> next_working_day(date(2026, 9, 30))
datetime.date(2026, 10, 8)
>>> add_working_days(date(2026, 12, 30), 20)
Traceback (most recent call last):
    ...
zerotrip.rules.errors.BeyondHorizon: 2027年的放假安排尚未录入，无法推算2026年12月31日之后的工作日。请在录入后再试。
>>> later = calendar.forecast_working_days(date(2026, 12, 30), 20)
>>> later.day, later.provisional
(datetime.date(2027, 1, 27), True)
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from zerotrip.rules.errors import BeyondHorizon, InvalidDate

_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day a notice speaks of: off, or a working day in exchange."""

    day: date
    name: str
    off: bool


@dataclass(frozen=True)
class Forecast:
    """A computed day; ``provisional`` if past the loaded notices, and ``zh``/``en`` are then to be shown with it."""

    day: date
    provisional: bool
    zh: str = ""
    en: str = ""


def day_zh(day: date) -> str:
    """The date in Chinese.

    >>> day_zh(date(2026, 11, 3))
    '2026年11月3日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


class Calendar:
    """Days off and working days from ``first`` to ``last``, both included.

    Built from the packaged notices by `packaged`, or from rows of a table; ``extended`` adds years to a calendar.
    """

    def __init__(self, days: Iterable[Day], first: date, last: date, *, open_ended: bool = False) -> None:
        if last < first:
            raise InvalidDate("日历的末日早于首日。", "The calendar ends before it begins.")
        self.first = first
        self.last = last
        self.open_ended = open_ended
        self._days = {row.day: row for row in days}

    def extended(self, days: Iterable[Day], years: Iterable[int]) -> "Calendar":
        """A calendar that also knows ``years``, which must follow on the loaded ones or lie among them.

        Rows replace what was loaded for the same day, so a notice may also correct December of the year before.
        """
        last = self.last
        for year in sorted(set(years)):
            if year > last.year + 1:
                raise InvalidDate(
                    f"缺少{last.year + 1}年的放假安排，请按年份顺序录入。",
                    f"The holidays of {last.year + 1} are missing; please load the years in order.",
                )
            last = max(last, date(year, 12, 31))
        return Calendar([*self._days.values(), *days], self.first, last, open_ended=self.open_ended)

    def tentative(self) -> "Calendar":
        """The same calendar, which past its last day counts weekends only instead of refusing; see `is_provisional`."""
        return Calendar(self._days.values(), self.first, self.last, open_ended=True)

    def is_provisional(self, day: date) -> bool:
        """Whether the day lies past the loaded notices."""
        return day > self.last

    def is_off(self, day: date) -> bool:
        """Whether nobody has to work on this day; `BeyondHorizon` outside the loaded years."""
        if day > self.last and not self.open_ended:
            raise BeyondHorizon(
                f"{self.last.year + 1}年的放假安排尚未录入，无法推算{day_zh(self.last)}之后的工作日。请在录入后再试。",
                f"The holidays of {self.last.year + 1} are not loaded, so working days after {self.last} cannot be "
                "told. "
                "Please try again once they are.",
            )
        if day < self.first:
            raise BeyondHorizon(
                f"日历从{day_zh(self.first)}开始，无法推算更早的工作日。",
                f"The calendar begins on {self.first}; earlier working days cannot be told.",
            )
        row = self._days.get(day)
        return row.off if row is not None else day.weekday() >= 5

    def is_working_day(self, day: date) -> bool:
        """The opposite of `is_off`."""
        return not self.is_off(day)

    def name(self, day: date) -> str:
        """The holiday this day belongs to (also for a working day in exchange), or an empty text."""
        row = self._days.get(day)
        return row.name if row is not None else ""

    def next_working_day(self, day: date) -> date:
        """The first working day after ``day``."""
        return self.add_working_days(day, 1)

    def working_day_from(self, day: date) -> date:
        """``day`` itself if it is a working day, else the first one after it."""
        while self.is_off(day):
            day += _ONE
        return day

    def add_working_days(self, day: date, count: int, *, unless: Callable[[date], bool] | None = None) -> date:
        """The ``count``-th working day after ``day`` (before it, if negative); 0 is ``day`` itself.

        The day itself is never counted. Days for which ``unless`` is true do not count either.
        """
        step = _ONE if count >= 0 else -_ONE
        left = abs(count)
        while left:
            day += step
            if self.is_working_day(day) and not (unless is not None and unless(day)):
                left -= 1
        return day

    def working_days_between(self, start: date, end: date, *, unless: Callable[[date], bool] | None = None) -> int:
        """How many working days lie after ``start`` up to and including ``end``; negative if ``end`` is earlier."""
        if end < start:
            return -self.working_days_between(end, start, unless=unless)
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(1 for day in days if self.is_working_day(day) and not (unless is not None and unless(day)))

    def forecast(self, day: date) -> Forecast:
        """``day`` with its flag and, if provisional, the sentences to show with it."""
        if not self.is_provisional(day):
            return Forecast(day, provisional=False)
        return Forecast(
            day,
            provisional=True,
            zh=f"暂定日期：{self.last.year + 1}年放假安排公布前仅按双休日推算，公布后以重新计算的日期为准。",
            en=f"Provisional: counted by weekends only until the holidays of {self.last.year + 1} are published, "
            "then computed anew.",
        )

    def forecast_working_days(self, day: date, count: int) -> Forecast:
        """As `add_working_days`, but past the horizon an answer by weekends only, marked provisional."""
        return self.forecast(self.tentative().add_working_days(day, count))


def read(text: str) -> Calendar:
    """A calendar from the text of a data file as ``update/holidays.py`` writes it."""
    data: Mapping[str, Mapping[str, Mapping[str, list[list[str]]]]] = json.loads(text)
    rows = [
        Day(date.fromisoformat(day), name, kind == "off")
        for entry in data["years"].values()
        for day, name, kind in entry["days"]
    ]
    return Calendar(rows, date.fromisoformat(str(data["first_day"])), date.fromisoformat(str(data["last_day"])))


@cache
def packaged() -> Calendar:
    """The calendar of the packaged notices."""
    return read((files("zerotrip.rules") / "data" / "holidays_cn.json").read_text(encoding="utf-8"))


def next_working_day(day: date, calendar: Calendar | None = None) -> date:
    """The first working day after ``day``; `BeyondHorizon` past the loaded years."""
    return (calendar or packaged()).next_working_day(day)


def add_working_days(day: date, count: int, calendar: Calendar | None = None) -> date:
    """The ``count``-th working day after ``day``; `BeyondHorizon` past the loaded years."""
    return (calendar or packaged()).add_working_days(day, count)


def working_days_between(start: date, end: date, calendar: Calendar | None = None) -> int:
    """Working days after ``start`` up to and including ``end``; `BeyondHorizon` past the loaded years."""
    return (calendar or packaged()).working_days_between(start, end)
