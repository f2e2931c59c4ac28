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
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import PARTS
from zerotrip.core.clock import local
from zerotrip.core.errors import NotFound
from zerotrip.journey.coverage.fewest import Kept, Remembered, fewest
from zerotrip.journey.coverage.settings import settings
from zerotrip.journey.coverage.values import Best, Cell, Evaluate
from zerotrip.journey.postage import settings as plan_settings
from zerotrip.journey.problem import assemble
from zerotrip.journey.problem_post import ByPost
from zerotrip.journey.problem_steps import Errand, errand, needs_of
from zerotrip.journey.spots import Offering, Site, World, chosen, offering, world
from zerotrip.network import loading
from zerotrip.network import queries as posts
from zerotrip.network.engine.promise import Network
from zerotrip.places.models import PlaceKind

FAR: Final = 1
"""Beyond reach, but a plan may still consider it."""
NEAR: Final = 2


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


class Pieces:
    """What the post was asked before, for a county's worth of townships: their errands share most of it."""

    MOST = 400

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Kept] = {}

    def of(self, township: str, horizon: int) -> Kept:
        """The pieces of one township's problems that look equally far ahead."""
        if len(self._kept) > self.MOST:
            self._kept.clear()
        return self._kept.setdefault((township, horizon), {})


@dataclass(frozen=True, slots=True)
class Planner:
    """All that the cells of one run are computed from; read once."""

    province: str
    start: datetime
    world: World
    network: Network
    shapes: Mapping[str, Shape]
    townships: tuple[str, ...]
    away: NDArray[np.int8]
    """How far a place (by its row in `world`) is from a township (by its place in `townships`): NEAR, FAR or 0."""
    digest: str

    def under(self, offered: Offering | None = None) -> Evaluate:
        """The evaluation when places offer `offered` (without it: what they offer today)."""
        standing, pieces = offered or offering(), Pieces()
        return lambda township, shape: self.evaluate(township, shape, standing, pieces)

    def evaluate(self, township: str, shape: str, offered: Offering, pieces: Pieces | None = None) -> Best:
        """The fewest trips, and of those ways the earliest finish; within reach, if so few are possible there."""
        problem = assemble(
            self.shapes[shape].errand, self.world.homes[township], self.start, self.network, offered
        ).problem
        if pieces is not None and isinstance(problem.post, ByPost):
            problem = replace(problem, post=Remembered(problem.post, pieces.of(township, problem.horizon)))
        return fewest(problem, settings().reach)

    def differ(self, township: str, shape: str, one: Offering, other: Offering) -> bool:
        """Whether plans from a township have other places to consider, or the same with other services."""
        what, lived = self.shapes[shape].errand, self.world.homes[township]
        return chosen(one, lived, what.needs, what.organ_kind) != chosen(other, lived, what.needs, what.organ_kind)

    def site(self, place: str) -> Site:
        """The place with this code. Raises NotFound when it is not in service or has no position."""
        for site in self.world.sites:
            if site.code == place:
                return site
        raise NotFound(_("没有编码为“{code}”的场所。").format(code=place[:40]))

    def around(self, site: Site) -> list[str]:
        """The townships whose plans may consider a place."""
        return [self.townships[i] for i in np.flatnonzero(self.away[:, site.row])]

    def considered(self, township: str) -> list[tuple[Site, bool]]:
        """The places that plans from a township may consider, and whether they are within reach."""
        row = self.away[bisect_left(self.townships, township)]
        return [(self.world.sites[i], bool(row[i] == NEAR)) for i in np.flatnonzero(row)]

    def is_near(self, township: str, site: Site) -> bool:
        """Whether a place is within reach of a township."""
        return bool(self.away[bisect_left(self.townships, township), site.row] == NEAR)

    def hours(self, county: str, organ_kind: str) -> tuple[str, ...]:
        """Hours of a county's competent window and halls, which count however far they are."""
        window = self.world.window(organ_kind, county)
        halls = [self.world.sites[row] for row in self.world.within({county})]
        marks = sorted(site.pattern.mark for site in halls if site.kind == PlaceKind.HALL)
        return (window.pattern.mark if window else "", *marks)

    def items(self, *, counter: bool, item: str = "") -> dict[str, int]:
        """How many items each shape stands for; with `item` 1 for that one's and nothing for the others."""
        found = {key: shape.counter_items if counter else shape.items for key, shape in self.shapes.items()}
        return {key: 1 if item else len(codes) for key, codes in found.items() if codes and (not item or item in codes)}

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
    townships = tuple(sorted(code for code in among.homes if len(code) > 6 and code.startswith(province)))
    shapes = _shapes(start, among)
    told = (start.isoformat(), repr(among.stamp), loading.active(), townships, sorted(shapes), settings())
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return Planner(province, start, among, network, shapes, townships, _away(among, townships), digest)


def _away(among: World, townships: tuple[str, ...]) -> NDArray[np.int8]:
    """As `places.queries.distance_km` and `postage.Settings.away`, for all pairs at once."""
    homes = [among.homes[code] for code in townships]
    lat = np.radians([lived.lat for lived in homes])[:, None]
    lon = np.array([lived.lon for lived in homes])[:, None]
    there = np.radians(among.lat)[None, :]
    part = np.sin((there - lat) / 2) ** 2
    part += np.cos(lat) * np.cos(there) * np.sin(np.radians(among.lon[None, :] - lon) / 2) ** 2
    told, km = plan_settings(), 2 * 6371.0 * np.arcsin(np.sqrt(part))
    minutes = told.fixed_minutes + np.rint(km * told.road_factor / told.speed_kmh * 60)
    found: NDArray[np.int8] = (minutes <= told.near.reach).astype(np.int8)
    found += minutes <= settings().reach
    return found


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
