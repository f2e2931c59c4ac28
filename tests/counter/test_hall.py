"""The hall's desk: one trip, bound and labelled; what is refused says why and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests.actors import resident_number
from tests.cases import stories as s
from tests.conftest import Clock
from tests.seals import fresh_seal
from tests.town import Corner, Town
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case, Visit
from zerotrip.catalog import queries as catalog
from zerotrip.core.clock import now, today
from zerotrip.core.errors import Conflict
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment, Manifest, Seal
from zerotrip.people.models import Account

pytestmark = pytest.mark.django_db
Desk = Callable[[Account], Client]


def form_of(corner: Corner, **changes: str) -> dict[str, str]:
    """What a clerk fills in for 周小兰, who has brought everything."""
    papers = catalog.get("DL_LOST", today()).materials.all()
    return {
        "applicant": "person",
        "name": "周小兰",
        "id_type": "111",
        "id_number": resident_number(),
        "phone": "13900002222",
        "result_route": "mail",
        "detail": "演示巷5号1单元302室",
        "division": corner.county,
        **{f"paper_{m.position}": "original" for m in papers},
        **changes,
    }


def ready(corner: Corner, certificate: str = "361002000001") -> Case:
    """A case whose result lies ready to be mailed."""
    case, _number = s.apply_in_person(corner)
    cases.receive(case.number, actor=corner.police_officer, at=now())
    s.decide(case, corner.police_officer, certificate=certificate)
    return case


def test_one_trip_begins_at_the_desk(clock: Clock, town: Town, desk: Desk) -> None:
    clerk = desk(town.fz.clerk_account)
    page = clerk.get("/desk/hall/new", {"q": "驾驶证"}).content.decode()
    assert "?item=DL_LOST" in page
    address = "/desk/hall/new?item=DL_LOST"
    assert "点清材料" in clerk.get(address).content.decode()

    answer = clerk.post(address, form_of(town.fz))
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get()
    assert answer["Location"] == f"/desk/cases/{case.number}?new=1"
    assert (case.source, case.hall, case.result_route, case.trips_promised) == ("hall", town.fz.hall, "mail", 1)
    assert Visit.objects.filter(case=case).count() == 1
    page = clerk.get(answer["Location"]).content.decode()
    assert "打印接收凭证" in page
    assert "周小兰" not in page, "the page shows the name masked"
    paper = clerk.get(f"/desk/cases/{case.number}/papers/receipt.pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")


def test_a_wrong_id_number_is_said_and_nothing_typed_is_lost(clock: Clock, town: Town, desk: Desk) -> None:
    clerk = desk(town.fz.clerk_account)
    sent = form_of(town.fz, id_number="360102198605170011")
    answer = clerk.post("/desk/hall/new?item=DL_LOST", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "证件号码" in page
    for kept in ("周小兰", "演示巷5号1单元302室", "360102198605170011"):
        assert kept in page
    assert not Case.objects.exists()


def test_every_paper_must_be_ticked(clock: Clock, town: Town, desk: Desk) -> None:
    sent = {k: v for k, v in form_of(town.fz).items() if not k.startswith("paper_")}
    answer = desk(town.fz.clerk_account).post("/desk/hall/new?item=DL_LOST", sent)
    assert answer.status_code == 422
    assert "请逐项点清材料" in answer.content.decode()
    assert not Case.objects.exists()


def test_binding_takes_four_scans(clock: Clock, town: Town, desk: Desk) -> None:
    case = ready(town.fz)
    clerk = desk(town.fz.clerk_account)
    page = clerk.get("/desk/hall").content.decode()
    assert f"/desk/hall/bind?case={case.number}" in page
    page = clerk.post("/desk/hall/bind", {"step": "1", "case": case.number}).content.decode()
    assert 'name="certificate"' in page
    sent = {"step": "2", "case": case.number, "certificate": "361002000001"}
    page = clerk.post("/desk/hall/bind", sent).content.decode()
    assert 'name="seal"' in page
    assert 'name="mail"' not in page
    missing = clerk.post("/desk/hall/bind", sent | {"step": "3", "seal": ""})
    assert (missing.status_code, "请扫描封签" in missing.content.decode()) == (422, True)
    seal = fresh_seal()
    page = clerk.post("/desk/hall/bind", sent | {"step": "3", "seal": seal}).content.decode()
    assert 'name="mail"' in page
    answer = clerk.post("/desk/hall/bind", sent | {"step": "4", "seal": seal, "mail": ""})
    piece = Consignment.objects.get(reference=case.number)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/desk/hall/bind?" + urlencode({"done": piece.number})
    page = clerk.get(answer["Location"]).content.decode()
    assert str(piece.number) in page
    assert "打印面单" in page
    case.refresh_from_db()
    assert case.state == "bound"
    assert piece.holder == town.fz.hall.name
    bound = Entry.objects.get(kind="cases.bound")
    assert (bound.data["certificate"], bound.data["seal"], bound.data["mail"]) == ("361002000001", seal, piece.number)


@pytest.mark.parametrize("scanned", ["FQ", "1099000000001", "封签一号", "X" * 21])
def test_what_is_no_seal_is_not_taken_for_one(clock: Clock, town: Town, desk: Desk, scanned: str) -> None:
    case = ready(town.fz)
    sent = {"step": "3", "case": case.number, "certificate": "361002000001", "seal": scanned}
    answer = desk(town.fz.clerk_account).post("/desk/hall/bind", sent)
    assert (answer.status_code, "封签" in answer.content.decode()) == (422, True)
    assert not Consignment.objects.exists()


def test_a_seal_is_used_once_for_ever(clock: Clock, town: Town, desk: Desk) -> None:
    first, second, seal = ready(town.fz), ready(town.fz, "361002000002"), fresh_seal()
    clerk = desk(town.fz.clerk_account)
    piece = cases.bind(first.number, certificate_number="361002000001", seal=seal, actor=town.fz.clerk, at=now())
    sent = {"case": second.number, "certificate": "361002000002", "seal": f" {seal.lower()} "}
    for step in ("3", "4"):
        answer = clerk.post("/desk/hall/bind", sent | {"step": step})
        assert answer.status_code == 409
        assert f"用在邮件 {piece.formatted} 的封套" in answer.content.decode()
    assert Consignment.objects.count() == 1
    cases.unbind(first.number, reason="装错了", actor=town.fz.clerk, at=now())
    void = Seal.objects.get(number=seal)
    assert (void.state, void.reason, void.ended_by_id) == ("void", "装错了", town.fz.clerk.id)
    with pytest.raises(Conflict, match="一个封签只能用一次"):
        cases.bind(first.number, certificate_number="361002000001", seal=seal, actor=town.fz.clerk, at=now())
    new = fresh_seal()
    again = cases.bind(first.number, certificate_number="361002000001", seal=new, actor=town.fz.clerk, at=now())
    assert again.pk != piece.pk


def test_a_result_of_another_case_is_not_bound(clock: Clock, town: Town, desk: Desk) -> None:
    case = ready(town.fz)
    answer = desk(town.fz.clerk_account).post(
        "/desk/hall/bind", {"step": "2", "case": case.number, "certificate": "999"}
    )
    assert answer.status_code == 409
    assert "这不是本办件的证照" in answer.content.decode()
    assert not Consignment.objects.exists()


def test_an_unknown_number_is_not_found(clock: Clock, town: Town, desk: Desk) -> None:
    clerk = desk(town.fz.clerk_account)
    answer = clerk.get("/desk/find", {"q": "JX999"})
    assert answer.status_code == 404
    assert "没有找到“JX999”" in answer.content.decode()
    assert clerk.post("/desk/hall/bind", {"step": "1", "case": "JX999"}).status_code == 404


def test_a_scan_leads_to_case_or_list(clock: Clock, town: Town, desk: Desk) -> None:
    case = ready(town.fz)
    clerk = desk(town.fz.clerk_account)
    for code in (case.number, case.number.lower(), "361002000001"):
        assert clerk.get("/desk/find", {"q": code})["Location"] == f"/desk/cases/{case.number}"
    piece = cases.bind(case.number, certificate_number="361002000001", seal=fresh_seal(), actor=town.fz.clerk, at=now())
    assert clerk.get("/desk/find", {"q": str(piece.number)})["Location"] == f"/desk/cases/{case.number}"


def test_what_is_bound_is_dispatched_with_one_key(clock: Clock, town: Town, desk: Desk) -> None:
    case = ready(town.fz)
    piece = cases.bind(case.number, certificate_number="361002000001", seal=fresh_seal(), actor=town.fz.clerk, at=now())
    clerk = desk(town.fz.clerk_account)
    page = clerk.get("/desk/hall").content.decode()
    assert piece.formatted in page
    assert town.fz.outlet.code in page
    answer = clerk.post("/desk/hall/manifest", {"taker": town.fz.outlet.code, "carried": "1"})
    manifest = Manifest.objects.get()
    assert answer["Location"] == reverse("mail:manifest", args=[manifest.number])
    assert (manifest.taker_place, manifest.giver_place, manifest.carried) == (town.fz.outlet, town.fz.hall, True)


def test_a_result_is_collected_with_a_document(clock: Clock, town: Town, desk: Desk) -> None:
    case, number = s.apply_in_person(town.fz, result="collect")
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="361002000009")
    clerk = desk(town.fz.clerk_account)
    assert case.number in clerk.get("/desk/hall").content.decode()
    address = f"/desk/cases/{case.number}"
    sent = {"verb": "collect", "id_type": "111", "id_number": resident_number(), "name": "王五一"}
    answer = clerk.post(address, sent)
    assert answer.status_code == 409
    assert "不一致" in answer.content.decode()
    assert "王五一" in answer.content.decode()
    assert clerk.post(address, sent | {"id_number": number, "name": "周小兰"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "closed"


def test_the_hall_of_another_county_sees_nothing(clock: Clock, town: Town, desk: Desk) -> None:
    case = ready(town.fz)
    clerk = desk(town.nc.clerk_account)
    assert case.number not in clerk.get("/desk/hall").content.decode()
    assert clerk.get(f"/desk/cases/{case.number}").status_code == 404
    assert clerk.get("/desk/find", {"q": case.number}).status_code == 404


def test_the_same_form_twice_makes_one_case(clock: Clock, town: Town, desk: Desk) -> None:
    clerk = desk(town.fz.clerk_account)
    sent = form_of(town.fz) | {"_once": "11111111-2222-3333-4444-555555555555"}
    first = clerk.post("/desk/hall/new?item=DL_LOST", sent)
    again = clerk.post("/desk/hall/new?item=DL_LOST", sent)
    assert first["Location"] == again["Location"]
    assert Case.objects.count() == 1
