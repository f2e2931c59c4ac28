"""The rest of the way at the desk: what else could be done from here, and nothing when all that is left is to wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from tests.actors import citizen
from tests.cases import itineraries as ways
from tests.cases import stories as s
from tests.conftest import Clock
from tests.town import Town
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.counter.pages import way as page
from zerotrip.journey.itinerary import Itinerary
from zerotrip.journey.queries import PlanView
from zerotrip.ledger.readers import drain
from zerotrip.people.models import Account

pytestmark = pytest.mark.django_db
Desk = Callable[[Account], Client]
Offer = Callable[[Itinerary], None]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """`offer(rest)` is what the planner answers from then on."""

    def answers(rest: Itinerary) -> None:
        view = PlanView(rest.item, "食品经营许可", rest.division, now(), True, (rest,), ())
        monkeypatch.setattr(page, "rest_of_way", lambda *_asked: view)

    return answers


@pytest.fixture
def whole(clock: Clock, town: Town) -> Itinerary:
    return ways.by_courier(town.nc, s.food_item(), town.nc.market)


@pytest.fixture
def case(clock: Clock, town: Town, whole: Itinerary) -> Case:
    """An application that came by courier and lies at the window."""
    _account, company = citizen()
    made = s.apply_as_company(company, town.nc, itinerary=whole.as_json())
    clock.set(ways.moment(1, "09:50"))
    s.bring_to_window(made, town.nc, town.nc.market.code, town.nc.market_officer)
    return made


def test_another_rest_is_adopted_with_one_button(
    case: Case, whole: Itinerary, town: Town, desk: Desk, offer: Offer
) -> None:
    clerk = desk(town.nc.clerk_account)
    rest = ways.rest_by_post(whole, hours=30)
    offer(rest)
    address = f"/desk/cases/{case.number}/way"
    assert re.findall(r'name="way" value="([^"]+)"', clerk.get(address).content.decode()) == [rest.id]
    assert clerk.post(address, {"way": "gone"}).status_code == 409
    assert clerk.post(address, {"way": rest.id}).status_code == 302
    drain()
    legs = list(case.legs.order_by("position"))
    assert legs[-1].arrives == rest.legs[-1].arrives


def test_what_is_on_its_way_home_can_only_be_waited_for(
    case: Case, whole: Itinerary, town: Town, desk: Desk, offer: Offer
) -> None:
    waiting: Any = replace(whole, steps=whole.steps[-1:], legs=()).identified()
    offer(waiting)
    shown = desk(town.nc.clerk_account).get(f"/desk/cases/{case.number}/way").content.decode()
    assert "没有更好的走法" in shown
    assert 'name="way"' not in shown
