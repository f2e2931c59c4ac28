"""At the addressee's door: identity and signature, or why not; sending back; taking out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, Problem
from zerotrip.core.roles import Role
from zerotrip.courier import forms, queries
from zerotrip.courier.pages.home import scanned
from zerotrip.courier.pages.reveal import shown
from zerotrip.mail import actions as mail
from zerotrip.mail.bags import seals
from zerotrip.mail.models import Consignment, Seal
from zerotrip.people.access import acting, needs
from zerotrip.people.forms import Form


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: HttpRequest, number: str) -> HttpResponse:
    """One piece to deliver: handed over against identity and signature, or not and why."""
    actor = acting(request)
    piece, task = queries.delivery(scanned(number), actor=actor)
    verb = request.POST.get("verb", "")
    seal = seals.on_piece(piece.pk)
    built: dict[str, Form] = {
        "deliver": forms.DeliverForm(request.POST if verb == "deliver" else None, sealed=seal is not None),
        "failed": forms.FailedForm(request.POST if verb == "failed" else None, auto_id="id_failed_%s"),
        "send_back": forms.SendBackForm(request.POST if verb == "send_back" else None, auto_id="id_back_%s"),
    }
    revealed: dict[str, str] = {}
    problem: Problem | None = None
    status = 200
    if request.method == "POST":
        try:
            if verb in {"phone", "address"}:
                revealed = shown(piece, piece.recipient, verb, reason=_("上门投递联系收件人"), actor=actor)
            elif verb == "take_out":
                mail.take_out(str(piece.number), actor=actor, at=now())
                messages.success(request, _("邮件 {number} 已下段。").format(number=piece.number))
                return redirect("courier:delivery", number=piece.number)
            elif verb not in built:
                raise BadInput(_("没有这一步操作，请刷新页面重试。"))
            elif built[verb].is_valid():
                return _done(request, verb, built[verb], piece, seal, actor)
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
        "seal": seal,
        "task": task,
        "forms": built,
        "verb": verb,
        "revealed": revealed,
        "problem": problem,
        "way": queries.way(piece.recipient, piece.delivery_place),
        "mine": any(held.pk == piece.pk for held in queries.held(actor)),
        "next": queries.next_stop(piece),
        "tab": "home",
    }
    return render(request, "courier/delivery.html", context, status=status)


def _seal_seen(seal: Seal | None, sent: dict[str, Any]) -> dict[str, str]:
    """What the courier saw of the seal: scanned, or looked at and found right; or broken and why."""
    if seal is None:
        return {}
    if sent["seal_state"] == "broken":
        return {"seal_broken": sent["seal_note"]}
    return {"seal": sent["seal"] or seal.number}


def _done(
    request: HttpRequest, verb: str, form: Form, piece: Consignment, seal: Seal | None, actor: Actor
) -> HttpResponse:
    sent, number = form.cleaned_data, str(piece.number)
    if verb == "deliver":
        mail.deliver(
            number,
            id_type=sent["id_type"],
            id_number=sent["id_number"],
            signer_name=sent["signer_name"],
            relation=sent["relation"],
            signature=sent["signature"],
            **_seal_seen(seal, sent),
            actor=actor,
            at=now(),
        )
        messages.success(request, _("邮件 {number} 已妥投。").format(number=number))
        return redirect("courier:home")
    if verb == "failed":
        mail.attempt_failed(number, reason_code=sent["reason_code"], note=sent["note"], actor=actor, at=now())
        messages.success(request, _("已记录未妥投。请把邮件带回网点，或明天再次投递。"))
    else:
        mail.send_back(number, reason_code=sent["reason_code"], actor=actor, at=now())
        messages.success(request, _("已改退。请把邮件带回网点，退给寄件方。"))
    return redirect("courier:delivery", number=number)
