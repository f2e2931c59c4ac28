"""Where to open the next stations, over the whole province in seconds.

How many trips a shape takes, and whether one is far, depends on what is around and within reach, not on the very
distance: which kinds of places with which of the wanted services and hours, and whether a machine stands in the
county's own hall. Townships with the same of all that share one computation; the tests compare it with the planner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import structlog
from django.utils.translation import gettext as _

from zerotrip.core.errors import Problem
from zerotrip.journey.coverage import population
from zerotrip.journey.coverage.greedy import Savings, next_stations
from zerotrip.journey.coverage.run import table_of
from zerotrip.journey.coverage.values import Best, Cell, Table, trips_saved
from zerotrip.journey.models import RunState, StationSearch
from zerotrip.journey.spots import Offering, Site, offering
from zerotrip.places.models import PlaceKind

if TYPE_CHECKING:
    from zerotrip.journey.coverage.planner import Planner

log = structlog.get_logger(__name__)

Mark = tuple[str, frozenset[str], str, bool, bool]
"""What of a place decides: its kind, the wanted services it offers, its hours, whether it is the county's own hall, and
whether it is within reach."""

HOSTS: Final = {"kiosk": (PlaceKind.OUTLET, PlaceKind.KIOSK_HALL, PlaceKind.HALL)}
"""Where a machine may be put; other services are for outlets."""


class Contexts:
    """Trips by what is around. One service is in question; `planner` says what stands today.

    Shapes that want the same services of places and are decided by windows with the same hours share their contexts.
    """

    def __init__(self, planner: Planner, service: str, shapes: Iterable[str]) -> None:
        self.planner, self.service = planner, service
        self._standing = offering()
        self._marks: dict[tuple[str, frozenset[str]], frozenset[Mark]] = {}
        self._trips: dict[tuple[str, frozenset[Mark], tuple[str, ...]], Best] = {}
        self._offered: dict[str, Offering] = {}
        self._groups: dict[tuple[frozenset[str], str], list[str]] = {}
        for key in shapes:
            shape = planner.shapes[key]
            self._groups.setdefault((shape.services, shape.errand.organ_kind), []).append(key)
        self._windows: dict[tuple[str, str], tuple[str, ...]] = {}

    def around(self, site: Site) -> Iterator[tuple[str, str, Best]]:
        """Township, shape and the best way with the service at `site` too, where that could make a difference."""
        for township in self.planner.around(site):
            near = self.planner.is_near(township, site)
            for (wanted, organ_kind), shapes in self._groups.items():
                standing = self._around(township, wanted)
                mark = self._mark(site, near, township, wanted, more=True)
                if mark in standing:
                    continue  # there is such a place as near already
                marks, hours = standing | {mark}, self._hours(township, organ_kind)
                for shape in shapes:
                    yield township, shape, self._best(site, township, shape, marks, hours)

    def _best(self, site: Site, township: str, shape: str, marks: frozenset[Mark], hours: tuple[str, ...]) -> Best:
        key = (shape, marks, hours)
        found = self._trips.get(key)
        if found is None:
            if site.code not in self._offered:
                self._offered[site.code] = self.planner.offering_more(site, self.service)
            found = self._trips[key] = self.planner.evaluate(township, shape, self._offered[site.code])
        return found

    def _hours(self, township: str, organ_kind: str) -> tuple[str, ...]:
        key = (township[:6], organ_kind)
        if key not in self._windows:
            self._windows[key] = self.planner.hours(*key)
        return self._windows[key]

    def _around(self, township: str, wanted: frozenset[str]) -> frozenset[Mark]:
        key = (township, wanted)
        if key not in self._marks:
            around = self.planner.considered(township)
            self._marks[key] = frozenset(self._mark(site, near, township, wanted) for site, near in around)
        return self._marks[key]

    def _mark(self, site: Site, near: bool, township: str, wanted: frozenset[str], *, more: bool = False) -> Mark:
        offers = self._standing.services(site) | ({self.service} if more else frozenset())
        own = site.kind == PlaceKind.HALL and site.division == township[:6]
        return (site.kind, offers & wanted, site.pattern.mark, own, near)


def compute(search_id: int, *, told: Callable[[int, int], None] = lambda done, total: None) -> StationSearch:
    """Find the stations of a search and store them, best first; progress counts the stations found."""
    search = StationSearch.objects.select_related("run").get(pk=search_id)
    if search.state not in (RunState.QUEUED, RunState.RUNNING):
        return search
    begun = time.perf_counter()
    search.state, search.total, search.picks, search.done = RunState.RUNNING, search.count, [], 0
    search.save(update_fields=["state", "total", "picks", "done"])
    try:
        for pick in _picks(search):
            search.picks.append(pick)
            search.done = len(search.picks)
            search.save(update_fields=["picks", "done", "equal_weight"])
            told(search.done, search.total)
        search.state = RunState.DONE
    except Problem as problem:
        search.state, search.problem = RunState.FAILED, str(problem.detail)[:300]
    except Exception as error:
        log.warning("search for stations broke off", search=search_id, error=repr(error))
        search.state, search.problem = RunState.FAILED, _("测算意外中断，请重新测算。")
    search.seconds = time.perf_counter() - begun
    search.save(update_fields=["state", "problem", "seconds", "equal_weight"])
    return search


def _picks(search: StationSearch) -> Iterable[dict[str, object]]:
    from zerotrip.journey.coverage.planner import load

    run = search.run
    planner = load(run.province, run.start)
    items = planner.items(counter=search.counter, item=search.item)
    items = {key: items[key] for key in planner.asking(search.service) if key in items}
    figures = population.packaged()
    people = population.spread(planner.townships, figures)
    search.equal_weight = population.by_equal_weight(figures, planner.townships)
    sites = {site.code: site for site in candidates(planner, search.service, search.prefix)}
    found = next_stations(
        sites, savings(planner, search.service, table_of(run, shapes=sorted(items)), people, items, sites), search.count
    )
    for pick in found:
        site = sites[pick.candidate]
        yield {
            "place": site.code,
            "name": site.name,
            "division": site.division,
            "lat": site.lat,
            "lon": site.lon,
            "gain": pick.gain,
            "total": pick.total,
        }


def candidates(planner: Planner, service: str, prefix: str) -> list[Site]:
    """The places that could begin to offer a service: outlets, for machines halls as well, that do not offer it yet."""
    kinds = HOSTS.get(service.partition("_")[0], (PlaceKind.OUTLET,))
    standing = offering()
    return [
        site
        for site in planner.world.sites
        if site.kind in kinds and site.division.startswith(prefix) and service not in standing.services(site)
    ]


def savings(
    planner: Planner,
    service: str,
    table: Table,
    people: Mapping[str, int],
    items: Mapping[str, int],
    sites: Mapping[str, Site],
) -> Savings:
    """The benefit of opening `service` at places, over the cells of `table` that can get better."""
    contexts = Contexts(planner, service, sorted(items))
    open_ = {cell: best for cell, best in table.items() if best.trips != 0 and cell[1] in items}
    ceilings: dict[str, int] = {}
    for (township, shape), best in open_.items():
        most = max(1, (best.trips or 0) + best.far) * people.get(township, 0) * items[shape]
        ceilings[township] = ceilings.get(township, 0) + most

    def own(candidate: str) -> dict[Cell, int]:
        found = {}
        for township, shape, best in contexts.around(sites[candidate]):
            before = open_.get((township, shape))
            if before is not None and (saved := trips_saved(before, best)):
                found[township, shape] = saved
        return found

    return Savings(
        own,
        lambda candidate: sum(ceilings.get(township, 0) for township in planner.around(sites[candidate])),
        lambda cell: people.get(cell[0], 0) * items[cell[1]],
    )
