"""Itineraries as the planner writes them, for the town of the stories: by courier, by an outlet, by the hall."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.town import Corner
from zerotrip.catalog.models import ItemVersion
from zerotrip.catalog.queries import get as get_item
from zerotrip.core.clock import SHANGHAI, local, now, today
from zerotrip.journey.itinerary import HOME, Constraint, Itinerary, Leg, Part, Step
from zerotrip.places.models import Place
from zerotrip.rules.calendar_cn import packaged


def moment(day: int, clock: str) -> datetime:
    """A clock time `day` days from today."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime.combine(today(), datetime.min.time(), SHANGHAI) + timedelta(days=day, hours=hour, minutes=minute)


def after(days: int, clock: str, since: datetime) -> datetime:
    """A clock time on the n-th working day after a moment."""
    day = packaged().add_working_days(local(since).date(), days)
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(hours=hour, minutes=minute)


def _step(key: str, name: str, actor: str, mode: str, place: Place | None, begins: datetime, ends: datetime,
          visit: int = 0) -> Step:  # fmt: skip
    code, label = (HOME, "家") if place is None else (place.code, place.name)
    return Step(key, name, actor, mode, code, label, begins, ends, ends + timedelta(hours=4), visit)


def _leg(kind: Any, origin: Place | None, target: Place | None, departs: datetime, arrives: datetime,
         papers: tuple[str, ...] = (), step: str = "", net: str = "") -> Leg:  # fmt: skip
    a, b = (("home", "家") if end is None else (end.code, end.name) for end in (origin, target))
    return Leg(kind, *a, *b, departs, arrives, arrives + timedelta(hours=4), papers, step, net)


def _whole(
    version: ItemVersion, corner: Corner, steps: list[Step], legs: list[Leg], price: str, **more: Any
) -> Itinerary:
    finish = steps[-1].ends
    made = Itinerary(
        id="",
        item=version.item.code,
        version=version.number,
        division=corner.county,
        begins=now(),
        trips=max(step.visit for step in steps),
        finish=finish,
        finish_p95=finish + timedelta(hours=20),
        parts=(Part("寄递费", Decimal(price)),),
        steps=tuple(steps),
        legs=tuple(legs),
        constraints=(
            Constraint("apply", "申请", ("online",), "须核验原件", "机动车驾驶证申领和使用规定", "第七十三条"),
        ),
    )
    return replace(made, **more).identified()


def by_courier(corner: Corner, item: str, window: Place) -> Itinerary:
    """Nobody goes out: a courier collects this afternoon, the window has three working days, the result is mailed."""
    version = get_item(item, today())
    filled, posted = now() + timedelta(minutes=15), moment(0, "14:30")
    there = moment(1, "10:00")
    decided = after(3, "17:00", there)
    back = after(1, "09:00", decided)
    home = after(1, "16:00", decided)
    steps = [
        _step("apply", "网上申请", "person", "online", None, now(), filled),
        _step("review", "审查", "agency", "window", window, there, decided),
        _step("receive", "签收", "person", "doorstep", None, home, home),
    ]
    legs = [
        _leg("post", None, window, posted, there, ("申请材料原件",), "review", "city"),
        _leg("post", window, None, back, home, ("结果证件",), "receive", "city"),
    ]
    return _whole(version, corner, steps, legs, "40.00")


def by_outlet(corner: Corner, item: str, window: Place) -> Itinerary:
    """One trip to the outlet this afternoon; it posts what was handed in."""
    version = get_item(item, today())
    come, there = moment(0, "14:00"), moment(1, "10:00")
    decided = after(2, "17:00", there)
    home = after(1, "16:00", decided)
    steps = [
        _step("submit", "交件核验", "person", "outlet", corner.outlet, come, come + timedelta(minutes=20), 1),
        _step("review", "审查", "agency", "window", window, there, decided),
        _step("receive", "签收", "person", "doorstep", None, home, home),
    ]
    legs = [
        _leg("person", None, corner.outlet, come - timedelta(minutes=25), come, ("旧证（牌）",), "submit"),
        _leg("person", corner.outlet, None, come + timedelta(minutes=20), come + timedelta(minutes=45)),
        _leg("post", corner.outlet, window, moment(0, "17:00"), there, ("网点受理卷",), "review", "city"),
        _leg("post", window, None, after(1, "09:00", decided), home, ("结果证件",), "receive", "city"),
    ]
    return _whole(version, corner, steps, legs, "40.00")


def by_hall(corner: Corner, item: str, window: Place) -> Itinerary:
    """One trip to the window tomorrow morning; the result is mailed."""
    version = get_item(item, today())
    come = moment(1, "09:30")
    done = come + timedelta(minutes=20)
    decided = after(2, "17:00", done)
    home = after(1, "16:00", decided)
    steps = [
        _step("submit", "到窗口申请", "person", "window", window, come, done, 1),
        _step("review", "审查", "agency", "window", window, done, decided),
        _step("receive", "签收", "person", "doorstep", None, home, home),
    ]
    legs = [
        _leg("person", None, window, come - timedelta(minutes=40), come, (), "submit"),
        _leg("person", window, None, done, done + timedelta(minutes=40)),
        _leg("post", window, None, after(1, "09:00", decided), home, ("结果证件",), "receive", "city"),
    ]
    return _whole(version, corner, steps, legs, "20.00")


def rest_by_post(way: Itinerary, *, hours: int) -> Itinerary:
    """The way back of `way` that much later, as the planner offers the rest of a way."""
    by = timedelta(hours=hours)
    moved = [step._replace(begins=step.begins + by, ends=step.ends + by, ends_p95=step.ends_p95 + by)
             for step in way.steps[-1:]]  # fmt: skip
    legs = [leg._replace(departs=leg.departs + by, arrives=leg.arrives + by, arrives_p95=leg.arrives_p95 + by)
            for leg in way.legs[-1:]]  # fmt: skip
    rest = replace(
        way, begins=now(), steps=(*way.steps[1:-1], *moved), legs=tuple(legs), finish=way.finish + by,
        finish_p95=way.finish_p95 + by,
    )  # fmt: skip
    return rest.identified()


def all_online(corner: Corner, item: str, window: Place) -> Itinerary:
    """Nothing travels but data: the window answers by the end of the next working day."""
    version = get_item(item, today())
    filled = now() + timedelta(minutes=10)
    steps = [
        _step("apply", "网上申请", "person", "online", None, now(), filled),
        _step("review", "审核", "agency", "window", window, filled, after(1, "17:00", filled)),
    ]
    return _whole(version, corner, steps, [_leg("data", None, window, filled, filled, (), "review")], "0.00")


def at_once(corner: Corner, item: str, window: Place) -> Itinerary:
    """One visit to the window, which hands the result over while the applicant waits."""
    version = get_item(item, today())
    come = moment(1, "09:30")
    minutes = [come + timedelta(minutes=n) for n in (10, 30, 50)]
    steps = [
        _step("submit", "到窗口申请", "person", "window", window, come, minutes[0], 1),
        _step("review", "审核制证", "agency", "window", window, minutes[0], minutes[1]),
        _step("receive", "领取", "person", "window", window, minutes[1], minutes[2], 1),
    ]
    legs = [
        _leg("person", None, window, come - timedelta(minutes=40), come, (), "submit"),
        _leg("person", window, None, minutes[2], minutes[2] + timedelta(minutes=40), ("result",), "receive"),
    ]
    return _whole(version, corner, steps, legs, "10.00")
