"""Citizens sign in with their phone and a code; the code is theirs alone, for five minutes, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.actors import citizen, code_for, last_code, resident_number, sign_in
from zerotrip.core.actors import NOBODY
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, TooMany, Unavailable
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.people import actions, tasks
from zerotrip.people.models import Account, PhoneCode, TextMessage, TextState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PHONE = "138 0013 8000"


def said(response: Any) -> str:
    return str(response.content.decode())


def test_a_phone_and_a_code_are_all_a_citizen_needs(phone: Client) -> None:
    assert phone.get("/me")["Location"] == "/sign-in/phone?next=%2Fme"
    assert phone.post("/sign-in/phone", {"phone": PHONE, "next": "/me"})["Location"] == "/sign-in/phone/code"
    assert "138******00" in said(phone.get("/sign-in/phone/code"))
    assert phone.post("/sign-in/phone/code", {"code": last_code(PHONE)})["Location"] == "/me"
    page = said(phone.get("/me"))
    assert "138******00" in page
    assert "13800138000" not in page


def test_the_phone_is_never_in_a_session_row(phone: Client) -> None:
    phone.post("/sign-in/phone", {"phone": PHONE})
    held = [session.get_decoded() for session in Session.objects.all()]
    assert held
    assert "138" not in str([{k: v for k, v in one.items() if k != "_csrftoken"} for one in held]).replace(" ", "")


def test_the_same_phone_written_otherwise_is_the_same_account() -> None:
    first, _ = citizen("13900001111")
    again = actions.sign_in_citizen("+86 139-0000-1111", code_for("１３９０００0１１１１"), at=now())
    assert again.pk == first.pk
    assert Account.objects.filter(kind="citizen").count() == 1


def test_a_code_is_good_for_five_minutes(clock: Any) -> None:
    code = code_for(PHONE)
    clock.advance(minutes=5)
    with pytest.raises(BadInput, match="不正确或已过期"):
        actions.sign_in_citizen(PHONE, code, at=now())


def test_a_code_works_once() -> None:
    code = code_for(PHONE)
    actions.sign_in_citizen(PHONE, code, at=now())
    with pytest.raises(BadInput):
        actions.sign_in_citizen(PHONE, code, at=now())


def test_a_newer_code_ends_the_older(clock: Any) -> None:
    actions.send_code(PHONE, actor=NOBODY, at=now())
    old = last_code(PHONE)
    clock.advance(seconds=61)
    actions.send_code(PHONE, actor=NOBODY, at=now())
    if old != last_code(PHONE):
        with pytest.raises(BadInput):
            actions.sign_in_citizen(PHONE, old, at=now())
    assert actions.sign_in_citizen(PHONE, last_code(PHONE), at=now()).kind == "citizen"


def test_a_code_is_tried_five_times_at_most() -> None:
    code = code_for(PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for _n in range(5):
        with pytest.raises(BadInput):
            actions.sign_in_citizen(PHONE, wrong, at=now())
    with pytest.raises(BadInput):
        actions.sign_in_citizen(PHONE, code, at=now())


def test_codes_are_sent_with_pauses(phone: Client, clock: Any) -> None:
    phone.post("/sign-in/phone", {"phone": PHONE})
    soon = phone.post("/sign-in/phone/code", {"verb": "again"})
    assert soon.status_code == 429
    assert "秒后再试" in said(soon)
    for _n in range(9):
        clock.advance(seconds=61)
        assert phone.post("/sign-in/phone/code", {"verb": "again"}).status_code == 302
    clock.advance(seconds=61)
    assert "今天获取验证码的次数已用完" in said(phone.post("/sign-in/phone/code", {"verb": "again"}))


def test_one_address_cannot_send_to_the_whole_town() -> None:
    for n in range(60):
        actions.send_code(f"1370000{n:04d}", address="203.0.113.9", actor=NOBODY, at=now())
    with pytest.raises(TooMany):
        actions.send_code(PHONE, address="203.0.113.9", actor=NOBODY, at=now())
    actions.send_code(PHONE, address="203.0.113.10", actor=NOBODY, at=now())


def test_what_is_no_phone_gets_a_sentence(phone: Client) -> None:
    for wrong in ("123", "0791-86661234", "１２３x", "\0", ""):
        answer = phone.post("/sign-in/phone", {"phone": wrong})
        assert answer.status_code == 422
        assert answer.context["form"].errors["phone"]
    assert not TextMessage.objects.exists()


def test_the_message_goes_out_or_waits(settings: Any, clock: Any, capsys: Any) -> None:
    actions.send_code(PHONE, actor=NOBODY, at=now())
    message = TextMessage.objects.get()
    settings.ZEROTRIP_SMS = "outage"
    with pytest.raises(Unavailable):
        tasks.deliver(message.pk)
    settings.ZEROTRIP_SMS = "demo"
    sent = tasks.deliver(message.pk)
    assert sent is not None
    assert (sent.state, sent.tries) == (TextState.SENT, 2)
    assert "13800138000" in capsys.readouterr().err
    assert tasks.deliver(message.pk) is None, "a job that runs twice sends once"
    clock.advance(seconds=61)
    actions.send_code(PHONE, actor=NOBODY, at=now())
    clock.advance(minutes=6)
    late = tasks.deliver(TextMessage.objects.latest("pk").pk)
    assert late is not None
    assert (late.state, late.error) == (TextState.FAILED, "expired"), "an outdated code helps nobody"


def test_old_traces_are_forgotten(clock: Any) -> None:
    code_for(PHONE)
    clock.advance(days=31)
    tasks.forget_old()
    assert not PhoneCode.objects.exists()
    assert not TextMessage.objects.exists()


def test_a_citizen_registers_a_real_name_once(phone: Client) -> None:
    account, _actor = citizen("13900002222")
    sign_in(phone, account)
    wrong = phone.post("/me", {"name": "张先生", "id_type": "111", "id_number": "110105194912310021"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"name", "id_number"}
    number = resident_number()
    assert phone.post("/me", {"name": "王小明", "id_type": "111", "id_number": number}).status_code == 302
    page = said(phone.get("/me"))
    assert "王**" in page
    assert f"{number[:6]}********{number[-4:]}" in page
    assert number not in page
    assert "王小明" not in page
    again = phone.post("/me", {"name": "王小明", "id_type": "111", "id_number": number})
    assert again.status_code == 409
    entry = Entry.objects.get(kind="people.person_linked")
    assert "王小明" not in str(entry.data) + entry.actor_name
    assert entry.data["whom"] == "王**"


def test_nobody_takes_over_anothers_document() -> None:
    number = resident_number()
    citizen(name="王小明", id_number=number)
    _account, other = citizen()
    with pytest.raises(Exception, match="已登记在别的手机号"):
        actions.register_person("王小明", "111", number, actor=other, at=now())


def test_a_citizen_idles_out_later_than_staff(phone: Client, clock: Any) -> None:
    account, _actor = citizen()
    sign_in(phone, account)
    clock.advance(minutes=119)
    assert phone.get("/me").status_code == 200
    clock.advance(minutes=121)
    assert phone.get("/me").status_code == 302


def test_a_citizen_has_no_business_at_a_desk(phone: Client) -> None:
    account, actor = citizen()
    sign_in(phone, account)
    assert actor.roles == {Role.CITIZEN}
    assert phone.get("/desk/people").status_code == 403
    assert phone.get("/courier/", headers={"HX-Request": "1"}).status_code == 403
