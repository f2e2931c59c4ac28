"""The hall's desk: scan box and queues, and manifests opened with one key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput
from zerotrip.core.roles import Role
from zerotrip.counter import forms, pieces, queries
from zerotrip.counter.pages.new_case import hall_of
from zerotrip.mail import actions as mail
from zerotrip.people.access import acting, needs

DESKS = (Role.HALL_CLERK, Role.AGENCY_OFFICER)


@needs(Role.HALL_CLERK)
@require_safe
def hall(request: HttpRequest) -> HttpResponse:
    """Everything the hall waits for, most pressing first."""
    return _page(request, forms.Scan())


@needs(*DESKS)
@require_safe
def find(request: HttpRequest) -> HttpResponseBase:
    """A scanned code leads to its case or mail piece."""
    actor = acting(request)
    code = request.GET.get("q", "").replace("\0", "").strip()[:80]
    if code:
        case = queries.find(actor, code)
        if case is not None:
            return redirect("counter:case", number=case.number)
        address = pieces.address_of(actor, code)
        if address:
            return redirect(address)
    form = forms.Scan(request.GET)
    if form.is_valid():
        form.add_error("q", _("没有找到“{code}”，或它不归您的柜台。请核对后重新扫描。").format(code=code))
    if not actor.has(Role.HALL_CLERK):
        return render(request, "counter/not_found.html", {"scan": form}, status=404)
    return _page(request, form, status=404)


@needs(Role.HALL_CLERK)
@require_POST
def open_manifest(request: HttpRequest) -> HttpResponseBase:
    """Open a hand-over list from this hall to a window or outlet, and go there to scan."""
    actor = acting(request)
    taker = request.POST.get("taker", "")[:40]
    if not taker:
        raise BadInput(_("请选择交给谁。"))
    here, carried = hall_of(actor), request.POST.get("carried") == "1"
    number = pieces.open_list(actor, here, taker, carried=carried)
    if not number:
        made = mail.open_manifest(
            taker_place_code=taker, giver_place_code=here.code, carried=carried, actor=actor, at=now()
        )
        number = made.number
    return redirect("mail:manifest", number=number)


def _page(request: HttpRequest, scan: forms.Scan, *, status: int = 200) -> HttpResponse:
    actor = acting(request)
    here = hall_of(actor)
    context = {
        "scan": scan,
        "place_name": here.name,
        "arriving": pieces.arriving(actor),
        "windows": pieces.for_windows(actor, here),
        "expected": queries.waiting(actor, queries.EXPECTED),
        "at_desk": queries.waiting(actor, queries.AT_DESK),
        "dispatch": pieces.to_dispatch(actor, here),
        "bind": queries.waiting(actor, queries.TO_BIND),
        "returned": queries.waiting(actor, queries.RETURNED),
        "collect": queries.waiting(actor, queries.TO_COLLECT),
        "figures": queries.figures(actor),
    }
    return render(request, "counter/hall.html", context, status=status)
