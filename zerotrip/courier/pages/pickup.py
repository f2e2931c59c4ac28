"""At the sender's door: identity, contents, number, weight; then the label and the next step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, Problem
from zerotrip.core.roles import Role
from zerotrip.courier import actions, forms, queries
from zerotrip.courier.models import Task
from zerotrip.courier.pages.home import scanned
from zerotrip.courier.pages.reveal import shown
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment
from zerotrip.people.access import acting, needs
from zerotrip.people.forms import Form


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def pickup(request: HttpRequest, consignment_id: int) -> HttpResponse:
    """One pickup: where, who, what must be in it; accepted by one button, or given back, or cancelled."""
    actor = acting(request)
    piece, task = queries.pickup(consignment_id, actor=actor)
    verb = request.POST.get("verb", "")
    papers = list(piece.papers.order_by("pk"))
    built: dict[str, Form] = {
        "accept": forms.PickupForm(papers, request.POST if verb == "accept" else None),
        "cancel": forms.ReasonForm(request.POST if verb == "cancel" else None, auto_id="id_cancel_%s"),
        "give_back": forms.ReasonForm(request.POST if verb == "give_back" else None, auto_id="id_back_%s"),
    }
    revealed: dict[str, str] = {}
    problem: Problem | None = None
    status = 200
    if request.method == "POST":
        try:
            if verb in {"phone", "address"}:
                revealed = shown(piece, piece.sender, verb, reason=_("上门揽收联系寄件人"), actor=actor)
            elif verb not in built:
                raise BadInput(_("没有这一步操作，请刷新页面重试。"))
            elif built[verb].is_valid():
                return _done(request, verb, built[verb], piece, task, actor)
            else:
                status = 422
        except (BadInput, Conflict) as refused:
            status = refused.status
            if verb in built:
                built[verb].refused(refused)
            else:
                problem = refused
    context = {
        "piece": piece,
        "task": task,
        "papers": papers,
        "forms": built,
        "verb": verb,
        "revealed": revealed,
        "problem": problem,
        "way": queries.way(piece.sender, piece.delivery_place),
        "next": queries.next_stop(piece),
        "tab": "home",
    }
    page = "courier/pickup.html" if piece.state == "requested" else "courier/picked_up.html"
    return render(request, page, context, status=status)


def _done(
    request: HttpRequest, verb: str, form: Form, piece: Consignment, task: Task | None, actor: Actor
) -> HttpResponse:
    sent = form.cleaned_data
    if isinstance(form, forms.PickupForm):
        accepted = mail.accept(
            piece.pk,
            number=scanned(sent["number"]),
            id_type=sent["id_type"],
            id_number=sent["id_number"],
            id_name=sent["id_name"],
            found=form.found(),
            weight_g=sent["weight_g"],
            actor=actor,
            at=now(),
        )
        messages.success(request, _("已收寄，邮件号 {number}。").format(number=accepted.number))
        return redirect("courier:pickup", consignment_id=piece.pk)
    if verb == "cancel":
        mail.cancel(piece.pk, reason=sent["reason"], actor=actor, at=now())
        messages.success(request, _("揽收已取消，大厅和客服会联系申请人。"))
    else:
        if task is None:
            raise Conflict(_("这项任务已结束，请返回任务列表刷新。"))
        actions.give_back_task(task.pk, reason=sent["reason"], actor=actor, at=now())
        messages.success(request, _("任务已退还网点。"))
    return redirect("courier:home")
