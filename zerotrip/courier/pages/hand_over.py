"""Hand-overs: give what is in hand (choose the taker, scan, count, give); take in what comes to the outlet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.courier import forms, queries
from zerotrip.courier.pages.home import scanned
from zerotrip.mail import actions as mail
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.bags.queries import units
from zerotrip.mail.models import Manifest
from zerotrip.people.access import acting, needs


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """What is in hand and where it goes; a new hand-over list for one of these places."""
    actor = acting(request)
    pieces = queries.held(actor)
    choices = queries.takers(pieces, actor)
    counted = _("{place}（{n} 件）")
    words = [(place.code, counted.format(place=place.name, n=n) if n else place.name) for place, n in choices]
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
            except (BadInput, Conflict, NotFound) as problem:
                form.refused(problem)
                status = problem.status
    mine = _known(actor).filter(giver_id=actor.id, giver_place__isnull=True)
    context = {
        "form": form,
        "pieces": [(piece, queries.next_stop(piece)) for piece in pieces],
        "mine": list(mine.filter(state__in=["open", "given", "disputed"])[:20]),
        "coming": list(_known(actor).filter(taker_place_id__in=actor.places, state="given").exclude(pk__in=mine)[:20]),
        "tab": "hand_over",
    }
    return render(request, "courier/hand_over.html", context, status=status)


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def manifest(request: HttpRequest, number: str) -> HttpResponse:
    """One hand-over list: the giver scans what goes and gives it; the taker scans what came and closes it."""
    actor = acting(request)
    known = _known(actor).filter(number=scanned(number)).first()
    if known is None:
        raise NotFound(_("没有这张交接清单，或它不归您经手。请返回交接页。"))
    verb = request.POST.get("verb", "")
    form = forms.ScanForm(request.POST if verb in SCANS else None)
    problem: Problem | None = None
    status = 200
    if request.method == "POST":
        try:
            if verb in SCANS and not form.is_valid():
                status = 422
            else:
                if verb == "refuse_bag":
                    _refuse_bag(request, known.number, actor)
                else:
                    _change(verb, known.number, scanned(form.cleaned_data["number"]) if verb in SCANS else "", actor)
                if verb in SAID:
                    messages.success(request, str(SAID[verb]))
                return redirect("courier:manifest", number=known.number)
        except (BadInput, Conflict, NotAllowed, NotFound) as refused:
            status = refused.status
            if verb in {"put", "tick"}:
                form.refused(refused)
            else:
                problem = refused
    return render(request, "courier/manifest.html", _context(known, form, problem, actor), status=status)


def _refuse_bag(request: HttpRequest, manifest_number: str, actor: Actor) -> None:
    """The seal on a bag is another one, or broken: refused as a unit, which is said."""
    bags.take_bag(
        manifest_number,
        scanned(request.POST.get("seen", "")),
        bag_code=request.POST.get("bag", "")[:20],
        reason=request.POST.get("reason", "")[:120],
        actor=actor,
        at=now(),
    )


def _change(verb: str, manifest_number: str, number: str, actor: Actor) -> None:
    if verb in SCANS:
        SCANS[verb](manifest_number, number, actor=actor, at=now())
    elif verb == "give":
        mail.give(manifest_number, actor=actor, at=now())
    elif verb in {"close", "close_despite"}:
        mail.close(manifest_number, despite_differences=verb == "close_despite", actor=actor, at=now())
    else:
        raise BadInput(_("没有这一步操作，请刷新页面重试。"))


SCANS: dict[str, Callable[..., object]] = {"put": bags.count_out, "take_off": mail.take_off, "tick": bags.count_in}

SAID = {
    "give": gettext_lazy("已清点交出，请对方扫描确认。"),
    "close": gettext_lazy("已全部接收，交接完成。"),
    "close_despite": gettext_lazy("已按差异接收，差异已登记为异常。"),
}


def _context(known: Manifest, form: forms.ScanForm, problem: Problem | None, actor: Actor) -> dict[str, Any]:
    lines = list(known.lines.order_by("-pk"))
    listed = {line.consignment_id for line in lines}
    giving = known.giver_place_id is None and known.giver_id == actor.id
    held = queries.held(actor) if giving and known.state == "open" else []
    going = [piece for piece in held if (stop := queries.next_stop(piece)) and stop.pk == known.taker_place_id]
    return {
        "manifest": known,
        "giving": giving,
        "taking": known.taker_place_id in actor.places and not giving,
        "form": form,
        "problem": problem,
        "differs": isinstance(problem, mail.ManifestDiffers),
        "lines": lines,
        "units": units(known),
        "given": sum(line.given for line in lines),
        "missing": [piece for piece in going if piece.pk not in listed],
        "taken": sum(bool(line.taken) for line in lines),
        "tab": "hand_over",
    }


def _known(actor: Actor) -> QuerySet[Manifest]:
    """Lists the courier gives by hand, and those that come to his outlet."""
    rows = Manifest.objects.visible_to(actor).select_related("taker_place", "giver_place", "giver")
    return rows.filter(Q(giver_id=actor.id, giver_place__isnull=True) | Q(taker_place_id__in=actor.places))
