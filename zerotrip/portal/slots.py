"""When a courier can come: two-hour slots on the next days, within the hours of the outlet that serves the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import SHANGHAI, local
from zerotrip.core.errors import Problem
from zerotrip.places import queries
from zerotrip.places.hours import Period, clock_text, opening_periods
from zerotrip.places.models import PlaceKind
from zerotrip.rules.calendar_cn import packaged
from zerotrip.rules.errors import BeyondHorizon

DAYS = 4
LENGTH = 120
NOTICE = timedelta(hours=1)
"""The least time between asking and the beginning of a slot."""
USUAL = (Period.of("09:00", "12:00"), Period.of("13:00", "17:00"))
"""The hours offered until the address is known; those of the outlet count when it is."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One time to collect; minutes after midnight in Asia/Shanghai."""

    day: date
    from_minute: int
    until_minute: int

    @classmethod
    def read(cls, value: str) -> Slot | None:
        """A slot as the form sent it; None for nothing. The form's choices have checked the shape."""
        if not value:
            return None
        day, start, end = value.split("/")
        return cls(date.fromisoformat(day), int(start), int(end))

    @property
    def value(self) -> str:
        """As the form sends it."""
        return f"{self.day.isoformat()}/{self.from_minute}/{self.until_minute}"

    @property
    def words(self) -> str:
        """10:00–12:00"""
        return f"{clock_text(self.from_minute)}–{clock_text(self.until_minute)}"


def offered(at: datetime, *, actor: Actor, division: str = "") -> list[Slot]:
    """The slots of the next days for an address in `division` (the usual hours when it is not known yet)."""
    wall = local(at)
    found: list[Slot] = []
    hours = None
    if division:
        try:
            near = queries.nearest([PlaceKind.OUTLET], actor=actor, division_code=division, limit=1)
        except Problem:
            near = []
        if near:
            hours = queries.hours_of([near[0].place])[near[0].place.pk]
    for n in range(14):
        day = wall.date() + timedelta(days=n)
        try:
            periods = opening_periods(hours, day, packaged()) if hours is not None else USUAL
        except BeyondHorizon:
            break
        today = [slot for slot in _cut(day, periods) if _start(slot) >= at + NOTICE]
        found += today
        if len({slot.day for slot in found}) >= DAYS:
            break
    return found


def choices(slots: Iterable[Slot], today: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """The slots grouped by day, as a select wants them."""
    groups: dict[date, list[tuple[str, str]]] = {}
    for slot in slots:
        groups.setdefault(slot.day, []).append((slot.value, f"{_day(slot.day, today)} {slot.words}"))
    return [(_day(day, today), rows) for day, rows in groups.items()]


def around(at: datetime, slots: Iterable[Slot]) -> str:
    """The slot in which a courier would come at about `at`, as the form sends it; the next one, else none."""
    for slot in slots:
        if _start(slot) + timedelta(minutes=slot.until_minute - slot.from_minute) > at:
            return slot.value
    return ""


def _day(day: date, today: date) -> str:
    names = {0: _("今天"), 1: _("明天"), 2: _("后天")}
    said = _("{month}月{day}日").format(month=day.month, day=day.day)
    name = names.get((day - today).days)
    return f"{name} {said}" if name else said


def _cut(day: date, periods: Iterable[Period]) -> list[Slot]:
    """Periods cut into slots of two hours; a rest of an hour or more is a slot too."""
    slots = []
    for period in periods:
        start = period.opens
        while period.closes - start >= 60:
            end = min(start + LENGTH, period.closes)
            slots.append(Slot(day, start, end))
            start = end
    return slots


def _start(slot: Slot) -> datetime:
    return datetime.combine(slot.day, datetime.min.time(), SHANGHAI) + timedelta(minutes=slot.from_minute)
