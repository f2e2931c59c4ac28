"""Opening hours: when a place is open, and when it opens next. Pure: plain values in, plain values out.

Times of a day are minutes after midnight in Asia/Shanghai, 0 to 1440; a period includes its first minute and not its
last, so at the closing minute a place is closed. A day may have several periods (lunch closing). What counts for a day,
in order:

1. an exception for that very date (closed, or other periods),
2. the place's rule for days off (`DaysOff`), by the working-day calendar,
3. the weekly hours.

A working day in exchange that falls on a weekend (调休上班) has the hours of the first working weekday with hours when
the place keeps days off and has no hours of its own for that weekday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from zerotrip.core.clock import SHANGHAI, local

DAY = 1440
SEARCH_DAYS = 60


class DaysOff(StrEnum):
    """What a place does on days off."""

    CLOSED = "closed"
    """Closed on every day off, weekends and holidays alike: offices, courts, hall windows."""
    HOLIDAYS = "holidays"
    """Weekly hours at weekends, closed on public holidays."""
    OPEN = "open"
    """Weekly hours whatever the calendar says: outlets with published hours, self-service halls, sorting centres."""


class WorkingDays(Protocol):
    """What is asked of a calendar (`rules.calendar_cn.Calendar`). Both may raise `BeyondHorizon`."""

    def is_off(self, day: date) -> bool: ...

    def name(self, day: date) -> str: ...


class BadHours(ValueError):
    """Periods that cannot be: upside down, outside the day, or overlapping."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `opens` up to, not including, `closes`: minutes of a day.

    >>> str(Period.of("08:30", "12:00")), str(Period.of("00:00", "24:00"))
    ('08:30–12:00', '00:00–24:00')
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= DAY:
            raise BadHours(f"{clock_text(self.opens)}–{clock_text(self.closes)}")

    @classmethod
    def of(cls, opens: str, closes: str) -> Period:
        """From two clock texts. Raises BadHours."""
        return cls(minutes(opens), minutes(closes))

    def __str__(self) -> str:
        return f"{clock_text(self.opens)}–{clock_text(self.closes)}"

    def __contains__(self, minute: int) -> bool:
        return self.opens <= minute < self.closes


@dataclass(frozen=True, slots=True)
class Hours:
    """All that decides when a place is open: periods by weekday (0 Monday … 6 Sunday), rule, exceptions by date.

    Build with `hours`, which checks and sorts.
    """

    week: tuple[tuple[Period, ...], ...] = ((),) * 7
    days_off: DaysOff = DaysOff.OPEN
    exceptions: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening on the timeline, aware."""

    opens: datetime
    closes: datetime


def hours(
    week: Mapping[int, Iterable[Period]],
    days_off: DaysOff = DaysOff.OPEN,
    exceptions: Mapping[date, Iterable[Period]] | None = None,
) -> Hours:
    """Checked hours. Raises BadHours when periods of one day overlap or a weekday is not 0 to 6."""
    if any(day not in range(7) for day in week):
        raise BadHours(str(sorted(week)))
    days = tuple(checked(week.get(day, ())) for day in range(7))
    return Hours(days, days_off, {day: checked(periods) for day, periods in (exceptions or {}).items()})


def checked(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The periods in order. Raises BadHours when two overlap; periods that touch are joined.

    >>> [str(p) for p in checked([Period.of("13:00", "17:00"), Period.of("09:00", "12:00")])]
    ['09:00–12:00', '13:00–17:00']
    """
    out: list[Period] = []
    for period in sorted(periods):
        if out and period.opens < out[-1].closes:
            raise BadHours(f"{out[-1]} / {period}")
        if out and period.opens == out[-1].closes:
            out[-1] = Period(out[-1].opens, period.closes)
        else:
            out.append(period)
    return tuple(out)


def opening_periods(of: Hours, day: date, calendar: WorkingDays) -> tuple[Period, ...]:
    """When it is open on `day`, in order and without overlap; empty when closed.

    Raises `BeyondHorizon` (of the calendar) when only the calendar could tell and does not reach that far.
    """
    if day in of.exceptions:
        return of.exceptions[day]
    weekly = of.week[day.weekday()]
    if of.days_off is DaysOff.OPEN:
        return weekly
    off = calendar.is_off(day)
    if of.days_off is DaysOff.HOLIDAYS:
        return () if off and calendar.name(day) else weekly
    if off:
        return ()
    return weekly or (_first_working_hours(of) if day.weekday() >= 5 else ())


def _first_working_hours(of: Hours) -> tuple[Period, ...]:
    return next((periods for periods in of.week[:5] if periods), ())


def openings(of: Hours, day: date, calendar: WorkingDays) -> list[Opening]:
    """The periods of `day` as aware times."""
    return [Opening(moment(day, p.opens), moment(day, p.closes)) for p in opening_periods(of, day, calendar)]


def is_open(of: Hours, at: datetime, calendar: WorkingDays) -> bool:
    """Whether it is open at this moment. Raises ValueError for a naive time, `BeyondHorizon` as the calendar does."""
    wall = local(at)
    minute = wall.hour * 60 + wall.minute
    return any(minute in period for period in opening_periods(of, wall.date(), calendar))


def next_opening(of: Hours, at: datetime, calendar: WorkingDays) -> Opening | None:
    """The opening that is running at `at`, else the next one; None when there is none within 60 days.

    Raises `BeyondHorizon` when the calendar ends before an opening was found.
    """
    first = local(at).date()
    for n in range(SEARCH_DAYS + 1):
        for opening in openings(of, first + timedelta(days=n), calendar):
            if opening.closes > at:
                return opening
    return None


def moment(day: date, minute: int) -> datetime:
    """The aware time of a minute of a day; 1440 is midnight at its end."""
    return datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)


def minutes(text: str) -> int:
    """Minutes after midnight of "08:30", "8：30" or "24:00". Raises BadHours.

    >>> minutes("08:30"), minutes("8：05"), minutes("24:00")
    (510, 485, 1440)
    """
    hour, colon, minute = text.strip().replace("：", ":").partition(":")
    plain = colon and all(part.isascii() and part.isdigit() and 1 <= len(part) <= 2 for part in (hour, minute))
    value = int(hour) * 60 + int(minute) if plain and int(minute) < 60 else -1
    if not 0 <= value <= DAY:
        raise BadHours(text)
    return value


def clock_text(minute: int) -> str:
    """Minutes after midnight as a clock text: 510 → "08:30"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_periods(text: str) -> tuple[Period, ...]:
    """Periods as a clerk writes them: "08:30-12:00, 13:30-17:30"; empty or 休 means closed. Raises BadHours.

    >>> [str(p) for p in parse_periods("8:30-12:00，13：30—17:30")]
    ['08:30–12:00', '13:30–17:30']
    >>> parse_periods("休")
    ()
    """
    plain = text.strip().replace("，", ",").replace("、", ",").replace("；", ",").replace(";", ",")
    for dash in "—–－~～至":
        plain = plain.replace(dash, "-")
    if plain in ("", "-", "休", "休息", "不营业", "closed"):
        return ()
    found = []
    for part in (p for p in plain.split(",") if p.strip()):
        opens, dash, closes = part.partition("-")
        if not dash:
            raise BadHours(part.strip())
        found.append(Period.of(opens, closes.strip("-")))
    return checked(found)
