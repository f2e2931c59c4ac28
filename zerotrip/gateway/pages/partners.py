"""The administrators' pages of partners: what they may do, what they sign with, what was refused them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.gateway import actions, forms, partners
from zerotrip.gateway.models import Partner, Scope
from zerotrip.gateway.pages import shown_once
from zerotrip.gateway.webhooks import queries
from zerotrip.gateway.webhooks.models import WATCHERS
from zerotrip.people.access import acting, needs

WHO = (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN)
KEEPERS = (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)


@needs(*WHO)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """All partners, and what was refused to nobody in particular."""
    actor = acting(request)
    context = {
        "partners": partners.all_of_them(actor),
        "refusals": partners.refusals(None, actor),
        "may_change": actor.has(*KEEPERS),
        "days": partners.DAYS,
    }
    return render(request, "gateway/partners.html", context)


@needs(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a partner; its token is shown on its page, once."""
    form = forms.Register(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            partner, token = actions.register_partner(
                sent["name"],
                sent["scopes"],
                rate_per_minute=sent["rate_per_minute"],
                actor=acting(request),
                at=now(),
            )
        except (BadInput, Conflict) as problem:
            form.refused(problem)
            status = problem.status
        else:
            return _with_token(partner.pk, token)
    status = 422 if form.errors and status == 200 else status
    return render(request, "gateway/partner_register.html", {"form": form}, status=status)


@needs(*WHO)
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, partner_id: int) -> HttpResponse:
    """One partner: its scopes, rate, keys and token, and what was refused it."""
    actor = acting(request)
    known = partners.one(partner_id, actor)
    keys = partners.keys_of(known, actor)
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    built = _forms(request, known, [key.keyid for key in keys if key.revoked_at is None], verb)
    status = 200
    if request.method == "POST":
        form = built.get(verb)
        status = 422
        if form is not None and form.is_valid():
            try:
                token = _change(known, verb, form.cleaned_data, actor)
            except (BadInput, Conflict) as problem:
                form.refused(problem)
                status = problem.status
            else:
                if token:
                    return _with_token(known.pk, token)
                messages.success(request, _("已保存，最迟 30 秒后处处生效。"))
                return redirect("gateway:partner", partner_id=known.pk)
    context = {
        "known": known,
        "scopes": [(Scope(code).label if code in Scope.values else code, code) for code in known.scopes],
        "keys": keys,
        "refusals": partners.refusals(known, actor),
        "days": partners.DAYS,
        "forms": built,
        "verb": verb,
        "may_change": actor.has(*KEEPERS) and known.active,
        "token": shown_once.read(request, salt=str(known.pk)) if not verb else "",
        "webhooks": queries.overview(actor, partner=known) if actor.has(*WATCHERS) else None,
    }
    response = render(request, "gateway/partner.html", context, status=status)
    if context["token"]:
        shown_once.forget(request, response)
    return response


def _forms(request: HttpRequest, known: Partner, keyids: list[str], verb: str) -> dict[str, Any]:
    def sent(name: str) -> dict[str, Any]:
        return {"data": request.POST if verb == name else None, "auto_id": f"id_{name}_%s"}

    agreed = {"scopes": known.scopes, "rate_per_minute": known.rate_per_minute}
    return {
        "change": forms.Agreed(**sent("change"), initial=agreed),
        "key": forms.AddKey(**sent("key")),
        "revoke_key": forms.RevokeKey(**sent("revoke_key"), keyids=keyids),
        "token": forms.RenewToken(**sent("token")),
        "revoke": forms.Reason(**sent("revoke")),
    }


def _change(known: Partner, verb: str, sent: dict[str, Any], actor: Actor) -> str:
    """Do what was asked. Returns a fresh token where there is one."""
    who: dict[str, Any] = {"actor": actor, "at": now()}
    if verb == "token":
        return actions.renew_token(known.name, **who)
    if verb == "change":
        actions.change_partner(known.name, sent["scopes"], rate_per_minute=sent["rate_per_minute"], **who)
    elif verb == "key":
        actions.add_key(known.name, sent["public_key"], **who)
    elif verb == "revoke_key":
        actions.revoke_key(sent["keyid"], reason=sent["reason"], **who)
    else:
        actions.revoke(known.name, reason=sent["reason"], **who)
    return ""


def _with_token(partner_id: int, token: str) -> HttpResponse:
    """To the partner's page, which shows the token once."""
    return shown_once.lead_to(reverse("gateway:partner", args=[partner_id]), token, salt=str(partner_id))
