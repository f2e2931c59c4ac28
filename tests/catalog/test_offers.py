"""Which place offers which service, and which window handles what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.catalog.conftest import CLERK, MANAGER
from zerotrip.catalog import actions, queries
from zerotrip.catalog.models import Offer
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, NotAllowed, NotFound
from zerotrip.ledger.kinds import sentence
from zerotrip.ledger.models import Entry
from zerotrip.places.actions import NewPlace, close_place, import_divisions, open_organisation, open_places
from zerotrip.places.models import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def outlet(clock: Any) -> Place:
    import_divisions(actor=SYSTEM, at=now())
    open_organisation("post", name="邮政分公司", kind="post_branch", division="360000", actor=SYSTEM, at=now())
    new = [
        NewPlace("hall", "东湖区大厅", "hall", "post", "360102"),
        NewPlace("win-city", "市综合窗口", "window", "post", "360102", parent="hall"),
        NewPlace("win-county", "区综合窗口", "window", "post", "360102", parent="hall"),
        NewPlace("out", "东湖邮政支局", "outlet", "post", "360102"),
    ]
    return open_places(new, actor=SYSTEM, at=now())[3]


def test_an_outlet_begins_to_offer_a_service_and_stops(outlet: Place, clock: Any) -> None:
    assert queries.offers() == {}
    first = actions.offer("out", "police_post", actor=MANAGER, at=now())
    again = actions.offer("out", "police_post", actor=MANAGER, at=now())
    assert first.pk == again.pk
    assert queries.offers() == {outlet.pk: frozenset({"police_post"})}
    clock.advance(days=3)
    actions.stop_offering("out", "police_post", actor=MANAGER, at=now())
    assert queries.offers() == {}
    assert queries.offers(today() - timedelta(days=1)) == {outlet.pk: frozenset({"police_post"})}
    with pytest.raises(NotFound, match="没有开办“警邮代办”"):
        actions.stop_offering("out", "police_post", actor=MANAGER, at=now())
    actions.offer("out", "police_post", actor=MANAGER, at=now())
    assert Offer.objects.count() == 2
    told = [sentence(entry) for entry in Entry.objects.filter(kind__startswith="catalog.offer").order_by("id")]
    assert told[0] == "东湖邮政支局开办“警邮代办”"
    assert told[2] == "东湖邮政支局停办“警邮代办”"


@pytest.mark.usefixtures("outlet")
def test_only_known_services_of_open_places_and_only_by_who_may() -> None:
    with pytest.raises(BadInput, match="不在服务代码表中"):
        actions.offer("out", "haircut", actor=MANAGER, at=now())
    with pytest.raises(NotFound):
        actions.offer("nowhere", "gov_post", actor=MANAGER, at=now())
    with pytest.raises(NotAllowed):
        actions.offer("out", "gov_post", actor=CLERK, at=now())
    close_place("out", reason="搬迁", actor=SYSTEM, at=now())
    with pytest.raises(NotFound):
        actions.offer("out", "gov_post", actor=MANAGER, at=now())


def test_many_are_set_at_once_and_only_the_new_ones_count(outlet: Place) -> None:
    rows = [("out", "gov_post"), ("out", "police_post"), ("hall", "licence_print"), ("out", "gov_post")]
    assert actions.offer_many(rows, actor=SYSTEM, at=now()) == 3
    assert actions.offer_many(rows, actor=SYSTEM, at=now()) == 0
    assert queries.offers()[outlet.pk] == {"gov_post", "police_post"}
    with pytest.raises(NotFound):
        actions.offer_many([("nowhere", "gov_post")], actor=SYSTEM, at=now())


@pytest.mark.usefixtures("outlet")
def test_the_manager_begins_and_stops_services_at_the_desk(desk: Callable[[Actor], Client]) -> None:
    manager = desk(MANAGER)
    new = manager.post("/desk/catalog/offers/new", {"place": "out", "service": "gov_post"}, follow=True)
    text = new.content.decode()
    assert "东湖邮政支局已开办“政务代办”。" in text
    assert 'data-figure="gov_post">1<' in text
    assert manager.get("/desk/catalog/offers", {"q": "没有的"}).content.decode().count("停办") == 0
    assert "东湖邮政支局" in manager.get("/desk/catalog/offers", {"q": "3601", "service": "gov_post"}).content.decode()
    over = manager.post("/desk/catalog/offers/stop", {"place": "out", "service": "gov_post"}, follow=True)
    assert "东湖邮政支局已停办“政务代办”。" in over.content.decode()
    assert queries.offers() == {}
    assert manager.post("/desk/catalog/offers/new", {"place": "\0", "service": ""}).status_code == 404
    clerk = desk(CLERK).get("/desk/catalog/offers").content.decode()
    assert "从今天起开办" not in clerk


@pytest.mark.usefixtures("outlet")
def test_the_narrowest_competence_wins() -> None:
    by_code = {place.code: place for place in Place.objects.all()}
    rows = [("market", "3601", by_code["win-city"]), ("market", "360102", by_code["win-county"])]
    assert actions.set_competence(rows, actor=MANAGER, at=now()) == 2
    county, other = queries.competent_window("market", "360102"), queries.competent_window("market", "360103001")
    assert county is not None
    assert other is not None
    assert (county.code, other.code) == ("win-county", "win-city")
    assert county.parent is not None
    assert county.parent.code == "hall"
    assert queries.competent_window("tax", "360102") is None
    with pytest.raises(BadInput):
        actions.set_competence([], actor=MANAGER, at=now())
