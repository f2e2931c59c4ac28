"""Duties give roles for a time; three administrators are three people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tests.actors import sign_in, staff
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.people import actions, passwords, queries
from zerotrip.people.access import PAGES
from zerotrip.people.models import Account, Duty
from zerotrip.people.queries import actor_of
from zerotrip.places.models import Organisation, Place

pytestmark = pytest.mark.django_db
Clerk = tuple[Account, Actor]


def test_a_duty_says_what_and_where(clerk: Clerk, hall: Place, agency: Organisation) -> None:
    assert clerk[1].roles == {Role.HALL_CLERK}
    assert clerk[1].places == {hall.pk}
    window = Place.objects.get(code="win-3601-1")
    _account, officer = staff(Role.AGENCY_OFFICER, window)
    assert officer.organisations == {agency.pk}, "a window's own organisation is taken"
    _account, head = staff(Role.BRANCH_MANAGER, division="360100")
    assert head.divisions == {"3601"}


def test_a_duty_without_its_scope_is_refused(clerk: Clerk) -> None:
    for role, field in (
        (Role.COURIER, "place"), (Role.AGENCY_OFFICER, "organisation"), (Role.BRANCH_MANAGER, "division"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            actions.assign_duty(str(clerk[0].username), role, actor=SYSTEM, at=now())
        assert set(refused.value.fields) == {field}
    with pytest.raises(BadInput):
        actions.assign_duty(str(clerk[0].username), "citizen", actor=SYSTEM, at=now())
    with pytest.raises(BadInput):
        actions.assign_duty(str(clerk[0].username), Role.BRANCH_MANAGER, division="9", actor=SYSTEM, at=now())


def test_an_ended_duty_takes_the_role_away_at_once(client: Client, keeper: Clerk, hall: Place) -> None:
    account, _actor = staff(Role.SECURITY_ADMIN, name="郑守")
    sign_in(client, account)
    assert client.get("/desk/people").status_code == 200
    actions.end_duty(Duty.objects.get(account=account).pk, actor=keeper[1], at=now())
    assert client.get("/desk/people").status_code == 403
    assert client.get("/desk/people/me").status_code == 200


def test_a_duty_begins_and_ends_on_its_day(clerk: Clerk, hall: Place, clock: Any) -> None:
    account, _actor = clerk
    begin = now() + timedelta(days=1)
    actions.assign_duty(
        str(account.username), Role.COURIER, place=hall.pk, since=begin, until=begin + timedelta(days=7),
        actor=SYSTEM, at=now(),
    )  # fmt: skip
    assert actor_of(account).roles == {Role.HALL_CLERK}
    clock.advance(days=1)
    assert actor_of(account).roles == {Role.HALL_CLERK, Role.COURIER}
    assert [a.pk for a in queries.on_duty(Role.COURIER, place=hall.pk, actor=actor_of(account))] == [account.pk]
    clock.advance(days=7)
    assert actor_of(account).roles == {Role.HALL_CLERK}


def test_the_three_administrators_are_three_people(keeper: Clerk) -> None:
    account, _actor = staff(Role.SYSTEM_ADMIN, name="冯系")
    for role in (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        with pytest.raises(Conflict, match="三个人分别担任"):
            actions.assign_duty(str(account.username), role, actor=keeper[1], at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.create(account=account, role=Role.AUDIT_ADMIN, since=now())


def test_nobody_gives_themselves_a_duty(keeper: Clerk, clerk: Clerk, hall: Place) -> None:
    with pytest.raises(NotAllowed, match="不能为自己"):
        actions.assign_duty(str(keeper[0].username), Role.HALL_CLERK, place=hall.pk, actor=keeper[1], at=now())
    with pytest.raises(NotAllowed):
        actions.assign_duty(str(clerk[0].username), Role.COURIER, place=hall.pk, actor=clerk[1], at=now())


def test_a_closed_account_is_out_at_once(client: Client, clerk: Clerk, keeper: Clerk) -> None:
    account, _actor = clerk
    sign_in(client, account)
    actions.close_account(str(account.username), reason="调离", actor=keeper[1], at=now())
    assert client.get("/desk/people/me").status_code == 302
    assert actor_of(account).roles == frozenset()
    assert not Duty.objects.held_at(now()).filter(account=account).exists()
    assert Entry.objects.filter(kind="people.duty_ended").count() == 1


def test_the_security_administrator_works_in_the_browser(client: Client, keeper: Clerk, hall: Place) -> None:
    sign_in(client, keeper[0])
    form = client.get("/desk/people/hire").context["form"]
    assert passwords.weaknesses(form.initial["password"], "han.mei") == []
    sent = {"username": "han.mei", "name": "韩梅", "password": form.initial["password"], "role": "hall_clerk"}
    refused = client.post("/desk/people/hire", sent | {"place": "no-such-place"})
    assert refused.status_code == 422
    assert "place" in refused.context["form"].errors
    page = client.post("/desk/people/hire", sent | {"place": "hall-3601"}, follow=True)
    account = Account.objects.get(username="han.mei")
    assert page.redirect_chain[-1][0] == f"/desk/people/{account.pk}"
    assert "大厅收寄员 · 南昌市政务服务中心" in page.content.decode()
    address = f"/desk/people/{account.pk}"
    outlet = {"verb": "assign", "role": "outlet_clerk", "place": "阳明路邮政支局"}
    assert client.post(address, outlet).status_code == 302
    assert client.post(address, outlet).status_code == 409
    duty = Duty.objects.get(account=account, role="outlet_clerk")
    assert client.post(address, {"verb": "end", "duty": duty.pk}).status_code == 302
    assert client.post(address, {"verb": "end", "duty": duty.pk}).status_code == 409
    assert client.post(address, {"verb": "end", "duty": "x"}).status_code == 404
    assert client.post(address, {"verb": "nonsense"}).status_code == 422
    assert client.post(address, {"verb": "reset", "password": "short", "reason": "忘记"}).status_code == 422
    assert client.post(address, {"verb": "close", "reason": "离职"}).status_code == 302
    listed = client.get("/desk/people", {"q": "韩"}).content.decode()
    assert "已停用" in listed
    assert client.get("/desk/people/999999").status_code == 404


def test_the_audit_administrator_looks_but_does_not_touch(client: Client, clerk: Clerk) -> None:
    account, _actor = staff(Role.AUDIT_ADMIN, name="卫审")
    sign_in(client, account)
    assert client.get("/desk/people").status_code == 200
    address = f"/desk/people/{clerk[0].pk}"
    assert "安排岗位" not in client.get(address).content.decode()
    assert client.post(address, {"verb": "close", "reason": "试试"}).status_code == 403
    assert client.get("/desk/people/hire").status_code == 403


def test_every_page_has_said_who_may_open_it() -> None:
    from zerotrip.people import urls

    for pattern in urls.urlpatterns:
        view = pattern.callback
        assert f"{view.__module__}.{view.__qualname__}" in PAGES, pattern
