"""The strip of time beneath a route: days along, stretches coloured by who is at it, nights and days off faint.

Everything is placed in per cent of the width, so the strip fits any box; what is very short keeps a width one can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zerotrip.core.clock import SHANGHAI, local
from zerotrip.rules.calendar_cn import packaged

LEAST = 1.4
"""No stretch is drawn narrower than this, in per cent."""

LABEL, WIDE_LABEL = 13, 27
"""A day this wide, in per cent, has room for its name on a phone, in short and in full."""

LAST_LABEL = 88
"""Where the last name may begin."""

NIGHT = (time(18), time(8))
WEEKDAYS = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Stretch(Protocol):
    """Who is at it from when to when: person, post, data, agency, or wait."""

    @property
    def kind(self) -> str: ...
    @property
    def begins(self) -> datetime: ...
    @property
    def ends(self) -> datetime: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """Something with a place on the strip: from `x`, `width` wide, in per cent."""

    x: float
    width: float
    kind: str = ""
    label: str = ""

    @property
    def end(self) -> float:
        return round(self.x + self.width, 2)

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


class _Axis:
    """From the beginning to the promise, with a little air at the end."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        first, last = local(begins), local(ends)
        self.begins = datetime.combine(first.date(), time(), SHANGHAI) + timedelta(hours=min(first.hour, 7))
        close = datetime.combine(last.date(), time(), SHANGHAI) + timedelta(days=1)
        self.ends = max(min(close, last + timedelta(hours=6)), self.begins + timedelta(hours=12))
        self.length = (self.ends - self.begins).total_seconds()

    def at(self, moment: datetime) -> float:
        part = (moment - self.begins).total_seconds() / self.length * 100
        return round(min(max(part, 0.0), 100.0), 2)

    def bar(self, begins: datetime, ends: datetime, kind: str = "", label: str = "") -> Bar:
        x, end = self.at(begins), self.at(ends)
        return Bar(x, round(end - x, 2), kind, label)

    def days(self) -> Iterator[tuple[date, datetime, datetime]]:
        day = self.begins.date()
        while datetime.combine(day, time(), SHANGHAI) < self.ends:
            midnight = datetime.combine(day, time(), SHANGHAI)
            yield day, max(midnight, self.begins), min(midnight + timedelta(days=1), self.ends)
            day += timedelta(days=1)


def context(
    segments: Iterable[Stretch], promise: datetime | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """The template context of a strip. `promise`: the moment it is sure by; `now`: the present, when it has begun."""
    rows = [row for row in segments if row.begins <= row.ends]
    if not rows:
        return {"bars": []}
    begins, finish = rows[0].begins, max(row.ends for row in rows)
    axis = _Axis(begins, max(finish, promise or finish))
    nights, off, labels = _ground(axis)
    return {
        "bars": _bars(axis, rows),
        "whole": axis.bar(begins, finish),
        "spare": axis.bar(finish, promise) if promise and promise > finish else None,
        "promise": axis.at(promise) if promise else None,
        "flag_end": bool(promise and axis.at(promise) > 84),
        "now": axis.at(now) if now and axis.begins <= now <= axis.ends else None,
        "nights": nights,
        "off": off,
        "labels": labels,
        "ticks": [axis.at(start) for _day, start, _end in axis.days()][1:],
        "said": [(row.label or carriers()[row.kind], row.begins, row.ends) for row in rows if row.kind != "wait"],
    }


def carriers() -> dict[str, str]:
    """The words for who is at it."""
    return {"person": _("人跑"), "post": _("邮政跑"), "data": _("数据跑"), "agency": _("部门办理"), "wait": _("等待")}


def _bars(axis: _Axis, rows: list[Stretch]) -> list[Bar]:
    """The stretches; a short one is widened to the right, and to the left at the end of the strip."""
    bars: list[Bar] = []
    for row in rows:
        if row.kind == "wait":
            continue
        bar = axis.bar(row.begins, row.ends, row.kind, row.label)
        if bar.width < LEAST:
            bar = Bar(min(bar.x, 100 - LEAST), LEAST, bar.kind, bar.label)
        bars.append(bar)
    return bars


def _ground(axis: _Axis) -> tuple[list[Bar], list[Bar], list[Bar]]:
    calendar = packaged().tentative()
    nights: list[Bar] = []
    off: list[Bar] = []
    labels: list[Bar] = []
    days = list(axis.days())
    step = max(1, -(-len(days) // 7))
    for n, (day, start, end) in enumerate(days):
        if calendar.is_off(day):
            off.append(axis.bar(start, end))
        evening = datetime.combine(day, NIGHT[0], SHANGHAI)
        morning = datetime.combine(day, NIGHT[1], SHANGHAI)
        for begins, ends in ((start, min(morning, end)), (max(evening, start), end)):
            if begins < ends:
                nights.append(axis.bar(begins, ends))
        column = axis.bar(start, end)
        room = column.width if step == 1 else LABEL
        if n % step == 0 and room >= LABEL and column.x <= LAST_LABEL:
            labels.append(Bar(column.x, column.width, "", _day_label(day, column.width, far=step > 1)))
    return nights, off, labels


def _day_label(day: date, width: float, *, far: bool) -> str:
    """A day's name, as long as there is room: 12/2 where only every so many days are named."""
    if far:
        return f"{day.month}/{day.day}"
    if (get_language() or "").startswith("en"):
        return f"{WEEKDAYS_EN[day.weekday()]} {day.day}"
    weekday = WEEKDAYS[day.weekday()]
    return f"{day.month}月{day.day}日 周{weekday}" if width > WIDE_LABEL else f"{day.day} 周{weekday}"
