"""南昌 with a service hall, two windows, an outlet and a handful of real items, as a citizen finds them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.actors import citizen, sign_in
from tests.places.snapshot import Snapshot, divisions
from zerotrip.catalog import actions as catalog
from zerotrip.catalog.actions import set_competence
from zerotrip.catalog.packaged import FOLDER, flatten
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.people.models import Account
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.hours import Period
from zerotrip.places.models import Place

__all__ = ["divisions"]

ITEMS = ("FOOD_LICENSE", "CO_LICENSE_LOST", "SS_CARD_LOST", "ADOPT", "DL_LOST")
OFFICE = dict.fromkeys(range(5), (Period.of("09:00", "12:00"), Period.of("13:00", "17:00")))
DAILY = dict.fromkeys(range(7), (Period.of("08:30", "17:30"),))
TOWNSHIP = "360102014"


@pytest.fixture
def nanchang(db: None, clock: Any, divisions: Snapshot) -> Place:
    """The hall of 东湖区 with a market window and a traffic window, an outlet, and the items. Returns the hall."""
    divisions.restore()
    for code, name, kind in (
        ("post-3601", "南昌市邮政分公司", "post_branch"),
        ("gov-market", "南昌市市场监督管理局", "agency"),
        ("gov-traffic", "南昌市公安局交通管理局", "agency"),
    ):
        open_organisation(code, name=name, kind=kind, division="360100", actor=SYSTEM, at=now())
    hall, market, traffic, _outlet = open_places(
        [
            NewPlace(
                "hall-360102", "东湖区政务服务中心", "hall", "post-3601", "360102", address="三经路1号", week=OFFICE
            ),
            NewPlace("win-market", "市场监管窗口", "window", "gov-market", "360102", parent="hall-360102", week=OFFICE),
            NewPlace("win-traffic", "交管窗口", "window", "gov-traffic", "360102", parent="hall-360102", week=OFFICE),
            NewPlace("out-360102", "东湖邮政支局", "outlet", "post-3601", "360102", address="八一大道88号", week=DAILY),
        ],
        actor=SYSTEM,
        at=now(),
    )
    set_competence(
        [("market", "3601", market), ("traffic_police", "3601", traffic), ("social_insurance", "3601", market)],
        actor=SYSTEM,
        at=now(),
    )
    publish(ITEMS)
    return hall


def publish(codes: Iterable[str]) -> None:
    """Publish packaged items by their code."""
    for code in codes:
        raw = flatten(json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8")))
        version = catalog.draft_version(raw, actor=SYSTEM, at=now())
        catalog.publish(code, version.number, valid_from=min(version.valid_from, today()), actor=SYSTEM, at=now())


@pytest.fixture
def wang(nanchang: Place) -> Account:
    """王小明, who has signed in before."""
    account, _actor = citizen(name="王小明")
    return account


@pytest.fixture
def phone(client: Client, wang: Account) -> Client:
    """王小明's phone, signed in."""
    return sign_in(client, wang)


def photo(name: str = "执照.png") -> BytesIO:
    """A picture as a phone takes it."""
    body = BytesIO()
    Image.new("RGB", (60, 40), "white").save(body, "PNG")
    body.seek(0)
    body.name = name
    return body
