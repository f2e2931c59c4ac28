"""What goes wrong belongs to somebody until it is right again or somebody says what was done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.cases import stories
from tests.courier.test_tasks import result_at_the_outlet, signed
from tests.seals import fresh_seal
from tests.town import Town
from zerotrip.care import actions
from zerotrip.care.models import Trouble
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import READERS, drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment, ManifestLine

pytestmark = pytest.mark.django_db


def one_missing(town: Town, case: Case) -> str:
    """A courier gives one piece to the hall, which counts none. Returns the list's number."""
    number = str(stories.collect(case, town.nc).number)
    listed = mail.open_manifest(taker_place_code=town.nc.hall.code, actor=town.nc.courier, at=now())
    mail.put(listed.number, number, actor=town.nc.courier, at=now())
    mail.give(listed.number, actor=town.nc.courier, at=now())
    with pytest.raises(mail.ManifestDiffers):
        mail.close(listed.number, actor=town.nc.clerk, at=now())
    drain()
    return listed.number


def test_a_hand_over_that_does_not_tally_belongs_to_the_hall(town: Town, applied: Case) -> None:
    number = one_missing(town, applied)
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.place, trouble.role) == ("manifest", town.nc.hall, Role.HALL_CLERK)
    assert trouble.manifest_number == number
    assert "缺 1 件" in trouble.sentence
    assert Trouble.objects.visible_to(town.nc.clerk).exists()
    assert not Trouble.objects.visible_to(town.fz.clerk).exists()
    assert not Trouble.objects.visible_to(town.nc.courier).exists()


def test_counting_wrong_twice_is_one_exception_and_settling_the_list_ends_it(town: Town, applied: Case) -> None:
    number = one_missing(town, applied)
    mail.close(number, despite_differences=True, actor=town.nc.clerk, at=now())
    drain()
    assert Trouble.objects.count() == 1
    line = ManifestLine.objects.get(manifest__number=number)
    mail.settle(line.pk, how="kept", reason="还在揽投员车上", actor=town.nc.clerk, at=now())
    drain()
    trouble = Trouble.objects.get()
    assert trouble.state == "settled"
    assert trouble.settled_how.startswith("自动结束")


def test_an_entry_read_again_opens_no_second_exception(town: Town, applied: Case) -> None:
    one_missing(town, applied)
    READERS["care.open_troubles"].handle(Entry.objects.filter(kind="mail.manifest_differs").latest("id"))
    assert Trouble.objects.count() == 1


def test_a_pickup_called_off_while_the_case_waits(town: Town, applied: Case) -> None:
    piece = Consignment.objects.get(reference=applied.number)
    mail.cancel(piece.pk, reason="寄件人不在", actor=town.nc.courier, at=now())
    drain()
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.place, trouble.case_number) == ("cancelled", town.nc.hall, applied.number)


def test_two_failed_attempts_are_care_s_and_delivery_ends_it(town: Town, applied: Case) -> None:
    piece = result_at_the_outlet(town, applied)
    number = str(piece.number)
    for code in ("116", "103", "103"):  # a holiday does not count
        assert not Trouble.objects.exists()
        mail.take_out(number, actor=town.nc.courier, at=now())
        mail.attempt_failed(number, reason_code=code, actor=town.nc.courier, at=now())
        drain()
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.role, trouble.place) == ("undelivered", Role.CARE_AGENT, town.nc.outlet)
    _account, care = staff(Role.CARE_AGENT)
    assert Trouble.objects.visible_to(care).exists()
    mail.take_out(number, actor=town.nc.courier, at=now())
    signed(piece, town)
    trouble.refresh_from_db()
    assert trouble.state == "settled"


def test_a_result_that_came_back_is_the_hall_s_until_it_is_sent_again(town: Town, applied: Case) -> None:
    piece = result_at_the_outlet(town, applied)
    number, nc = str(piece.number), town.nc
    mail.take_out(number, actor=nc.courier, at=now())
    mail.send_back(number, reason_code="104", actor=nc.courier, at=now())
    stories.hand_over(nc.courier, nc.clerk, [number], to=nc.hall.code)
    drain()
    trouble = Trouble.objects.get(kind="returned")
    assert (trouble.place, trouble.role, trouble.consignment_number) == (nc.hall, Role.HALL_CLERK, number)
    cases.bind(applied.number, certificate_number="赣食0001", seal=fresh_seal(), actor=nc.clerk, at=now())
    drain()
    trouble.refresh_from_db()
    assert trouble.state == "settled"


def test_taking_and_settling_by_hand(clock: Any, town: Town, applied: Case) -> None:
    one_missing(town, applied)
    trouble = Trouble.objects.get()
    nc = town.nc
    with pytest.raises(NotFound):
        actions.take_trouble(trouble.pk, actor=town.fz.clerk, at=now())
    actions.take_trouble(trouble.pk, actor=nc.clerk, at=now())
    with pytest.raises(Conflict):
        actions.take_trouble(trouble.pk, actor=nc.clerk, at=now())
    with pytest.raises(BadInput):
        actions.settle_trouble(trouble.pk, how="好了", actor=nc.clerk, at=now())
    clock.advance(hours=3)
    actions.settle_trouble(trouble.pk, how="在车厢内找到，已补交", actor=nc.clerk, at=now())
    with pytest.raises(Conflict):
        actions.settle_trouble(trouble.pk, how="在车厢内找到，已补交", actor=nc.clerk, at=now())
    trouble.refresh_from_db()
    assert trouble.age.total_seconds() == 3 * 3600


def test_the_page_shows_what_waits_and_takes_the_result(clock: Any, town: Town, applied: Case) -> None:
    desk = sign_in(Client(), town.nc.clerk_account)
    assert "没有待处理的异常" in desk.get("/desk/exceptions").content.decode()
    number = one_missing(town, applied)
    trouble = Trouble.objects.get()
    clock.advance(minutes=20)
    page = desk.get("/desk/exceptions").content.decode()
    assert number in page
    assert "交接数量不符" in page
    address = f"/desk/exceptions/{trouble.pk}"
    assert desk.post(f"{address}/take")["Location"] == address
    assert desk.post(address, {"how": ""}).status_code == 422
    assert desk.post(address, {"how": "好"}).status_code == 422
    answer = desk.post(address, {"how": "在车厢内找到，已补交"}, follow=True)
    assert "异常已处理" in answer.content.decode()
    assert number in desk.get("/desk/exceptions?state=settled").content.decode()
    assert "已补交" in desk.get(address).content.decode()
    assert desk.post(address, {"how": "在车厢内找到，已补交"}).status_code == 409


def test_others_do_not_see_it(applied: Case, town: Town) -> None:
    one_missing(town, applied)
    address = f"/desk/exceptions/{Trouble.objects.get().pk}"
    assert sign_in(Client(), town.fz.clerk_account).get(address).status_code == 404
    assert sign_in(Client(), town.nc.courier_account).get(address).status_code == 403
