"""A small town for the stories: hall, two windows and an outlet in 南昌 东湖区 and in 抚州 临川区, and their people.

Use the fixture `town`; everything in it is made through actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.actors import staff
from tests.agreements import sign_agreement
from tests.places.snapshot import Snapshot, divisions
from zerotrip.catalog.actions import load_packaged_items, set_competence
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.people.models import Account
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.hours import Period
from zerotrip.places.models import Place

__all__ = ["Corner", "Town", "divisions", "town"]

WEEK = dict.fromkeys(range(7), (Period.of("08:30", "12:00"), Period.of("13:30", "17:30")))
COUNTIES = {"nc": "360102", "fz": "361002"}


@dataclass(frozen=True)
class Corner:
    """A county's places and people. Accounts sign in to pages, actors are handed to actions."""

    county: str
    hall: Place
    market: Place
    police: Place
    outlet: Place
    clerk: Actor
    clerk_account: Account
    market_officer: Actor
    market_account: Account
    police_officer: Actor
    police_account: Account
    courier: Actor
    courier_account: Account


@dataclass(frozen=True)
class Town:
    """Two corners of the province: 南昌 东湖区 and 抚州 临川区."""

    nc: Corner
    fz: Corner


def build() -> Town:
    """Make the town in an empty database that has its divisions."""
    at = now()
    load_packaged_items(actor=SYSTEM, at=at)
    open_organisation("post", name="邮政分公司", kind="post_branch", division="360000", actor=SYSTEM, at=at)
    open_organisation("market", name="市场监管局", kind="agency", division="360000", actor=SYSTEM, at=at)
    open_organisation("police", name="公安局", kind="agency", division="360000", actor=SYSTEM, at=at)
    sign_agreement("post")
    return Town(*(_corner(name, county) for name, county in COUNTIES.items()))


def _corner(name: str, county: str) -> Corner:
    def place(code: str, title: str, kind: str, organisation: str, parent: str = "") -> NewPlace:
        return NewPlace(
            code=f"{code}-{name}", name=title, kind=kind, organisation=organisation, division=county,
            parent=parent and f"{parent}-{name}", week=WEEK,
        )  # fmt: skip

    at = now()
    (hall,) = open_places([place("hall", f"{name}政务服务大厅", "hall", "post")], actor=SYSTEM, at=at)
    market, police, outlet = open_places(
        [
            place("market", f"{name}市场监管窗口", "window", "market", "hall"),
            place("police", f"{name}公安窗口", "window", "police", "hall"),
            place("outlet", f"{name}营业部", "outlet", "post"),
        ],
        actor=SYSTEM,
        at=at,
    )
    kinds = {"market": market, "traffic_police": police, "household_police": police, "exit_entry": police}
    set_competence([(kind, county, window) for kind, window in kinds.items()], actor=SYSTEM, at=at)
    people: dict[str, Any] = {}
    for key, role, where in (
        ("clerk", Role.HALL_CLERK, hall),
        ("market", Role.AGENCY_OFFICER, market),
        ("police", Role.AGENCY_OFFICER, police),
        ("courier", Role.COURIER, outlet),
    ):
        people[key] = staff(role, where)
    return Corner(
        county=county, hall=hall, market=market, police=police, outlet=outlet,
        clerk=people["clerk"][1], clerk_account=people["clerk"][0],
        market_officer=people["market"][1], market_account=people["market"][0],
        police_officer=people["police"][1], police_account=people["police"][0],
        courier=people["courier"][1], courier_account=people["courier"][0],
    )  # fmt: skip


@pytest.fixture
def town(db: None, divisions: Snapshot, clock: Any) -> Town:
    """The town, freshly built; its people are hired at the moment the stories begin."""
    divisions.restore()
    return build()
