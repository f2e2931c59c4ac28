"""What the tracking page draws of a number: the route, the promise on a line of time, the way on the map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from zerotrip.core.picture import Leg, LegState, Picture, Station, StationState
from zerotrip.mail.codes import OPERATIONS
from zerotrip.mail.models import Net, Purpose, State
from zerotrip.mail.trace.models import Trace
from zerotrip.places.map import Dot, Map, province_map
from zerotrip.places.models import Division, Place

_PART: Final[dict[str, int]] = {
    "requested": 0, "accepted": 0, "in_transit": 1, "arrived": 2, "out": 3, "undelivered": 3, "delivered": 4,
    "returning": 1, "returned": 0, "cancelled": 0,
}  # fmt: skip
"""Which part of the picture a stage is: station 0, leg 1, station 2, leg 3, station 4."""

ENDED: Final = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})
UNPROMISED: Final = ENDED | {State.RETURNING}
"""Stages in which nothing is promised any more."""

MARGIN: Final = 50
LEAST_WIDTH: Final = 320
"""Of the part of the map that is shown, in its own units: about 180 km."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scan as a person reads it."""

    name: str
    icon: str
    reason: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """The promise on a line of time from acceptance on. Positions are shares of the line in hundredths.

    `spare`: the time left, or by how much it is or was missed when `late`; `done` once nothing is promised any more.
    """

    half_by: datetime | None
    by: datetime
    at: datetime
    spare: timedelta
    late: bool
    done: bool
    half_mark: int | None
    mark: int
    now_mark: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way, numbered in the order the piece came there. `here`: it was seen there last."""

    number: int
    name: str
    first: datetime | None
    here: bool
    dot: Dot | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """The stops on the map, the line through them and the part of the map that is shown; `outside`: not on it.

    `ahead` is the line to where it is to go; `scale` makes marks equally large whatever part is shown.
    """

    drawn: Map
    view_box: str
    line: str
    ahead: str
    on_map: tuple[Stop, ...]
    outside: tuple[Stop, ...]
    scale: float

    @property
    def stops(self) -> list[Stop]:
        """All of them, in order."""
        return sorted((*self.on_map, *self.outside), key=lambda stop: stop.number)


def rows(shown: dict[str, Any]) -> list[Row]:
    """The scans, newest first."""
    return [
        Row(
            event["name"],
            OPERATIONS.get(event["code"], ("", "circle"))[1],
            event["reason"],
            event["place"],
            datetime.fromisoformat(event["at"]),
        )
        for event in reversed(shown["events"])
    ]


def subject(shown: dict[str, Any]) -> str:
    """What sort of piece it is, in a few words."""
    words = [
        str(Purpose(shown["purpose"]).label) if shown["purpose"] else shown["product"],
        str(Net(shown["net"]).label) if shown["net"] in Net.values else "",
    ]
    return " · ".join(word for word in words if word)


def picture(shown: dict[str, Any]) -> Picture:
    """The piece's own route: where from, where it was last on the way, where to."""
    stage = shown["state"]
    now = _PART[stage]
    over = stage in ENDED
    failed = stage in {State.RETURNING, State.RETURNED, State.CANCELLED}
    accepted, delivered = (_time(shown[name]) for name in ("accepted_at", "delivered_at"))
    seen = [event["place"] for event in shown["events"] if event["place"]]
    middle = seen[-1] if seen and 0 < now < 4 else _("途中")

    def station(index: int) -> StationState:
        if failed and index == 4:
            return "failed"
        return "done" if index < now or (over and index == now) else "now" if index == now else "planned"

    def leg(index: int) -> LegState:
        if failed and index >= now:
            return "failed"
        return "done" if index < now else "now" if index == now else "planned"

    return Picture(
        stations=(
            Station(_("寄出"), sub=shown["from"], state=station(0), at=accepted),
            Station(_("途经"), sub=middle, state=station(2)),
            Station(_("送达"), sub=shown["to"], state=station(4), at=delivered),
        ),
        legs=(
            Leg("post", _("运输"), state=leg(1)),
            Leg("post", _("投递"), state=leg(3), number=shown["number"]),
        ),
        now_index=None if over else now,
    )


def promise(shown: dict[str, Any], moment: datetime) -> Promise | None:
    """Where the piece stands against its promise at `moment`; None when none was made, or none stands any more."""
    begin, by = _time(shown["accepted_at"] or shown["announced_at"]), _time(shown["promised_p95"])
    if begin is None or by is None or by <= begin or shown["late"] is None:
        return None
    delivered, half_by = _time(shown["delivered_at"]), _time(shown["promised_at"])
    at = delivered or moment
    whole = (max(by, at) - begin) * 1.04

    def mark(when: datetime) -> int:
        return min(100, max(0, round((when - begin) / whole * 100)))

    half_mark = mark(half_by) if half_by else None
    return Promise(half_by, by, at, abs(by - at), at > by, delivered is not None, half_mark, mark(by), mark(at))


def way(raw: dict[str, Any], shown: dict[str, Any]) -> Way | None:
    """The way so far and where it is to lead, on the map of the province; None when no place of it is known."""
    wanted = Trace.objects.filter(number=raw["number"]).values_list("target", flat=True).first() or ""
    visits = [(office, place or area or "", _time(at)) for _c, at, _r, office, place, _a, area in raw["events"]]
    planned: list[Visit] = [(wanted, shown["to"], None)] if wanted and shown["state"] not in UNPROMISED else []
    stops = _stops([visit for visit in visits if visit[1]], planned)
    if not stops:
        return None
    drawn = province_map()
    positions = _positions([office for office, _stop in stops])
    placed = []
    for office, stop in stops:
        dot = drawn.dot(*positions[office]) if office in positions else None
        inside = dot is not None and 0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height
        placed.append(Stop(stop.number, stop.name, stop.first, stop.here, dot if inside else None))
    on_map = [stop for stop in placed if stop.dot]
    box, width = _view_box([stop.dot for stop in on_map if stop.dot], drawn)
    on_map = _beside(on_map, width / 400)
    number_of = {office: stop.number for office, stop in stops}
    dot_of = {stop.number: stop.dot for stop in on_map}
    path = [dot_of.get(number_of[office]) for office, _name, _at in visits if office in number_of]
    line = [f"{dot.x:g},{dot.y:g}" for dot in path if dot]
    ahead = [f"{stop.dot.x:g},{stop.dot.y:g}" for stop in on_map if stop.dot and stop.first is None]
    outside = tuple(stop for stop in placed if not stop.dot)
    return Way(drawn, box, " ".join(line), " ".join(line[-1:] + ahead), tuple(on_map), outside, round(width / 400, 3))


def _beside(stops: list[Stop], scale: float) -> list[Stop]:
    """Marks that would cover each other stand side by side."""
    taken: list[Dot] = []
    moved = []
    for stop in stops:
        dot = stop.dot
        assert dot is not None
        while any(abs(dot.x - other.x) < 20 * scale and abs(dot.y - other.y) < 20 * scale for other in taken):
            dot = Dot(round(dot.x + 21 * scale, 1), dot.y)
        taken.append(dot)
        moved.append(replace(stop, dot=dot))
    return moved


Visit = tuple[str, str, datetime | None]


def _stops(visits: list[Visit], planned: list[Visit]) -> list[tuple[str, Stop]]:
    """Each place once, in the order the piece first came there, then where it is to go."""
    first: dict[str, Visit] = {}
    for visit in [*visits, *planned]:
        if visit[1]:
            first.setdefault(visit[0], visit)
    last = visits[-1][0] if visits else ""
    return [
        (office, Stop(number, name, at, office == last)) for number, (office, name, at) in enumerate(first.values(), 1)
    ]


def _positions(offices: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Where offices are: the place's own position, else a point of the division whose code the office bears."""
    codes = list(offices)
    places = Place.objects.filter(code__in=codes, lat__isnull=False).values_list("code", "lat", "lon")
    known = {code: (lat, lon) for code, lat, lon in places if lat is not None and lon is not None}
    areas = Division.objects.filter(code__in=[code[1:] for code in codes], lat__isnull=False)
    around = {code: (lat, lon) for code, lat, lon in areas.values_list("code", "lat", "lon") if lat and lon}
    return {code: around[code[1:]] for code in codes if code[1:] in around} | known


def _view_box(dots: list[Dot], drawn: Map) -> tuple[str, float]:
    """The part of the map around the stops, in the shape of a picture four wide and three high, and its width."""
    if not dots:
        return f"0 0 {drawn.width} {drawn.height}", float(drawn.width)
    west, east = min(d.x for d in dots) - MARGIN, max(d.x for d in dots) + MARGIN
    north, south = min(d.y for d in dots) - MARGIN, max(d.y for d in dots) + MARGIN
    width = max(east - west, (south - north) * 4 / 3, LEAST_WIDTH)
    height = width * 3 / 4
    x, y = (west + east - width) / 2, (north + south - height) / 2
    return f"{x:.0f} {y:.0f} {width:.0f} {height:.0f}", width


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
