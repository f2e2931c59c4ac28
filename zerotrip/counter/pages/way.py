"""The rest of the way of a case: what the planner would do from here, to adopt with one button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.cases import actions
from zerotrip.cases import queries as cases
from zerotrip.cases.itinerary import carried_by
from zerotrip.cases.itinerary.cards import cards
from zerotrip.cases.itinerary.rest import standing_of
from zerotrip.cases.queries import CaseView
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem, Unavailable
from zerotrip.core.roles import Role
from zerotrip.journey.itinerary import Itinerary
from zerotrip.journey.queries import rest_of_way
from zerotrip.people.access import acting, needs

WHO = (Role.HALL_CLERK, Role.AGENCY_OFFICER, Role.CARE_AGENT)
MOST = 4


@needs(*WHO)
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, number: str) -> HttpResponseBase:
    """The ways on from where the case stands; a POST adopts the one it names."""
    actor = acting(request)
    view = cases.get(actor, number)
    itinerary = carried_by(view.case)
    if itinerary is None or not view.case.open:
        raise NotFound(_("这个办件没有办事路线，或已经办结。"))
    problem: Problem | None = None
    ways: tuple[Itinerary, ...] = ()
    try:
        ways = _ways(view, itinerary)
        if request.method == "POST":
            chosen = next((one for one in ways if one.id == request.POST.get("way")), None)
            if chosen is None:
                raise Conflict(_("余下的路线刚有变化，请在下面重新选择。"))
            actions.adopt_itinerary(view.case.number, itinerary=chosen.as_json(), actor=actor, at=now())
            messages.success(request, _("已改走所选的路线。"))
            return redirect("counter:case", number=view.case.number)
    except (BadInput, Conflict, Unavailable, NotFound) as refused:
        problem = refused
    return _page(request, view, ways, problem)


def _ways(view: CaseView, itinerary: Itinerary) -> tuple[Itinerary, ...]:
    """What could be done otherwise: when all that is left is to wait for what is on its way, there is nothing."""
    at = now().replace(second=0, microsecond=0)
    found = rest_of_way(itinerary, standing_of(view.case, itinerary, view.legs, at), at).itineraries
    return tuple(one for one in found if one.legs or any(step.actor == "agency" for step in one.steps))[:MOST]


def _page(request: HttpRequest, view: CaseView, ways: tuple[Itinerary, ...], problem: Problem | None) -> HttpResponse:
    number = view.case.number
    context = {
        "view": view,
        "case": view.case,
        "cards": cards(ways),
        "problem": problem,
        "crumbs": [{"label": number, "url": reverse("counter:case", args=[number])}, {"label": _("余下的路线")}],
    }
    return render(request, "counter/way.html", context, status=problem.status if problem else 200)
