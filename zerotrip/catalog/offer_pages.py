"""The desk's page of services: which place offers which, and beginning and stopping one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zerotrip.catalog import actions, codes, queries
from zerotrip.catalog.models import EDITORS
from zerotrip.core.clock import now, today
from zerotrip.people.access import acting, needs, needs_staff

PAGE = 50


@require_GET
@needs_staff
def offers(request: HttpRequest) -> HttpResponse:
    """The services that stand today, by service and place, with how many places offer each."""
    actor = acting(request)
    service, text = (request.GET.get(name, "").strip()[:60].replace("\0", "") for name in ("service", "q"))
    found = queries.offer_list(actor, today(), service=service, text=text)
    counts = queries.offer_counts(today())
    context = {
        "page_obj": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "counts": [(code, str(label), counts[code]) for code, label in codes.SERVICE if counts.get(code)],
        "services": codes.SERVICE,
        "service": service,
        "q": text,
        "may_change": actor.has(*EDITORS),
        "crumbs": [{"label": _("事项库"), "url": reverse("catalog:items")}, {"label": _("场所服务")}],
    }
    return render(request, "catalog/offers.html", context)


@require_POST
@needs(*EDITORS)
def offer(request: HttpRequest) -> HttpResponse:
    """A place begins to offer a service."""
    made = actions.offer(
        request.POST.get("place", "").strip(), request.POST.get("service", ""), actor=acting(request), at=now()
    )
    messages.success(
        request, _("{place}已开办“{service}”。").format(place=made.place.name, service=made.get_service_display())
    )
    return redirect("catalog:offers")


@require_POST
@needs(*EDITORS)
def stop_offering(request: HttpRequest) -> HttpResponse:
    """A place stops offering a service."""
    over = actions.stop_offering(
        request.POST.get("place", ""), request.POST.get("service", ""), actor=acting(request), at=now()
    )
    messages.success(
        request, _("{place}已停办“{service}”。").format(place=over.place.name, service=over.get_service_display())
    )
    return redirect("catalog:offers")
