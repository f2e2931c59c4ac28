"""When a place begins or ceases to offer a service, the rows that may change are marked and computed again."""

from __future__ import annotations

from django.db import connection

from zerotrip.journey.models import CoverageRun, CoverageShape, RunState
from zerotrip.journey.postage import settings as plan_settings
from zerotrip.journey.spots import Site, world
from zerotrip.places.queries import distance_km

_MARK = """
UPDATE journey_coveragerow SET stale = true
WHERE run_id = ANY(%s) AND shape_id = ANY(%s) AND division_id = ANY(%s) AND NOT stale
"""


def mark(place: str, service: str) -> int:
    """Mark the rows of the latest runs that an offer of `service` at `place` may change. Returns how many."""
    among = world()
    site = next((site for site in among.sites if site.code == place), None)
    runs = [run.pk for run in CoverageRun.objects.exclude(state=RunState.FAILED)[:2]]
    if site is None or not runs:
        return 0
    shapes = CoverageShape.objects.filter(run__in=runs, services__contains=[service])
    townships = [code for code, lived in among.homes.items() if len(code) > 6 and _away(lived.lat, lived.lon, site)]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [runs, list(shapes.values_list("pk", flat=True)), townships])
        return int(cursor.rowcount)


def mark_all() -> int:
    """Mark every row of the latest run: offers have changed in many places at once."""
    run = CoverageRun.objects.filter(state=RunState.DONE).first()
    return run.rows.filter(stale=False).update(stale=True) if run is not None else 0


def _away(lat: float, lon: float, site: Site) -> bool:
    told = plan_settings()
    return told.away(distance_km(lat, lon, site.lat, site.lon)) <= told.near.reach
