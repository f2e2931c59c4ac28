"""The operators' pages of scans: deliveries as they run, rows that could not be taken in, archived months."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound, Problem
from zerotrip.mail.ingest import actions
from zerotrip.mail.models import ArchivePart, Batch, Refused
from zerotrip.mail.trace.models import WATCHERS
from zerotrip.people.access import acting, needs

PAGE = 30
DAY = timedelta(days=1)
LARGEST_ID = 2**63 - 1


@require_safe
@needs(*WATCHERS)
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries newest first, or (?open=1) those with rows nobody has looked at; the page follows one that runs."""
    actor = acting(request)
    rows = Batch.objects.visible_to(actor)
    open_rows = Refused.objects.visible_to(actor).filter(settled_at__isnull=True)
    only_open = request.GET.get("open") == "1"
    shown = rows.filter(pk__in=open_rows.values("batch")) if only_open else rows
    of_each = open_rows.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk")).values("n")
    shown = shown.annotate(waiting=Coalesce(Subquery(of_each), 0)).order_by("-pk")
    recent = rows.filter(at__gte=now() - DAY)
    context = {
        "page_obj": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "only_open": only_open,
        "day": recent.aggregate(
            accepted=Sum("accepted"), duplicates=Sum("duplicates"), rejected=Sum("rejected"), unknown=Sum("unknown")
        ),
        "waiting": open_rows.count(),
        "running": rows.filter(finished_at__isnull=True, at__gte=now() - DAY).exists(),
        "archived": ArchivePart.objects.all()[:60],
        "crumbs": [{"label": _("轨迹接收")}],
    }
    return render(request, "mail/scans/deliveries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*WATCHERS)
def delivery(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The refused rows of one delivery: each with its line and reason; its text for a reason; settled all at once."""
    actor = acting(request)
    batch = Batch.objects.visible_to(actor).filter(pk=min(batch_id, LARGEST_ID)).first()
    if batch is None:
        raise NotFound(_("没有这批数据，请返回列表刷新。"))
    problem: Problem | None = None
    read: Refused | None = None
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    try:
        if verb == "read":
            row = request.POST.get("row", "")
            number = int(row) if row.isascii() and row.isdigit() and len(row) < 19 else 0
            read = actions.read_refused(number, reason=request.POST.get("reason", ""), actor=actor, at=now())
        elif request.method == "POST":
            count = actions.settle_refused(batch.pk, how=request.POST.get("how", ""), actor=actor, at=now())
            messages.success(request, _("{n} 行已记为处理完毕。").format(n=count))
            return redirect("mail:delivery", batch_id=batch.pk)
    except Problem as refused:
        problem = refused
    rows = batch.refused.order_by("settled_at", "line")
    kept = rows.count()
    context = {
        "batch": batch,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "waiting": rows.filter(settled_at__isnull=True).count(),
        "not_kept": max(0, batch.rejected - kept),
        "may_settle": actor.has(*actions.KEEPERS),
        "read": read,
        "problem": problem,
        "verb": verb,
        "crumbs": [{"label": _("轨迹接收"), "url": reverse("mail:deliveries")}, {"label": batch.source}],
    }
    return render(request, "mail/scans/delivery.html", context, status=problem.status if problem else 200)
