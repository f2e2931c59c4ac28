"""Coverage follows what places offer."""

from __future__ import annotations

from zerotrip.catalog import kinds as catalog
from zerotrip.catalog.models import Offer
from zerotrip.journey.coverage import stale
from zerotrip.journey.models import CoverageRow
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader


@reader("journey.offers", kinds=[*stale.CHANGES, catalog.OFFERED_MANY])
def offers(entry: Entry) -> None:
    """Mark what an offer may change, and have it computed again."""
    from zerotrip.journey.tasks import refresh_soon

    if entry.kind == catalog.OFFERED_MANY.code:
        stale.mark_runs(since=entry.learned_at)
        return
    offer = Offer.objects.select_related("place").filter(pk=int(entry.subject_id)).first()
    if offer is not None:
        stale.mark(offer.place.code, offer.service, since=entry.learned_at)
    if CoverageRow.objects.filter(stale=True).exists():  # marked here, or by the page that opened the service
        refresh_soon()
