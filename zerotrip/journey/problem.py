"""The problem that a plan solves: steps, places, openings, post and fees, for one applicant and moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from zerotrip.catalog.models import ItemVersion
from zerotrip.core.errors import BadInput
from zerotrip.journey.engine.model import HOME, Problem, Spot
from zerotrip.journey.postage import settings
from zerotrip.journey.problem_days import legal_days, midnight, minute_of, openings
from zerotrip.journey.problem_post import ByPost, Stop
from zerotrip.journey.problem_steps import Errand, errand
from zerotrip.journey.spots import (
    Chosen,
    Home,
    Needs,
    Offering,
    Site,
    chosen,
    home,
    mode_of,
    offering,
    place_code,
)
from zerotrip.network import queries as posts
from zerotrip.network.engine.promise import End, Network
from zerotrip.places.hours import DAY
from zerotrip.places.models import Place, PlaceKind
from zerotrip.places.queries import distance_km

LEVEL = 0.95
"""How sure a promise is."""
BY_REACH: Final = frozenset({"outlet", "kiosk", "hall"})
"""Modes whose places count only within reach, but for those of the own township and county seat."""


@dataclass(frozen=True, slots=True)
class Built:
    """A problem, and what is needed to tell its answer: where it begins, whose errand it is, the places by key."""

    problem: Problem
    base: datetime
    errand: Errand
    home: Home
    places: tuple[Chosen, ...]
    offered: Offering
    network: Network


def build(
    version: ItemVersion,
    division_code: str,
    at: datetime,
    *,
    network: Network | None = None,
    offers: Offering | None = None,
    compiled: bool = True,
) -> Built:
    """The problem of doing an item, read with its rows, from a division, beginning at `at`.

    `network` and `offers`: other ones than today's, for what-if questions (`Offering(world(), {place_id: {…}})`).
    `compiled`: as `network.queries.current` has it.
    Raises NotFound for an unknown division, BadInput for one without a position or above a county, Unavailable when
    there is no timetable.
    """
    lived = home(division_code)
    if lived is None:
        sentence = _("请选择到县（市、区）或乡镇（街道）。")
        raise BadInput(sentence, fields={"from": [sentence]})
    return assemble(
        errand(version),
        lived,
        at,
        network or posts.current(midnight(at).date(), compiled=compiled),
        offers or offering(midnight(at).date()),
    )


def assemble(what: Errand, lived: Home, at: datetime, network: Network, offered: Offering) -> Built:
    """As `build`, from what was looked up before."""
    around = _considered(offered, lived, what.needs, what.organ_kind)
    return _assembled(what, lived, at, network, offered, around)


def with_places(built: Built, codes: Iterable[str]) -> Built:
    """The same with places where papers lie, if they are in service and were not considered."""
    among = built.offered.world
    missing = set(codes) - {place_code(one.key) for one in built.places} - {HOME}
    sites = [site for site in among.sites if site.code in missing] if missing else []
    if not sites:
        return built
    more = tuple(Chosen(site, mode_of(site), built.offered.services(site)) for site in sites)
    around = [(one, _away(built.home, one.site)) for one in (*built.places, *more)]
    at = built.base + timedelta(minutes=built.problem.begins)
    return _assembled(built.errand, built.home, at, built.network, built.offered, tuple(around))


def _assembled(
    what: Errand, lived: Home, at: datetime, network: Network, offered: Offering, around: tuple[tuple[Chosen, int], ...]
) -> Built:
    base, days = midnight(at), horizon(what)
    places = tuple(one for one, _minutes in around)
    spots = tuple(_spot(one, away, base, days) for one, away in around)
    stops = {spot.key: _stop(spot, _end(one.site, network)) for spot, one in zip(spots, places, strict=True)}
    stops[HOME] = _door(lived.code, network)
    problem = Problem(
        steps=what.steps,
        spots=spots,
        papers=what.papers,
        begins=minute_of(at, base),
        horizon=days * DAY,
        post=ByPost(network, base, stops),
        days=legal_days(base.date(), days),
        fees=what.fees,
        bars=what.bars,
    )
    return Built(problem, base, what, lived, places, offered, network)


def horizon(what: Errand) -> int:
    """How many days ahead a plan looks: its own limits twice over and some weeks more."""
    told = settings()
    return min(told.horizon_most, told.horizon_days + told.horizon_factor * what.days)


@lru_cache(maxsize=20_000)
def _considered(offered: Offering, lived: Home, needs: Needs, organ_kind: str) -> tuple[tuple[Chosen, int], ...]:
    """The places to consider with the minutes to each."""
    told = settings()
    found = []
    for one in chosen(offered, lived, needs, organ_kind):
        away = _away(lived, one.site)
        if away <= told.near.reach or one.mode not in BY_REACH or one.site.division in (lived.code, lived.county):
            found.append((one, away))
    return tuple(found)


def _away(lived: Home, site: Site) -> int:
    return settings().away(distance_km(lived.lat, lived.lon, site.lat, site.lon))


def _spot(one: Chosen, away: int, base: datetime, days: int) -> Spot:
    return Spot(one.key, one.mode, one.site.hall, one.services, away, openings(one.site.pattern, base.date(), days))


@lru_cache(maxsize=20_000)
def _end(site: Site, network: Network) -> End:
    """Where the post meets a place: an outlet hands over at its own stop or drives to its centre; to others the post
    comes by rounds.
    """
    stop = posts.stop_of(Place(code=site.code, kind=site.kind, division_id=site.division))
    return End(stop, door=site.kind != PlaceKind.OUTLET)


def _stop(spot: Spot, end: End) -> Stop:
    if end.door:
        return Stop(end, settings().hand_over, spot.openings)
    return Stop(end, 0 if end.stop == place_code(spot.key) else settings().hand_over)


@lru_cache(maxsize=5_000)
def _door(division: str, network: Network) -> Stop:
    """The applicant's door: rounds of the outlet that serves the division."""
    return Stop(End(posts.stop_of_division(division), door=True))
