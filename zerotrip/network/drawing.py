"""The lines of the timetable in use on the map of the home province."""

from __future__ import annotations

from dataclasses import dataclass

from zerotrip.core.memo import briefly
from zerotrip.network import loading, queries
from zerotrip.network.engine.nets import division_of
from zerotrip.places.map import Dot, Map, province_map


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line: its kind (trunk, branch, tour) and its corners as SVG points."""

    kind: str
    points: str


@dataclass(frozen=True, slots=True)
class NetworkMap:
    """The map, its lines, and where the chosen stop is."""

    drawn: Map
    strokes: tuple[Stroke, ...]
    here: Dot | None


def network_map(stop: str = "") -> NetworkMap | None:
    """The map with all lines; None without a timetable in use. `stop` is marked when it lies on the map."""
    known = loading.active()
    if known is None:
        return None
    drawn = province_map()
    found = queries.current().feed.stops.get(stop)
    here = None
    if found is not None and found.lat is not None and found.lon is not None:
        dot = drawn.dot(found.lat, found.lon)
        here = dot if _inside(drawn, dot) else None
    return NetworkMap(drawn, _strokes(known[1]), here)


@briefly(3600)
def _strokes(digest: str) -> tuple[Stroke, ...]:
    """Each line once, by the longest of its runs; what leaves the map is left out."""
    drawn = province_map()
    feed = loading.network(digest).feed
    longest: dict[str, tuple[str, ...]] = {}
    for trip in feed.trips.values():
        stops = tuple(call.stop for call in trip.calls)
        if len(stops) > len(longest.get(trip.route, ())):
            longest[trip.route] = stops
    strokes: dict[tuple[str, str], Stroke] = {}
    for stops in longest.values():
        corners = [feed.stops[stop] for stop in (stops[: len(stops) // 2 + 1] if stops[0] == stops[-1] else stops)]
        dots = [drawn.dot(s.lat, s.lon) for s in corners if s.lat is not None and s.lon is not None]
        if len(dots) == len(corners) and all(_inside(drawn, dot) for dot in dots):
            points = " ".join(f"{dot.x:g},{dot.y:g}" for dot in dots)
            kind = _kind(stops)
            strokes[kind, points] = Stroke(kind, points)
    order = {"tour": 0, "branch": 1, "trunk": 2}
    return tuple(sorted(strokes.values(), key=lambda stroke: order[stroke.kind]))


def _kind(stops: tuple[str, ...]) -> str:
    if len(set(stops)) > 2 or any(len(division_of(stop)) > 6 for stop in stops):
        return "tour"
    return "trunk" if any(division_of(stop).endswith("0000") for stop in stops) else "branch"


def _inside(drawn: Map, dot: Dot) -> bool:
    return -5 <= dot.x <= drawn.width + 5 and -5 <= dot.y <= drawn.height + 5
