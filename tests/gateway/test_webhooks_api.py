"""Webhooks for machines: register, rotate, draw, replay, over the API and signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.conftest import Caller
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.models import IdempotencyKey
from zerotrip.gateway import actions as partners
from zerotrip.gateway.models import Partner, Scope
from zerotrip.gateway.webhooks import actions, tasks
from zerotrip.gateway.webhooks.models import Message, MessageState, Webhook

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.cn/zerotrip"


@pytest.fixture
def registered(api: Caller) -> dict[str, Any]:
    answer = api.post("/webhooks", {"url": URL, "types": ["mail.*", "cases.closed"], "digest": "sm3"})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def fill(webhook: dict[str, Any], count: int, *, delivered: int = 0) -> Webhook:
    for _n in range(count):
        actions.send_test(webhook["id"], actor=SYSTEM, at=now())
    found = Webhook.objects.get(public_id=webhook["id"])
    found.messages.filter(sequence__lte=delivered).update(state=MessageState.DELIVERED)
    return found


def test_a_webhook_from_birth_to_end(api: Caller, registered: dict[str, Any]) -> None:
    assert registered["secret"].startswith("whsec_")
    assert registered["types"] == ["cases.closed", "mail.*"]
    where = f"/webhooks/{registered['id']}"
    assert api.get(where).json() == registered | {"secret": None}
    assert api.get("/webhooks").json() == [registered | {"secret": None}]
    rotated = api.post(f"{where}/rotate", {"hours": 2}).json()
    assert rotated["secret"] not in {None, registered["secret"]}
    assert rotated["former_secret_until"] == "2026-11-24T11:10:00+08:00"
    assert api.post(f"{where}/test", {}).json()["payload"]["type"] == "webhook.test"
    assert api.get(where).json()["waiting"] == 1
    gone = api.send("DELETE", where, b"", **{"Idempotency-Key": "delete-0001"})
    assert gone.status_code == 204
    assert api.get(where).status_code == 404
    assert api.get("/webhooks").json() == []
    assert not Message.objects.exists()


def test_the_secret_is_answered_once_and_kept_nowhere_in_the_clear(api: Caller) -> None:
    first = api.post("/webhooks", {"url": URL}, key="webhook-0001")
    again = api.post("/webhooks", {"url": URL}, key="webhook-0001")
    assert again.status_code == 201
    assert again["Idempotent-Replay"] == "true"
    assert again.json() == first.json() | {"secret": None}
    for kept in IdempotencyKey.objects.all():
        assert first.json()["secret"].encode() not in bytes(kept.body or b"")
    assert Webhook.objects.count() == 1


def test_events_are_drawn_in_order(api: Caller, registered: dict[str, Any]) -> None:
    fill(registered, 7, delivered=3)
    where = f"/webhooks/{registered['id']}/events"
    first = api.get(where, limit=4).json()
    assert [one["sequence"] for one in first["events"]] == [1, 2, 3, 4]
    assert [one["state"] for one in first["events"]] == ["delivered"] * 3 + ["waiting"]
    assert (first["next"], first["more"]) == (4, True)
    rest = api.get(where, after=first["next"], limit=4).json()
    assert [one["payload"]["sequence"] for one in rest["events"]] == [5, 6, 7]
    assert (rest["next"], rest["more"]) == (7, False)
    assert api.get(where, after=7).json() == {"events": [], "next": 7, "more": False}


def test_what_is_deleted_is_said_to_be_deleted(api: Caller, registered: dict[str, Any], clock: Any) -> None:
    fill(registered, 5, delivered=3)
    clock.advance(days=31)
    fill(registered, 2)
    assert tasks.forget() == 3, "what still waits at an active endpoint stays, however old"
    where = f"/webhooks/{registered['id']}"
    refused = api.get(f"{where}/events", after=2)
    assert refused.status_code == 410
    assert refused["Content-Type"].startswith("application/problem+json")
    assert refused.json()["oldest"] == 4
    assert "最早的是 4" in refused.json()["detail"]
    assert [one["sequence"] for one in api.get(f"{where}/events", after=3).json()["events"]] == [4, 5, 6, 7]
    assert api.post(f"{where}/replay", {"from": 3}).status_code == 410
    assert api.post(f"{where}/replay", {"from": 4}).json() == {"messages": 4}
    assert api.get(where).json()["oldest_sequence"] == 4
    missing = api.post(f"{where}/replay", {"from": 8})
    assert missing.status_code == 422
    assert "from" in missing.json()["errors"]


def test_a_stopped_endpoint_does_not_grow_for_ever(api: Caller, registered: dict[str, Any], clock: Any) -> None:
    found = fill(registered, 3)
    actions.pause(found.public_id, reason="接收方停机", actor=SYSTEM, at=now())
    clock.advance(days=31)
    assert tasks.forget() == 3
    assert api.get(f"/webhooks/{registered['id']}/events").json()["oldest"] == 4
    assert api.post(f"/webhooks/{registered['id']}/resume", {}).json()["state"] == "active"
    assert fill(registered, 1).messages.get().sequence == 4


def test_a_rest_ends_when_the_receiver_says_it_is_back(api: Caller, registered: dict[str, Any]) -> None:
    found = fill(registered, 1)
    Webhook.objects.update(next_at=now() + timedelta(hours=5), failing_since=now())
    answer = api.post(f"/webhooks/{found.public_id}/resume", {})
    assert answer.json()["next_try_at"] is None


def test_partners_see_only_their_own(registered: dict[str, Any]) -> None:
    _other, token = partners.register_partner("另一平台", actor=SYSTEM, at=now())
    other = Caller(token)
    where = f"/webhooks/{registered['id']}"
    assert other.get("/webhooks").json() == []
    assert other.get(where).status_code == 404
    assert other.get(f"{where}/events").status_code == 404
    for verb, body in (("rotate", {}), ("replay", {"from": 1}), ("resume", {}), ("test", {})):
        assert other.post(f"{where}/{verb}", body).status_code == 404
    assert other.send("DELETE", where, b"", **{"Idempotency-Key": "delete-0001"}).status_code == 404


def test_the_scope_is_needed(partner: tuple[Partner, str]) -> None:
    _reader, token = partners.register_partner("只读平台", [Scope.READ], actor=SYSTEM, at=now())
    reader = Caller(token)
    assert reader.get("/webhooks").status_code == 403
    refused = reader.post("/webhooks", {"url": URL})
    assert refused.status_code == 403
    assert "webhooks:manage" in refused.json()["detail"]
    assert Caller("").get("/webhooks").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "http://hooks.example.cn/"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "mailto:x@example.cn"}, "url"),
        ({"url": URL, "types": ["nothing.here"]}, "types"),
        ({"url": URL, "types": ["mail.*"] * 300}, "types"),
        ({"url": URL, "digest": "md5"}, "digest"),
        ({"url": URL, "secret": "x"}, "secret"),
        ({}, "url"),
    ],
)
def test_a_wrong_registration_says_where(api: Caller, body: dict[str, Any], field: str) -> None:
    refused = api.post("/webhooks", body)
    assert refused.status_code == 422
    assert field in refused.json()["errors"]
    assert not Webhook.objects.exists()


def test_the_kinds_of_events_are_told(api: Caller) -> None:
    found = {one["type"]: one for one in api.get("/webhooks/event-types").json()}
    assert {"cases.applied", "mail.delivered", "cases.closed"} <= set(found)
    assert "care.told" not in found
    assert found["cases.sent"]["zh"] == "结果已寄出"


@pytest.mark.parametrize("odd", ["x", "0", "00000000-0000-0000-0000-000000000000", "%00"])
def test_odd_ids(api: Caller, odd: str) -> None:
    assert api.get(f"/webhooks/{odd}").status_code in {404, 422}
