"""The packaged division table: what must be true of it whatever edition it is."""

from __future__ import annotations

import importlib.util
import itertools
import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from zerotrip.places import codes
from zerotrip.places.table import BadTable, Row, packaged, parse

JIANGXI = [row for row in packaged().rows if row.code.startswith("36")]
HEAD = ["# edition: 2026-09-11", "code,parent,name,short,pinyin,lat,lon,position,postcode,former"]


def of_level(level: int) -> list[Row]:
    return [row for row in JIANGXI if row.level == level]


def inside(lon: float, lat: float, geometry: dict[str, Any]) -> bool:
    """Ray casting, written anew here so that the test does not share a mistake with the script."""
    for polygon in geometry["coordinates"]:
        crossings = 0
        for ring in polygon:
            for (ax, ay), (bx, by) in itertools.pairwise(ring):
                if (ay > lat) != (by > lat) and lon < (bx - ax) * (lat - ay) / (by - ay) + ax:
                    crossings += 1
        if crossings % 2:
            return True
    return False


@pytest.fixture(scope="module")
def county_map() -> dict[str, Any]:
    text = files("zerotrip.places").joinpath("data", "jiangxi_counties.geojson").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def test_jiangxi_has_its_cities_counties_and_townships() -> None:
    counted = Counter(row.level for row in JIANGXI)
    assert counted[codes.PROVINCE] == 1
    assert counted[codes.PREFECTURE] == 11
    assert counted[codes.COUNTY] == 100
    assert counted[codes.TOWNSHIP] >= 1550


def test_the_country_is_there_by_name() -> None:
    provinces = [row for row in packaged().rows if row.level == codes.PROVINCE]
    assert len(provinces) == 34
    assert sum(row.level == codes.PREFECTURE for row in packaged().rows) >= 330
    assert all(row.lat is not None for row in provinces)


def test_every_parent_exists_and_contains_its_children() -> None:
    known = packaged().by_code
    for row in packaged().rows:
        if row.level == codes.PROVINCE:
            assert not row.parent
            continue
        assert known[row.parent].level < row.level
        assert codes.within(row.code, row.parent), row


def test_every_county_has_townships() -> None:
    assert {row.parent for row in of_level(codes.TOWNSHIP)} == {row.code for row in of_level(codes.COUNTY)}


def test_positions_lie_in_the_right_county(county_map: dict[str, Any]) -> None:
    shapes = {f["properties"]["code"]: f["geometry"] for f in county_map["features"]}
    assert set(shapes) == {row.code for row in of_level(codes.COUNTY)}
    for row in of_level(codes.COUNTY) + of_level(codes.TOWNSHIP):
        assert row.lat is not None
        assert row.lon is not None
        holders = [code for code, shape in shapes.items() if inside(row.lon, row.lat, shape)]
        assert holders == [row.code[:6]], row


def test_township_positions_never_pretend() -> None:
    assert {row.position for row in of_level(codes.TOWNSHIP)} == {"seeded"}
    assert {row.position for row in of_level(codes.COUNTY)} == {"polygon"}
    places = Counter((row.lat, row.lon) for row in of_level(codes.TOWNSHIP))
    assert places.most_common(1)[0][1] == 1


def test_seats_have_postcodes() -> None:
    assert {row.code: row.postcode for row in of_level(codes.PREFECTURE)}["361000"] == "344000"
    assert all(len(row.postcode) == 6 for row in of_level(codes.PREFECTURE))


@pytest.mark.parametrize(
    ("code", "pinyin"),
    [
        ("361124", "yan shan"),
        ("361126", "yi yang"),
        ("361130", "wu yuan"),
        ("360731", "yu du"),
        ("361128", "po yang"),
        ("361025", "le an"),
        ("360281", "le ping"),
        ("360730", "ning du"),
        ("360428", "du chang"),
        ("361127", "yu gan"),
        ("360733", "hui chang"),
        ("500000", "chong qing"),
        ("341500", "lu an"),
    ],
)
def test_names_are_spelled_as_they_are_spoken(code: str, pinyin: str) -> None:
    assert packaged().by_code[code].pinyin == pinyin


@pytest.mark.parametrize(
    ("code", "old", "old_code", "until"),
    [
        ("360603", "余江县", "360622", 2018),
        ("360112", "湾里区", "360105", 2019),
        ("360112", "新建县", "360122", 2015),
        ("361104", "上饶县", "361121", 2019),
        ("361102", "上饶市", "362301", 2000),
        ("360404", "九江县", "360421", 2017),
        ("360483", "星子县", "360427", 2016),
        ("360704", "赣县", "360721", 2016),
        ("361003", "东乡县", "362531", 2000),
        ("360783", "龙南县", "360727", 2020),
        ("361002", "临川市", "362501", 2000),
        ("360402", "庐山区", "360402", 2016),
    ],
)
def test_old_names_lead_to_todays_division(code: str, old: str, old_code: str, until: int) -> None:
    assert (old, old_code, until) in [(f.name, f.code, f.until) for f in packaged().by_code[code].former]


def test_the_files_say_where_they_come_from(county_map: dict[str, Any]) -> None:
    assert packaged().edition.year >= 2026
    assert any("MIT" in source for source in packaged().sources)
    assert "审图号" in county_map["notice"]
    folder = files("zerotrip.places").joinpath("data")
    assert len(folder.joinpath("divisions.csv").read_bytes()) <= 400_000
    assert len(folder.joinpath("jiangxi_counties.geojson").read_bytes()) <= 120 * 1024


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "edition"),
        (["# edition: 2026-09-11", "code,name"], "columns"),
        (HEAD, "no division"),
        ([*HEAD, "36,,江西省"], "line 3: 3 cells"),
        ([*HEAD, "36x000,,江西省,江西,,,,,,"], "line 3: not a division code"),
        ([*HEAD, "360100,360000,南昌市,南昌,,,,,,"], "line 3: 360100 南昌市 is under 360000"),
        ([*HEAD, "360000,,江西省,江西,,,,,,", "360000,,江西省,江西,,,,,,"], "line 4: 360000 stands twice"),
        ([*HEAD, "360000,,江西省,江西,,x,1,p,,"], "line 3"),
        ([*HEAD, "360000,,江西省,江西,,1,1,p,,旧名"], "line 3"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_line(lines: list[str], said: str) -> None:
    with pytest.raises(BadTable, match=said):
        parse(lines)


def test_codes_are_put_into_one_form() -> None:
    assert [codes.normal(c) for c in ("36", "3601", "360102000000", "360102014000", "360102000")] == [
        "360000",
        "360100",
        "360102",
        "360102014",
        "360102",
    ]
    for wrong in ("", "3", "36010", "36010201", "３６", "abcdef"):
        with pytest.raises(ValueError, match="not a division code"):
            codes.normal(wrong)


def test_townships_against_the_older_statistics_edition(project: Path) -> None:
    """The statistics bureau numbers townships differently; by name nearly all are in both editions."""
    shipped = project.parent / "shared" / "data" / "divisions_jiangxi.json"
    if not shipped.exists():
        pytest.skip("the older edition is not beside the project")
    edition = json.loads(shipped.read_text(encoding="utf-8"))
    assert {code for code, _ in edition["counties"]} == {row.code for row in of_level(codes.COUNTY)}
    older = {(code[:6], name) for code, name in edition["townships"]}
    now = {(row.code[:6], row.name) for row in of_level(codes.TOWNSHIP)}
    former = {(row.code[:6], f.name) for row in of_level(codes.TOWNSHIP) for f in row.former}
    assert len(now & older) >= 1480
    assert len(older & former) >= 25


def test_the_county_map_keeps_shared_borders(project: Path) -> None:
    """Simplified together: a border between two counties is the same line in both, so that no gaps open."""
    spec = importlib.util.spec_from_file_location("geometry", project / "update" / "geometry.py")
    assert spec is not None
    assert spec.loader is not None
    geometry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(geometry)
    wavy = [(1.0, i / 10) for i in range(11)]
    wavy[3] = (1.0005, 0.3)
    left = [(0.0, 0.0), *wavy, (0.0, 1.0)]
    right = [*wavy[::-1], (2.0, 0.0), (2.0, 1.0)]
    thin = geometry.simplify({"left": [[left]], "right": [[right]]}, 0.001)
    assert {p for p in thin["left"][0][0] if p[0] >= 1} == {p for p in thin["right"][0][0] if p[0] < 2}
    assert len(thin["left"][0][0]) < len(left)
