"""Partners are told what happens to their cases: signed, numbered, in order, at least once, and to nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Independent
from standardwebhooks import WebhookVerificationError

from tests.actors import citizen
from tests.cases.stories import apply_as_company, collect
from tests.gateway.conftest import Caller
from tests.gateway.receiver import Received, Receiver, receiving
from tests.gateway.webhooks import deliver, fresh, happen, receiver, say, webhook
from tests.town import Town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.gateway import actions as partners
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions, delivery, queries, signing
from zerotrip.gateway.webhooks.models import Message, MessageState, Webhook
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

__all__ = ["receiver", "webhook"]
pytestmark = pytest.mark.django_db
Partnered = tuple[Partner, str]


def test_a_case_is_told_from_application_to_collection(
    town: Town, api: Caller, application: Callable[..., dict[str, Any]], webhook: Webhook, receiver: Receiver
) -> None:
    number = api.post("/cases", application()).json()["number"]
    drain()
    assert deliver() == len(receiver.received) > 0
    told = [one.json for one in receiver.received]
    assert told[0]["type"] == "cases.applied"
    assert [one["sequence"] for one in told] == list(range(1, len(told) + 1))
    assert {one["data"]["case"] for one in told} == {number}
    assert told[0]["data"]["text_en"].startswith("Applied for")
    assert told[0]["data"]["url"].endswith(f"/api/v1/cases/{number}")
    first = receiver.received[0]
    assert first.headers["webhook-sequence"] == "1"
    assert first.headers["content-type"] == "application/json"

    from zerotrip.cases.models import Case

    collect(Case.objects.get(number=number), town.nc)
    drain()
    deliver()
    last = receiver.received[-1].json
    assert last["type"] == "mail.accepted"
    assert last["data"]["mail"]
    timeline = [step["text"] for step in api.get(f"/cases/{number}").json()["timeline"]]
    assert [one.json["data"]["text"] for one in receiver.received] == timeline, "what a partner may read, no more"


def test_nobody_is_told_of_the_cases_of_others(
    town: Town, api: Caller, application: Callable[..., dict[str, Any]], webhook: Webhook, receiver: Receiver
) -> None:
    other, _token = partners.register_partner("另一平台", actor=SYSTEM, at=now())
    with receiving() as theirs:
        actions.register(other.name, theirs.url, actor=SYSTEM, at=now())
        apply_as_company(citizen()[1], town.nc)
        drain()
        assert deliver() == 0
        api.post("/cases", application())
        drain()
        assert deliver() == len(receiver.received) > 0
        assert theirs.received == []


def test_only_what_was_asked_for(
    api: Caller, application: Callable[..., dict[str, Any]], partner: Partnered, receiver: Receiver, town: Town
) -> None:
    actions.register(partner[0].name, receiver.url, ["cases.applied"], actor=SYSTEM, at=now())
    api.post("/cases", application())
    drain()
    deliver()
    assert [one.json["type"] for one in receiver.received] == ["cases.applied"]
    room = actions.register(partner[0].name, receiver.url + "/mail", ["mail.*"], actor=SYSTEM, at=now())[0]
    assert room.wants("mail.delivered")
    assert not room.wants("cases.applied")
    with pytest.raises(BadInput, match=r"care\.told"):
        actions.register(partner[0].name, receiver.url + "/x", ["care.told"], actor=SYSTEM, at=now())


def test_an_entry_is_told_exactly_once_though_read_twice(
    api: Caller, application: Callable[..., dict[str, Any]], webhook: Webhook, town: Town
) -> None:
    from zerotrip.ledger.models import Cursor

    api.post("/cases", application())
    drain()
    before = list(Message.objects.values_list("sequence", "entry_id"))
    Cursor.objects.filter(reader="gateway.webhooks").update(after=0)
    drain()
    assert list(Message.objects.values_list("sequence", "entry_id")) == before, "the table itself refuses a second one"
    assert fresh(webhook).last_sequence == len(before), "and its number is given back"


# --- signatures ---------------------------------------------------------------------------------


def test_the_independent_package_verifies_what_arrives(partner: Partnered, receiver: Receiver) -> None:
    from zerotrip.core.clock import set_frozen

    set_frozen(None)  # that package has a clock of its own
    webhook, secret = actions.register(partner[0].name, receiver.url, actor=SYSTEM, at=now())
    say(webhook)
    deliver()
    (got,) = receiver.received
    assert Independent(secret).verify(got.body, got.headers)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        Independent(secret).verify(got.body.replace(b"1", b"2"), got.headers)
    with pytest.raises(WebhookVerificationError):
        Independent(signing.fresh_secret()).verify(got.body, got.headers)


def test_during_a_rotation_both_secrets_verify(partner: Partnered, receiver: Receiver, monkeypatch: Any) -> None:
    from zerotrip.core.clock import set_frozen

    set_frozen(None)
    webhook, former = actions.register(partner[0].name, receiver.url, actor=SYSTEM, at=now())
    _webhook, present = actions.rotate(webhook.public_id, hours=1, actor=SYSTEM, at=now())
    say(webhook)
    deliver()
    assert len(receiver.received[0].headers["webhook-signature"].split(" ")) == 2
    for secret in (former, present):
        Independent(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    actions.rotate(webhook.public_id, hours=0, actor=SYSTEM, at=now())
    say(webhook)
    deliver()
    with pytest.raises(WebhookVerificationError):
        Independent(present).verify(receiver.received[1].body, receiver.received[1].headers)
    with pytest.raises(BadInput):
        actions.rotate(webhook.public_id, hours=1000, actor=SYSTEM, at=now())


def test_the_former_secret_ends_when_it_was_said_to(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    actions.rotate(webhook.public_id, hours=24, actor=SYSTEM, at=now())
    clock.advance(hours=24)
    say(webhook)
    deliver()
    assert len(receiver.received[0].headers["webhook-signature"].split(" ")) == 1


def _by_the_book(secret: str, got: Received, algorithm: str) -> str:
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, algorithm).digest()).decode()


@pytest.mark.parametrize(("digest", "name", "algorithm"), [("sha256", "v1", "sha256"), ("sm3", "v1s3", "sm3")])
def test_signatures_by_a_plain_reimplementation(
    digest: str, name: str, algorithm: str, partner: Partnered, receiver: Receiver
) -> None:
    assert algorithm in hashlib.algorithms_available
    webhook, secret = actions.register(partner[0].name, receiver.url, digest=digest, actor=SYSTEM, at=now())
    say(webhook)
    deliver()
    got = receiver.received[0]
    assert got.headers["webhook-signature"] == f"{name},{_by_the_book(secret, got, algorithm)}"
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64


@given(secret=st.binary(min_size=24, max_size=64), body=st.text(), identity=st.from_regex(r"\Amsg_[a-zA-Z0-9_-]{24}\Z"))
def test_any_body_under_any_secret(secret: bytes, body: str, identity: str) -> None:
    text = "whsec_" + base64.b64encode(secret).decode()
    from datetime import UTC, datetime

    at = datetime(2026, 11, 24, tzinfo=UTC)
    ours = signing.signature(text, "sha256", identity, int(at.timestamp()), body.encode("utf-8", "replace"))
    theirs = Independent(text).sign(identity, at, body.encode("utf-8", "replace").decode())
    assert ours == theirs


def test_secrets_are_sealed_and_in_no_entry(webhook: Webhook) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM gateway_webhook WHERE id = %s", [webhook.pk])
        assert webhook.secret.encode() not in bytes(cursor.fetchone()[0])
    entry = Entry.objects.get(kind="gateway.webhook_registered")
    assert webhook.secret not in str(entry.data)
    assert "/hooks" not in str(entry.data), "the path of an address may be a secret too"


# --- by hand ------------------------------------------------------------------------------------


def test_replay_sends_the_same_again_in_order(webhook: Webhook, receiver: Receiver) -> None:
    say(webhook, 5)
    deliver()
    assert actions.replay(webhook.public_id, since=3, actor=SYSTEM, at=now()) == 3
    say(webhook)
    deliver()
    assert receiver.sequences == [1, 2, 3, 4, 5, 3, 4, 5, 6]
    assert receiver.received[2].headers["webhook-id"] == receiver.received[5].headers["webhook-id"]
    assert receiver.received[2].body == receiver.received[5].body
    for wrong in (7, 0, -1):
        with pytest.raises((BadInput, queries.Gone)):
            actions.replay(webhook.public_id, since=wrong, actor=SYSTEM, at=now())


def test_one_message_again_and_one_set_aside(webhook: Webhook, receiver: Receiver) -> None:
    say(webhook, 3)
    receiver.reply = lambda one: (422, b"no") if one.json["sequence"] == 2 else (200, b"")
    deliver()
    assert receiver.sequences == [1, 2]
    with pytest.raises(BadInput):
        actions.set_aside(webhook.public_id, 2, reason="", actor=SYSTEM, at=now())
    actions.set_aside(webhook.public_id, 2, reason="接收方不认这一条", actor=SYSTEM, at=now())
    deliver()
    assert receiver.sequences == [1, 2, 3]
    with pytest.raises(Conflict):
        actions.set_aside(webhook.public_id, 2, reason="再来一次", actor=SYSTEM, at=now())
    receiver.reply = lambda one: (200, b"")
    actions.send_again(webhook.public_id, 2, actor=SYSTEM, at=now())
    deliver()
    assert receiver.sequences == [1, 2, 3, 2]
    with pytest.raises(NotFound):
        actions.send_again(webhook.public_id, 9, actor=SYSTEM, at=now())


def test_what_is_changed_by_hand_while_a_try_is_under_way_stays_changed(webhook: Webhook, receiver: Receiver) -> None:
    say(webhook, 2)

    receiver.reply = lambda one: (500, b"")
    (turn,) = delivery.claim(1, slow=False)
    message = delivery._next(turn)
    assert message is not None
    outcome = delivery.send(message)
    actions.set_aside(webhook.public_id, 1, reason="不要了", actor=SYSTEM, at=now())
    assert not delivery.settle(turn, message, outcome)
    assert Message.objects.get(sequence=1).state == MessageState.SET_ASIDE
    assert fresh(webhook).next_at is None


def test_paused_endpoints_collect_and_resume(webhook: Webhook, receiver: Receiver) -> None:
    actions.pause(webhook.public_id, reason="接收方升级", actor=SYSTEM, at=now())
    happen(webhook)
    assert deliver() == 0
    with pytest.raises(Conflict):
        actions.pause(webhook.public_id, reason="接收方升级", actor=SYSTEM, at=now())
    actions.resume(webhook.public_id, actor=SYSTEM, at=now())
    assert deliver() == 1


def test_registration_refuses_what_it_should(partner: Partnered, webhook: Webhook, settings: Any) -> None:
    name = partner[0].name
    with pytest.raises(Conflict, match="已经登记"):
        actions.register(name, webhook.url, actor=SYSTEM, at=now())
    with pytest.raises(BadInput):
        actions.register(name, "https://x.cn/", digest="md5", actor=SYSTEM, at=now())
    with pytest.raises(NotFound):
        actions.register("谁", "https://x.cn/", actor=SYSTEM, at=now())
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = ""
    for url in ("https://169.254.169.254/", "https://10.0.0.1/", "http://x.cn/", "https://localhost/"):
        with pytest.raises(BadInput) as refused:
            actions.register(name, url, actor=SYSTEM, at=now())
        assert "url" in refused.value.fields
    for n in range(actions.MOST - 1):
        actions.register(name, f"https://x.cn/{n}", actor=SYSTEM, at=now())
    with pytest.raises(Conflict, match="最多"):
        actions.register(name, "https://x.cn/more", actor=SYSTEM, at=now())


# --- any history --------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.sampled_from(["event", "event", "turn", "fail", "die", "wait", "replay", "again", "aside", "pause"]),
        max_size=25,
    )
)
def test_numbers_have_no_gaps_and_first_arrivals_are_in_order(
    steps: list[str], partner: Partnered, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, dies, is replayed or paused: numbers are 1, 2, 3, …; each message arrives (or was set aside by
    hand); for the first time in order; always under the same id."""
    Webhook.objects.all().delete()
    webhook = actions.register(partner[0].name, "http://127.0.0.1:9/x", actor=SYSTEM, at=now())[0]
    arrived: list[tuple[int, str]] = []
    mood = {"ok": True}

    def send(message: Message) -> delivery.Outcome:
        if not mood["ok"]:
            return delivery.Outcome(False, 500, 0.01)
        arrived.append((message.sequence, message.message_id))
        return delivery.Outcome(True, 200, 0.01)

    monkeypatch.setattr(delivery, "send", send)
    aside: set[int] = set()
    for step in steps:
        last = fresh(webhook).last_sequence
        if step == "event":
            happen(webhook)
        elif step in {"turn", "fail"}:
            mood["ok"] = step == "turn"
            deliver()
        elif step == "die":
            for turn in [*delivery.claim(1, slow=False), *delivery.claim(1, slow=True)]:
                if (message := delivery._next(turn)) is not None:
                    mood["ok"] = True
                    delivery.send(message)
        elif step == "wait":
            clock.advance(hours=3)
        elif step == "replay" and last:
            actions.replay(webhook.public_id, since=max(1, last - 2), actor=SYSTEM, at=now())
        elif step == "again" and last and fresh(webhook).state == "active":
            actions.send_again(webhook.public_id, last, actor=SYSTEM, at=now())
        elif step == "aside":
            head = Message.objects.filter(state="waiting").order_by("sequence").first()
            if head:
                actions.set_aside(webhook.public_id, head.sequence, reason="不要了", actor=SYSTEM, at=now())
                aside.add(head.sequence)
        elif step == "pause" and fresh(webhook).state == "active":
            actions.pause(webhook.public_id, reason="歇一歇", actor=SYSTEM, at=now())
    actions.resume(webhook.public_id, actor=SYSTEM, at=now())
    mood["ok"] = True
    for _n in range(3):
        clock.advance(hours=1)
        deliver()
    last = fresh(webhook).last_sequence
    assert list(Message.objects.values_list("sequence", flat=True)) == list(range(1, last + 1))
    firsts = list(dict.fromkeys(sequence for sequence, _id in arrived))
    assert [one for one in firsts if one not in aside] == [n for n in range(1, last + 1) if n not in aside]
    assert len({identity for _sequence, identity in arrived}) == len(firsts)


def test_the_payload_is_small_and_plain(webhook: Webhook) -> None:
    say(webhook)
    body = Message.objects.get().body
    assert len(body) < 20_000
    assert list(orjson.loads(body)) == ["type", "timestamp", "sequence", "data"]
