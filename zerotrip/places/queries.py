"""What can be asked about divisions, organisations and places. All of it is public."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, ExpressionWrapper, F, FloatField, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.memo import briefly
from zerotrip.core.words import listed
from zerotrip.places import codes, hours
from zerotrip.places.hours import DaysOff, Hours, Opening, Period, WorkingDays
from zerotrip.places.models import (
    Division,
    DivisionQuerySet,
    OpeningException,
    OpeningHours,
    Place,
    PlaceKind,
    PlaceQuerySet,
)
from zerotrip.rules.calendar_cn import packaged as packaged_calendar

KM_PER_DEGREE = 111.195


def division(code: str, *, actor: Actor) -> Division:
    """The division with this code; 12 digits will do, and a former code leads to what its last bearer is today.

    Raises NotFound.
    """
    visible = Division.objects.visible_to(actor)
    try:
        plain = codes.normal(code)
    except ValueError:
        plain = ""
    found = (
        visible.filter(pk=plain).first()
        or visible.filter(former_names__code=plain or "-").order_by("-former_names__until", "code").first()
    )
    if found is None:
        raise NotFound(_("没有代码为 {code} 的行政区划，请核对代码。").format(code=code[:20]))
    return found


def children(parent: str = "", *, actor: Actor) -> DivisionQuerySet:
    """The divisions directly below `parent`, in order of their codes; the provinces without one."""
    current = Division.objects.visible_to(actor).current()
    return current.filter(parent=parent) if parent else current.filter(parent__isnull=True)


def ancestors(of: Division | str, *, actor: Actor) -> list[Division]:
    """The division and those above it, province first, in one query."""
    return list(_line_of(of if isinstance(of, str) else of.code))


@briefly(60)
def _line_of(code: str) -> tuple[Division, ...]:
    """Divisions are public and change once a year: at most a minute old."""
    above = [f"{code[:2]}0000", f"{code[:4]}00", code[:6], code]
    return tuple(sorted(Division.objects.filter(code__in=above), key=lambda d: (d.level, len(d.code))))


def full_name(of: Division | str, *, actor: Actor) -> str:
    """As on an envelope: 江西省赣州市章贡区."""
    return "".join(d.name for d in ancestors(of, actor=actor))


def full_names(wanted: Iterable[str], *, actor: Actor) -> dict[str, str]:
    """Full names of many divisions in one query, by code."""
    chosen = set(wanted)
    parts = {part for code in chosen for part in (f"{code[:2]}0000", f"{code[:4]}00", code[:6], code)}
    names = dict(Division.objects.visible_to(actor).filter(code__in=parts).values_list("code", "name"))
    chain = {code: dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code[:6], code)) for code in chosen}
    return {code: "".join(names.get(part, "") for part in parts_) for code, parts_ in chain.items()}


def search_divisions(text: str, *, actor: Actor, prefix: str = "", limit: int = 20) -> list[Division]:
    """Divisions whose name, former name, pinyin or initials hold `text`; exact beginnings first, larger ones first."""
    words = [word.lower() for word in re.split(r"[\s,，]+", text.strip()) if word][:4]
    if not words:
        return []
    found = Division.objects.visible_to(actor).current()
    if prefix:
        found = found.in_prefix(prefix)
    joined = "".join(words)
    either = Q()
    for word in words:
        either &= Q(keys__contains=word) | Q(code__startswith=word)
    if joined.isascii():
        either |= Q(keys__contains=f" {joined}")
    rank = Case(
        When(keys__contains=f" {joined} ", then=Value(0)),
        When(keys__contains=f" {joined}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return list(found.filter(either).annotate(rank=rank).order_by("rank", "level", "code")[:limit])


def place(code: str, *, actor: Actor) -> Place:
    """The place with this code, with its organisation and division. Raises NotFound."""
    found = (
        Place.objects.visible_to(actor).select_related("organisation", "division", "parent").filter(code=code).first()
    )
    if found is None:
        raise NotFound(_("没有代码为 {code} 的场所，请核对代码。").format(code=code[:40]))
    return found


def places(
    *, actor: Actor, kind: str = "", division: str = "", text: str = "", only_active: bool = True
) -> PlaceQuerySet:
    """Places of a kind, in a division and below, with `text` in name, address, code or the division's name or pinyin.

    Raises BadInput for an unknown kind or a text that is no division code.
    """
    found = Place.objects.visible_to(actor).select_related("organisation", "division", "parent")
    if only_active:
        found = found.active()
    if kind:
        if kind not in PlaceKind.values:
            raise BadInput(
                _("没有这种场所类型。"),
                fields={"kind": [_("请选择：{kinds}").format(kinds=listed(PlaceKind.values))]},
            )
        found = found.filter(kind=kind)
    if division:
        try:
            found = found.in_prefix(codes.prefix(codes.normal(division)))
        except ValueError as error:
            raise BadInput(
                _("行政区划代码应为 2、4、6、9 或 12 位数字。"), fields={"division": [_("代码有误")]}
            ) from error
    for word in text.lower().split()[:4]:
        found = found.filter(
            Q(name__icontains=word) | Q(address__icontains=word) | Q(code__iexact=word) | _in_named(word)
        )
    return found


def _in_named(word: str) -> Q:
    """Places in a division that bears this very name (today's, short, former, pinyin), or in one below it."""
    inside = Q(division__keys__contains=f" {word} ")
    named = Division.objects.current().filter(keys__contains=f" {word} ", level__lt=codes.TOWNSHIP)
    for code in named.values_list("code", flat=True)[:20]:
        inside |= Q(division__code__startswith=codes.prefix(code))
    return inside


def windows(hall: Place, *, actor: Actor) -> PlaceQuerySet:
    """The agencies' windows in a hall, in service."""
    return (
        Place.objects.visible_to(actor)
        .active()
        .filter(parent=hall, kind=PlaceKind.WINDOW)
        .select_related("organisation")
    )


@dataclass(frozen=True, slots=True)
class Near:
    """A place and its distance in kilometres as the crow flies; `seeded` when either position is only seeded."""

    place: Place
    km: float
    seeded: bool


def nearest(
    kinds: Iterable[str],
    *,
    actor: Actor,
    division_code: str = "",
    position: tuple[float, float] | None = None,
    limit: int = 5,
) -> list[Near]:
    """The nearest places in service of some kinds, from a division's position or from (lat, lon).

    Raises NotFound for an unknown division, BadInput when it has no position or neither is given.
    """
    seeded = False
    if position is None and division_code:
        origin = division(division_code, actor=actor)
        seeded = origin.position_source == "seeded"
        position = (origin.lat, origin.lon) if origin.lat is not None and origin.lon is not None else None
    if position is None:
        raise BadInput(_("请提供有位置的行政区划，或经纬度。"))
    lat, lon = position
    narrow = math.cos(math.radians(lat))
    away = ExpressionWrapper(
        (F("lat") - lat) * (F("lat") - lat) + (F("lon") - lon) * (F("lon") - lon) * (narrow * narrow),
        output_field=FloatField(),
    )
    found = (
        Place.objects.visible_to(actor)
        .active()
        .filter(kind__in=list(kinds), lat__isnull=False)
        .select_related("division", "organisation", "parent")
        .annotate(away=away)
        .order_by("away", "code")[:limit]
    )
    return [
        Near(p, round(distance_km(lat, lon, p.lat or 0.0, p.lon or 0.0), 1), seeded or p.position_source == "seeded")
        for p in found
    ]


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine, sphere of 6,371 km).

    >>> round(distance_km(28.68, 115.86, 25.83, 114.93))
    330
    """
    a, b = math.radians(lat), math.radians(other_lat)
    part = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(part))


def hours_of(places: Iterable[Place]) -> dict[int, Hours]:
    """The hours of many places by their id, in two queries; what the pure functions of `places.hours` take."""
    chosen = {p.pk: p for p in places}
    weeks: dict[int, dict[int, list[Period]]] = {pk: {} for pk in chosen}
    dates: dict[int, dict[date, list[Period]]] = {pk: {} for pk in chosen}
    for row in OpeningHours.objects.filter(place__in=chosen):
        weeks[row.place_id].setdefault(row.weekday, []).append(row.period)
    for special in OpeningException.objects.filter(place__in=chosen):
        periods = dates[special.place_id].setdefault(special.day, [])
        if special.opens is not None and special.closes is not None:
            periods.append(Period(special.opens, special.closes))
    return {pk: hours.hours(weeks[pk], DaysOff(p.days_off), dates[pk]) for pk, p in chosen.items()}


def opening_periods(of: Place, day: date, calendar: WorkingDays | None = None) -> tuple[Period, ...]:
    """When the place is open on a day; empty when closed. Raises `BeyondHorizon` past the loaded holidays."""
    return hours.opening_periods(hours_of([of])[of.pk], day, calendar or packaged_calendar())


def is_open(of: Place, at: datetime, calendar: WorkingDays | None = None) -> bool:
    """Whether the place is in service and open at this moment. Raises `BeyondHorizon` past the loaded holidays."""
    return of.active and hours.is_open(hours_of([of])[of.pk], at, calendar or packaged_calendar())


def next_opening(of: Place, at: datetime, calendar: WorkingDays | None = None) -> Opening | None:
    """The running or next opening; None without one in 60 days or out of service. Raises `BeyondHorizon`."""
    if not of.active:
        return None
    return hours.next_opening(hours_of([of])[of.pk], at, calendar or packaged_calendar())


@dataclass(frozen=True, slots=True)
class Counts:
    """How many divisions and places lie in a division."""

    prefectures: int = 0
    counties: int = 0
    townships: int = 0
    places: int = 0


def counts(parents: Iterable[Division], *, actor: Actor) -> Mapping[str, Counts]:
    """Counts for some divisions, each within its prefix, in two queries."""
    chosen = list(parents)
    if not chosen:
        return {}
    inside = Q()
    for one in chosen:
        inside |= Q(code__startswith=one.prefix)
    below: dict[str, list[int]] = {one.code: [0, 0, 0, 0] for one in chosen}
    for code, level in Division.objects.visible_to(actor).current().filter(inside).values_list("code", "level"):
        for one in chosen:
            if code.startswith(one.prefix) and code != one.code:
                below[one.code][level - 1] += 1
    held: dict[str, int] = dict.fromkeys(below, 0)
    where = Q()
    for one in chosen:
        where |= Q(division__code__startswith=one.prefix)
    rows = Place.objects.visible_to(actor).active().filter(where).values("division_id").annotate(n=Count("pk"))
    for row in rows.values_list("division_id", "n"):
        for one in chosen:
            if row[0].startswith(one.prefix):
                held[one.code] += row[1]
    return {code: Counts(n[1], n[2], n[3], held[code]) for code, n in below.items()}
