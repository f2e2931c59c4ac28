"""The desk's pages of labels: what waits for one, batches, and everything printed for one piece."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem
from zerotrip.documents.responses import file_response
from zerotrip.mail import actions as mail
from zerotrip.mail import queries as pieces
from zerotrip.mail.actions.common import is_holder, open_holding
from zerotrip.mail.actions.labels import ENDED, again
from zerotrip.mail.labels import actions, data, queries, work
from zerotrip.mail.labels.actions import AT_ONCE
from zerotrip.mail.labels.forms import Again, Numbers, Renumber, Void, Why
from zerotrip.mail.labels.models import PRINTERS, SIZE_CHOICES, BatchState, LabelBatch
from zerotrip.mail.models import Consignment, State
from zerotrip.people.access import acting, needs
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

PAGE = 20
SHOWN = 12
"""Numbers that wait, shown of each place; the batch prints all."""


@require_GET
@needs(*PRINTERS)
def home(request: HttpRequest) -> HttpResponse:
    """What waits for a label, printing by numbers, the batches. A scanned number leads to its piece."""
    number = mail_number.compact(request.GET.get("q", "").replace("\0", "")[:40])
    if number:
        try:
            found = pieces.get(acting(request), number)
        except Problem as problem:
            messages.error(request, str(problem.detail))
            return redirect("mail:labels")
        return redirect("mail:label_piece", number=found.number)
    return _home(request, Numbers())


def _home(request: HttpRequest, form: Numbers, status: int = 200) -> HttpResponse:
    actor = acting(request)
    places = Place.objects.filter(pk__in=actor.places).order_by("code")
    groups = [_group(queries.waiting(actor, place), place) for place in places]
    groups.append(_group(queries.waiting(actor, by_hand=True), None))
    context = {
        "groups": [group for group in groups if group["count"]],
        "form": form,
        "sizes": SIZE_CHOICES,
        "most": queries.MOST,
        "page_obj": Paginator(queries.batches(actor), PAGE).get_page(request.GET.get("page")),
        "crumbs": [{"label": _("面单")}],
    }
    return render(request, "mail/labels/home.html", context, status=status)


def _group(rows: Any, place: Place | None) -> dict[str, Any]:
    """Pieces of one place (or in one's own hands) that wait, court's letters apart: they need a larger label."""
    first = list(rows[: queries.MOST])
    letters = [piece for piece in first if data.is_court(piece)]
    others = [piece for piece in first if not data.is_court(piece)]
    return {
        "place": place,
        "count": len(first),
        "more": len(first) == queries.MOST and rows.count() > queries.MOST,
        "kinds": [
            {"court": court, "count": len(found), "shown": found[:SHOWN], "size": str(data.usual_size(found[0]))}
            for court, found in ((False, others), (True, letters))
            if found
        ],
    }


@require_POST
@needs(*PRINTERS)
def ask(request: HttpRequest) -> HttpResponse:
    """Print what waits at a place (`waiting`), or the numbers that were scanned."""
    actor = acting(request)
    if request.POST.get("waiting"):
        return _ask_waiting(request, actor)
    form = Numbers(request.POST)
    if form.is_valid():
        sent = form.cleaned_data
        try:
            return _begun(actions.ask(form.wanted, size=sent["size"], reason=form.why, actor=actor, at=now()))
        except Problem as problem:
            form.refused(problem)
    return _home(request, form, 422)


def _ask_waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    code, court = request.POST.get("place", "")[:40], request.POST.get("court") == "1"
    place = Place.objects.filter(code=code, pk__in=actor.places).first() if code else None
    rows = queries.waiting(actor, place, by_hand=place is None)
    numbers = [str(piece.number) for piece in rows[: queries.MOST] if data.is_court(piece) == court]
    try:
        made = actions.ask(
            numbers,
            size=request.POST.get("size", "")[:10],
            place_code=place.code if place else "",
            actor=actor,
            at=now(),
        )
    except (BadInput, Conflict) as problem:
        messages.error(request, str(problem.detail))
        return redirect("mail:labels")
    return _begun(made)


def _begun(one: LabelBatch) -> HttpResponse:
    if one.total <= AT_ONCE:
        work.run(one.pk)
    return redirect("mail:label_batch", public_id=one.public_id)


@require_GET
@needs(*PRINTERS)
def batch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One batch: how far it is, its PDF, what was not printed and why. It asks again while it is being set."""
    one = queries.batch(acting(request), public_id)
    rows = one.labels.select_related("consignment").order_by("sheet", "pk")
    context = {
        "one": one,
        "may_open": one.state == BatchState.DONE and queries.may_open(one, now()),
        "may_stop": one.unfinished and one.asked_by_id == acting(request).id,
        "page_obj": Paginator(rows, 100).get_page(request.GET.get("page")),
        "crumbs": [{"label": _("面单"), "url": reverse("mail:labels")}, {"label": _("成批打印")}],
    }
    return render(request, "mail/labels/batch.html", context)


@require_GET
@needs(*PRINTERS)
def batch_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The PDF of a batch; each opening is recorded."""
    one, content = actions.open_batch(public_id, actor=acting(request), at=now())
    return file_response(content.body, f"labels-{one.asked_at:%Y%m%d%H%M}.pdf", "application/pdf")


@require_POST
@needs(*PRINTERS)
def stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop one's own batch."""
    try:
        actions.stop(public_id, actor=acting(request), at=now())
        messages.success(request, _("已停止，这一批都没有打印。"))
    except Conflict as problem:
        messages.error(request, str(problem.detail))
    return redirect("mail:label_batch", public_id=public_id)


@require_GET
@needs(*PRINTERS)
def label(request: HttpRequest, number: str) -> HttpResponse:
    """The label of a piece, ready to print. Who has printed it before is asked for the reason first."""
    actor = acting(request)
    piece = pieces.get(actor, number)
    pdf = again(piece, actor=actor, at=now())
    if pdf is None:
        if queries.has_label(piece):
            messages.info(request, _("这件邮件已打印过面单。要再打一张，请选择原因。"))
            return redirect("mail:label_piece", number=piece.number)
        pdf = mail.label(piece.pk, actor=actor, at=now())
    return file_response(pdf, f"{piece.number}.pdf", "application/pdf")


@require_http_methods(["GET", "POST"])
@needs(*PRINTERS)
def piece(request: HttpRequest, number: str) -> HttpResponse:
    """Everything printed for a piece; print again, void, or give it another number. An old number leads to the new."""
    actor = acting(request)
    try:
        one = pieces.get(actor, number)
    except Conflict as void:
        messages.warning(request, str(void.detail))
        return redirect("mail:label_piece", number=void.extra["number"])
    forms = _forms(one)
    if request.method == "GET":
        return _piece(request, one, forms)
    verb = request.POST.get("verb", "")
    if verb not in forms:
        raise BadInput(_("没有这项操作，请刷新页面后重试。"))
    if verb == "print":
        form: Why = Again(request.POST, needed="reason" in forms[verb].fields)
    else:
        form = type(forms[verb])(request.POST)
    if form.is_valid():
        try:
            return _done(request, verb, one, form, actor)
        except NotFound:
            raise
        except Problem as problem:
            form.refused(problem)
    return _piece(request, one, forms | {verb: form}, 422)


def _forms(one: Consignment) -> dict[str, Why]:
    usual = {"size": str(data.usual_size(one))}
    printed = queries.of_piece(one).first()
    return {
        "print": Again(initial=usual, needed=printed is not None and not printed.void),
        "void": Void(),
        "renumber": Renumber(),
    }


def _done(request: HttpRequest, verb: str, one: Consignment, form: Why, actor: Actor) -> HttpResponse:
    sent, number = form.cleaned_data, str(one.number)
    if verb == "print":
        mail.label(one.pk, size=sent["size"], reason=sent["why"], actor=actor, at=now())
        return redirect("mail:label", number=number)
    if verb == "void":
        mail.void_label(number, reason=sent["why"], actor=actor, at=now())
        messages.success(request, _("已作废。请撕掉旧面单，打印新的贴好。"))
        return redirect("mail:label_piece", number=number)
    changed = mail.renumber(number, new_number=sent["new_number"], reason=sent["why"], actor=actor, at=now())
    messages.success(request, _("已换号：{number}。请撕掉旧面单，打印新的贴好。").format(number=changed.formatted))
    return redirect("mail:label_piece", number=changed.number)


def _piece(request: HttpRequest, one: Consignment, forms: dict[str, Why], status: int = 200) -> HttpResponse:
    rows = list(queries.of_piece(one))
    holds = is_holder(acting(request), open_holding(one))
    context = {
        "piece": one,
        "rows": rows,
        "forms": forms,
        "good": any(not row.void for row in rows),
        "ended": one.state in ENDED or not one.number,
        "may_void": holds and any(not row.void for row in rows) and one.state not in ENDED,
        "may_renumber": holds and one.state == State.ACCEPTED,
        "old": list(one.old_numbers.all()),
        "crumbs": [{"label": _("面单"), "url": reverse("mail:labels")}, {"label": one.formatted}],
    }
    return render(request, "mail/labels/piece.html", context, status=status)
