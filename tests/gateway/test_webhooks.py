"""Partners are told what happens to their cases: signed, numbered, in order, at least once, and to nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
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
from tests.town import Town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.gateway import actions as partners
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions, delivery, events, queries, signing
from zerotrip.gateway.webhooks.models import Message, MessageState, Webhook, WebhookState
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

pytestmark = pytest.mark.django_db
Partnered = tuple[Partner, str]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def webhook(partner: Partnered, receiver: Receiver) -> Webhook:
    return actions.register(partner[0].name, receiver.url, actor=SYSTEM, at=now())[0]


def deliver() -> int:
    """What the senders would do until they have nothing to do now. Returns how many messages were delivered."""
    total = 0
    while turns := [*delivery.claim(100, slow=False), *delivery.claim(100, slow=True)]:
        total += sum(delivery.take_turn(turn) for turn in turns)
    return total


def say(webhook: Webhook, times: int = 1) -> None:
    for _n in range(times):
        actions.send_test(webhook.public_id, actor=SYSTEM, at=now())


def fresh(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_related("partner").get(pk=webhook.pk)


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


# --- order, failures, retries -------------------------------------------------------------------


def test_a_receiver_that_was_down_for_an_hour_misses_nothing(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    receiver.reply = lambda one: (503, b"maintenance")
    for _minute in range(12):
        say_without_hurry(webhook)
        deliver()
        clock.advance(minutes=5)
    failed = fresh(webhook)
    assert failed.failing_since is not None
    tried = len(receiver.received)
    assert tried < 12, "pauses grow"
    assert set(receiver.sequences) == {1}, "later ones wait for the first"
    receiver.received.clear()
    receiver.reply = lambda one: (200, b"")
    clock.advance(hours=3)
    deliver()
    assert receiver.sequences == list(range(1, 13))
    assert fresh(webhook).failing_since is None
    assert not Message.objects.filter(state=MessageState.WAITING).exists()


def say_without_hurry(webhook: Webhook) -> None:
    """An event, as opposed to a test, does not end the rest after a failure."""
    events.queue(fresh(webhook), "cases.sent", now(), {"case": "x"}, now())


def test_pauses_grow_as_documented_then_it_is_given_up(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    receiver.reply = lambda one: (500, b"broken " * 100)
    begun = clock.now
    say(webhook)
    pauses = []
    for _try in range(20):
        deliver()
        now_on = fresh(webhook)
        if now_on.state != WebhookState.ACTIVE:
            break
        assert now_on.lease is None, "nothing is held while resting"
        assert now_on.next_at is not None
        pauses.append((now_on.next_at - clock.now).total_seconds())
        assert deliver() == 0
        clock.set(now_on.next_at)
    written = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert len(pauses) == len(written)
    for pause, expected in zip(pauses, written, strict=True):
        assert 0.9 * expected <= pause <= 1.1 * expected
    assert timedelta(hours=66) < clock.now - begun < timedelta(hours=85)
    given_up = fresh(webhook)
    assert given_up.state == WebhookState.FAILED
    assert "500" in given_up.state_reason
    assert len(receiver.received) == 10
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    entry = Entry.objects.get(kind="gateway.webhook_given_up")
    assert "已试 10 次" in entry.sentence()
    assert queries.stopped() == [given_up]
    (standing,) = queries.standings([given_up])
    assert (standing.level, standing.waiting) == ("alert", 1)
    message = Message.objects.get()
    assert (message.last_status, message.attempts) == (500, 10)
    assert message.answer.startswith("broken broken")
    assert len(message.answer) == delivery.ANSWER_KEPT

    say_without_hurry(webhook)  # what happens meanwhile is kept
    receiver.received.clear()
    receiver.reply = lambda one: (204, b"")
    assert deliver() == 0
    actions.resume(webhook.public_id, actor=SYSTEM, at=now())
    assert deliver() == 2
    assert receiver.sequences == [1, 2]


def test_gone_stops_at_once(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    receiver.reply = lambda one: (410, b"")
    say(webhook, 3)
    deliver()
    clock.advance(days=1)
    deliver()
    assert len(receiver.received) == 1
    stopped = fresh(webhook)
    assert stopped.state == WebhookState.GONE
    assert "410" in stopped.state_reason
    with pytest.raises(Conflict):
        actions.send_test(webhook.public_id, actor=SYSTEM, at=now())
    assert Entry.objects.filter(kind="gateway.webhook_gone").count() == 1


def test_a_hanging_receiver_is_cut(webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT", 0.3)
    receiver.hang()
    say(webhook)
    begun = time.monotonic()
    deliver()
    assert time.monotonic() - begun < 5
    message = Message.objects.get()
    assert message.last_status is None
    assert "0.3 秒" in message.trouble
    assert fresh(webhook).slow, "it moves to the slow lane"


def test_a_redirect_to_the_metadata_address_is_contained(webhook: Webhook, receiver: Receiver) -> None:
    receiver.reply = lambda one: (307, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
    say(webhook)
    deliver()
    assert "169.254.169.254" in Message.objects.get().trouble
    assert len(receiver.received) == 1


def test_an_address_that_became_internal_is_contained(webhook: Webhook, receiver: Receiver, settings: Any) -> None:
    settings.ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = ""
    say(webhook)
    deliver()
    assert receiver.received == []
    assert "只向 https" in Message.objects.get().trouble


def test_the_receiver_may_ask_for_a_longer_rest(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    receiver.reply = lambda one: (429, b"", {"Retry-After": "3600"})
    say(webhook)
    deliver()
    assert fresh(webhook).next_at == clock.now + timedelta(hours=1)


def test_a_turn_whose_process_died_is_taken_over(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    say(webhook, 2)
    (dead,) = delivery.claim(5, slow=False)
    message = delivery._next(dead)
    assert message is not None
    assert delivery.send(message).ok  # it sent, and died before it could write that down
    assert delivery.claim(5, slow=False) == [], "one at a time"
    clock.advance(seconds=61)
    assert deliver() == 2
    assert receiver.sequences == [1, 1, 2]
    assert receiver.received[0].headers["webhook-id"] == receiver.received[1].headers["webhook-id"]
    assert not delivery.settle(dead, message, delivery.Outcome(False, 500, 0.1)), "the dead may come back: too late"
    assert Message.objects.filter(state=MessageState.DELIVERED).count() == 2


def test_one_dead_receiver_holds_up_nobody_else(partner: Partnered, webhook: Webhook, receiver: Receiver) -> None:
    with receiving() as healthy:
        other = actions.register(partner[0].name, healthy.url, actor=SYSTEM, at=now())[0]
        receiver.reply = lambda one: (500, b"")
        say(webhook, 3)
        say(other, 3)
        deliver()
        assert healthy.sequences == [1, 2, 3]
        assert receiver.sequences == [1]


def test_a_revoked_partner_is_told_nothing_more(partner: Partnered, webhook: Webhook, receiver: Receiver) -> None:
    say(webhook)
    partners.revoke(partner[0].name, reason="合作到期", actor=SYSTEM, at=now())
    assert deliver() == 0
    assert receiver.received == []


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
    say_without_hurry(webhook)
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
            say_without_hurry(webhook)
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
