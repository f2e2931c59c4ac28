"""The desk's home: what waits for me, and the next most pressing cases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zerotrip.core.roles import Role
from zerotrip.counter import queries
from zerotrip.people.access import acting, needs_staff

NEXT = 10


@needs_staff
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Tiles, the next rows and the way to every desk of the actor."""
    actor = acting(request)
    works = actor.has(Role.HALL_CLERK, Role.AGENCY_OFFICER)
    context = {
        "works": works,
        "officer": actor.has(Role.AGENCY_OFFICER),
        "clerk": actor.has(Role.HALL_CLERK),
        "figures": queries.figures(actor) if works else None,
        "closed": queries.closed_today(actor) if works else 0,
        "queue": queries.waiting(actor, queries.turn(actor), most=NEXT) if works else None,
        "desk": "counter:agency" if actor.has(Role.AGENCY_OFFICER) else "counter:hall",
    }
    return render(request, "counter/home.html", context)
