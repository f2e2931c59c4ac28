"""The demo province: real divisions and real service items; invented halls, windows and outlets, named as such.

Rules of its making: every county and every prefecture's seat has a hall with three windows, one post office beside the
hall; every township has an outlet. Hours: halls 9:00–12:00 and 13:30–17:00 on working days, outlets 8:30–12:00 and
13:30–17:30 every day. Nothing here is a statement about a real place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from zerotrip.catalog.actions import set_competence
from zerotrip.catalog.codes import ORGAN_KIND
from zerotrip.core.actors import SYSTEM
from zerotrip.demo import services
from zerotrip.places import actions as places
from zerotrip.places.actions import NewPlace
from zerotrip.places.hours import Period
from zerotrip.places.models import Division, Level, Place

HALL_WEEK = {day: [Period.of("09:00", "12:00"), Period.of("13:30", "17:00")] for day in range(5)}
OUTLET_WEEK = {day: [Period.of("08:30", "12:00"), Period.of("13:30", "17:30")] for day in range(7)}

POLICE = ("traffic_police", "household_police", "exit_entry", "public_security")
MARKET = ("market", "tax", "transport", "agriculture", "tobacco", "press", "culture_tourism")
WINDOWS = (("POL", "公安综合窗口", POLICE), ("MKT", "企业综合窗口", MARKET), ("GEN", "社会事务窗口", ()))
"""Windows of each hall: suffix of the code, name, organ kinds; the last takes what the others do not."""


@dataclass(frozen=True, slots=True)
class Built:
    """How much there is now."""

    halls: int
    windows: int
    outlets: int


def build(province: str, at: datetime, step: Callable[[str], None] = lambda text: None) -> Built:
    """Open the demo's organisations and places and say which window is competent for what."""
    counties = list(Division.objects.filter(level=Level.COUNTY, code__startswith=province).order_by("code"))
    townships = list(Division.objects.filter(level=Level.TOWNSHIP, code__startswith=province).order_by("code"))
    step("机构")
    places.open_organisation(
        "DEMO-POST", name="邮政分公司（演示）", kind="post_branch", division=f"{province}0000", actor=SYSTEM, at=at
    )
    for county in counties:
        for suffix, name, _kinds in WINDOWS:
            title = f"{county.name}{name.removesuffix('窗口')}部门（演示）"
            places.open_organisation(
                _agency(county, suffix), name=title, kind="agency", division=county.code, actor=SYSTEM, at=at
            )
    step("大厅和窗口")
    halls = [_hall(county) for county in counties]
    places.open_places(halls, actor=SYSTEM, at=at)
    windows = [_window(county, *window) for county in counties for window in WINDOWS]
    places.open_places(windows, actor=SYSTEM, at=at)
    step("网点")
    outlets = [_outlet(area) for area in [*counties, *townships]]
    places.open_places(outlets, actor=SYSTEM, at=at)
    step("管辖")
    by_code = {place.code: place for place in Place.objects.filter(code__startswith="W")}
    special = {kind: suffix for suffix, _name, kinds in WINDOWS for kind in kinds}
    rows = [
        (kind, county.code[:6], by_code[f"W{county.code[:6]}{special.get(kind, 'GEN')}"])
        for county in counties
        for kind, _label in ORGAN_KIND
    ]
    set_competence(rows, actor=SYSTEM, at=at)
    services.build(province, at, step)
    return Built(len(halls), len(windows), len(outlets))


def _agency(county: Division, suffix: str) -> str:
    return f"DEMO-{county.code[:6]}-{suffix}"


def _hall(county: Division) -> NewPlace:
    return NewPlace(
        code=f"H{county.code[:6]}",
        name=f"{county.name}政务服务大厅",
        kind="hall",
        organisation="DEMO-POST",
        division=county.code,
        address=f"{county.name}演示路1号",
        week=HALL_WEEK,
    )


def _window(county: Division, suffix: str, name: str, kinds: tuple[str, ...]) -> NewPlace:
    return NewPlace(
        code=f"W{county.code[:6]}{suffix}",
        name=f"{county.short_name}{name}",
        kind="window",
        organisation=_agency(county, suffix),
        division=county.code,
        parent=f"H{county.code[:6]}",
        address=f"{county.name}演示路1号",
        week=HALL_WEEK,
    )


def _outlet(area: Division) -> NewPlace:
    town = area.level == Level.TOWNSHIP
    return NewPlace(
        code=f"P{area.code}",
        name=f"{area.name}邮政所" if town else f"{area.name}邮政营业部",
        kind="outlet",
        organisation="DEMO-POST",
        division=area.code,
        address=f"{area.name}演示街2号",
        week=OUTLET_WEEK,
    )
