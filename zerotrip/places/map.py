"""The dot map of the home province as plain SVG: county polygons, places as dots. A demo map, and it says so."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SCALE = 200.0  # units of the picture for one degree of latitude


@dataclass(frozen=True, slots=True)
class Shape:
    """One county: its code, name and the SVG path of its border."""

    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point in the picture's units."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    """The county shapes and the frame they lie in."""

    shapes: tuple[Shape, ...]
    west: float
    north: float
    width: int
    height: int
    narrow: float

    def dot(self, lat: float, lon: float) -> Dot:
        """Where a position lies (plate carrée with the middle parallel true to scale: good for a province)."""
        return Dot(round((lon - self.west) * self.narrow * SCALE, 1), round((self.north - lat) * SCALE, 1))

    def dots(self, positions: Iterable[tuple[float, float]]) -> list[Dot]:
        """Dots for many (lat, lon)."""
        return [self.dot(lat, lon) for lat, lon in positions]


@cache
def province_map() -> Map:
    """The packaged map (Jiangxi), built once."""
    text = files("zerotrip.places").joinpath("data", "jiangxi_counties.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    points = [p for f in features for polygon in f["geometry"]["coordinates"] for ring in polygon for p in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrow = math.cos(math.radians((north + south) / 2))
    width, height = math.ceil((east - west) * narrow * SCALE), math.ceil((north - south) * SCALE)
    frame = Map((), west, north, width, height, narrow)
    shapes = tuple(
        Shape(f["properties"]["code"], f["properties"]["name"], _path(frame, f["geometry"]["coordinates"]))
        for f in features
    )
    return Map(shapes, west, north, width, height, narrow)


def _path(frame: Map, polygons: list[list[list[list[float]]]]) -> str:
    parts: list[str] = []
    for polygon in polygons:
        for ring in polygon:
            at = [frame.dot(lat, lon) for lon, lat in ring[:-1]]
            parts.append("M" + "L".join(f"{d.x:g} {d.y:g}" for d in at) + "Z")
    return "".join(parts)
