"""The page of how long a piece may go without a scan."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.core.roles import Role
from zerotrip.mail.models import Net, SilenceLimit, State
from zerotrip.mail.silence.limits import LONGEST, PACKAGED, limits, set_limit
from zerotrip.people.access import acting, needs

SETTERS = (Role.SYSTEM_ADMIN, Role.BRANCH_MANAGER)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*SETTERS, Role.CARE_AGENT)
def silence_limits(request: HttpRequest) -> HttpResponse:
    """After how many hours without a scan a piece is an exception, by stage and net; changed one at a time."""
    actor = acting(request)
    problem: Problem | None = None
    sent = request.POST
    if request.method == "POST":
        hours = sent.get("hours", "").strip()
        try:
            set_limit(
                sent.get("stage", "")[:20],
                sent.get("net", "")[:20],
                hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 6 else 0,
                working_days=sent.get("working_days") == "1",
                actor=actor,
                at=now(),
            )
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, _("已修改，立即生效。"))
            return redirect("mail:silence_limits")
    own = set(SilenceLimit.objects.values_list("stage", "net"))
    found = limits()
    nets = [("", _("其他网别")), *Net.choices]
    rows = [
        (State(stage), [(found.get((stage, net)), (stage, net) in own) for net, _label in nets])
        for stage, first in PACKAGED
        if not first
    ]
    context = {
        "rows": rows,
        "nets": nets,
        "stages": [(state.value, state.label) for state, _cells in rows],
        "may_set": actor.has(*SETTERS),
        "longest": LONGEST,
        "sent": sent,
        "problem": problem,
        "crumbs": [{"label": _("无轨迹提醒")}],
    }
    return render(request, "mail/scans/silence.html", context, status=problem.status if problem else 200)
