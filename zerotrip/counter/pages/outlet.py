"""The outlet's desk: papers that applicants bring for a chosen way, and what goes on from here to the halls."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.cases.models import Case
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.counter import pieces
from zerotrip.courier.forms import PickupForm
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment, ConsignmentQuerySet, Purpose, State
from zerotrip.people.access import acting, needs

MOST = 50


@needs(Role.OUTLET_CLERK)
@require_safe
def outlet(request: HttpRequest) -> HttpResponse:
    """Who is expected, what lies here, which lists wait to be counted."""
    actor = acting(request)
    announced = {piece.reference: piece for piece in _expected(actor).select_related("recipient_place")[:MOST]}
    coming = Case.objects.visible_to(actor).filter(state="applied", hand_in__in=actor.places, visits__isnull=True)
    cases = coming.defer("itinerary").select_related(
        "version", "window", "hand_in", "applicant_person", "applicant_company"
    )
    rows = [
        {"case": case, "piece": announced.get(case.number), "comes": _comes(case)}
        for case in cases.prefetch_related("legs").order_by("applied_at")[:MOST]
    ]
    context = {"rows": rows, "groups": pieces.from_outlets(actor), "arriving": pieces.arriving(actor)}
    return render(request, "counter/outlet.html", context)


@needs(Role.OUTLET_CLERK)
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, consignment_id: int) -> HttpResponseBase:
    """One applicant at the desk: document, contents, number, weight. Raises NotFound for a piece of elsewhere."""
    actor = acting(request)
    piece = _expected(actor).select_related("sender", "recipient_place", "delivery_place").filter(pk=consignment_id)
    one = piece.first()
    if one is None or one.delivery_place is None:
        raise NotFound(_("没有这件待交的材料，或已收下。请返回网点收件台刷新。"))
    papers = list(one.papers.order_by("pk"))
    form = PickupForm(papers, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sent = form.cleaned_data
            try:
                accepted = mail.accept(
                    one.pk,
                    number=sent["number"],
                    id_type=sent["id_type"],
                    id_number=sent["id_number"],
                    id_name=sent["id_name"],
                    found=form.found(),
                    weight_g=sent["weight_g"],
                    place_code=one.delivery_place.code,
                    actor=actor,
                    at=now(),
                )
            except (BadInput, Conflict) as problem:
                form.refused(problem)
                status = problem.status
            else:
                messages.success(
                    request, _("已收下，邮件号 {number}。申请人可以离开了。").format(number=accepted.number)
                )
                return redirect("counter:outlet")
    case = Case.objects.visible_to(actor).select_related("version").filter(number=one.reference).first()
    context = {"piece": one, "case": case, "form": form, "papers": papers}
    return render(request, "counter/outlet_accept.html", context, status=status)


@needs(Role.OUTLET_CLERK)
@require_POST
def send_on(request: HttpRequest) -> HttpResponseBase:
    """Open a list from an outlet to a hall, and go there to scan."""
    actor = acting(request)
    here, taker = request.POST.get("giver", "")[:40], request.POST.get("taker", "")[:40]
    if not here or not taker:
        raise BadInput(_("请选择交给谁。"))
    made = mail.open_manifest(taker_place_code=taker, giver_place_code=here, carried=True, actor=actor, at=now())
    return redirect("mail:manifest", number=made.number)


def _comes(case: Case) -> datetime | None:
    """When the applicant is planned to be here."""
    assert case.hand_in is not None
    here = case.hand_in.code
    return next((leg.arrives for leg in case.legs.all() if leg.kind == "person" and leg.target == here), None)


def _expected(actor: Actor) -> ConsignmentQuerySet:
    """Pieces that somebody will bring to the actor's outlets."""
    seen = Consignment.objects.visible_to(actor).filter(delivery_place__in=actor.places)
    return seen.filter(state=State.REQUESTED, purpose=Purpose.MATERIALS, pickup_day__isnull=True).order_by("pk")
