"""For operators and their machines: is it well, and how much does it do."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from zerotrip import __version__
from zerotrip.ledger.queries import reader_states

LAG_ALARM = 60.0
"""Seconds a reader may lag before `/health` says so."""


def health(request: HttpRequest) -> JsonResponse:
    """200 with `status: ok` when the database answers and is migrated; 503 otherwise. Late readers are named."""
    try:
        states = reader_states()
    except DatabaseError:
        return JsonResponse({"status": "down", "version": __version__, "database": "unreachable"}, status=503)
    late = [s.name for s in states if s.lag.total_seconds() > LAG_ALARM]
    return JsonResponse(
        {
            "status": "ok",
            "version": __version__,
            "database": "ok",
            "readers_late": late,
            "set_aside": sum(s.set_aside for s in states),
        }
    )


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: entries, reader lag, set-aside entries, jobs waiting."""
    registry = CollectorRegistry()
    lag = Gauge("zerotrip_reader_lag_seconds", "Age of the oldest unhandled entry", ["reader"], registry=registry)
    aside = Gauge("zerotrip_reader_set_aside", "Entries set aside and not settled", ["reader"], registry=registry)
    for state in reader_states():
        lag.labels(state.name).set(state.lag.total_seconds())
        aside.labels(state.name).set(state.set_aside)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_entry")
        Gauge("zerotrip_entries", "Highest entry number", registry=registry).set(cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        Gauge("zerotrip_jobs_waiting", "Background jobs waiting", registry=registry).set(cursor.fetchone()[0])
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
