"""The planner as coverage asks it: every township of a province, every shape of steps, one standard start.

A way whose every place is within the configured reach is told apart from one that is not: the only machine of its
kind at the other end of the province serves everybody with one trip, but not everybody alike.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import PARTS
from zerotrip.core.clock import local
from zerotrip.core.errors import NotFound
from zerotrip.journey.coverage.fewest import fewest
from zerotrip.journey.coverage.settings import settings
from zerotrip.journey.coverage.values import Best, Cell, Evaluate
from zerotrip.journey.postage import settings as plan_settings
from zerotrip.journey.problem import assemble
from zerotrip.journey.problem_steps import Errand, errand, needs_of
from zerotrip.journey.spots import Offering, Site, World, offering, world
from zerotrip.network import loading
from zerotrip.network import queries as posts
from zerotrip.network.engine.promise import Network
from zerotrip.places.models import PlaceKind


@dataclass(frozen=True, slots=True)
class Shape:
    """Items that are planned alike, with the errand that stands for all of them. `services`: what its steps ask for.

    `items`: for applicants who use every way; `counter_items`: for those who do nothing online themselves.
    """

    key: str
    items: tuple[str, ...]
    counter_items: tuple[str, ...]
    services: frozenset[str]
    errand: Errand


@dataclass(frozen=True, slots=True)
class Planner:
    """All that the cells of one run are computed from; read once."""

    province: str
    start: datetime
    world: World
    network: Network
    shapes: Mapping[str, Shape]
    townships: tuple[str, ...]
    reach: NDArray[np.bool_]
    """Whether a place (by its row in `world`) is within reach of a township (by its place in `townships`)."""
    digest: str

    def under(self, offered: Offering | None = None) -> Evaluate:
        """The evaluation when places offer `offered` (without it: what they offer today)."""
        standing = offered or offering()
        return lambda township, shape: self.evaluate(township, shape, standing)

    def evaluate(self, township: str, shape: str, offered: Offering) -> Best:
        """The fewest trips, and of those ways the earliest finish; within reach, if so few are possible there."""
        built = assemble(self.shapes[shape].errand, self.world.homes[township], self.start, self.network, offered)
        return fewest(built.problem, settings().reach)

    def site(self, place: str) -> Site:
        """The place with this code. Raises NotFound when it is not in service or has no position."""
        for site in self.world.sites:
            if site.code == place:
                return site
        raise NotFound(_("没有编码为“{code}”的场所。").format(code=place[:40]))

    def around(self, site: Site) -> list[str]:
        """The townships from which a place is within reach."""
        return [self.townships[i] for i in np.flatnonzero(self.reach[:, site.row])]

    def near(self, township: str) -> list[Site]:
        """The outlets and machines' places within reach of a township."""
        row = bisect_left(self.townships, township)
        return [self.world.sites[i] for i in np.flatnonzero(self.reach[row])]

    def windows(self, township: str, shape: str) -> tuple[str, ...]:
        """Hours of the hall and the competent window, which count however far they are."""
        county = township[:6]
        window = self.world.window(self.shapes[shape].errand.organ_kind, county)
        halls = [self.world.sites[row] for row in self.world.within({county})]
        marks = sorted(site.pattern.mark for site in halls if site.kind == PlaceKind.HALL)
        return (window.pattern.mark if window else "", *marks)

    def asking(self, service: str) -> list[str]:
        """The shapes with a step that asks for a service."""
        return [key for key, shape in self.shapes.items() if service in shape.services]

    def cells(self, site: Site, service: str) -> list[Cell]:
        """Every cell that can change when a place begins or ceases to offer a service."""
        asking = self.asking(service)
        return [(township, shape) for township in self.around(site) for shape in asking]

    def offering_more(self, site: Site, service: str) -> Offering:
        """What is offered today, and one service more at a place."""
        offers = dict(catalog.offers())
        offers[site.id] = offers.get(site.id, frozenset()) | {service}
        return Offering(self.world, offers)


def load(province: str, start: datetime) -> Planner:
    """Read what a run needs. Raises Unavailable when there is no timetable."""
    among, network = world(), posts.current(local(start).date())
    prefix = province[:2]
    townships = tuple(sorted(code for code in among.homes if len(code) > 6 and code.startswith(prefix)))
    shapes = _shapes(start, among)
    told = (start.isoformat(), repr(among.stamp), loading.active(), townships, sorted(shapes), settings())
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return Planner(province, start, among, network, shapes, townships, _reach(among, townships), digest)


def _reach(among: World, townships: tuple[str, ...]) -> NDArray[np.bool_]:
    """As `places.queries.distance_km`, for all pairs at once."""
    homes = [among.homes[code] for code in townships]
    lat = np.radians([lived.lat for lived in homes])[:, None]
    lon = np.array([lived.lon for lived in homes])[:, None]
    there = np.radians(among.lat)[None, :]
    part = np.sin((there - lat) / 2) ** 2
    part += np.cos(lat) * np.cos(there) * np.sin(np.radians(among.lon[None, :] - lon) / 2) ** 2
    told, km = plan_settings(), 2 * 6371.0 * np.arcsin(np.sqrt(part))
    minutes = told.fixed_minutes + np.rint(km * told.road_factor / told.speed_kmh * 60)
    return np.asarray(minutes <= settings().reach)


def _shapes(start: datetime, among: World) -> dict[str, Shape]:
    """The shapes of all items valid on the day, by key; items without steps have none."""
    found: dict[str, Shape] = {}
    windows: dict[str, str] = {}
    for version in catalog.published(local(start).date()).prefetch_related(*PARTS):
        what = replace(errand(version), fees=())
        if not what.steps:
            continue
        if what.organ_kind not in windows:
            windows[what.organ_kind] = _windows(among, what.organ_kind)
        for one, counter in ((what, False), (at_counters(what), True)):
            key = hashlib.sha256(repr((_decisive(one), windows[what.organ_kind])).encode()).hexdigest()[:32]
            known = found.get(key) or Shape(key, (), (), _services(one), one)
            more = (version.item.code,)
            found[key] = (
                replace(known, counter_items=known.counter_items + more)
                if counter
                else replace(known, items=known.items + more)
            )
    return found


def _decisive(what: Errand) -> object:
    """What of an errand decides its trips and time: not its names, and not its bars, which are only told."""
    return tuple(replace(step, name="") for step in what.steps), what.papers, what.days


def at_counters(what: Errand) -> Errand:
    """The errand of somebody who does nothing online: the applicant's steps lose that way unless it is the only one."""
    steps = tuple(
        replace(step, options=tuple(o for o in step.options if o.mode != "online") or step.options)
        if step.actor == "person"
        else step
        for step in what.steps
    )
    return replace(what, steps=steps, needs=needs_of(steps))


def _services(what: Errand) -> frozenset[str]:
    return frozenset(service for _mode, asked in what.needs for service in asked if service)


def _windows(among: World, organ_kind: str) -> str:
    """Where and when an organ's windows are open, by county: equal texts make equal plans."""
    parts = []
    for county in sorted({code[:6] for code in among.homes}):
        window = among.window(organ_kind, county)
        if window is not None:
            parts.append(f"{county}:{window.hall}:{window.lat}:{window.lon}:{window.pattern.mark}")
    return "|".join(parts)
