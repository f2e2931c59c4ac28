"""Receivers fail in every way there is: nothing is lost, order is kept, and nobody else waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.conftest import Caller
from tests.gateway.receiver import Receiver, receiving
from tests.gateway.webhooks import deliver, fresh, happen, receiver, say, webhook
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict
from zerotrip.gateway import actions as partners
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions, delivery, queries
from zerotrip.gateway.webhooks.models import Message, MessageState, Webhook, WebhookState
from zerotrip.gateway.webhooks.runner import Deliverer
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

__all__ = ["receiver", "webhook"]
pytestmark = pytest.mark.django_db
Partnered = tuple[Partner, str]


def test_a_receiver_that_was_down_for_an_hour_misses_nothing(webhook: Webhook, receiver: Receiver, clock: Any) -> None:
    receiver.reply = lambda one: (503, b"maintenance")
    for _minute in range(12):
        happen(webhook)
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

    happen(webhook)  # what happens meanwhile is kept
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


# --- whole stories ------------------------------------------------------------------------------


def test_a_receiver_that_refuses_connections_for_an_hour_misses_nothing(
    api: Caller,
    application: Callable[..., dict[str, Any]],
    webhook: Webhook,
    receiver: Receiver,
    clock: Any,
) -> None:
    """Real errands while nobody listens: afterwards every number is there, in order, and says what the API says."""
    happened: list[str] = []

    def apply() -> None:
        happened.append(api.post("/cases", application()).json()["number"])
        drain()

    apply()
    deliver()
    before = len(receiver.received)
    assert before > 0
    receiver.down()
    for minute in range(60):
        if minute % 10 == 0:
            apply()
        happen(webhook)
        assert deliver() == 0
        clock.advance(minutes=1)
    assert len(receiver.received) == before
    assert "对方拒绝连接" in Message.objects.filter(state=MessageState.WAITING).earliest("sequence").trouble
    receiver.up()
    apply()
    back = fresh(webhook).next_at
    assert back is not None, "nobody tells us that it is back: the next try finds out"
    clock.set(back)
    deliver()
    last = fresh(webhook).last_sequence
    assert last > 60 + 7
    assert receiver.sequences == list(range(1, last + 1)), "each once, in order: no answer was lost on the way"
    assert [one.json["data"]["case"] for one in receiver.received if one.json["type"] == "cases.applied"] == happened
    assert not Message.objects.exclude(state=MessageState.DELIVERED).exists()


def test_a_receiver_that_draws_what_it_missed_needs_not_wait(
    api: Caller, webhook: Webhook, receiver: Receiver, clock: Any
) -> None:
    receiver.down()
    happen(webhook, 4)
    for _hour in range(6):
        deliver()
        clock.advance(hours=1)
    receiver.up()
    drawn = api.get(f"/webhooks/{webhook.public_id}/events").json()["events"]
    assert [one["sequence"] for one in drawn] == [1, 2, 3, 4]
    assert api.post(f"/webhooks/{webhook.public_id}/resume", {}).status_code == 200
    deliver()
    assert [one.json for one in receiver.received] == [one["payload"] for one in drawn], "the same, pushed too"


def test_every_bad_receiver_at_once_for_a_day_and_one_good_one(
    partner: Partnered, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, silence, 410, a redirect to the metadata address, nobody there: the good one is never behind."""
    monkeypatch.setattr(delivery, "TIMEOUT", 0.3)
    with ExitStack() as stack:
        names = ("good", "broken", "silent", "gone", "redirects", "refuses")
        receivers = {name: stack.enter_context(receiving()) for name in names}
        hooks = {
            name: actions.register(partner[0].name, one.url, actor=SYSTEM, at=now())[0]
            for name, one in receivers.items()
        }
        away = {"Location": "http://169.254.169.254/latest/meta-data/iam/"}
        receivers["broken"].reply = lambda one: (500, b"stack trace " * 100_000)
        receivers["silent"].hang()
        receivers["gone"].reply = lambda one: (410, b"")
        receivers["redirects"].reply = lambda one: (302, b"", away)
        receivers["refuses"].down()
        for hour in range(24):
            for hook in hooks.values():
                happen(hook, 2)
            deliver()
            assert receivers["good"].sequences == list(range(1, 2 * hour + 3)), "told at once, whatever the others do"
            clock.advance(hours=1)
        heads = {name: hook.messages.earliest("sequence") for name, hook in hooks.items()}
        assert {name: head.last_status for name, head in heads.items()} == {
            "good": 200, "broken": 500, "silent": None, "gone": 410, "redirects": 302, "refuses": None,
        }  # fmt: skip
        assert "169.254.169.254" in heads["redirects"].trouble
        assert len(heads["broken"].answer) == delivery.ANSWER_KEPT
        assert fresh(hooks["gone"]).state == WebhookState.GONE
        assert len(receivers["gone"].received) == 1
        for name in ("broken", "silent", "redirects", "refuses"):
            assert fresh(hooks[name]).state == WebhookState.ACTIVE, "a day is not yet three"
            assert heads[name].attempts == 7, "5 s, 5 min, 30 min, 2 h, 5 h, 10 h after the first"

        receivers["silent"].release.set()
        receivers["refuses"].up()
        for name in ("broken", "silent", "redirects", "refuses"):
            receivers[name].reply = lambda one: (200, b"")
        clock.advance(hours=20)
        deliver()
        for name in ("broken", "silent", "redirects", "refuses"):
            told = receivers[name].sequences
            assert list(dict.fromkeys(told)) == list(range(1, 49)), name
            assert told[-48:] == list(range(1, 49)), "only the first one was ever sent twice"


@pytest.mark.django_db(transaction=True)
def test_many_silent_receivers_leave_senders_for_the_others(
    partner: Partnered, receiver: Receiver, webhook: Webhook, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real senders: endpoints that let us wait share half of them, however many they are."""
    monkeypatch.setattr(delivery, "TIMEOUT", 60)
    with receiving() as silent:
        silent.hang(60)
        for n in range(12):
            hook = actions.register(partner[0].name, f"{silent.url}/{n}", actor=SYSTEM, at=now())[0]
            happen(hook, 3)
        Webhook.objects.exclude(pk=webhook.pk).update(slow=True)
        happen(webhook, 30)
        senders = Deliverer(senders=4)
        running = threading.Thread(target=senders.run)
        running.start()
        try:
            deadline = time.monotonic() + 30
            while len(receiver.received) < 30 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert receiver.sequences == list(range(1, 31))
            assert len(silent.received) <= 2, "of four senders two wait at most"
        finally:
            senders.stop()
            silent.release.set()
            running.join(30)
        assert not running.is_alive()
