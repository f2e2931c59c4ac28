"""Staff sign in with a password and a second factor; who guesses is locked out, who leaves is signed out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.actors import PASSWORD, sign_in, staff, totp
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotSignedIn, TooMany
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.people import actions, passwords
from zerotrip.people.models import Account, Duty

pytestmark = pytest.mark.django_db
Clerk = tuple[Account, Actor]


def said(response: Any) -> str:
    return str(response.content.decode())


def kinds() -> list[str]:
    return list(Entry.objects.filter(kind__startswith="people.").order_by("id").values_list("kind", flat=True))


def test_a_clerk_signs_in_and_learns_of_the_last_time(client: Client, clerk: Clerk, clock: Any) -> None:
    account, _actor = clerk
    sign_in(client, account)
    clock.advance(days=1)
    client.post("/sign-out")
    actions_wrong = client.post("/sign-in", {"username": account.username, "password": "not this one"})
    assert actions_wrong.status_code == 422
    sign_in(client, account)
    page = said(client.get(reverse("people:my_account")))
    assert "上次登录：2026-11-24 09:10，来自 127.0.0.1" in page
    assert "1 次失败的尝试" in page
    assert "大厅收寄员 · 南昌市政务服务中心" in page


def test_the_password_alone_opens_nothing(client: Client, clerk: Clerk) -> None:
    account, _actor = clerk
    client.post("/sign-in", {"username": account.username, "password": PASSWORD})
    answer = client.get("/desk/people/me")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Fdesk%2Fpeople%2Fme"
    assert client.get("/sign-in/password").status_code == 302, "the step after the second factor stays shut"
    assert client.get("/sign-in/enrol").status_code == 302, "a bound second factor is not replaced on the way in"


def test_every_mistake_of_the_first_step_sounds_the_same(client: Client, clerk: Clerk, keeper: Clerk) -> None:
    account, _actor = clerk
    closed, _ = staff(name="赵离")
    actions.close_account(str(closed.username), reason="离职", actor=keeper[1], at=now())
    tries = [(account.username, "Wrong-password-1"), ("nobody.here", "Wrong-password-1"), (closed.username, PASSWORD)]
    sentences = set()
    for name, word in tries:
        answer = client.post("/sign-in", {"username": name, "password": word})
        sentences.add(tuple(answer.context["form"].non_field_errors()))
    assert len(sentences) == 1
    assert "账号、密码不正确" in sentences.pop()[0]


def test_five_wrong_tries_lock_for_a_quarter_of_an_hour(clerk: Clerk, clock: Any) -> None:
    account, _actor = clerk
    for _n in range(5):
        with pytest.raises(BadInput):
            actions.check_password(str(account.username), "Wrong-password-1", at=now())
    with pytest.raises(BadInput, match="已锁定"):
        actions.check_password(str(account.username), PASSWORD, at=now())
    assert kinds().count("people.sign_in_locked") == 1
    clock.advance(minutes=15, seconds=1)
    assert actions.sign_in_staff(str(account.username), PASSWORD, totp(account), at=now()).pk == account.pk


def test_wrong_codes_count_too_and_the_right_password_does_not_wipe_them_out(clerk: Clerk, clock: Any) -> None:
    account, _actor = clerk
    for _n in range(5):
        with pytest.raises(BadInput):
            actions.sign_in_staff(str(account.username), PASSWORD, "000000", at=now())
    with pytest.raises(BadInput):
        actions.sign_in_staff(str(account.username), PASSWORD, totp(account), at=now())
    clock.advance(minutes=16)
    actions.sign_in_staff(str(account.username), PASSWORD, totp(account), at=now())
    account.refresh_from_db()
    assert (account.failed_tries, account.locked_until) == (0, None)


def test_a_form_that_counts_once_cannot_undo_the_count(client: Client, clerk: Clerk) -> None:
    account, _actor = clerk
    for n in range(5):
        form = {"username": account.username, "password": "Wrong-password-1", "_once": f"once-number-{n}"}
        assert client.post("/sign-in", form).status_code == 422
    account.refresh_from_db()
    assert account.locked_until is not None


def test_a_code_counts_once(clerk: Clerk, clock: Any) -> None:
    account, _actor = clerk
    code = totp(account)
    actions.sign_in_staff(str(account.username), PASSWORD, code, at=now())
    with pytest.raises(BadInput, match="已用过"):
        actions.sign_in_staff(str(account.username), PASSWORD, code, at=now())
    before = passwords.totp_code(str(account.totp_secret), clock.set(clock.now.replace(second=0)))
    clock.advance(seconds=61)
    with pytest.raises(BadInput):
        actions.sign_in_staff(str(account.username), PASSWORD, before, at=now())


def test_one_address_cannot_try_many_accounts(clerk: Clerk) -> None:
    for n in range(60):
        with pytest.raises(BadInput):
            actions.check_password(f"somebody{n}", "Wrong-password-1", at=now(), address="203.0.113.9")
    with pytest.raises(TooMany):
        actions.check_password(str(clerk[0].username), PASSWORD, at=now(), address="203.0.113.9")
    actions.check_password(str(clerk[0].username), PASSWORD, at=now(), address="203.0.113.10")


def test_a_new_member_of_staff_binds_a_second_factor_and_changes_the_password(client: Client, keeper: Clerk) -> None:
    actions.hire("sun.li", name="孙丽", password="First-time-2026", role=Role.AUDITOR, actor=keeper[1], at=now())
    with pytest.raises(NotSignedIn):
        actions.sign_in_staff("sun.li", "First-time-2026", "123456", at=now())
    answer = client.post("/sign-in", {"username": "Sun.Li ", "password": "First-time-2026", "next": "/desk/people/me"})
    assert answer["Location"] == "/sign-in/enrol"
    page = client.get("/sign-in/enrol")
    assert "<svg" in said(page)
    secret, token = page.context["secret"].replace(" ", ""), page.context["token"]
    assert client.post("/sign-in/enrol", {"token": token, "code": "12x"}).status_code == 422
    right = passwords.totp_code(secret, now())
    assert client.post("/sign-in/enrol", {"token": token, "code": right})["Location"] == "/sign-in/password"
    assert client.get("/desk/people/me").status_code == 302, "not in before the password is one's own"
    weak = client.post("/sign-in/password", {"new": "short", "again": "short"})
    assert "密码应为 10 至 128 个字符" in said(weak)
    same = client.post("/sign-in/password", {"new": "First-time-2026", "again": "First-time-2026"})
    assert "最近 5 次用过" in said(same)
    mine = {"new": "Only-mine-2026", "again": "Only-mine-2026"}
    assert client.post("/sign-in/password", mine)["Location"] == "/desk/people/me"
    assert "欢迎首次登录" in said(client.get("/desk/people/me"))


def test_a_stolen_token_of_another_binds_nothing(client: Client, keeper: Clerk) -> None:
    for name in ("new.one", "new.two"):
        actions.hire(name, name="钱多", password="First-time-2026", actor=keeper[1], at=now())
    other = Client()
    other.post("/sign-in", {"username": "new.two", "password": "First-time-2026"})
    shown = other.get("/sign-in/enrol").context
    client.post("/sign-in", {"username": "new.one", "password": "First-time-2026"})
    code = passwords.totp_code(shown["secret"].replace(" ", ""), now())
    assert client.post("/sign-in/enrol", {"token": shown["token"], "code": code}).status_code == 422
    assert Account.objects.get(username="new.one").totp_secret is None


def test_an_idle_desk_signs_itself_out_and_says_so(client: Client, clerk: Clerk, clock: Any) -> None:
    sign_in(client, clerk[0])
    for _n in range(3):
        clock.advance(minutes=29)
        assert client.get("/desk/people/me").status_code == 200
    clock.advance(minutes=31)
    assert client.get("/desk/people/me", headers={"HX-Request": "true"}).status_code == 401
    page = client.get("/desk/people/me", follow=True)
    assert page.redirect_chain == [("/sign-in?next=%2Fdesk%2Fpeople%2Fme", 302)]
    assert "已自动退出" in said(page)


def test_changing_the_password_ends_other_sessions_but_not_this_one(client: Client, clerk: Clerk) -> None:
    account, _actor = clerk
    elsewhere = sign_in(Client(), account)
    sign_in(client, account)
    form = {"verb": "password", "password": PASSWORD, "new": "Another-2026-one", "again": "Another-2026-one"}
    wrong = client.post("/desk/people/me", form | {"password": "Wrong-password-1", "_once": "abcdefgh-1"})
    assert wrong.status_code == 422
    account.refresh_from_db()
    assert account.failed_tries == 1, "guessing from a stolen session counts as well"
    assert client.post("/desk/people/me", form).status_code == 302
    assert client.get("/desk/people/me").status_code == 200
    assert elsewhere.get("/desk/people/me").status_code == 302


def test_none_of_the_last_five_passwords_comes_back(clerk: Clerk, clock: Any) -> None:
    _account, actor = clerk
    for n in range(4):
        actions.change_password(f"Changing-{n}-2026", actor=actor, at=clock.advance(minutes=1))
    with pytest.raises(BadInput):
        actions.change_password(PASSWORD, actor=actor, at=clock.advance(minutes=1))
    actions.change_password("Changing-5-2026", actor=actor, at=clock.advance(minutes=1))
    actions.change_password(PASSWORD, actor=actor, at=clock.advance(minutes=1))


def test_an_old_password_is_changed_before_anything_else(client: Client, clerk: Clerk, clock: Any) -> None:
    account, actor = clerk
    actions.change_password("Ninety-days-2026", actor=actor, at=now())
    clock.advance(days=91)
    client.post("/sign-in", {"username": account.username, "password": "Ninety-days-2026"})
    assert client.post("/sign-in/code", {"code": totp(account)})["Location"] == "/sign-in/password"


def test_a_lost_phone_is_mended_by_the_security_administrator(client: Client, clerk: Clerk, keeper: Clerk) -> None:
    account, _actor = clerk
    sign_in(client, account)
    actions.reset_sign_in(
        str(account.username), password="Fresh-start-2026", reason="手机丢失，已当面核对", actor=keeper[1], at=now()
    )
    assert client.get("/desk/people/me").status_code == 302
    answer = client.post("/sign-in", {"username": account.username, "password": "Fresh-start-2026"})
    assert answer["Location"] == "/sign-in/enrol"


def test_sign_in_leads_nowhere_else(client: Client, clerk: Clerk) -> None:
    account, _actor = clerk
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        client.post("/sign-in", {"username": account.username, "password": PASSWORD, "next": elsewhere})
        assert "evil" not in client.post("/sign-in/code", {"code": totp(account)})["Location"]
        client.post("/sign-out")


def test_a_signed_in_page_costs_two_statements(
    client: Client, clerk: Clerk, django_assert_max_num_queries: Any
) -> None:
    sign_in(client, clerk[0])
    with django_assert_max_num_queries(2):
        client.get("/sign-in")


def test_below_the_desk_nobody_gets_through(client: Client) -> None:
    for address in ("/desk", "/desk/", "/desk/not-there", "/courier/", "/desk/people"):
        assert client.get(address).status_code == 302
        refused = client.get(address, headers={"HX-Request": "true"})
        assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json; charset=utf-8")
    assert client.post("/courier/tasks").status_code == 302


def test_nobody_signs_in_without_a_ledger_entry(clerk: Clerk) -> None:
    actions.sign_in_staff(str(clerk[0].username), PASSWORD, totp(clerk[0]), at=now())
    entry = Entry.objects.get(kind="people.signed_in", actor_id=clerk[0].pk)
    assert entry.sentence() == "陈静 登录"


def test_a_second_account_of_the_same_name_is_refused(clerk: Clerk) -> None:
    with pytest.raises(Conflict, match="已被使用"):
        actions.hire(str(clerk[0].username), name="王明", password="First-time-2026", actor=SYSTEM, at=now())
    assert Duty.objects.filter(account=clerk[0]).count() == 1
