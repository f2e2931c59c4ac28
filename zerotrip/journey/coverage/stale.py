"""When a place begins or ceases to offer a service, the rows that may change are marked and computed again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from zerotrip.catalog import kinds as catalog
from zerotrip.catalog.models import Offer
from zerotrip.journey.models import CoverageRun, CoverageShape, RunState
from zerotrip.journey.postage import settings as plan_settings
from zerotrip.journey.spots import Site, world
from zerotrip.ledger.models import Entry
from zerotrip.places.queries import distance_km

CHANGES: Final = (catalog.OFFERED, catalog.OFFER_STOPPED)

_MARK = """
UPDATE journey_coveragerow SET stale = true
WHERE run_id = ANY(%s) AND shape_id = ANY(%s) AND division_id = ANY(%s) AND NOT stale
"""


def mark(place: str, service: str, *, since: datetime) -> int:
    """Mark what an offer of `service` at `place` may change in runs asked for before `since`. Returns how many rows."""
    among = world()
    site = next((site for site in among.sites if site.code == place), None)
    runs = [run.pk for run in CoverageRun.objects.exclude(state=RunState.FAILED).filter(asked_at__lt=since)[:2]]
    if site is None or not runs:
        return 0
    shapes = CoverageShape.objects.filter(run__in=runs, services__contains=[service])
    townships = [code for code, lived in among.homes.items() if len(code) > 6 and _may_use(lived.lat, lived.lon, site)]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [runs, list(shapes.values_list("pk", flat=True)), townships])
        return int(cursor.rowcount)


def mark_since(run: CoverageRun) -> bool:
    """Mark what offers have changed since a run was asked for, as some rows may be older. True when there are any."""
    marked = 0
    for entry in Entry.objects.filter(kind__in=[k.code for k in CHANGES], learned_at__gte=run.asked_at):
        offer = Offer.objects.select_related("place").filter(pk=int(entry.subject_id)).first()
        if offer is not None:
            marked += mark(offer.place.code, offer.service, since=entry.learned_at + timedelta(microseconds=1))
    return marked > 0


def mark_runs(*, since: datetime) -> None:
    """Runs asked for before `since` are outdated as a whole: offers have changed in many places at once."""
    CoverageRun.objects.filter(asked_at__lt=since, state=RunState.DONE).update(digest="")


def _may_use(lat: float, lon: float, site: Site) -> bool:
    told = plan_settings()
    return told.away(distance_km(lat, lon, site.lat, site.lon)) <= told.near.reach
