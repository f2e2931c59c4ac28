"""Coverage follows what places offer."""

from __future__ import annotations

from zerotrip.catalog import kinds as catalog
from zerotrip.catalog.models import Offer
from zerotrip.journey.coverage import stale
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader


@reader("journey.offers", kinds=[catalog.OFFERED, catalog.OFFER_STOPPED, catalog.OFFERED_MANY])
def offers(entry: Entry) -> None:
    """Mark what an offer may change, and have it computed again."""
    from zerotrip.journey.tasks import refresh_soon

    if entry.kind == catalog.OFFERED_MANY.code:
        marked = stale.mark_all()
    else:
        offer = Offer.objects.select_related("place").filter(pk=int(entry.subject_id)).first()
        marked = stale.mark(offer.place.code, offer.service) if offer is not None else 0
    if marked:
        refresh_soon()
