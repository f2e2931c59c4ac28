"""Legal periods: when a number of hours, days, working days, months or years ends.

Source: 民事诉讼法 85 (text in force 2024-01-01) and 民诉法解释 (法释〔2022〕11号) 125: the hour or day of the start
is not counted; a last day that is a day off moves to the first day after the days off; time in the post does not
count. 民法典 201-203 (in force 2021-01-01): months and years end on the same-numbered day, or on the last of the
month. 行政许可法 82: its days are working days.
Confidence: A for days and the moved last day; K for 民法典 202
(months, years).

>>> from datetime import date, datetime
>>> from zerotrip.rules.calendar_cn import packaged
>>> end(date(2026, 9, 16), 15, Unit.DAY, packaged())  # 1 October is off: first day after the holiday
datetime.date(2026, 10, 8)
>>> end(date(2026, 1, 31), 1, Unit.MONTH, packaged())  # 28 February 2026 is a working Saturday in exchange
datetime.date(2026, 2, 28)
>>> end(date(2026, 2, 12), 2, Unit.WORKING_DAY, packaged())
datetime.date(2026, 2, 14)
>>> hours_end(datetime(2026, 3, 2, 9, 20), 24)
datetime.datetime(2026, 3, 3, 10, 0)
>>> in_time_by_post(posted=date(2026, 10, 8), deadline=date(2026, 10, 8))
True
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zerotrip.rules.calendar_cn import Calendar
from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidFormat

LONGEST = 5000
"""No law knows a longer one; larger values are typing errors and would leave the calendar."""


class Unit(CodeList):
    """What a period is counted in."""

    WORKING_DAY = "working_day", "个工作日", "working days"
    DAY = "day", "日", "days"
    MONTH = "month", "个月", "months"
    YEAR = "year", "年", "years"


@dataclass(frozen=True)
class Period:
    """A length of time as laws write it, 20 个工作日 for example."""

    value: int
    unit: Unit = Unit.WORKING_DAY

    def __post_init__(self) -> None:
        if self.value < 0:
            raise InvalidFormat("期限不能为负数。", "A period cannot be negative.")
        if self.value > LONGEST:
            raise InvalidFormat(f"期限不能超过{LONGEST}，请核对。", f"A period is at most {LONGEST}; please check it.")

    @property
    def zh(self) -> str:
        """As a law writes it."""
        return f"{self.value}{self.unit.zh}"

    @property
    def en(self) -> str:
        """In English, singular where it is one."""
        return f"{self.value} {self.unit.en[:-1] if self.value == 1 else self.unit.en}"


def end(start: date, value: int, unit: Unit, calendar: Calendar, *, move_last_day: bool = True) -> date:
    """The last day of a period that ``start`` sets going; `BeyondHorizon` if the calendar does not reach so far.

    ``move_last_day=False`` leaves a last day on a day off where it is (for legal fictions). Working days need no
    moving. A period of 0 ends on the day it starts, moved if off.
    """
    Period(value, unit)
    if unit is Unit.WORKING_DAY:
        return calendar.add_working_days(start, value) if value else calendar.working_day_from(start)
    if unit is Unit.DAY:
        last = start + timedelta(days=value)
    else:
        last = _same_day(start, value * (12 if unit is Unit.YEAR else 1))
    return calendar.working_day_from(last) if move_last_day else last


def _same_day(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def hours_end(start: datetime, hours: int) -> datetime:
    """The end of a period of hours, counted from the next full hour (民诉法解释 125); the zone of ``start`` is kept."""
    return start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1)


def in_time_by_post(*, posted: date, deadline: date) -> bool:
    """Whether papers sent by post are in time: the day of posting counts, not the day of arrival (民诉法 85)."""
    return posted <= deadline
