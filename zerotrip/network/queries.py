"""What can be asked about the post's timetable: the network in use, the stop of a place, the net between two stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, NotFound, Unavailable
from zerotrip.core.memo import briefly
from zerotrip.network import loading
from zerotrip.network.engine import nets
from zerotrip.network.engine.gtfs import Feed as Timetable
from zerotrip.network.engine.gtfs import Round
from zerotrip.network.models import Feed, FeedQuerySet, FeedStop, Outcome, OutcomeQuerySet
from zerotrip.places import codes
from zerotrip.places.models import Division, Place

if TYPE_CHECKING:
    from zerotrip.network.engine.promise import End, Network, Promise


def current(at: date | None = None, *, compiled: bool = True) -> Network:
    """The engine over the timetable in use, kept in the process. `at`: a day it must be valid on, if given.

    `compiled=False`: for a process that asks a few questions and ends, the same answers without loading a compiler.

    Raises Unavailable when no timetable is in use, or it has ended by then or begins later.
    """
    known = loading.active()
    if known is None:
        raise Unavailable(_("还没有启用邮路时刻表，暂时无法计算时限。请联系系统管理员导入。"))
    found = loading.network(known[1], compiled=compiled)
    plan = found.plan
    if at is not None and not plan.first_day <= at <= plan.last_day:
        raise Unavailable(
            _("邮路时刻表的有效期为 {first} 至 {last}，不能计算 {day} 的时限。").format(
                first=plan.first_day, last=plan.last_day, day=at
            )
        )
    return found


def stop_of(place: Place) -> str:
    """The stop of a place: its own if the timetable has one, else that of the hall it is in or of its division."""
    return _stop(place.code, place.division_id)


def stop_of_division(code: str) -> str:
    """The stop that serves a division: its township's outlet, else its county's, city's or province's centre."""
    return _stop(f"P{code}", code)


def net_of(stop_a: str, stop_b: str) -> str:
    """同城网 "city", 省内网 "province" or 省际网 "national"."""
    return nets.net_of(stop_a, stop_b)


def _stop(own: str, division: str) -> str:
    known = _stops()
    above = (own, f"P{division}", f"C{division[:6]}", f"C{division[:4]}00", f"C{division[:2]}0000")
    return next((code for code in above if code in known), f"C{division[:6]}")


def _stops() -> frozenset[str]:
    """The stops of the timetable in use; none without one."""
    known = loading.active()
    return _stops_of(*known) if known is not None else frozenset()


@briefly(600)
def _stops_of(pk: int, digest: str) -> frozenset[str]:
    return frozenset(FeedStop.objects.filter(feed=pk).values_list("code", flat=True))


def place_or_division(text: str) -> str:
    """The stop meant by a place code, a stop code or a division code. Raises NotFound."""
    wanted = text.strip()[:60]
    if wanted in _stops():
        return wanted
    try:
        plain = codes.normal(wanted)
    except ValueError:
        plain = ""
    if plain and Division.objects.filter(pk=plain).exists():
        return stop_of_division(plain)
    place = Place.objects.filter(code=wanted).first()
    if place is None:
        raise NotFound(_("没有代码为 {code} 的场所或行政区划，请核对代码。").format(code=wanted[:20] or "—"))
    return stop_of(place)


def promise(origin: End, target: End, at: datetime) -> Promise | None:
    """The promise for what is handed over at `at`; None when nothing gets there in the timetable's time.

    Raises Unavailable without a timetable in use, or for a day outside it, NotFound for a stop it does not have.
    """
    from zerotrip.network.engine.timetable import FeedEnded

    try:
        return current().promise(origin, target, at)
    except FeedEnded as ended:
        raise Unavailable(ended.en if (get_language() or "").startswith("en") else ended.zh) from ended
    except KeyError as unknown:
        raise NotFound(_("时刻表里没有站点 {code}。").format(code=str(unknown.args[0])[:40])) from unknown


def feeds(actor: Actor) -> FeedQuerySet:
    """All timetables, newest first, without their files."""
    return Feed.objects.visible_to(actor).defer("body")


def feed(feed_id: int, *, actor: Actor) -> Feed:
    """One timetable. Raises NotFound."""
    found = feeds(actor).filter(pk=feed_id).first()
    if found is None:
        raise NotFound(_("没有这份时刻表，请刷新页面。"))
    return found


def timetable(feed_id: int | None = None) -> Timetable:
    """A timetable with all its files, as it was imported; without a number the one in use.

    Raises NotFound, Unavailable when none is in use.
    """
    if feed_id is None:
        known = loading.active()
        if known is None:
            raise Unavailable(_("还没有启用邮路时刻表。"))
        feed_id = known[0]
    try:
        return loading.opened(feed_id)
    except Feed.DoesNotExist as missing:
        raise NotFound(_("没有这份时刻表，请刷新页面。")) from missing


@dataclass(frozen=True, slots=True)
class Visit:
    """A run at a stop on one day: when it comes and goes, from where to where."""

    run: str
    line: str
    arrives: datetime | None
    departs: datetime | None
    origin: str
    target: str
    stops: int


def visits(stop: str, day: date) -> list[Visit]:
    """The runs that call at a stop on a service day, in order of time. Raises Unavailable, NotFound for no stop."""
    from zoneinfo import ZoneInfo

    feed = current().feed
    if stop not in feed.stops:
        raise NotFound(_("时刻表里没有站点 {code}。").format(code=stop[:40]))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(feed.zone))
    zero = noon - timedelta(hours=12)
    found: list[Visit] = []
    for trip in feed.trips.values():
        if not any(call.stop == stop for call in trip.calls) or not feed.services[trip.service].runs(day):
            continue
        last = len(trip.calls) - 1
        for begins in trip.starts or (trip.calls[0].departure,):
            shift = begins - trip.calls[0].departure
            for n, call in enumerate(trip.calls):
                if call.stop == stop:
                    found.append(
                        Visit(
                            trip.id,
                            trip.route,
                            zero + timedelta(seconds=call.arrival + shift) if n else None,
                            zero + timedelta(seconds=call.departure + shift) if n < last else None,
                            trip.calls[0].stop,
                            trip.calls[last // 2 + last % 2].stop
                            if trip.calls[0].stop == trip.calls[-1].stop
                            else trip.calls[-1].stop,
                            len(trip.calls),
                        )
                    )
    return sorted(found, key=lambda v: (v.arrives or v.departs or zero, v.run))


def outcomes(actor: Actor) -> OutcomeQuerySet:
    """How promises ended."""
    return Outcome.objects.visible_to(actor)


def month_of(text: str) -> date | None:
    """A month as a page's address has it ("2026-11"), its first day; None when empty. Raises BadInput."""
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError as error:
        raise BadInput(_("月份应写成 2026-11 这样。")) from error


def rounds_at(stop: str, day: date) -> list[Round]:
    """The courier rounds at a stop on a service day. Raises Unavailable."""
    feed = current().feed
    return [one for one in feed.rounds if one.stop == stop and feed.services[one.service].runs(day)]
