"""Plane geometry for the update scripts: simplify a coverage of polygons without gaps, find points inside.

Coordinates are (longitude, latitude) in degrees; at the size of a county the plane is good enough.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable

Point = tuple[float, float]
Ring = list[Point]
"""A closed ring without its repeated last point."""
Polygon = list[Ring]
"""Outer ring first, holes after it."""


def area(ring: Ring) -> float:
    """Signed area in square degrees (shoelace formula)."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def centroid(ring: Ring) -> Point:
    """Centre of area of one ring."""
    x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = ax * by - bx * ay
        x += (ax + bx) * cross
        y += (ay + by) * cross
    six = 6 * area(ring)
    return x / six, y / six


def inside(point: Point, polygons: Iterable[Polygon]) -> bool:
    """Whether the point lies in one of the polygons (ray casting; holes are outside)."""
    x, y = point
    for polygon in polygons:
        hit = False
        for ring in polygon:
            for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
                if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                    hit = not hit
        if hit:
            return True
    return False


def clearance(point: Point, polygons: Iterable[Polygon]) -> float:
    """Distance in degrees from the point to the nearest edge."""
    best = math.inf
    px, py = point
    for polygon in polygons:
        for ring in polygon:
            for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
                dx, dy = bx - ax, by - ay
                length = dx * dx + dy * dy
                t = 0.0 if length == 0 else min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / length))
                best = min(best, math.hypot(px - ax - t * dx, py - ay - t * dy))
    return best


def label_point(polygons: list[Polygon]) -> Point:
    """A point well inside: the centre of area of the largest part, or, where that lies outside (a horseshoe),
    the point of a grid farthest from every edge."""
    largest = max(polygons, key=lambda polygon: abs(area(polygon[0])))
    centre = centroid(largest[0])
    if inside(centre, [largest]) and clearance(centre, [largest]) > 0.005:
        return centre
    xs = [x for x, _ in largest[0]]
    ys = [y for _, y in largest[0]]
    grid = [
        (min(xs) + (max(xs) - min(xs)) * i / 40, min(ys) + (max(ys) - min(ys)) * j / 40)
        for i in range(1, 40)
        for j in range(1, 40)
    ]
    return max((p for p in grid if inside(p, [largest])), key=lambda p: clearance(p, [largest]))


def spread(seeds: list[str], polygons: list[Polygon], taken: list[Point]) -> list[Point]:
    """One point inside the polygons for each seed, apart from each other and from `taken`.

    Each point depends on its seed and on the points before it; a new seed at the end moves none of the others.
    """
    placed = list(taken)
    found: list[Point] = []
    weights = [abs(area(polygon[0])) for polygon in polygons]
    for seed in seeds:
        dice = random.Random(seed)
        candidates: list[Point] = []
        while len(candidates) < 24:
            polygon = dice.choices(polygons, weights)[0]
            xs = [x for x, _ in polygon[0]]
            ys = [y for _, y in polygon[0]]
            point = (round(dice.uniform(min(xs), max(xs)), 4), round(dice.uniform(min(ys), max(ys)), 4))
            if inside(point, [polygon]):
                candidates.append(point)

        def room(point: Point, polygon_list: list[Polygon] = polygons) -> float:
            near = min((math.hypot(point[0] - x, point[1] - y) for x, y in placed), default=1.0)
            return min(near, 2 * clearance(point, polygon_list))

        best = max(candidates, key=room)
        placed.append(best)
        found.append(best)
    return found


def simplify(shapes: dict[str, list[Polygon]], tolerance: float) -> dict[str, list[Polygon]]:
    """Simplify neighbouring shapes together: a border shared by two shapes stays the same line in both.

    Rings are cut into arcs at the points where borders meet; each arc is thinned once by Douglas and Peucker (1973)
    with the tolerance in degrees. Rings that would vanish are dropped unless they are a shape's only one.
    """
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for polygons in shapes.values():
        for polygon in polygons:
            for ring in polygon:
                for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
                    neighbours[a].add(b)
                    neighbours[b].add(a)
    joints = {point for point, around in neighbours.items() if len(around) > 2}
    thinned: dict[tuple[Point, ...], list[Point]] = {}

    def thin(arc: list[Point]) -> list[Point]:
        forward = tuple(arc)
        backward = forward[::-1]
        if backward in thinned:
            return thinned[backward][::-1]
        if forward not in thinned:
            thinned[forward] = douglas_peucker(arc, tolerance)
        return thinned[forward]

    def ring_of(ring: Ring) -> Ring:
        cuts = [i for i, point in enumerate(ring) if point in joints]
        if not cuts:  # an island or a hole with one neighbour: cut at two fixed far points, the same from both sides
            first = min(range(len(ring)), key=lambda i: ring[i])
            last = max(range(len(ring)), key=lambda i: ring[i])
            cuts = sorted({first, last})
        out: Ring = []
        for start, end in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
            arc = [ring[i % len(ring)] for i in range(start, end + 1)]
            out.extend(thin(arc)[:-1])
        return out

    result: dict[str, list[Polygon]] = {}
    for key, polygons in shapes.items():
        kept: list[Polygon] = []
        for polygon in polygons:
            rings = [ring_of(ring) for ring in polygon]
            if len(rings[0]) >= 3 and abs(area(rings[0])) > tolerance**2:
                kept.append([rings[0], *(hole for hole in rings[1:] if len(hole) >= 3)])
        if not kept:
            raise ValueError(f"{key}: nothing left at tolerance {tolerance}")
        result[key] = kept
    return result


def douglas_peucker(line: list[Point], tolerance: float) -> list[Point]:
    """The line with every point dropped that lies within the tolerance of the rest."""
    if len(line) < 3:
        return line
    (ax, ay), (bx, by) = line[0], line[-1]
    dx, dy = bx - ax, by - ay
    length = math.hypot(dx, dy)
    worst, at = 0.0, 0
    for i in range(1, len(line) - 1):
        px, py = line[i]
        off = abs(dy * (px - ax) - dx * (py - ay)) / length if length else math.hypot(px - ax, py - ay)
        if off > worst:
            worst, at = off, i
    if worst <= tolerance:
        return [line[0], line[-1]]
    return douglas_peucker(line[: at + 1], tolerance)[:-1] + douglas_peucker(line[at:], tolerance)
