"""Which services the demo's places offer: invented by rule, a statement about no real place.

Rules: the first county (by code) of every prefecture is its seat and has a self-service hall `K<county>`, open every
day 8:00–20:00, with machines of every kind; the seat's government hall and post office make licences on the spot. Every
county's post office does police and government errands; of the townships' outlets a seeded third does government
errands and a fifth does the police's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from zlib import crc32

from zerotrip.catalog.actions import offer_many
from zerotrip.core.actors import SYSTEM
from zerotrip.places import actions as places
from zerotrip.places.actions import NewPlace
from zerotrip.places.hours import Period
from zerotrip.places.models import Division, Level, Place

WEEK = {day: [Period.of("08:00", "20:00")] for day in range(7)}
MACHINES = ("kiosk_police", "kiosk_household", "kiosk_entry", "kiosk_tax", "kiosk_gov", "exam_machine")
GOV_SHARE, POLICE_SHARE = 1 / 3, 1 / 5


def build(province: str, at: datetime, step: Callable[[str], None] = lambda text: None) -> int:
    """Open the self-service halls and say what each place offers; again it adds only what is missing. Returns how many
    services are new."""
    inside = Division.objects.filter(code__startswith=province).order_by("code")
    counties, townships = list(inside.filter(level=Level.COUNTY)), list(inside.filter(level=Level.TOWNSHIP))
    seats = list({county.code[:4]: county for county in reversed(counties)}.values())
    step("自助厅和代办服务")
    known = set(Place.objects.filter(code__in=[f"K{seat.code[:6]}" for seat in seats]).values_list("code", flat=True))
    halls = [_kiosk_hall(seat) for seat in reversed(seats) if f"K{seat.code[:6]}" not in known]
    if halls:
        places.open_places(halls, actor=SYSTEM, at=at)
    rows = [*_of_seats(seats), *_of_outlets(counties, townships)]
    there = set(Place.objects.active().values_list("code", flat=True))
    return offer_many([row for row in rows if row[0] in there], actor=SYSTEM, at=at)


def _of_seats(seats: list[Division]) -> Iterator[tuple[str, str]]:
    for seat in seats:
        yield from ((f"K{seat.code[:6]}", machine) for machine in MACHINES)
        yield f"H{seat.code[:6]}", "licence_print"
        yield f"P{seat.code}", "licence_print"
        yield f"P{seat.code}", "exam_machine"


def _of_outlets(counties: list[Division], townships: list[Division]) -> Iterator[tuple[str, str]]:
    for county in counties:
        yield f"P{county.code}", "police_post"
        yield f"P{county.code}", "gov_post"
    for township in townships:
        if _drawn("gov_post", township) < GOV_SHARE:
            yield f"P{township.code}", "gov_post"
        if _drawn("police_post", township) < POLICE_SHARE:
            yield f"P{township.code}", "police_post"


def _drawn(service: str, township: Division) -> float:
    """A number from 0 to 1 that is the same on every machine and in every run."""
    return crc32(f"{service} {township.code}".encode()) / 2**32


def _kiosk_hall(seat: Division) -> NewPlace:
    return NewPlace(
        code=f"K{seat.code[:6]}",
        name=f"{seat.name}自助办理厅（演示）",
        kind="kiosk_hall",
        organisation="DEMO-POST",
        division=seat.code,
        address=f"{seat.name}演示路1号",
        week=WEEK,
    )
