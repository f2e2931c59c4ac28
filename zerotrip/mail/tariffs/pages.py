"""The desk's pages of prices and security agreements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.mail.tariffs import actions, queries
from zerotrip.mail.tariffs.forms import AgreementForm, TariffForm
from zerotrip.mail.tariffs.models import WATCHERS
from zerotrip.people.access import acting, needs
from zerotrip.places.models import Organisation

MOST = 200


@require_http_methods(["GET", "POST"])
@needs(*WATCHERS)
def tariffs(request: HttpRequest) -> HttpResponse:
    """Prices in force, to come and past; a project manager drafts the next."""
    actor = acting(request)
    form = TariffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.draft(form.new(), actor=actor, at=now())
        except (BadInput, Conflict) as refused:
            form.refused(refused)
        else:
            messages.success(request, _("已起草，发布后生效。"))
            return redirect("mail:tariffs")
    rows = list(queries.tariffs(actor)[:MOST])
    day = today()
    context = {
        "in_force": [row for row in rows if row.in_force(day)],
        "drafts": [row for row in rows if row.state == "draft"],
        "coming": [row for row in rows if row.state == "published" and row.valid_from > day],
        "past": [row for row in rows if row.state == "published" and row.valid_until and row.valid_until < day],
        "apart": queries.apart_from_planner(day),
        "form": form,
        "may_change": actor.has(Role.PROJECT_MANAGER),
        "tab": "tariffs",
        "crumbs": [{"label": _("资金"), "url": reverse("mail:money")}, {"label": _("资费")}],
    }
    return render(request, "mail/money/tariffs.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Role.PROJECT_MANAGER)
def publish(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Put a draft into force."""
    return _change(request, lambda: actions.publish(tariff_id, actor=acting(request), at=now()), _("已发布。"))


@require_POST
@needs(Role.PROJECT_MANAGER)
def drop(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Drop a draft or a price that has not begun."""
    reason = request.POST.get("reason", "")[:200]
    work = lambda: actions.drop(tariff_id, reason=reason, actor=acting(request), at=now())  # noqa: E731
    return _change(request, work, _("已作废。"))


def _change(request: HttpRequest, work: Callable[[], object], said: str, back: str = "mail:tariffs") -> HttpResponse:
    try:
        work()
    except NotFound:
        raise
    except Problem as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, said)
    return redirect(back)


@require_http_methods(["GET", "POST"])
@needs(*WATCHERS)
def agreements(request: HttpRequest) -> HttpResponse:
    """Security agreements; a project manager enters signed ones."""
    actor = acting(request)
    form = AgreementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _sign(form, request)
        except (BadInput, Conflict) as refused:
            form.refused(refused)
        else:
            messages.success(request, _("安全协议已登记。"))
            return redirect("mail:agreements")
    context = {
        "rows": list(queries.agreements(actor)[:MOST]),
        "today": today(),
        "form": form,
        "may_change": actor.has(Role.PROJECT_MANAGER),
        "tab": "agreements",
        "crumbs": [{"label": _("资金"), "url": reverse("mail:money")}, {"label": _("安全协议")}],
    }
    return render(request, "mail/money/agreements.html", context, status=422 if form.errors else 200)


def _sign(form: AgreementForm, request: HttpRequest) -> None:
    given: dict[str, Any] = dict(form.cleaned_data)
    code = given.pop("organisation").strip()
    organisation = Organisation.objects.visible_to(acting(request)).filter(code=code, active=True).first()
    if organisation is None:
        sentence = _("没有代码为 {code} 的机构，或已停用。").format(code=code)
        raise BadInput(sentence, fields={"organisation": [sentence]})
    actions.sign(given.pop("number"), organisation=organisation, **given, actor=acting(request), at=now())


@require_POST
@needs(Role.PROJECT_MANAGER)
def end(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """End an agreement now."""
    reason = request.POST.get("reason", "")[:200]
    work = lambda: actions.end(agreement_id, reason=reason, actor=acting(request), at=now())  # noqa: E731
    return _change(request, work, _("协议已终止，该机构交寄须逐件查验证件。"), "mail:agreements")
