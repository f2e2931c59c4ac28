"""Which places a plan considers.

For an applicant of a township (or county) and an item these, and only these:

- **outlet**: of those that offer the same of what the item's steps need, the nearest three; the township's own and the
  county's post office, from where mail leaves sooner. A farther outlet that offers no more costs more of the way; none
  that is nearer is left out.
- **kiosk**: likewise, the nearest two of places with such a machine.
- **hall**: the county's hall, and likewise the nearest one.
- **window**: the competent window (管辖), wherever it is: no other may decide.

More than two hours away (`reach`) only the township's own and the county seat's count. How many (`near` in
`data/planning.json`) bounds the search; everything else here is the rule. Places are read from the database once, and
again when something about them has changed (looked at every ten seconds).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import Competence
from zerotrip.core.actors import NOBODY
from zerotrip.core.memo import briefly
from zerotrip.journey.engine.model import Mode
from zerotrip.journey.postage import settings
from zerotrip.journey.problem_days import Pattern
from zerotrip.places import queries as places
from zerotrip.places.codes import COUNTY
from zerotrip.places.hours import DaysOff, Period, hours
from zerotrip.places.models import Division, OpeningException, Place, PlaceKind

Rows = NDArray[np.int64]
Offers = Mapping[int, frozenset[str]]
"""What each place offers, by its id (`catalog.queries.offers`)."""

KINDS: Final = (PlaceKind.OUTLET, PlaceKind.KIOSK_HALL, PlaceKind.HALL, PlaceKind.WINDOW)
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A place as the planner sees it. `hall`: the code of the hall a window stands in, else its own code."""

    row: int
    id: int
    code: str
    name: str
    kind: str
    division: str
    hall: str
    lat: float
    lon: float
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Home:
    """Where the applicant lives: a township or a county, and its position."""

    code: str
    name: str
    lat: float
    lon: float

    @property
    def county(self) -> str:
        return self.code[:6]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Every place in service and every township and county, as of `stamp`."""

    stamp: Hashable
    sites: tuple[Site, ...]
    homes: Mapping[str, Home]
    by_id: Mapping[int, Site]
    windows: Mapping[tuple[str, str], int]
    """The id of the window by (kind of organ, division prefix)."""
    by_division: Mapping[str, tuple[int, ...]]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def nearest(self, home: Home, among: Rows, count: int) -> list[Site]:
        """The `count` nearest of some rows, nearest first, equally near ones by code."""
        if not len(among):
            return []
        away = _apart(self, home)[among]
        if len(among) > count:
            last = np.partition(away, count - 1)[count - 1]
            among, away = among[away <= last], away[away <= last]
        order = sorted(range(len(among)), key=lambda i: (float(away[i]), self.sites[among[i]].code))
        return [self.sites[among[i]] for i in order[:count]]

    def within(self, divisions: Iterable[str]) -> list[int]:
        """The rows of places that stand in exactly these divisions."""
        return [row for code in divisions for row in self.by_division.get(code, ())]

    def window(self, organ_kind: str, county: str) -> Site | None:
        """The competent window; the narrowest competence wins."""
        for prefix in (county, county[:4], county[:2]):
            found = self.by_id.get(self.windows.get((organ_kind, prefix), -1))
            if found is not None:
                return found
        return None


@lru_cache(maxsize=16)
def _apart(among: World, home: Home) -> NDArray[np.float64]:
    """How far every place is from a home, squared, in degrees of latitude: a plan looks for the nearest many times."""
    north = among.lat - home.lat
    east = (among.lon - home.lon) * np.cos(np.radians(home.lat))
    found: NDArray[np.float64] = north * north + east * east
    return found


def home(code: str) -> Home | None:
    """Where an applicant of this division starts from; None when its position is not known or it is no township or
    county. Raises NotFound for an unknown code.
    """
    known = world().homes.get(code)
    if known is not None:
        return known
    found = places.division(code, actor=NOBODY)
    if found.level < COUNTY or found.lat is None or found.lon is None:
        return None
    return Home(found.code, found.name, found.lat, found.lon)


def world() -> World:
    """The places as they are now, at most ten seconds old."""
    return _load(_stamp())


_STAMP = """
SELECT current_database(),
    (SELECT row(count(*), max(opened_at), max(closed_at))::text FROM places_place),
    (SELECT row(count(*), max(id))::text FROM places_openinghours),
    (SELECT row(count(*), max(id))::text FROM places_openingexception),
    (SELECT row(count(*), max(edition))::text FROM places_division),
    (SELECT md5(string_agg(id || ':' || window_id, ',' ORDER BY id)) FROM catalog_competence)
"""


@briefly(10)
def _stamp() -> tuple[object, ...]:
    """Changes whenever a place, its hours or a competence does."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return tuple(cursor.fetchone())


@lru_cache(maxsize=2)
def _load(stamp: Hashable) -> World:
    patterns = _patterns()
    rows = (
        Place.objects.visible_to(NOBODY)
        .active()
        .filter(kind__in=KINDS, lat__isnull=False, lon__isnull=False)
        .order_by("code")
        .values_list("pk", "code", "name", "kind", "division_id", "parent__code", "lat", "lon", "days_off")
    )
    never = _Weeks()
    sites = []
    for row, (pk, code, name, kind, division, parent, lat, lon, days_off) in enumerate(rows):
        pattern = patterns.get(pk, never).pattern(days_off)
        hall = parent if kind == PlaceKind.WINDOW and parent else code
        sites.append(Site(row, pk, code, name, kind, division, hall, lat or 0.0, lon or 0.0, pattern))
    inside: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for site in sites:
        inside[site.division] += (site.row,)
    lived = Division.objects.visible_to(NOBODY).current().filter(level__gte=COUNTY, lat__isnull=False)
    return World(
        stamp=stamp,
        sites=tuple(sites),
        homes={
            code: Home(code, name, lat or 0.0, lon or 0.0)
            for code, name, lat, lon in lived.values_list("code", "name", "lat", "lon")
        },
        by_id={site.id: site for site in sites},
        windows={
            (kind, prefix): window
            for kind, prefix, window in Competence.objects.visible_to(NOBODY).values_list(
                "organ_kind", "division", "window_id"
            )
        },
        by_division=inside,
        lat=np.array([site.lat for site in sites]),
        lon=np.array([site.lon for site in sites]),
    )  # fmt: skip


@dataclass(slots=True)
class _Weeks:
    """The hours of one place as read: a text of its week, and its exceptions."""

    week: str = ""
    dates: dict[date, list[Period]] = field(default_factory=dict)

    def pattern(self, days_off: str) -> Pattern:
        special = ";".join(f"{day}={','.join(map(str, self.dates[day]))}" for day in sorted(self.dates))
        return _pattern(f"{days_off}|{self.week}|{special}", self.week, days_off, tuple(self.dates.items()))


_known: dict[str, Pattern] = {}


def _pattern(mark: str, week: str, days_off: str, dates: Iterable[tuple[date, list[Period]]]) -> Pattern:
    if mark not in _known:
        days: dict[int, list[Period]] = {}
        for part in filter(None, week.split(",")):
            day, opens, closes = map(int, part.split(":"))
            days.setdefault(day, []).append(Period(opens, closes))
        _known[mark] = Pattern(mark, hours(days, DaysOff(days_off), dict(dates)))
    return _known[mark]


def _patterns() -> dict[int, _Weeks]:
    """The hours of all places; the database draws a place's fourteen rows together, most places keep equal hours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place_id, string_agg(weekday || ':' || opens || ':' || closes, ',' ORDER BY weekday, opens) "
            "FROM places_openinghours GROUP BY place_id"
        )
        found = {pk: _Weeks(week) for pk, week in cursor.fetchall()}
    for pk, day, opens, closes in OpeningException.objects.values_list("place_id", "day", "opens", "closes"):
        periods = found.setdefault(pk, _Weeks()).dates.setdefault(day, [])
        if opens is not None and closes is not None:
            periods.append(Period(opens, closes))
    return found


class Offering:
    """Which place offers which service, and where each service is offered."""

    def __init__(self, among: World, offers: Offers) -> None:
        self.world = among
        self.offers = offers
        self._groups: dict[tuple[str, frozenset[str], frozenset[str]], tuple[Rows, ...]] = {}

    def services(self, site: Site) -> frozenset[str]:
        return self.offers.get(site.id, NOTHING)

    def groups(self, mode: Mode, wanted: frozenset[str], asked: frozenset[str]) -> tuple[Rows, ...]:
        """Places that can serve in `mode` what is `asked` of it ("" is offered by all of the kind), those together
        that offer the same of `wanted`: one that offers more may save a trip though it is farther.
        """
        key = (mode, wanted, asked)
        if key not in self._groups:
            alike: dict[frozenset[str], list[int]] = defaultdict(list)
            for site in self.world.sites:
                own = _MODE[site.kind] == mode
                offered = self.services(site)
                if (own and "" in asked) or (offered & asked and (own or mode == "kiosk")):
                    alike[offered & wanted].append(site.row)
            self._groups[key] = tuple(np.array(rows, dtype=np.int64) for rows in alike.values())
        return self._groups[key]


_last: list[Offering] = []


def offering(on: date | None = None) -> Offering:
    """What is offered on a day (today without one); the same object as long as neither that nor a place has changed."""
    among, offers = world(), catalog.offers(on)
    if not _last or _last[0].world is not among or _last[0].offers != offers:
        _last[:] = [Offering(among, offers)]
    return _last[0]


Needs = tuple[tuple[Mode, tuple[str, ...]], ...]
"""The services that the steps of an item may need, by mode; "" is needed of any place of the mode."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A place that is considered, in one of its modes."""

    site: Site
    mode: Mode
    services: frozenset[str]

    @property
    def key(self) -> str:
        """Its name in the problem: the place's code; with a machine in a place that is no kiosk hall `code#kiosk`."""
        return self.site.code if self.mode == _MODE[self.site.kind] else f"{self.site.code}#{self.mode}"


_MODE: Final[Mapping[str, Mode]] = {
    PlaceKind.OUTLET: "outlet",
    PlaceKind.KIOSK_HALL: "kiosk",
    PlaceKind.HALL: "hall",
    PlaceKind.WINDOW: "window",
}


def mode_of(site: Site) -> Mode:
    """The mode that a place of its kind stands for."""
    return _MODE[site.kind]


def place_code(key: str) -> str:
    """The place's code of a spot's key."""
    return key.partition("#")[0]


def chosen(offered: Offering, lived: Home, needs: Needs, organ_kind: str) -> tuple[Chosen, ...]:
    """The places to consider, by the rule of this module."""
    found: dict[str, Chosen] = {}
    wanted = frozenset(service for _mode, services in needs for service in services if service)
    for mode, services in needs:
        asked = frozenset(services)
        if mode == "window":
            window = offered.world.window(organ_kind, lived.county)
            sites = [] if window is None else [window]
        else:
            sites = _near(offered, lived, mode, wanted, asked)
        for site in sites:
            told = offered.services(site) | (asked if mode == "window" else NOTHING)
            one = Chosen(site, mode, told)
            found.setdefault(one.key, one)
    return tuple(found.values())


def _near(offered: Offering, lived: Home, mode: Mode, wanted: frozenset[str], asked: frozenset[str]) -> list[Site]:
    near, among = settings().near, offered.world
    count = {"outlet": near.outlets, "kiosk": near.kiosks, "hall": near.halls}[mode]
    own = {"outlet": {lived.code, lived.county}, "kiosk": {lived.code}, "hall": {lived.county}}[mode]
    found: list[Site] = []
    for rows in offered.groups(mode, wanted, asked):
        found += among.nearest(lived, rows, count)
        found += [among.sites[row] for row in among.within(own) if row in rows]
    return found
