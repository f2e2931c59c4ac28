"""Partners and their tokens: shown once, refused when revoked, limited as agreed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import citizen, sign_in, staff
from tests.gateway.conftest import Caller
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.gateway import actions, auth
from zerotrip.gateway.models import Partner, Scope
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
    with pytest.raises(BadInput) as refused:
        actions.register_partner("", ["everything"], rate_per_minute=0, actor=admin, at=now())
    assert set(refused.value.fields) == {"name", "scopes", "rate_per_minute"}


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
