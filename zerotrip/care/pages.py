"""The exceptions page: what has gone wrong at one's place, longest waiting first, to take and to settle."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.care import actions, queries
from zerotrip.care.forms import SettleForm
from zerotrip.care.models import Trouble, TroubleKind, TroubleState
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.people.access import acting, needs
from zerotrip.people.wording import role_name

PAGE = 50
SOON, LATE = timedelta(hours=4), timedelta(days=1)
"""House rule: an exception is looked at within four hours and settled within a day."""

WHO = (Role.HALL_CLERK, Role.OUTLET_CLERK, Role.AGENCY_OFFICER, Role.CARE_AGENT, Role.BRANCH_MANAGER)


def row(trouble: Trouble) -> dict[str, object]:
    """An exception as the list shows it."""
    waiting = trouble.state != TroubleState.SETTLED
    urgency = "is-late" if waiting and trouble.age > LATE else "is-risk" if waiting and trouble.age > SOON else ""
    return {"trouble": trouble, "role": role_name(trouble.role), "urgency": urgency, "links": links(trouble)}


def links(trouble: Trouble) -> list[tuple[str, str, str]]:
    """Label, number and address of what the exception is about, as far as there is a page of it."""
    wanted = (
        (_("办件"), trouble.case_number, "counter:case"),
        (_("邮件"), trouble.consignment_number, "mail:track"),
        (_("清单"), trouble.manifest_number, "mail:manifest"),
    )
    return [(label, number, _address(name, number)) for label, number, name in wanted if number]


def _address(name: str, number: str) -> str:
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return ""


@needs(*WHO)
@require_safe
def exceptions(request: HttpRequest) -> HttpResponse:
    """The exceptions of one's place, by kind and state."""
    actor = acting(request)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    found = queries.troubles(actor=actor, kind=kind, state=state)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    every = queries.troubles(actor=actor)
    context = {
        "page_obj": page,
        "rows": [row(trouble) for trouble in page],
        "kind": kind,
        "state": state,
        "kinds": TroubleKind.choices,
        "waiting": every.count(),
        "late": every.filter(opened_at__lt=now() - LATE).count(),
        "taken": every.filter(state=TroubleState.TAKEN).count(),
    }
    return render(request, "care/exceptions.html", context)


@needs(*WHO)
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: HttpRequest, trouble_id: int) -> HttpResponse:
    """One exception: what happened, whose it is, and the form that settles it."""
    actor = acting(request)
    known = queries.trouble(trouble_id, actor=actor)
    form = SettleForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.settle_trouble(known.pk, how=form.cleaned_data["how"], actor=actor, at=now())
            except (BadInput, Conflict) as problem:
                form.refused(problem)
                status = problem.status
            else:
                messages.success(request, _("异常已处理。"))
                return redirect("care:exceptions")
    context = {**row(known), "form": form, "settled": known.state == TroubleState.SETTLED}
    return render(request, "care/exception.html", context, status=status)


@needs(*WHO)
@require_POST
def take(request: HttpRequest, trouble_id: int) -> HttpResponse:
    """Say that one deals with it."""
    try:
        actions.take_trouble(trouble_id, actor=acting(request), at=now())
    except Conflict as problem:
        messages.error(request, str(problem.detail))
    return redirect("care:exception", trouble_id=trouble_id)
