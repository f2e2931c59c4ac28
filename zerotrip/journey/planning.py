"""Plans and tells: from an item, a division and a moment to the answer. Needs the engines: load it when asked."""

from __future__ import annotations

import time
from datetime import datetime

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import local
from zerotrip.journey.engine.search import plan
from zerotrip.journey.itinerary.reasons import what_stopped, why_none
from zerotrip.journey.itinerary.telling import Teller
from zerotrip.journey.problem import LEVEL, Built, build
from zerotrip.journey.queries import PlanView


def ways(item_code: str, division_code: str, at: datetime, limit_ms: int) -> PlanView:
    """See `queries.plan_for`."""
    version = catalog.get(item_code, local(at).date())
    return answer(version, build(version, division_code, at), at, limit_ms)


def answer(version: ItemVersion, built: Built, at: datetime, limit_ms: int) -> PlanView:
    """The plan of a problem, told."""
    ends = time.monotonic() + limit_ms / 1000
    found = plan(built.problem, level=LEVEL, stop=lambda: time.monotonic() > ends)
    teller = Teller(built, version.item.code, version.number)
    told = tuple(teller.itinerary(one, what_stopped(teller, one)) for one in found.itineraries)
    return PlanView(
        item=version.item.code,
        item_name=version.name,
        division=built.home.code,
        at=at,
        complete=found.complete,
        itineraries=told,
        constraints=told[0].constraints if told else why_none(teller),
    )
