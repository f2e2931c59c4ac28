"""What scans of a piece show of the timetable: which run brought it, which round took it to the door.

Nobody scans a run itself, so it is inferred: a piece that left one stop for another took the first run that could take
it. A run that was missed at the origin shows as a late one; so does the promise's reader experience it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from zerotrip.core.errors import Unavailable
from zerotrip.network import queries
from zerotrip.network.engine.gtfs import Feed, Round
from zerotrip.network.engine.lateness import Observation, round_key, run_key
from zerotrip.network.engine.nets import net_of

BEFORE = timedelta(minutes=15)
"""A piece that is scanned out so long after a run's departure may still be on it: bags are closed, then scanned."""

LONGEST = timedelta(days=2)
"""A run or round that would be later than this is not what was seen."""


def delivered(stop: str, at: datetime) -> Observation | None:
    """A delivery at a door by the round of `stop` that was out at `at`, else by the last before it."""
    feed = _feed()
    running = _rounds(feed, stop, "delivery", at) if feed else []
    if feed is None or not running:
        return None
    begins, one = max(running, key=lambda found: found[0])
    return Observation("round", round_key("delivery", stop, one.start, one.end), begins, at)


def back_at(stop: str, at: datetime) -> datetime:
    """When what a courier collects at `at` is at the stop: the end of the round that is out then; `at` if none is."""
    feed = _feed()
    for begins, one in _rounds(feed, stop, "collection", at) if feed else []:
        ends = begins + timedelta(seconds=one.end - one.start)
        if ends > at:
            return ends
    return at


def arrived(origin: str, target: str, left: datetime, came: datetime) -> Observation | None:
    """An arrival at `target` of what left `origin` at `left`: by the first run between them that could take it."""
    feed = _feed()
    if feed is None or origin == target or came < left:
        return None
    found: list[tuple[datetime, datetime, str]] = []
    for back in (1, 0, -1):
        day = left.astimezone(ZoneInfo(feed.zone)).date() - timedelta(days=back)
        zero = _zero(feed, day)
        for trip in feed.trips.values():
            if not feed.services[trip.service].runs(day):
                continue
            on = next((n for n, call in enumerate(trip.calls) if call.stop == origin and call.board), None)
            off = next((call for call in trip.calls[on + 1 :] if call.stop == target), None) if on is not None else None
            if on is None or off is None:
                continue
            for begins in trip.starts or (trip.calls[0].departure,):
                shift = begins - trip.calls[0].departure
                leaves = zero + timedelta(seconds=trip.calls[on].departure + shift)
                if leaves >= left - BEFORE:
                    arrival = off.arrival + shift
                    key = run_key(net_of(origin, target), trip.route, target, arrival // 3600 % 24)
                    found.append((leaves, zero + timedelta(seconds=arrival), key))
        if found:
            break
    if not found:
        return None
    _leaves, scheduled, key = min(found)
    return Observation("run", key, scheduled, came) if came - scheduled <= LONGEST else None


def _feed() -> Feed | None:
    try:
        return queries.current().feed
    except Unavailable:
        return None


def _zero(feed: Feed, day: date) -> datetime:
    """What the times of a service day count from: noon minus twelve hours."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(feed.zone)) - timedelta(hours=12)


def _rounds(feed: Feed, stop: str, kind: str, at: datetime) -> list[tuple[datetime, Round]]:
    """The rounds of a stop begun by `at` on its day or the day before, with when they began."""
    today = at.astimezone(ZoneInfo(feed.zone)).date()
    found = []
    for day in (today - timedelta(days=1), today):
        zero = _zero(feed, day)
        for one in feed.rounds:
            if one.stop == stop and one.kind == kind and feed.services[one.service].runs(day):
                begins = zero + timedelta(seconds=one.start)
                found += [(begins, one)] if begins <= at else []
    return found
