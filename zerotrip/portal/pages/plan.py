"""Choosing the way: where one lives, when one would begin, and the ways as cards."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zerotrip.catalog import queries as catalog
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local, now, today
from zerotrip.core.errors import BadInput, NotFound, Problem, Unavailable
from zerotrip.people.access import acting, open_to_everyone
from zerotrip.people.models import Contact
from zerotrip.places.models import Level
from zerotrip.places.picker import DivisionPicker
from zerotrip.portal import halls
from zerotrip.portal.plans import Plans, moment_of, plans


@require_safe
@open_to_everyone
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """The ways to do an item from where the reader lives. Raises NotFound when the item is not published."""
    actor = acting(request)
    version = catalog.get(code, today())
    picker = DivisionPicker.read(request.GET, actor=actor, code=_home(actor))
    at = moment_of(request.GET.get("when", ""), now())
    told: Plans | None = None
    trouble: Problem | None = None
    status = 200
    asked = "division" in request.GET and not picker.stepping
    if asked or (not request.GET and _deep_enough(picker)):
        try:
            told = plans(version.item.code, picker.require(Level.COUNTY), max(at, _this_minute()))
        except BadInput as problem:
            status = problem.status
            picker.errors.extend(s for name in (picker.name, "from", "at") for s in problem.fields.get(name, []))
            trouble = None if picker.errors else problem
        except (NotFound, Unavailable) as problem:
            trouble = problem
    context = {
        "version": version,
        "picker": picker,
        "plans": told,
        "trouble": trouble,
        "when": local(at).strftime("%Y-%m-%dT%H:%M") if request.GET.get("when") else "",
        "earliest": local(now()).strftime("%Y-%m-%dT%H:%M"),
        "halls": halls.competent(version, actor=actor)[:5] if told is not None and not told.cards else [],
        "old_form": not version.on_site_visits,
        "editing": told is None or request.GET.get("edit") == "1",
        "tab": "items",
    }
    return render(request, "portal/plan.html", context, status=status)


def _this_minute() -> datetime:
    return now().replace(second=0, microsecond=0)


def _home(actor: Actor) -> str:
    """Where the citizen's last papers were sent, so that nobody says it again."""
    if actor.kind != "citizen":
        return ""
    last = Contact.objects.visible_to(actor).order_by("-pk").values_list("division_id", flat=True).first()
    return str(last or "")


def _deep_enough(picker: DivisionPicker) -> bool:
    try:
        picker.require(Level.COUNTY)
    except BadInput:
        return False
    return True
