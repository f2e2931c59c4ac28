"""Every public entry about a partner's case becomes a message for each of its webhooks that wants it."""

from __future__ import annotations

from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.gateway.webhooks import events
from zerotrip.gateway.webhooks.models import Webhook
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader


@reader("gateway.webhooks", kinds=events.kinds())
def tell(entry: Entry) -> None:
    """Queue the entry, also for endpoints that are paused: when they come back, nothing is missing."""
    if not entry.case_number:
        return
    owner = Case.objects.filter(number=entry.case_number, partner_id__isnull=False).values("partner_id")
    interested = Webhook.objects.filter(partner_id__in=owner, partner__active=True, removed_at__isnull=True)
    for webhook in interested.order_by("pk"):
        if webhook.registered_at <= entry.learned_at and webhook.wants(entry.kind):
            events.queue(
                webhook,
                entry.kind,
                entry.at,
                events.data_of(entry),
                now(),
                entry_id=entry.pk,
                case_number=entry.case_number,
            )
