"""The demo's post: its centres as places, its timetable imported like any other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import local
from zerotrip.demo import network, network_feed
from zerotrip.network import actions as network_actions
from zerotrip.network.models import Feed
from zerotrip.places import actions as places
from zerotrip.places.actions import NewPlace
from zerotrip.places.hours import Period
from zerotrip.places.models import Division, Place

ALL_DAY = {day: [Period.of("00:00", "24:00")] for day in range(7)}


def span(today: date) -> tuple[date, date]:
    """The rolling years a demo feed is valid: from the month's first a year ago to the month's last a year ahead."""
    return date(today.year - 1, today.month, 1), date(today.year + 1, today.month, 28)


def build(at: datetime, step: Callable[[str], None] = lambda text: None) -> Feed:
    """Open the centres that are missing and put the demo's timetable into use; what is there is left as it is."""
    made = network.plan()
    step("邮件处理中心")
    open_centres(made, at)
    step("邮路时刻表")
    active = Feed.objects.active().defer("body").first()
    if active is not None:
        return active
    first, last = span(local(at).date())
    with tempfile.TemporaryDirectory() as folder:
        network_feed.write(Path(folder), first, last, made=made)
        feed = network_actions.import_feed(Path(folder), actor=SYSTEM, at=at)
    return network_actions.activate(feed.pk, actor=SYSTEM, at=at)


def open_centres(made: network.Plan, at: datetime) -> int:
    """Open the places of the sorting centres whose divisions are loaded. Returns how many were opened."""
    wanted = {stop.code: stop for stop in made.stops.values() if stop.code.startswith("C")}
    there = set(Place.objects.filter(code__in=list(wanted)).values_list("code", flat=True))
    loaded = set(Division.objects.filter(pk__in=[s.division for s in wanted.values()]).values_list("pk", flat=True))
    new = [
        NewPlace(
            code=stop.code,
            name=stop.name.removesuffix("（演示）"),
            kind="centre",
            organisation="DEMO-POST",
            division=stop.division,
            week=ALL_DAY,
        )
        for code, stop in wanted.items()
        if code not in there and stop.division in loaded
    ]
    if new:
        places.open_places(new, actor=SYSTEM, at=at)
    return len(new)
