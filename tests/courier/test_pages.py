"""A courier's day on the phone, through the pages."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.actors import citizen, resident_number, sign_in, staff
from tests.cases import stories
from tests.courier.test_tasks import result_at_the_outlet
from tests.town import Town
from zerotrip.care.models import Trouble
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.courier.models import Task
from zerotrip.ledger.models import Entry
from zerotrip.ledger.queries import timeline
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment, Manifest
from zerotrip.people.models import TextMessage

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    """The words of a page."""
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def picked_up(piece: Consignment, **changes: Any) -> dict[str, Any]:
    """What the courier fills in at the door when all is right."""
    right: dict[str, Any] = {
        "verb": "accept", "id_type": "111", "id_number": resident_number(), "id_name": "钱经办", "original_seen": "on",
        "weight_g": "120", "number": "", "extra": "",
    }  # fmt: skip
    return right | {f"paper_{p.pk}": str(p.copies) for p in piece.papers.all()} | changes


def test_the_days_list_shows_where_and_when_and_no_name_or_phone(
    phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    page = text(phone.get("/courier/"))
    assert "14:00" in page
    assert "演示路9号" in page
    assert "13900001111" not in page
    assert "201室" not in page


def test_a_pickup_from_the_door_to_the_label(phone: Client, ordered: tuple[Case, Consignment]) -> None:
    _case, piece = ordered
    address = f"/courier/pickup/{piece.pk}"
    assert "清点" in text(phone.get(address))
    answer = phone.post(address, picked_up(piece), follow=True)
    piece.refresh_from_db()
    assert (piece.state, piece.weight_g) == ("accepted", 120)
    assert str(piece.number) in text(answer)
    assert "打印面单，贴好" in text(answer)
    assert "/courier/hand-over?to=hall-nc" in answer.content.decode(), "the next step is the hall"


def test_contents_that_differ_are_named_and_nothing_is_accepted(
    phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    _case, piece = ordered
    paper = piece.papers.first()
    assert paper
    answer = phone.post(f"/courier/pickup/{piece.pk}", picked_up(piece, **{f"paper_{paper.pk}": "0"}))
    assert answer.status_code == 409
    assert paper.name in text(answer)
    assert "与清单不符" in text(answer)
    extra = phone.post(f"/courier/pickup/{piece.pk}", picked_up(piece, extra="现金"))
    assert extra.status_code == 409
    assert "现金" in text(extra)
    piece.refresh_from_db()
    assert (piece.state, piece.number) == ("requested", None)


def test_what_is_missing_on_the_form_is_said_at_its_place(phone: Client, ordered: tuple[Case, Consignment]) -> None:
    _case, piece = ordered
    answer = phone.post(f"/courier/pickup/{piece.pk}", picked_up(piece, original_seen="", id_number="36010219860517"))
    assert answer.status_code == 422
    assert "须当面查验证件原件" in text(answer)
    wrong = phone.post(f"/courier/pickup/{piece.pk}", picked_up(piece, id_number="360102198605170000"))
    assert wrong.status_code in {409, 422}
    assert Consignment.objects.get(pk=piece.pk).state == "requested"


def test_the_phone_is_shown_for_the_errand_and_leaves_an_entry(
    phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    case, piece = ordered
    answer = phone.post(f"/courier/pickup/{piece.pk}", {"verb": "phone"})
    assert "tel:13900001111" in answer.content.decode()
    whole = phone.post(f"/courier/pickup/{piece.pk}", {"verb": "address"})
    assert "201室" in text(whole)
    read = Entry.objects.filter(kind="people.personal_data_read", case_number=case.number)
    assert [entry.data["field"] for entry in read.order_by("id")] == ["phone", "detail"]


def test_a_courier_of_another_outlet_finds_nothing(town: Town, ordered: tuple[Case, Consignment]) -> None:
    stranger = sign_in(Client(), town.fz.courier_account)
    assert stranger.get(f"/courier/pickup/{ordered[1].pk}").status_code == 404
    assert stranger.post(f"/courier/pickup/{ordered[1].pk}", {"verb": "phone"}).status_code == 404
    clerk = sign_in(Client(), town.nc.clerk_account)
    assert clerk.get("/courier/").status_code == 403


def test_an_errand_given_back_is_free_for_the_colleague(
    clock: Any, town: Town, phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    _case, piece = ordered
    answer = phone.post(f"/courier/pickup/{piece.pk}", {"verb": "give_back", "reason": "电动车坏了"}, follow=True)
    assert "任务已退还网点" in text(answer)
    account, _actor = staff(Role.COURIER, town.nc.outlet, name="吴投递")
    colleague = sign_in(Client(), account)
    assert "认领" in text(colleague.get("/courier/"))
    colleague.post(f"/courier/tasks/{Task.objects.get().pk}/take")
    assert Task.objects.get().courier == account


def test_a_pickup_called_off_at_the_door(phone: Client, ordered: tuple[Case, Consignment]) -> None:
    _case, piece = ordered
    assert phone.post(f"/courier/pickup/{piece.pk}", {"verb": "cancel", "reason": ""}).status_code == 422
    phone.post(f"/courier/pickup/{piece.pk}", {"verb": "cancel", "reason": "寄件人改为网上提交"})
    drain()
    assert Task.objects.get().state == "cancelled"


def test_a_hand_over_from_hand_to_hall(town: Town, phone: Client, ordered: tuple[Case, Consignment]) -> None:
    case, _piece = ordered
    number = str(stories.collect(case, town.nc).number)
    drain()
    page = phone.get("/courier/hand-over")
    assert "nc政务服务大厅（1 件）" in text(page)
    answer = phone.post("/courier/hand-over", {"place": "hall-nc"})
    listed = Manifest.objects.get()
    address = f"/courier/hand-over/{listed.number}"
    assert answer["Location"] == address
    assert "手中还没扫的" in text(phone.get(address))
    stranger = phone.post(address, {"verb": "put", "number": "1099999999999"})
    assert 400 <= stranger.status_code < 500
    assert phone.post(address, {"verb": "put", "number": number}).status_code == 302
    assert phone.post(address, {"verb": "take_off", "number": number}).status_code == 302
    assert phone.post(address, {"verb": "put", "number": f"http://x/t/{number}"}).status_code == 302
    given = phone.post(address, {"verb": "give"}, follow=True)
    assert "已交出 1 件" in text(given)
    mail.tick(listed.number, number, actor=town.nc.clerk, at=now())
    mail.close(listed.number, actor=town.nc.clerk, at=now())
    assert "交接完成" in text(phone.get(address))
    assert phone.post(address, {"verb": "give"}).status_code == 409


def drawn() -> str:
    """A signature as the canvas sends it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 28), "white").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def test_a_delivery_from_the_outlet_to_the_signature(
    town: Town, phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    piece = result_at_the_outlet(town, ordered[0])
    number = str(piece.number)
    assert number in text(phone.get("/courier/"))
    assert phone.get("/courier/scan", {"number": f"http://x/t/{number}"})["Location"] == f"/courier/delivery/{number}"
    assert number in text(phone.get("/courier/take-out"))
    assert phone.post("/courier/take-out", {"number": number}).status_code == 302
    address = f"/courier/delivery/{number}"
    form = {
        "verb": "deliver", "relation": "colleague", "id_type": "111", "id_number": resident_number(),
        "signer_name": "钱经办", "signature": "data:image/png;base64,!!",
    }  # fmt: skip
    assert "请先查看封签" in text(phone.post(address, form))
    assert "请写明看到的情况" in text(phone.post(address, form | {"seal_state": "broken"}))
    form["seal_state"] = "intact"
    assert "签名没有传完整" in text(phone.post(address, form))
    answer = phone.post(address, form | {"signature": drawn()}, follow=True)
    assert "已妥投" in text(answer)
    piece.refresh_from_db()
    assert piece.state == "delivered"
    assert Entry.objects.get(kind="mail.delivered").data["seal_state"] == "intact"
    drain()
    assert Task.objects.get(kind="delivery").state == "done"


def test_a_broken_seal_is_recorded_and_the_addressee_is_told(
    town: Town, phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    number = str(result_at_the_outlet(town, ordered[0]).number)
    phone.post("/courier/take-out", {"number": number})
    sent = {
        "verb": "deliver", "relation": "colleague", "id_type": "111", "id_number": resident_number(),
        "signer_name": "钱经办", "seal_state": "broken", "seal_note": "封口裂开",
    }  # fmt: skip
    assert "已妥投" in text(phone.post(f"/courier/delivery/{number}", sent, follow=True))
    drain()
    assert TextMessage.objects.filter(purpose="mail.seal_broken").count() == 1
    assert Trouble.objects.filter(kind="seal", consignment_number=number).exists()
    public = [entry.sentence() for entry in timeline(consignment_number=number, public_only=True)]
    assert any("破损或不符：封口裂开" in sentence for sentence in public)


def test_a_delivery_that_fails_twice_and_goes_back(
    town: Town, phone: Client, ordered: tuple[Case, Consignment]
) -> None:
    piece = result_at_the_outlet(town, ordered[0])
    address = f"/courier/delivery/{piece.number}"
    for attempt in (1, 2):
        assert phone.post(address, {"verb": "take_out"}).status_code == 302
        assert phone.post(address, {"verb": "failed", "reason_code": "", "note": ""}).status_code == 422
        assert phone.post(address, {"verb": "failed", "reason_code": "130", "note": ""}).status_code == 422
        answer = phone.post(address, {"verb": "failed", "reason_code": "103", "note": ""}, follow=True)
        assert f"已投递 {attempt} 次" in text(answer)
    assert phone.post(address, {"verb": "send_back", "reason_code": "103"}).status_code == 302
    drain()
    piece.refresh_from_db()
    assert piece.state == "returning"
    page = phone.get("/courier/hand-over")
    assert "nc政务服务大厅（1 件）" in text(page), "it goes back to the hall that sent it"


def test_an_unknown_number_is_said_and_a_wrong_step_refused(phone: Client, ordered: tuple[Case, Consignment]) -> None:
    assert "没有找到 1234" in text(phone.get("/courier/scan", {"number": "1234"}, follow=True))
    assert "请扫描或输入邮件号" in text(phone.get("/courier/scan", follow=True))
    assert phone.get("/courier/delivery/1099999999999").status_code == 404
    assert phone.post(f"/courier/pickup/{ordered[1].pk}", {"verb": "fly"}).status_code in {400, 422}
    assert phone.post("/courier/take-out", {"number": "1099999999999"}).status_code == 404
    assert phone.get("/courier/hand-over/M1").status_code == 404


def test_a_citizen_has_no_courier_pages(clock: Any, town: Town) -> None:
    someone = sign_in(Client(), citizen()[0])
    assert someone.get("/courier/").status_code == 403
    assert Client().get("/courier/").status_code in {302, 401}
