"""A small post for the town: two county centres and their city centres, one provincial centre, a few township outlets.

Every day at the same hours; on 国庆 (1 to 7 October) only the centres' line-haul runs, and no courier goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.places.snapshot import Snapshot
from tests.town import Town, build, divisions
from zerotrip.catalog.actions import offer
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.journey.queries import plan_for
from zerotrip.network import loading
from zerotrip.network.actions import activate, import_feed
from zerotrip.places.actions import NewPlace, open_places
from zerotrip.places.hours import Period
from zerotrip.places.models import Division, Place

__all__ = ["PostTown", "divisions", "post_town"]

WEEK = dict.fromkeys(range(7), (Period.of("08:30", "12:00"), Period.of("13:30", "17:30")))
OFFICE = dict.fromkeys(range(5), (Period.of("09:00", "12:00"), Period.of("13:30", "17:00")))
CITIES = {"C360102": "C360100", "C361002": "C361000"}
HOLIDAYS = [f"202610{day:02}" for day in range(1, 8)]


@dataclass(frozen=True)
class PostTown:
    """The town with its post. `city` lies in the county seat of 东湖区, `far` and `near` are townships of 临川区 of
    which only `near` and the seats have an outlet that does police business.
    """

    town: Town
    city: str
    near: str
    far: str

    def outlet(self, division: str) -> Place:
        """The outlet of a township."""
        return Place.objects.get(code=f"P{division}")

    def use_timetable(self, folder: Path, first: date, last: date) -> None:
        """Import a timetable of these days and use it from now on."""
        townships = {code: f"C{code[:6]}" for code in (self.city, self.near, self.far)}
        made = import_feed(timetable(folder, townships, first, last), actor=SYSTEM, at=now())
        activate(made.pk, actor=SYSTEM, at=now())


def timetable(folder: Path, townships: dict[str, str], first: date, last: date) -> Path:
    """The feed, written into a folder. `townships`: county centre by township."""
    stops = {"C360000", *CITIES, *CITIES.values(), *(f"P{code}" for code in townships)}
    trips: dict[str, list[tuple[str, str]]] = {}
    for county, city in CITIES.items():
        trips[f"up-{county}"] = [(county, "18:00"), (city, "19:00"), ("C360000", "22:00")]
        trips[f"down-{county}"] = [("C360000", "23:30"), (city, "26:30"), (county, "28:00")]
    for code, county in townships.items():
        trips[f"out-{code}"] = [(county, "08:00"), (f"P{code}", "09:00")]
        trips[f"back-{code}"] = [(f"P{code}", "16:30"), (county, "17:15")]
    rounds = []
    for county in CITIES:
        rounds += [f"{county}-d,{county},delivery,street,08:30:00,12:00:00"]
        rounds += [f"{county}-c1,{county},collection,street,09:30:00,11:00:00"]
        rounds += [f"{county}-c2,{county},collection,street,14:00:00,16:00:00"]
    for code in townships:
        rounds += [f"{code}-d,P{code},delivery,street,09:30:00,12:00:00"]
        rounds += [f"{code}-c,P{code},collection,street,13:30:00,16:00:00"]
    span = f"{first:%Y%m%d},{last:%Y%m%d}"
    files = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\npost,邮政,https://example.com/,Asia/Shanghai",
        "stops": "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *(f"{s},{s},28.1,115.1" for s in sorted(stops))]),
        "routes": "route_id,agency_id,route_short_name,route_long_name,route_type\nR,post,1,邮路,3",
        "trips": "\n".join(["route_id,service_id,trip_id", *(f"R,{_service(t)},{t}" for t in trips)]),
        "stop_times": "\n".join(
            ["trip_id,stop_sequence,stop_id,arrival_time,departure_time"]
            + [f"{t},{n},{stop},{at}:00,{at}:00" for t, calls in trips.items() for n, (stop, at) in enumerate(calls, 1)]
        ),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        f"haul,1,1,1,1,1,1,1,{span}\nstreet,1,1,1,1,1,1,1,{span}",
        "calendar_dates": "\n".join(
            ["service_id,date,exception_type"]
            + [f"street,{day},2" for day in HOLIDAYS if f"{first:%Y%m%d}" <= day <= f"{last:%Y%m%d}"]
        ),
        "rounds": "\n".join(["round_id,stop_id,kind,service_id,start_time,end_time", *rounds]),
    }
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def _service(trip: str) -> str:
    return "haul" if trip.startswith(("up", "down")) else "street"


@pytest.fixture
def post_town(db: None, divisions: Snapshot, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostTown:
    """The town and its post, built on 1 September 2026; the timetable lasts until the end of February."""
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    monkeypatch.setattr(loading, "_networks", {})
    clock.set(datetime(2026, 9, 1, 8, 0))
    divisions.restore()
    town = build()
    city = _township("360102")
    near, far = _by_distance("361002")
    for corner, codes in ((town.nc, [city]), (town.fz, [near, far])):
        open_places([_outlet(code) for code in codes], actor=SYSTEM, at=now())
        offer(corner.outlet.code, "police_post", actor=SYSTEM, at=now())
    offer(f"P{city}", "police_post", actor=SYSTEM, at=now())
    offer(f"P{near}", "police_post", actor=SYSTEM, at=now())
    made = PostTown(town, city, near, far)
    made.use_timetable(tmp_path / "feed", date(2026, 9, 1), date(2027, 2, 28))
    _compile()
    return made


@cache
def _compile() -> None:
    """Where nothing compiled is kept yet, the first search would spend its time on that."""
    plan_for("DL_EXPIRY", _by_distance("361002")[0], now(), limit_ms=600_000)


def _outlet(code: str) -> NewPlace:
    return NewPlace(
        code=f"P{code}", name=f"{Division.objects.get(pk=code).name}邮政所", kind="outlet", organisation="post",
        division=code, week=WEEK,
    )  # fmt: skip


def _township(county: str) -> str:
    return Division.objects.filter(parent=county).order_by("code").values_list("code", flat=True)[0]


def _by_distance(county: str) -> tuple[str, str]:
    """Two townships of a county: one near the county's position, the one farthest from it."""
    seat = Division.objects.get(pk=county)
    rows = sorted(
        Division.objects.filter(parent=county, lat__isnull=False),
        key=lambda d: ((d.lat or 0) - (seat.lat or 0)) ** 2 + ((d.lon or 0) - (seat.lon or 0)) ** 2,
    )
    return rows[1].code, rows[-1].code
