"""Binding: scans tie case, certificate, seal and mail label together; then the label is printed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.cases import actions
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.counter import forms, pieces, queries
from zerotrip.mail.bags import seals
from zerotrip.people.access import acting, needs


@needs(Role.HALL_CLERK)
@require_http_methods(["GET", "HEAD", "POST"])
def bind(request: HttpRequest) -> HttpResponseBase:
    """Each Enter leads to the next scan; the last one binds. A mail number left blank is allocated."""
    if request.method != "POST":
        return _page(request, forms.Bind(initial={"case": request.GET.get("case", "")[:60]}))
    actor = acting(request)
    form = forms.Bind(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    sent = form.cleaned_data
    case = queries.find(actor, sent["case"])
    if case is None:
        form.add_error("case", _("没有找到这个办件，或它不在您的大厅。请核对后重新扫描。"))
        return _page(request, form, status=404)
    scanned = "".join(sent["certificate"].split()).upper()
    if scanned and needs_certificate(case) and scanned != case.certificate_number:
        wrong = _("这不是本办件的证照：扫到 {scanned}，应为 {known}。请核对是否拿错，不要寄出。")
        form.add_error("certificate", wrong.format(scanned=scanned, known=case.certificate_number))
        return _page(request, form, case=case, status=409)
    if needs_certificate(case) and not scanned:
        return _page(request, form, case=case)
    if sent["seal"].strip():
        refused = _seal_refused(sent["seal"])
        if refused is not None:
            form.refused(refused)
            return _page(request, form, case=case, status=refused.status)
    elif request.POST.get("step") in {"3", "4"}:
        form.add_error("seal", _("请扫描封签。"))
        return _page(request, form, case=case, status=422)
    if request.POST.get("step") != "4" or not sent["seal"].strip():
        return _page(request, form, case=case)
    try:
        piece = actions.bind(
            case.number,
            certificate_number=sent["certificate"],
            seal=sent["seal"],
            mail_number=sent["mail"],
            actor=actor,
            at=now(),
        )
    except (BadInput, Conflict, NotFound) as problem:
        ours = {"number": "mail", "mail_number": "mail", "certificate_number": "certificate"}
        problem.fields = {ours.get(name, name): said for name, said in problem.fields.items()}
        form.refused(problem)
        return _page(request, form, case=case, status=problem.status)
    return redirect(reverse("counter:bind") + "?" + urlencode({"done": piece.number}))


def _seal_refused(text: str) -> BadInput | Conflict | None:
    """Why this seal cannot be used: it is none, or was used before."""
    try:
        return seals.used(seals.checked(text))
    except BadInput as refused:
        return refused


def needs_certificate(case: Case) -> bool:
    """Whether a result goes into the envelope; otherwise it is papers that go back."""
    return bool(case.certificate_number)


def _scanned(form: forms.Bind, name: str) -> bool:
    """Whether this code was scanned and is the right one."""
    return bool(form[name].value()) and not (form.is_bound and form[name].errors)


def _page(request: HttpRequest, form: forms.Bind, *, case: Case | None = None, status: int = 200) -> HttpResponse:
    actor = acting(request)
    done = request.GET.get("done", "")[:40] if request.method != "POST" else ""
    bound = pieces.by_number(actor, done) if done else None
    code = str(form["case"].value() or "")
    known = case or (queries.find(actor, code) if code else None)
    step = 1
    if known is not None:
        if needs_certificate(known) and not _scanned(form, "certificate"):
            step = 2
        else:
            step = 4 if _scanned(form, "seal") else 3
    form.fields["certificate"].required = step == 2  # how they are labelled; they have been checked by now
    form.fields["seal"].required = step == 3
    context = {
        "form": form,
        "known": known,
        "needs_certificate": known is None or needs_certificate(known),
        "step": step,
        "bound": bound,
        "bound_seal": seals.on_piece(bound.pk) if bound is not None else None,
        "ready": queries.waiting(actor, queries.TO_BIND),
        "crumbs": [
            {"label": _("大厅收寄台"), "url": reverse("counter:hall")},
            {"label": _("封装寄出"), "url": ""},
        ],
    }
    return render(request, "counter/bind.html", context, status=status)
