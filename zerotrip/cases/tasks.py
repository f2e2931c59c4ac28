"""Look after promises while nothing happens: a case whose next arrival is overdue is told anew."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from zerotrip.cases.actions.common import lock
from zerotrip.cases.actions.promise import foretell
from zerotrip.cases.models import Case
from zerotrip.cases.states import CLOSED
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now

MOST = 500
"""Cases of one round; the rest comes with the next."""


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="cases.watch_promises", name="cases.watch_promises")
def watch_promises(timestamp: int) -> None:
    """Every ten minutes: forecasts that the clock has overtaken."""
    watch()


def watch() -> int:
    """Tell anew every open case with an arrival or an end that should have been. Returns how many."""
    at = now()
    overdue = Q(forecast_at__lt=at) | Q(legs__arrived_at__isnull=True, legs__expected_at__lt=at)
    late = Case.objects.filter(promised_at__isnull=False, closed_at__isnull=True).filter(overdue)
    done = 0
    for number in list(late.order_by("forecast_at").values_list("number", flat=True).distinct()[:MOST]):
        with transaction.atomic():
            case = lock(number, SYSTEM)
            if case.state == CLOSED or case.itinerary is None:
                continue
            foretell(case, list(case.legs.select_related("consignment")), at)
            done += 1
    return done
