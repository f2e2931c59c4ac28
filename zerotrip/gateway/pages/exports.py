"""The desk's pages of exports, and of what the provincial portal was told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerotrip.core.clock import now, today
from zerotrip.core.errors import NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.gateway.exports import actions, own_key, portal, push
from zerotrip.gateway.exports.forms import Ask
from zerotrip.gateway.exports.models import EXPORTERS, UNMASKERS, WATCHERS, Export, PortalRow, Told
from zerotrip.gateway.exports.tables import BY_CODE, TABLES
from zerotrip.people.access import acting, needs

PAGE = 20
LARGEST_ID = 2**63 - 1
LONG = timedelta(days=1)
"""Unconfirmed for longer than this is late."""


@require_http_methods(["GET", "POST"])
@needs(*EXPORTERS, Role.AUDITOR)
def exports(request: HttpRequest) -> HttpResponse:
    """Choose days and ask for a file; the exports before."""
    actor = acting(request)
    may_ask, may_unmask = actor.has(*EXPORTERS), actor.has(*UNMASKERS)
    first = today().replace(day=1)
    form = Ask(request.POST or None, may_unmask=may_unmask, initial={"first": first, "last": today(), "form": "csv"})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                sent = form.cleaned_data
                actions.ask_export(
                    sent["first"], sent["last"], form=sent["form"], masked=not sent.get("full"),
                    reason=sent.get("reason", ""), actor=actor, at=now(),
                )  # fmt: skip
                return redirect("gateway:exports")
            except Problem as problem:
                form.refused(problem)
                status = problem.status
        status = 422 if status == 200 else status
    rows = Export.objects.visible_to(actor).select_related("asked_by")
    mine = rows.filter(asked_by_id=actor.id or 0)
    context = {
        "form": form if may_ask else None,
        "newest": mine.filter(state__in=["queued", "running"]).first(),
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "mine": actor.id,
        "may_unmask": may_unmask,
        "crumbs": [{"label": _("导出办件数据")}],
    }
    return render(request, "gateway/exports.html", context, status=status)


@require_GET
@needs(*EXPORTERS, Role.AUDITOR)
def export_progress(request: HttpRequest) -> HttpResponse:
    """How far one's export is: a fragment that asks again while it is going on."""
    actor = acting(request)
    newest = Export.objects.visible_to(actor).filter(asked_by_id=actor.id or 0, state__in=["queued", "running"]).first()
    answer = render(request, "gateway/_export_progress.html", {"newest": newest})
    if newest is None:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@needs(*EXPORTERS, Role.AUDITOR)
def export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How one export was filled, element by element."""
    one = Export.objects.visible_to(acting(request)).select_related("asked_by").filter(public_id=public_id).first()
    if one is None:
        raise NotFound(_("没有这次导出，或它不是您申请的。"))
    lines: dict[str, list[dict[str, Any]]] = {}
    for title, number, name, said, empty, words in one.report.get("elements", []):
        line = {"number": number, "name": name, "said": said, "empty": empty, "words": words}
        lines.setdefault(title, []).append(line)
    rows = one.report.get("rows", {})
    context = {
        "one": one,
        "own": one.asked_by_id == acting(request).id,
        "tables": [(table, rows.get(table.code, 0), lines.get(table.title, [])) for table in TABLES],
        "incomplete": one.report.get("incomplete", []),
        "left_out": sum(one.report.get("left_out", {}).values()),
    }
    return render(request, "gateway/export.html", context)


@require_GET
@needs(*EXPORTERS)
def export_file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The file of one's own export; the reading is recorded."""
    one, pieces = actions.read_export(str(public_id), actor=acting(request), at=now())
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    answer["Content-Disposition"] = content_disposition_header(True, one.file_name) or "attachment"
    answer["Content-Length"] = str(one.size)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@needs(*EXPORTERS)
def export_stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop one's own export."""
    try:
        actions.stop_export(str(public_id), actor=acting(request), at=now())
        messages.success(request, _("已停止导出。"))
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect("gateway:exports")


@require_GET
@needs(*WATCHERS)
def portal_rows(request: HttpRequest) -> HttpResponse:
    """What the portal has not confirmed, since when and why; and how all of it stands."""
    actor = acting(request)
    seen = PortalRow.objects.visible_to(actor).defer("content", "digest")
    state, table = request.GET.get("state", ""), request.GET.get("table", "")
    number = request.GET.get("q", "").strip()[:80].replace("\0", "")
    open_ones = Q(state__in=[Told.REQUESTED, Told.REJECTED])
    rows = seen.filter(Q(state=state) if state in Told.values else open_ones)
    if table in BY_CODE:
        rows = rows.filter(table=table)
    if number:
        rows = rows.filter(Q(case_number=number) | Q(key=number))
    counts: Counter[str] = Counter(dict(seen.order_by().values_list("state").annotate(n=Count("pk"))))
    oldest = seen.filter(state=Told.REQUESTED).aggregate(at=Min("queued_at"))["at"]
    waiting = now() - oldest if oldest else None
    context = {
        "page_obj": Paginator(rows.order_by("queued_at", "pk"), PAGE * 2).get_page(request.GET.get("page")),
        "counts": {value: counts[value] for value in Told.values},
        "waiting": waiting,
        "late": waiting is not None and waiting > LONG,
        "states": Told.choices,
        "state": state,
        "tables": [(one.code, one.name) for one in TABLES],
        "table": table,
        "q": number,
        "may_send": actor.has(*EXPORTERS, Role.SYSTEM_ADMIN),
        "connected": push.wanted(),
        "key": own_key.public() if actor.has(Role.SYSTEM_ADMIN) else None,
        "moment": now(),
        "longest": portal.LONGEST_SENTENCE,
        "crumbs": [{"label": _("省平台报送")}],
    }
    return render(request, "gateway/portal.html", context)


@require_POST
@needs(*EXPORTERS, Role.SYSTEM_ADMIN)
def portal_again(request: HttpRequest, row_id: int) -> HttpResponse:
    """Send a row again."""
    try:
        row = actions.tell_again(min(row_id, LARGEST_ID), actor=acting(request), at=now())
        said = _("内容已有变化，按新的一版报送。") if row.state == Told.REPLACED else _("已安排再次报送。")
        messages.success(request, said)
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect("gateway:portal")
