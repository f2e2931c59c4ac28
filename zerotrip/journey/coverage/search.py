"""Where to open the next stations, over the whole province in seconds.

How many trips a shape takes, and whether one is far, depends on what is around and within reach, not on the very
distance: which kinds of places with which of the wanted services and hours, and whether a machine stands in the
county's own hall. Townships with the same of all that share one computation; the tests compare it with the planner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
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
Trips = tuple[int | None, bool]
"""Fewest trips, and whether one of them is far."""

HOSTS: Final = {"kiosk": (PlaceKind.OUTLET, PlaceKind.KIOSK_HALL, PlaceKind.HALL)}
"""Where a machine may be put; other services are for outlets."""


class Contexts:
    """Trips by what is within reach. One service is in question; `planner` says what stands today."""

    def __init__(self, planner: Planner, service: str) -> None:
        self.planner, self.service = planner, service
        self._standing = offering()
        self._marks: dict[tuple[str, frozenset[str]], frozenset[Mark]] = {}
        self._trips: dict[tuple[str, frozenset[Mark], tuple[str, ...]], Trips] = {}
        self._offered: dict[str, Offering] = {}

    def trips(self, site: Site, township: str, shape: str) -> Trips:
        """The fewest trips with the service at `site` too."""
        wanted = self.planner.shapes[shape].services
        near = self.planner.is_near(township, site)
        marks = self._around(township, wanted) | {self._mark(site, near, township, wanted, more=True)}
        key = (shape, marks, self.planner.windows(township, shape))
        if key not in self._trips:
            if site.code not in self._offered:
                self._offered[site.code] = self.planner.offering_more(site, self.service)
            best = self.planner.evaluate(township, shape, self._offered[site.code])
            self._trips[key] = (best.trips, best.far)
        return self._trips[key]

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
    asking = [key for key in planner.asking(search.service) if items.get(key)]
    figures = population.packaged()
    people = population.spread(planner.townships, figures)
    search.equal_weight = population.by_equal_weight(figures, planner.townships)
    sites = {site.code: site for site in candidates(planner, search.service, search.prefix)}
    found = next_stations(
        sites, savings(planner, search.service, table_of(run, shapes=asking), people, items, sites), search.count
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
    planner: Planner, service: str, table: Table, people: dict[str, int], items: dict[str, int], sites: dict[str, Site]
) -> Savings:
    """The benefit of opening `service` at places, over the cells of `table` that can get better."""
    contexts = Contexts(planner, service)
    open_ = {cell: best for cell, best in table.items() if best.trips != 0 and cell[1] in items}
    by_township: dict[str, list[Cell]] = {}
    for cell in open_:
        by_township.setdefault(cell[0], []).append(cell)

    def saving(candidate: str, cell: Cell) -> int:
        trips, far = contexts.trips(sites[candidate], *cell)
        return trips_saved(open_[cell], Best(trips, far=far))

    return Savings(
        {code: [cell for t in planner.around(site) for cell in by_township.get(t, ())] for code, site in sites.items()},
        saving,
        lambda cell: max(1, (open_[cell].trips or 0) + open_[cell].far),
        lambda cell: people.get(cell[0], 0) * items[cell[1]],
    )
