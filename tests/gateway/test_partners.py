"""Partners and their tokens: shown once, refused when revoked, limited as agreed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.actors import citizen, sign_in, staff
from tests.gateway.conftest import Caller
from tests.gateway.signing import SigningKey
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.models import IdempotencyKey
from zerotrip.core.roles import Role
from zerotrip.gateway import actions, auth
from zerotrip.gateway.allowance import Allowances
from zerotrip.gateway.models import Partner, RefusedCall, Scope
from zerotrip.gateway.signing import refused
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_and_not_kept(partner: tuple[Partner, str]) -> None:
    made, token = partner
    assert token.startswith("zt_")
    kept = Partner.objects.get(pk=made.pk)
    assert token.encode() not in bytes(kept.token_digest)
    entry = Entry.objects.get(kind="gateway.partner_registered")
    assert token not in str(entry.data)
    assert "省政务服务平台" in entry.sentence()


def test_only_administrators_register(clock: Any) -> None:
    _account, clerk = staff()
    with pytest.raises(NotAllowed):
        actions.register_partner("x", actor=clerk, at=now())
    _account, admin = staff(Role.SYSTEM_ADMIN)
    actions.register_partner("x", [Scope.READ], actor=admin, at=now())
    with pytest.raises(Conflict, match="x"):
        actions.register_partner("x", actor=admin, at=now())
    with pytest.raises(BadInput) as wrong:
        actions.register_partner("", ["everything"], rate_per_minute=0, actor=admin, at=now())
    assert set(wrong.value.fields) == {"name", "scopes", "rate_per_minute"}


def test_a_revoked_token_is_refused(
    partner: tuple[Partner, str], api: Caller, clock: Any, django_capture_on_commit_callbacks: Any
) -> None:
    assert api.get("/cases").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke("省政务服务平台", reason="合作到期", actor=SYSTEM, at=now())
    answer = api.get("/cases")
    assert answer.status_code == 401
    assert answer["Content-Type"].startswith("application/problem+json")
    with pytest.raises(Conflict):
        actions.renew_token("省政务服务平台", actor=SYSTEM, at=now())
    with pytest.raises(NotFound):
        actions.revoke("谁", reason="合作到期", actor=SYSTEM, at=now())


def test_another_process_refuses_it_within_half_a_minute(partner: tuple[Partner, str], api: Caller, clock: Any) -> None:
    assert api.get("/cases").status_code == 200
    Partner.objects.update(active=False, revoked_at=now())  # as another process did
    clock.advance(seconds=31)
    assert api.get("/cases").status_code == 401


def test_a_renewed_token_replaces_the_former(
    partner: tuple[Partner, str], api: Caller, django_capture_on_commit_callbacks: Any
) -> None:
    assert api.get("/cases").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        fresh = actions.renew_token("省政务服务平台", actor=SYSTEM, at=now())
    assert api.get("/cases").status_code == 401
    assert Caller(fresh).get("/cases").status_code == 200


@pytest.mark.parametrize("token", ["", "zt_wrong", "x" * 5000, "zt_ ", "龘"])
def test_no_token_no_entry(db: None, clock: Any, token: str) -> None:
    answer = Caller(token).get("/cases")
    assert answer.status_code == 401
    assert "Bearer" in answer.json()["detail"]


def test_public_facts_need_no_token_but_a_wrong_one_is_told(db: None, clock: Any) -> None:
    assert Caller("").get("/items/summary").json()["items"] == 0
    assert Caller("zt_wrong").get("/items/summary").status_code == 401


def test_a_scope_that_was_not_given_is_refused_by_name(db: None, clock: Any) -> None:
    _made, token = actions.register_partner("只查询", [Scope.READ], actor=SYSTEM, at=now())
    caller = Caller(token)
    assert caller.get("/cases").status_code == 200
    answer = caller.post("/cases/X/withdraw", {"reason": "不办了"})
    assert answer.status_code == 403
    assert "cases:withdraw" in answer.json()["detail"]


def test_more_than_agreed_is_too_much_until_the_next_minute(db: None, clock: Any) -> None:
    _made, token = actions.register_partner("慢", rate_per_minute=2, actor=SYSTEM, at=now())
    caller = Caller(token)
    assert [caller.get("/cases").status_code for _ in range(3)] == [200, 200, 429]
    answer = caller.get("/cases")
    assert 0 < int(answer["Retry-After"]) <= 60
    clock.advance(minutes=1)
    assert caller.get("/cases").status_code == 200


def test_somebody_signed_in_reads_but_does_not_write(clock: Any) -> None:
    account, _actor = citizen(name="王小明")
    caller = Caller("")
    sign_in(caller.client, account)
    assert caller.get("/cases").json() == {"cases": [], "next": None}
    assert caller.post("/cases", {}).status_code == 401


def test_a_token_is_looked_up_once_in_half_a_minute(
    partner: tuple[Partner, str], clock: Any, django_assert_num_queries: Any
) -> None:
    auth.forget(auth.digest(partner[1]))
    with django_assert_num_queries(1):
        assert auth.caller(partner[1]) is not None
        assert auth.caller(partner[1]) is not None


def test_the_rate_holds_over_all_processes(partner: tuple[Partner, str], clock: Any) -> None:
    here, there = Allowances(), Allowances()
    let_in = 0
    for turn in range(140):
        process = here if turn % 3 else there
        let_in += process.spend(partner[0].pk, 100).allowed
    assert let_in <= 100
    assert let_in > 90  # what the other process has drawn and does not need is lost: a twentieth at most
    clock.advance(minutes=1)
    assert here.spend(partner[0].pk, 100).allowed


def test_what_is_left_is_told(partner: tuple[Partner, str], api: Caller, clock: Any) -> None:
    answer = api.get("/cases")
    assert answer["RateLimit-Policy"] == '"minute";q=600;w=60'
    assert answer["RateLimit"].startswith('"minute";r=599;t=')
    assert "RateLimit" in Caller("").get("/items/summary")


def test_reading_costs_a_statement_for_the_rate_only_now_and_then(partner: tuple[Partner, str], clock: Any) -> None:
    process = Allowances()
    with CaptureQueriesContext(connection) as asked:
        for _turn in range(300):
            process.spend(partner[0].pk, 600)
    assert len(asked) == 10


def test_other_terms_hold_at_once_here(
    partner: tuple[Partner, str], api: Caller, django_capture_on_commit_callbacks: Any
) -> None:
    assert api.get("/cases").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        actions.change_partner("省政务服务平台", [Scope.CREATE], rate_per_minute=60, actor=SYSTEM, at=now())
    assert api.get("/cases").status_code == 403
    with pytest.raises(BadInput) as wrong:
        actions.change_partner("省政务服务平台", [], rate_per_minute=0, actor=SYSTEM, at=now())
    assert set(wrong.value.fields) == {"scopes", "rate_per_minute"}


def test_an_administrator_registers_a_partner_and_gives_it_a_key(client: Any, clock: Any) -> None:
    account, _actor = staff(Role.SECURITY_ADMIN)
    sign_in(client, account)
    form = {"name": "银行", "scopes": ["cases:create", "cases:read"], "rate_per_minute": "60"}
    assert client.post("/desk/partners/register", form | {"name": ""}).status_code == 422
    made = client.post("/desk/partners/register", form)
    partner = Partner.objects.get(name="银行")
    address = f"/desk/partners/{partner.pk}"
    assert made["Location"] == address
    shown = client.get(address).content.decode()
    token = shown.split('data-copy="')[1].split('"')[0]
    assert bytes(partner.token_digest) == auth.digest(token)
    assert token not in client.get(address).content.decode()  # once
    assert Caller(token).get("/cases").status_code == 200

    pair = SigningKey.make()
    assert client.post(address, {"verb": "key", "public_key": "nonsense"}).status_code == 422
    assert client.post(address, {"verb": "key", "public_key": pair.pem}).status_code == 302
    keyid = partner.keys.get().keyid
    assert keyid in client.get(address).content.decode()
    assert client.post(address, {"verb": "revoke_key", "keyid": keyid, "reason": "换机器"}).status_code == 302
    assert client.post(address, {"verb": "revoke_key", "keyid": keyid, "reason": "换机器"}).status_code == 422
    client.post(address, {"verb": "change", "scopes": ["cases:read"], "rate_per_minute": "5"})
    partner.refresh_from_db()
    assert (partner.scopes, partner.rate_per_minute) == (["cases:read"], 5)
    assert client.post(address, {"verb": "token"}).status_code == 302
    assert token not in client.get(address).content.decode()
    assert client.post(address, {"verb": "revoke", "reason": "合作到期"}).status_code == 302
    assert "已停用" in client.get("/desk/partners").content.decode()


def test_a_token_that_is_shown_is_kept_nowhere(client: Any, clock: Any) -> None:
    account, _actor = staff(Role.SYSTEM_ADMIN)
    sign_in(client, account)
    form = {"name": "银行", "scopes": ["cases:read"], "rate_per_minute": "60", "_once": "form-number-1"}
    first = client.post("/desk/partners/register", form)
    shown = client.get(first["Location"]).content.decode()
    token = shown.split('data-copy="')[1].split('"')[0]
    again = client.post("/desk/partners/register", form)
    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert token not in client.get(first["Location"]).content.decode()
    kept = [bytes(row.body or b"") + str(row.headers).encode() for row in IdempotencyKey.objects.all()]
    assert kept
    assert not any(token.encode() in row for row in kept)


def test_refusals_are_counted_and_shown(client: Any, partner: tuple[Partner, str], api: Caller, clock: Any) -> None:
    headers = {"Authorization": f"Bearer {partner[1]}"}
    for _turn in range(3):
        assert api.client.post("/api/v1/cases", {}, "application/json", headers=headers).status_code == 401
    assert api.client.post("/api/v1/cases", {}, "application/json").status_code == 401
    account, _actor = staff(Role.AUDIT_ADMIN)
    sign_in(client, account)
    assert "不知是谁的被拒请求" in client.get("/desk/partners").content.decode()
    address = f"/desk/partners/{partner[0].pk}"
    assert "没有签名" in client.get(address).content.decode()
    counted = {row.partner_id: row.times for row in RefusedCall.objects.filter(reason="unsigned")}
    assert counted == {partner[0].pk: 3, None: 1}
    assert client.post(address, {"verb": "token"}).status_code == 403
    assert "更换令牌" not in client.get(address).content.decode()


def test_every_scope_and_reason_is_explained(project: Path) -> None:
    tables = (project / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert [code for code in [*Scope.values, *refused.REASONS] if f"`{code}`" not in tables] == []
