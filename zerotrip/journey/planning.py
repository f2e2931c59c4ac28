"""Plans and tells: from an item, a division and a moment to the answer. Needs the engines: load it when asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import local, now, today
from zerotrip.core.errors import NotFound, Problem, Unavailable
from zerotrip.journey.engine import search
from zerotrip.journey.engine.model import Plan
from zerotrip.journey.itinerary import HOME, Itinerary
from zerotrip.journey.itinerary.reasons import what_stopped, why_none
from zerotrip.journey.itinerary.telling import Teller
from zerotrip.journey.problem import LEVEL, Built, build, with_places
from zerotrip.journey.problem_days import minute_of
from zerotrip.journey.problem_post import ByPost
from zerotrip.journey.queries import PlanView, Standing
from zerotrip.journey.spots import place_code
from zerotrip.places.models import Place, PlaceKind


def ways(item_code: str, division_code: str, at: datetime, limit_ms: int, *, compiled: bool = True) -> PlanView:
    """See `queries.plan_for`."""
    version = catalog.get(item_code, local(at).date())
    built = build(version, division_code, at, compiled=compiled)
    return answer(version, built, search.plan(built.problem, level=LEVEL, stop=_within(limit_ms)), at)


def ways_on(itinerary: Itinerary, standing: Standing, at: datetime, limit_ms: int) -> PlanView:
    """See `queries.rest_of_way`."""
    version = _version(itinerary)
    built = build(version, itinerary.division, at)
    papers = _papers(built, itinerary, standing, at)
    built = with_places(built, {place for place, _since in papers.values()})
    built = replace(built, problem=replace(built.problem, fees=()))
    spots = {place_code(one.key): one.key for one in reversed(built.places)} | {HOME: HOME}
    lying = tuple((paper, spots[place], minute_of(since, built.base)) for paper, (place, since) in papers.items())
    steps = [step.key for step in built.problem.steps]
    done = next((n for n, key in enumerate(steps) if key not in standing.done), len(steps))
    start = search.Standing(done, built.problem.begins, lying)
    return answer(version, built, search.rest(built.problem, start, level=LEVEL, stop=_within(limit_ms)), at)


def answer(version: ItemVersion, built: Built, found: Plan, at: datetime) -> PlanView:
    """A plan, told. Raises Unavailable when it failed because the timetable ends."""
    teller = Teller(built, version.item.code, version.number)
    # what cannot be promised within what is planned is not offered
    sure = [one for one in found.itineraries if one.surely <= built.problem.horizon]
    if not sure:
        _past_the_timetable(built)
    told = tuple(teller.itinerary(one, what_stopped(teller, one)) for one in sure)
    return PlanView(
        item=version.item.code,
        item_name=version.name,
        division=built.home.code,
        at=at,
        complete=found.complete,
        itineraries=told,
        constraints=told[0].constraints if told else why_none(teller),
    )


_FIRST_MS = 20_000
_begun = False


def _within(limit_ms: int) -> Callable[[], bool]:
    """Whether the time is up. The first search of a process also loads timetable and compiled code: it may wait."""
    global _begun
    ends = time.monotonic() + (limit_ms if _begun else max(limit_ms, _FIRST_MS)) / 1000
    _begun = True
    return lambda: time.monotonic() > ends


def warm() -> None:
    """Load the timetable and the compiled searches, so that nobody waits for them. Without a timetable: nothing."""
    version = catalog.published(today()).filter(ways__isnull=False).first()
    home = Place.objects.active().filter(kind=PlaceKind.OUTLET).values_list("division_id", flat=True).last()
    if version is None or home is None:
        return
    with suppress(Problem):
        ways(version.item.code, home, now(), _FIRST_MS)


def _version(itinerary: Itinerary) -> ItemVersion:
    """The version an itinerary was planned with, whatever became of it since."""
    wanted = ItemVersion.objects.filter(item__code=itinerary.item, number=itinerary.version)
    pk = wanted.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound(_("没有这个事项的第 {n} 版。").format(n=itinerary.version))
    return catalog.get_by_id(pk)


def _papers(built: Built, itinerary: Itinerary, standing: Standing, at: datetime) -> dict[str, tuple[str, datetime]]:
    """Where each paper is: as told, else where its step gave it, else at home from the beginning."""
    found = dict.fromkeys(built.problem.papers, (HOME, at))
    taken = {step.key: step for step in itinerary.steps if step.key in standing.done}
    for step in built.problem.steps:
        done = taken.get(step.key)
        for option in step.options:
            if done is not None and option.mode == done.mode:
                found |= dict.fromkeys(option.gives, (done.place, done.ends))
    return found | dict(standing.papers)


def _past_the_timetable(built: Built) -> None:
    """Raises Unavailable when a piece could not be promised because the timetable ends."""
    post = built.problem.post
    if isinstance(post, ByPost) and post.ended is not None:
        raise Unavailable(post.ended.en if (get_language() or "").startswith("en") else post.ended.zh)
