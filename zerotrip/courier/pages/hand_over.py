"""Handing over what is in hand: choose the taker, scan each piece, count, give."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.courier import forms, queries
from zerotrip.courier.pages.home import scanned
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Manifest
from zerotrip.people.access import acting, needs


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """What is in hand and where it goes; a new hand-over list for one of these places."""
    actor = acting(request)
    pieces = queries.held(actor)
    choices = queries.takers(pieces, actor)
    words = [(place.code, _("{place}（{n} 件）").format(place=place.name, n=n)) for place, n in choices]
    asked = request.GET.get("to", "")
    first = asked if asked in {place.code for place, _n in choices} else (words[0][0] if words else "")
    form = forms.TakerForm(words, request.POST or None, initial={"place": first})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            code = form.cleaned_data["place"]
            try:
                made = mail.open_manifest(taker_place_code=code, actor=actor, at=now())
                return redirect("courier:manifest", number=made.number)
            except (BadInput, Conflict) as problem:
                form.refused(problem)
                status = problem.status
    context = {
        "form": form,
        "pieces": [(piece, queries.next_stop(piece)) for piece in pieces],
        "open": list(_given_by(actor).filter(state__in=["open", "given", "disputed"]).order_by("-pk")[:20]),
        "tab": "hand_over",
    }
    return render(request, "courier/hand_over.html", context, status=status)


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def manifest(request: HttpRequest, number: str) -> HttpResponse:
    """One hand-over list: scan what goes with it, take off what does not, give it."""
    actor = acting(request)
    known = _given_by(actor).filter(number=scanned(number)).first()
    if known is None:
        raise NotFound(_("没有这张交接清单，或不是您开的。请返回交接页。"))
    verb = request.POST.get("verb", "")
    form = forms.ScanForm(request.POST if verb in {"put", "take_off"} else None)
    problem: Problem | None = None
    status = 200
    if request.method == "POST":
        try:
            if verb == "give":
                mail.give(known.number, actor=actor, at=now())
                messages.success(request, _("已清点交出，请对方扫描确认。"))
                return redirect("courier:manifest", number=known.number)
            if verb not in {"put", "take_off"}:
                raise BadInput(_("没有这一步操作，请刷新页面重试。"))
            if form.is_valid():
                _change(verb, known.number, scanned(form.cleaned_data["number"]), actor)
                return redirect("courier:manifest", number=known.number)
            status = 422
        except (BadInput, Conflict, NotFound) as refused:
            status = refused.status
            if verb == "put":
                form.refused(refused)
            else:
                problem = refused
    return render(request, "courier/manifest.html", _context(known, form, problem, actor), status=status)


def _change(verb: str, manifest_number: str, number: str, actor: Actor) -> None:
    step = mail.put if verb == "put" else mail.take_off
    step(manifest_number, number, actor=actor, at=now())


def _context(known: Manifest, form: forms.ScanForm, problem: Problem | None, actor: Actor) -> dict[str, Any]:
    lines = list(known.lines.order_by("-pk"))
    listed = {line.consignment_id for line in lines}
    going = [p for p in queries.held(actor) if (stop := queries.next_stop(p)) and stop.pk == known.taker_place_id]
    return {
        "manifest": known,
        "form": form,
        "problem": problem,
        "lines": lines,
        "missing": [piece for piece in going if piece.pk not in listed],
        "taken": sum(bool(line.taken) for line in lines),
        "tab": "hand_over",
    }


def _given_by(actor: Actor):  # type: ignore[no-untyped-def]
    return Manifest.objects.visible_to(actor).select_related("taker_place").filter(giver_id=actor.id)
