"""The agency's desk: the window's cases by deadline."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zerotrip.core.roles import Role
from zerotrip.counter import forms, pieces, queries
from zerotrip.people.access import acting, needs

STEPS = {
    "received": Q(state="received") | queries.AT_DESK,
    "reviewing": Q(state__in=("accepted", "reviewing")),
    "decided": Q(state="decided"),
    "waiting": Q(state__in=("applied", "correcting", "paused")) & ~queries.AT_DESK,
}


@needs(Role.AGENCY_OFFICER)
@require_safe
def agency(request: HttpRequest) -> HttpResponse:
    """What waits for the officer, most pressing first; `?only=` shows one step."""
    actor = acting(request)
    only = request.GET.get("only", "")
    which = STEPS.get(only) or queries.turn(actor)
    numbers = queries.figures(actor)
    names = {
        "received": _("待核对材料"),
        "reviewing": _("待审查决定"),
        "decided": _("待制作结果"),
        "waiting": _("等申请人或等程序"),
    }
    counts = {
        "received": numbers.of("received") + numbers.at_desk,
        "reviewing": numbers.of("accepted", "reviewing"),
        "decided": numbers.of("decided"),
        "waiting": numbers.of("applied", "correcting", "paused") - numbers.at_desk,
    }
    context = {
        "scan": forms.Scan(),
        "queue": queries.waiting(actor, which),
        "figures": numbers,
        "only": only if only in STEPS else "",
        "steps": [(key, names[key], counts[key]) for key in STEPS],
        "arriving": pieces.arriving(actor),
    }
    return render(request, "counter/agency.html", context)
