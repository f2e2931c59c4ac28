"""What the pages of coverage ask: names, sentences, a township's rows, one more service, stations found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zerotrip.catalog import codes
from zerotrip.catalog import queries as catalog
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Problem
from zerotrip.core.memo import briefly
from zerotrip.core.picture import Picture as RoutePicture
from zerotrip.core.words import listed
from zerotrip.journey import queries as journey
from zerotrip.journey.coverage import population, show
from zerotrip.journey.coverage.values import Change, Effect, effect
from zerotrip.journey.coverage.values import what_if as compared
from zerotrip.journey.itinerary import Itinerary, picture
from zerotrip.journey.models import CoverageRun, StationSearch
from zerotrip.places import queries as places
from zerotrip.places.map import province_map
from zerotrip.places.models import Division, Place, PlaceKind

if TYPE_CHECKING:
    from zerotrip.journey.spots import Site

MOST_FOUND = 12
MOST_SHOWN = 80


@briefly(60)
def _names(day: Any) -> Mapping[str, str]:
    return dict(catalog.published(day).order_by("name").values_list("item__code", "name"))


def item_names(run: CoverageRun) -> Mapping[str, str]:
    """Names of the items valid on the run's day, by code, in order of name."""
    return _names(local(run.start).date())


def population_source(run: CoverageRun | None) -> str:
    """Where the people are from; empty when each township counts the same."""
    figures = population.packaged()
    known = run is not None and not population.by_equal_weight(figures, [run.province + "0102001"])
    return population.SOURCE if known else ""


def outdated(run: CoverageRun) -> bool:
    """Whether items, places or the timetable are others than those the run was computed from."""
    return _digest(run.province, run.start) != run.digest


@briefly(30)
def _digest(province: str, start: datetime) -> str:
    from zerotrip.journey.coverage.planner import load

    try:
        return load(province, start).digest
    except Problem:
        return "-"


def titles(sums: Mapping[str, show.Sums], names: Mapping[str, str], *, one: bool) -> dict[str, str]:
    """What a dot says: the township and its figures; `one`: those of one item."""
    return {code: f"{names.get(code, code)}：{_one(own) if one else _all(own)}" for code, own in sums.items()}


def _one(own: show.Sums) -> str:
    if own.none:
        return _("没有办法")
    far = _("，须跑远路") if own.far else ""
    return _("{n} 次{far}，{days:.1f} 天办结").format(n=own.trips, far=far, days=own.days or 0)


def _all(own: show.Sums) -> str:
    mean = "—" if own.mean is None else f"{own.mean:.2f}"
    return _("平均 {mean} 次，{zero} 项不用跑，{far} 项须跑远路").format(mean=mean, zero=own.zero, far=own.far)


def levels(scale: show.Scale, *, one: bool) -> list[tuple[int, str]]:
    """The classes of colour with their words; classes that cannot occur are left out."""
    if one:
        return [(0, _("0 次")), (2, _("1 次")), (4, _("2 次以上，或须跑远路")), (5, _("没有办法"))]
    found, below = [], -1.0
    for level, bound in enumerate(scale.bounds):
        if bound > below:
            found.append((level, _("不超过 {n:.2f} 次").format(n=bound)))
        below = bound
    return [*found, (4, _("超过 {n:.2f} 次").format(n=below)), (5, _("多数事项没有办法"))]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a township: trips (None: no way), whether a far one, days, the step that takes the applicant out."""

    code: str
    name: str
    trips: int | None
    far: bool
    days: float | None
    stale: bool


def township_rows(run: CoverageRun, code: str, counter: bool) -> list[ItemRow]:
    """Every item of a township, those that take most first."""
    names = item_names(run)
    found = []
    for row in run.rows.filter(division=code).select_related("shape"):
        days = None if row.minutes is None else row.minutes / 1440
        held = row.shape.counter_items if counter else row.shape.items
        found += [ItemRow(item, names.get(item, item), row.trips, row.far, days, row.stale) for item in held]
    return sorted(found, key=lambda r: (-(9 if r.trips is None else r.trips + r.far), r.name))


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to do an item, or why there are none."""

    drawn: Sequence[tuple[Itinerary, RoutePicture]]
    refused: str
    reasons: Sequence[str]


def ways(item: str, code: str, run: CoverageRun) -> Ways:
    """The plan for one item from a township at the run's start."""
    try:
        found = journey.plan_for(item, code, run.start)
    except Problem as problem:
        return Ways((), str(problem.detail), ())
    drawn = [(one, picture(one)) for one in found.itineraries[:4]]
    return Ways(drawn, "", [one.reason for one in found.constraints])


def outlet_of(code: str) -> Place | None:
    """The township's own outlet."""
    return Place.objects.active().filter(division=code, kind=PlaceKind.OUTLET).order_by("code").first()


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a service at a place would change: sums, and by township the items that change."""

    site: Site
    service: str
    offered: bool
    effect: Effect
    rows: Sequence[tuple[str, str, str, str, Sequence[str]]]
    """Township code and name, people, person-trips saved, what changes in words."""
    more: int
    seconds: float
    sooner: int


def what_if(run: CoverageRun, place: str, service: str, *, counter: bool) -> WhatIf:
    """Compute what would change, for the townships and items that can. Raises NotFound, BadInput, Unavailable."""
    import time

    from zerotrip.journey.coverage.planner import load
    from zerotrip.journey.coverage.run import table_of
    from zerotrip.journey.spots import offering

    begun = time.perf_counter()
    planner = load(run.province, run.start)
    if planner.digest != run.digest:
        raise BadInput(_("事项、场所或时刻表已有变动，请先重新计算全省覆盖。"))
    site = planner.site(place)
    items = planner.items(counter=counter)
    cells = [cell for cell in planner.cells(site, service) if cell[1] in items]
    shapes = sorted({shape for _township, shape in cells})
    table = table_of(run, townships=sorted({township for township, _shape in cells}), shapes=shapes)
    more = planner.offering_more(site, service)
    cells = [cell for cell in cells if planner.differ(*cell, offering(), more)]
    found = compared(planner.under(more), table, cells)
    people = show.people_of(planner.townships)
    names, item_words = show.names_of(run.province), item_names(run)
    by_township: dict[str, list[Change]] = {}
    for change in found:
        if change.saved:
            by_township.setdefault(change.township, []).append(change)
    rows = []
    for code, own in by_township.items():
        told = [_told_change(c, planner.shapes[c.shape].counter_items if counter else planner.shapes[c.shape].items,
                             item_words) for c in own]  # fmt: skip
        saved = sum(people[code] * items[c.shape] * c.saved for c in own)
        rows.append((saved, code, names.get(code, code), people[code], told))
    rows.sort(key=lambda row: (-row[0], row[1]))
    return WhatIf(
        site=site,
        service=service,
        offered=service in offering().services(site),
        effect=effect(found, people, items),
        rows=[(code, name, f"{n:,}", f"{saved:,}", told) for saved, code, name, n, told in rows[:MOST_SHOWN]],
        more=max(0, len(rows) - MOST_SHOWN),
        seconds=time.perf_counter() - begun,
        sooner=sum(1 for c in found if not c.saved),
    )


def _told_change(change: Change, items: Sequence[str], names: Mapping[str, str]) -> str:
    which = listed(names.get(code, code) for code in items[:3])
    if len(items) > 3:
        which = _("{some}等 {n} 项").format(some=which, n=len(items))
    return _("{items}：{before} → {after}").format(
        items=which, before=_trips(change.before.trips, change.before.far),
        after=_trips(change.after.trips, change.after.far),
    )  # fmt: skip


def _trips(trips: int | None, far: bool) -> str:
    if trips is None:
        return _("没有办法")
    return _("{n} 次（远路）").format(n=trips) if far else ngettext("{n} 次", "{n} 次", trips).format(n=trips)


def places_called(text: str, actor: Actor) -> list[Place]:
    """Places that could offer a service, by words of their name, division or code."""
    found = places.places(actor=actor, text=text).filter(
        kind__in=[PlaceKind.OUTLET, PlaceKind.KIOSK_HALL, PlaceKind.HALL], lat__isnull=False
    )
    return list(found.order_by("code")[:MOST_FOUND])


def prefectures(province: str) -> list[tuple[str, str]]:
    """The province's cities: prefix and name."""
    rows = Division.objects.current().filter(code__startswith=province, level=2).order_by("code")
    return [(code[:4], name) for code, name in rows.values_list("code", "name")]


def told(search: StationSearch) -> dict[str, Any]:
    """A search in words."""
    run = search.run
    where = dict(prefectures(run.province)).get(search.prefix[:4], "") if len(search.prefix) > 2 else _("全省")
    return {
        "search": search,
        "service": codes.label(codes.SERVICE, search.service),
        "item": item_names(run).get(search.item, search.item) if search.item else _("全部事项"),
        "where": where or show.names_of(run.province).get(search.prefix, search.prefix),
        "who": _("不上网办事的人") if search.counter else _("所有人"),
        "seconds": timedelta(seconds=round(search.seconds)),
    }


def picks(search: StationSearch) -> list[dict[str, Any]]:
    """The stations found, with their counties and readable numbers."""
    names = show.names_of(search.run.province)
    return [
        pick
        | {"number": n, "area": names.get(pick["division"][:6], "")}
        | {"gain": f"{pick['gain']:,}", "total": f"{pick['total']:,}"}
        for n, pick in enumerate(search.picks, 1)
    ]


WIDE, HIGH, LEFT = 640, 220, 100


def curve(search: StationSearch) -> dict[str, Any] | None:
    """The cumulative gain as a line in a frame of `WIDE` × `HIGH`, with `LEFT` for the numbers."""
    totals = [0, *(pick["total"] for pick in search.picks)]
    if len(totals) < 2:
        return None
    across, up = (WIDE - LEFT - 20) / (len(totals) - 1), (HIGH - 50) / totals[-1]
    points = [(round(LEFT + n * across, 1), round(HIGH - 30 - total * up, 1)) for n, total in enumerate(totals)]
    return {
        "line": " ".join(f"{x:g},{y:g}" for x, y in points),
        "points": points[1:],
        "top": f"{totals[-1]:,}",
        "left": LEFT,
        "count": len(totals) - 1,
        "base": HIGH - 30,
    }


def search_picture(search: StationSearch) -> dict[str, Any] | None:
    """Where the stations are: the counties and the numbered places."""
    drawn = province_map()
    if not any(shape.code.startswith(search.run.province) for shape in drawn.shapes):
        return None
    marks = [(n, drawn.dot(pick["lat"], pick["lon"]), pick["name"]) for n, pick in enumerate(search.picks, 1)]
    return {"drawn": drawn, "marks": marks}
