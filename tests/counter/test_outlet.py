"""The outlet's desk: an applicant comes by a chosen way, the papers are taken in and go on to the hall."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.actors import resident_number, sign_in, staff
from tests.cases import itineraries as ways
from tests.cases.test_itinerary import apply_as_person
from tests.conftest import Clock
from tests.town import Town
from zerotrip.cases.models import Visit
from zerotrip.core.roles import Role
from zerotrip.ledger.readers import drain
from zerotrip.mail.models import Consignment, Manifest

pytestmark = pytest.mark.django_db


def test_the_applicant_comes_and_the_papers_go_on(clock: Clock, town: Town) -> None:
    way = ways.by_outlet(town.fz, "DL_EXPIRY", town.fz.police)
    _actor, case = apply_as_person(town, way, "outlet")
    clock.set(ways.moment(0, "14:02"))
    account, _desk = staff(Role.OUTLET_CLERK, town.fz.outlet)
    desk = sign_in(Client(), account)
    page = desk.get("/desk/outlet").content.decode()
    assert case.number in page
    assert "14:00 前来" in page
    piece = Consignment.objects.get(reference=case.number)
    address = f"/desk/outlet/{piece.pk}"
    assert "网点受理卷" in desk.get(address).content.decode()
    assert desk.post(address, {}).status_code == 422
    paper = piece.papers.get()
    sent = {
        "id_type": "111", "id_number": resident_number(), "id_name": "周小兰", "original_seen": "on",
        f"paper_{paper.pk}": "0", "weight_g": "80", "number": "", "extra": "",
    }  # fmt: skip
    assert desk.post(address, sent).status_code == 409
    answer = desk.post(address, sent | {f"paper_{paper.pk}": "1"}, follow=True)
    assert "申请人可以离开了" in answer.content.decode()
    drain()
    assert Visit.objects.get(case=case).place == town.fz.outlet
    page = desk.get("/desk/outlet").content.decode()
    assert "待发往大厅的邮件" in page
    answer = desk.post("/desk/outlet/send-on", {"giver": town.fz.outlet.code, "taker": town.fz.hall.code})
    manifest = Manifest.objects.get()
    assert answer["Location"] == f"/desk/manifests/{manifest.number}"
    assert desk.get(address).status_code == 404


def test_another_outlet_does_not_see_it(clock: Clock, town: Town) -> None:
    way = ways.by_outlet(town.fz, "DL_EXPIRY", town.fz.police)
    _actor, case = apply_as_person(town, way, "outlet")
    account, _desk = staff(Role.OUTLET_CLERK, town.nc.outlet)
    desk = sign_in(Client(), account)
    assert case.number not in desk.get("/desk/outlet").content.decode()
    assert desk.get(f"/desk/outlet/{Consignment.objects.get().pk}").status_code == 404
    assert desk.post("/desk/outlet/send-on", {}).status_code == 422
