"""The administrators' page of outside trackers: how many numbers each follows, and what could not be delivered."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.gateway.trackers import actions
from zerotrip.gateway.trackers.models import Following, Subscription, Tracker
from zerotrip.people.access import acting, needs

WHO = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
KEEPERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
SHOWN = 100


@needs(*WHO)
@require_safe
def trackers(request: HttpRequest) -> HttpResponse:
    """All trackers with their counts; what is set aside or being tried again, oldest trouble last."""
    actor = acting(request)

    def of(**which: object) -> Count:
        return Count("subscriptions", filter=Q(**{f"subscriptions__{name}": value for name, value in which.items()}))

    rows = Tracker.objects.visible_to(actor).select_related("partner")
    counted = rows.annotate(
        polling=of(state=Following.POLLING),
        failing=of(state=Following.POLLING, tries__gt=0),
        aside=of(state=Following.ASIDE),
        last=Max("subscriptions__pushed_at"),
    )
    troubled = Subscription.objects.visible_to(actor).select_related("tracker__partner")
    troubled = troubled.filter(Q(state=Following.ASIDE) | Q(tries__gt=0)).order_by("-pk")[:SHOWN]
    context = {
        "trackers": counted,
        "troubled": troubled,
        "may_change": actor.has(*KEEPERS),
        "base": settings.ZEROTRIP_BASE_URL,
    }
    return render(request, "gateway/trackers.html", context)


@needs(*KEEPERS)
@require_POST
def again(request: HttpRequest, customer: str) -> HttpResponse:
    """Push what was set aside for one tracker again."""
    count = actions.send_again(customer, actor=acting(request), at=now())
    messages.success(request, _("已重新推送 {n} 件。").format(n=count))
    return redirect("gateway:trackers")
