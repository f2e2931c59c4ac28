"""The citizen's own errands: the list, one errand, what can be done with it, its papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zerotrip.cases import actions, queries
from zerotrip.cases.application import Slot
from zerotrip.cases.itinerary.drawn import actual
from zerotrip.cases.itinerary.reckoning import VOID
from zerotrip.cases.queries import CaseView
from zerotrip.core import ids
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.documents import queries as documents
from zerotrip.documents.papers import paper_pdf
from zerotrip.documents.responses import file_response
from zerotrip.people.access import acting, needs
from zerotrip.portal import mine as mine_rows
from zerotrip.portal import payable, slots, uploads, wording
from zerotrip.portal.forms import AnswerForm, WithdrawForm
from zerotrip.portal.receipt import receipt_of

PAGE = 20
ENDED = ("closed",)


@require_safe
@needs(Role.CITIZEN)
def mine(request: HttpRequest) -> HttpResponse:
    """My errands, the open ones first."""
    found = queries.mine(acting(request))
    over = request.GET.get("over") == "1"
    chosen = found.filter(state__in=ENDED) if over else found.exclude(state__in=ENDED)
    page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "cases": mine_rows.rows(page), "over": over, "tab": "cases"}
    return render(request, "portal/cases.html", context)


@require_safe
@needs(Role.CITIZEN)
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One errand; asked for by htmx, only the part that changes."""
    view = errand(request, number)
    return _show(request, view)


@require_POST
@needs(Role.CITIZEN)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the application back."""
    actor = acting(request)
    view = errand(request, number)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            done = actions.withdraw(number, reason=form.cleaned_data["reason"], actor=actor, at=now())
        except (BadInput, Conflict) as problem:
            _refuse(form, problem)
        else:
            messages.success(request, _("申请已撤回。"))
            return redirect("portal:case", number=done.number)
    return _show(request, view, withdraw_form=form, status=422)


@require_POST
@needs(Role.CITIZEN)
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Hand in what was asked for: uploads, or a courier who collects."""
    actor, at = acting(request), now()
    view = errand(request, number)
    wanted = _wanted(view)
    kept = uploads.keep([name for name, _what in wanted], request.POST, request.FILES, actor=actor, at=at)
    form = AnswerForm(request.POST, wanted=wanted, kept=kept, offered=_offered(view, request))
    if form.is_valid():
        slot = form.slot()
        try:
            done = actions.answer_correction(
                number,
                by=form.cleaned_data["by"],
                uploads=form.uploads() or None,
                pickup=Slot(slot.day, slot.from_minute, slot.until_minute) if slot else None,
                actor=actor,
                at=at,
            )
        except (BadInput, Conflict) as problem:
            _refuse(form, problem)
        else:
            messages.success(request, _("补正材料已提交。"))
            return redirect("portal:case", number=done.number)
    return _show(request, view, answer_form=form, status=422)


@require_safe
@needs(Role.CITIZEN)
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of the materials as a PDF. Raises NotFound before they have come."""
    view = errand(request, number)
    if view.case.received_at is None:
        raise NotFound(_("材料还没有收到，收到后才有接收凭证。"))
    address = request.build_absolute_uri(reverse("portal:case", kwargs={"number": view.case.number}))
    body = paper_pdf(receipt_of(view, address))
    return file_response(body, _("接收凭证 {number}.pdf").format(number=view.case.number), "application/pdf")


@require_safe
@needs(Role.CITIZEN)
def file(request: HttpRequest, number: str, file_id: str) -> HttpResponse:
    """A file that hangs on one of my errands."""
    view = errand(request, number)
    opened = documents.readable(file_id, subject_type="cases.case", subject_ids=[view.case.pk])
    return file_response(opened.body, opened.name, opened.media_type)


def errand(request: HttpRequest, number: str) -> CaseView:
    """The errand of this number. Raises NotFound when it is none, or not the citizen's."""
    clean = ids.compact(number)
    if not ids.is_case_number(clean):
        raise NotFound(_("这不是办件编号。请从“我的办件”里打开，或核对回执上的编号。"))
    view = queries.get(acting(request), clean)
    if view.case.state == "correcting" and view.correction is not None:
        prefetch_related_objects([view.correction], "problems")
    return view


def _show(
    request: HttpRequest,
    view: CaseView,
    *,
    answer_form: AnswerForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    status: int = 200,
) -> HttpResponse:
    verbs = {row.verb for row in view.verbs}
    may_answer = "answer_correction" in verbs
    if may_answer and answer_form is None:
        answer_form = AnswerForm(wanted=_wanted(view), kept={}, offered=_offered(view, request))
    context = {
        "view": view,
        "case": view.case,
        "tone": mine_rows.tone(view.case),
        "next": wording.next_step(view),
        "sides": wording.sides(view),
        "strip": actual(view.case, view.legs) if view.legs and view.case.outcome not in VOID else (),
        "clock": view.clocks.current,
        "bill": payable.bill_of(view),
        "pieces": [{"row": piece, "url": _track(piece)} for piece in view.pieces],
        "answer_form": answer_form if may_answer else None,
        "withdraw_form": (withdraw_form or WithdrawForm()) if "withdraw" in verbs else None,
        "withdrawing": withdraw_form is not None,
        "problems": list(view.correction.problems.all()) if may_answer and view.correction else [],
        "tab": "cases",
    }
    context["fragment"] = fragment = request.method != "POST" and request.headers.get("HX-Target") == "progress"
    return render(request, "portal/_case.html" if fragment else "portal/case.html", context, status=status)


def _wanted(view: CaseView) -> list[tuple[str, str]]:
    """What was asked for, as (field name, what it is)."""
    problems = view.correction.problems.all() if view.correction else []
    return [(f"problem_{n}", problem.material) for n, problem in enumerate(problems, 1)]


def _offered(view: CaseView, request: HttpRequest) -> list[slots.Slot]:
    return slots.offered(now(), actor=acting(request), division=view.case.contact.division_id)


def _track(piece: Any) -> str:
    """The public tracking page of a mail piece; empty while it has no number."""
    if not piece.number:
        return ""
    try:
        return reverse("mail:track", kwargs={"number": piece.number})
    except NoReverseMatch:
        return ""


def _refuse(form: AnswerForm | WithdrawForm, problem: Problem) -> None:
    placed = False
    for name, sentences in problem.fields.items():
        if name in form.fields:
            placed = True
            for sentence in sentences:
                form.add_error(name, sentence)
    if not placed:
        form.add_error(None, str(problem.detail))
