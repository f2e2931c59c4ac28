"""A partner's webhook, its receiver, and what senders do; for the stories of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.receiver import Receiver, receiving
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.gateway.models import Partner
from zerotrip.gateway.webhooks import actions, delivery, events
from zerotrip.gateway.webhooks.models import Webhook


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def webhook(partner: tuple[Partner, str], receiver: Receiver) -> Webhook:
    return actions.register(partner[0].name, receiver.url, actor=SYSTEM, at=now())[0]


def deliver() -> int:
    """What the senders would do until they have nothing to do now. Returns how many messages were delivered."""
    total = 0
    while turns := [*delivery.claim(100, slow=False), *delivery.claim(100, slow=True)]:
        total += sum(delivery.take_turn(turn) for turn in turns)
    return total


def say(webhook: Webhook, times: int = 1) -> None:
    """Test messages: each is sent at once, whatever rest the endpoint is taking."""
    for _n in range(times):
        actions.send_test(webhook.public_id, actor=SYSTEM, at=now())


def happen(webhook: Webhook, times: int = 1) -> None:
    """Events, as opposed to tests, do not end the rest after a failure."""
    for _n in range(times):
        events.queue(fresh(webhook), "cases.sent", now(), {"case": "x"}, now())


def fresh(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_related("partner").get(pk=webhook.pk)
