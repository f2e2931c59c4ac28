"""Clerks count with a scanner; anybody follows a piece by its number, and the phone's owner sees the rest."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from ninja.testing import TestClient

from tests.actors import sign_in
from tests.documents import pages as printed
from tests.mail.conftest import Town
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions
from zerotrip.mail.actions.tracking import PAUSE, TRIES
from zerotrip.mail.api import router
from zerotrip.mail.models import Manifest
from zerotrip.people.models import Account

pytestmark = pytest.mark.django_db


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.id))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_two_desks_count_a_list_with_scanners(town: Town) -> None:
    piece = town.collected()
    town.pass_on([piece], town.courier, town.clerk, town.hall)
    hall, window = desk(town.clerk), desk(town.officer)
    opened = hall.post("/desk/manifests/new", {"giver": town.hall.code, "taker": town.window.code})
    assert opened.status_code == 302, text(opened)
    page = opened["Location"]
    assert hall.post(page, {"verb": "scan", "scan": str(piece.number)}).status_code == 302
    again = hall.post(page, {"verb": "scan", "scan": str(piece.number)})
    assert (again.status_code, "不必重复扫描" in text(again)) == (409, True)
    wrong = hall.post(page, {"verb": "scan", "scan": "6901234567892"})
    assert (wrong.status_code, "不是邮件号码" in text(wrong)) == (422, True)
    assert hall.post(page, {"verb": "give"}).status_code == 302
    assert "待我接收" in text(window.get("/desk/manifests/"))
    assert window.post(page, {"verb": "scan", "scan": str(piece.number)}).status_code == 302
    assert window.post(page, {"verb": "close"}).status_code == 302
    piece.refresh_from_db()
    assert piece.state == "delivered"
    assert "已交接" in text(hall.get(page))
    paper = hall.get(f"{page}/paper.pdf")
    assert paper.content[:4] == b"%PDF"


def test_a_difference_shown_on_the_page_stays_on_record(town: Town) -> None:
    one, two = town.collected(), town.collected()
    manifest = actions.open_manifest(taker_place_code=town.hall.code, actor=town.courier, at=now())
    for piece in (one, two):
        actions.put(manifest.number, str(piece.number), actor=town.courier, at=now())
    actions.give(manifest.number, actor=town.courier, at=now())
    page, hall = f"/desk/manifests/{manifest.number}", desk(town.clerk)
    hall.post(page, {"verb": "scan", "scan": str(one.number), "_once": "11111111-1111"})
    refused = hall.post(page, {"verb": "close", "_once": "22222222-2222"})
    assert refused.status_code == 409
    assert "缺 1 件" in text(refused)
    assert "按差异接收" in text(refused)
    kept = Entry.objects.get(kind="mail.manifest_differs")
    assert (kept.data["missing"], kept.place_id) == ([two.number], town.hall.pk)
    accepted = hall.post(page, {"verb": "close", "despite": "1"}, follow=True)
    assert "差异待处理" in text(accepted)
    line = Manifest.objects.get().lines.get(difference="missing")
    done = hall.post(page, {"verb": "settle", "line": line.pk, "how": "arrived", "reason": "车上找到"}, follow=True)
    assert "已交接" in text(done)


@pytest.mark.parametrize("number", ["nonsense", "M261124000001X", "'; --", "M" * 80])
def test_a_list_that_does_not_exist(town: Town, number: str) -> None:
    hall = desk(town.clerk)
    assert hall.get(f"/desk/manifests/{number}").status_code == 404
    assert hall.post(f"/desk/manifests/{number}", {"verb": "give"}).status_code == 404
    assert hall.post("/desk/manifests/new", {"giver": "x", "taker": number}).status_code == 422


def test_the_label_reads_back_and_hides_the_person(town: Town) -> None:
    piece = town.result()
    answer = desk(town.clerk).get(f"/desk/mail/{piece.number}/label.pdf")
    assert answer.status_code == 200
    found = printed.scanned(printed.raster(answer.content))
    assert ("Code128", str(piece.number)) in found
    assert any(kind == "QRCode" and value.endswith(f"/t/{piece.number}") for kind, value in found)
    shown = printed.text(answer.content)
    assert "王**" in shown
    for secret in ("王小明", "13812345678", "501室"):
        assert secret not in shown
    actions.label(piece.pk, reason="面单破损", actor=town.clerk, at=now())
    assert list(Entry.objects.filter(kind="mail.label_printed").values_list("data__times", flat=True)) == [1, 2]
    assert desk(town.stranger).get(f"/desk/mail/{piece.number}/label.pdf").status_code == 404


def test_anybody_with_the_number_sees_where_it_is(town: Town, client: Client) -> None:
    piece = town.out()
    page = text(client.get(f"/t/{piece.number}"))
    assert "投递中" in page
    assert "投递员正在投递" in page
    assert "南昌市政务服务中心" in page
    for secret in ("王小明", "王**", "13812345678", "501室", piece.reference, "赵强"):
        assert secret not in page
    assert client.get("/t/", {"number": piece.formatted})["Location"] == f"/t/{piece.number}"
    assert client.get("/t/", {"number": "123"}).status_code == 422
    assert client.get("/t/").status_code == 200
    for unknown in ("1272448151316", "x", "'; DROP"):
        assert client.get(f"/t/{unknown}").status_code == 404


def test_the_last_four_digits_open_it_and_tries_are_few(town: Town, client: Client, clock: Any) -> None:
    piece = town.out()
    page = f"/t/{piece.number}"
    for left in range(TRIES - 1, -1, -1):
        wrong = client.post(page, {"four": "0000", "_once": f"again-and-again-{left}"})
        assert wrong.status_code == 422
        assert f"还可以试 {left} 次" in text(wrong)
    pause = client.post(page, {"four": "5678"})
    assert pause.status_code == 429
    assert Client().post(page, {"four": "5678"}).status_code == 429
    clock.advance(seconds=PAUSE.total_seconds() + 1)
    full = text(client.post(page, {"four": "5678"}, follow=True))
    assert "王**" in full
    assert piece.reference in full
    assert "13812345678" not in full
    assert "王小明" not in full
    assert piece.reference not in text(Client().get(page))


def test_the_route_of_the_api_is_masked_too(town: Town) -> None:
    piece = town.out()
    body = TestClient(router).get(f"/tracking/{piece.number}").json()
    assert (body["state"], body["events"][-1]["code"]) == ("out", "702")
    assert body["to"] == "东湖区"
    assert "王" not in str(body)
    with pytest.raises(NotFound):
        TestClient(router).get("/tracking/1272448151316")
