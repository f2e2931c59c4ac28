"""Forget messages whose time is over."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from zerotrip.core.clock import now
from zerotrip.gateway.webhooks import queries
from zerotrip.gateway.webhooks.models import Webhook


@app.periodic(cron="23 3 * * *")
@app.task(queue="housekeeping", queueing_lock="gateway.forget_messages", name="gateway.forget_messages")
def forget_messages(timestamp: int) -> None:
    """Delete what is older than ZEROTRIP_WEBHOOK_DAYS."""
    forget()


def forget() -> int:
    """As `forget_messages`, now. Only a beginning of a webhook's numbers is ever deleted. Returns how many."""
    limit, deleted = now() - timedelta(days=settings.ZEROTRIP_WEBHOOK_DAYS), 0
    for key in list(Webhook.objects.filter(removed_at__isnull=True).values_list("pk", flat=True)):
        with transaction.atomic():
            webhook = Webhook.objects.select_for_update(no_key=True, of=("self",)).get(pk=key)
            through = queries.forgettable(webhook, limit)
            if through > webhook.forgotten_through:
                deleted += webhook.messages.filter(sequence__lte=through).delete()[0]
                Webhook.objects.filter(pk=key).update(forgotten_through=through)
    return deleted
