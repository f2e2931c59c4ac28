"""The desk's pages of bags, and the one answer to who holds a piece: one scanner, one keyboard."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.mail.actions.common import at_place, line_of
from zerotrip.mail.actions.manifests import HANDS, open_manifest
from zerotrip.mail.bags import actions, queries
from zerotrip.mail.bags.models import Bag, BagState
from zerotrip.mail.bags.packing import holding_of
from zerotrip.mail.models import HolderKind
from zerotrip.mail.places import own_places, takers
from zerotrip.mail.queries import custody, get
from zerotrip.people.access import acting, needs

PAGE = 30
WATCHERS = (Role.CARE_AGENT, Role.BRANCH_MANAGER)


@require_safe
@needs(*HANDS, *WATCHERS)
def bags(request: HttpRequest) -> HttpResponse:
    """Bags that are being packed, that wait to be opened here, that are under way; and all before."""
    return _list(request)


@require_POST
@needs(*HANDS)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a bag."""
    try:
        made = actions.begin_bag(
            target_place_code=request.POST.get("target", "")[:40],
            place_code=request.POST.get("place", "")[:40],
            actor=acting(request),
            at=now(),
        )
    except BadInput as problem:
        return _list(request, problem)
    return redirect("mail:bag", code=made.code)


def _list(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    actor = acting(request)
    rows, places = queries.bags(actor), own_places(actor)
    current = rows.filter(state__in=[BagState.PACKING, BagState.SEALED])
    context = {
        "running": [(one, queries.holder_of(one)) for one in current[:50]],
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "own_places": places,
        "targets": takers(places),
        "may_pack": actor.has(*HANDS),
        "problem": problem,
        "crumbs": [{"label": _("交接清单"), "url": reverse("mail:manifests")}, {"label": _("总包")}],
    }
    return render(request, "mail/bags.html", context, status=problem.status if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*HANDS, *WATCHERS)
def bag(request: HttpRequest, code: str) -> HttpResponse:
    """One bag: scan pieces into it, close it with a seal, send it, open it; what is in it and what became of it."""
    if request.method != "POST":
        return _show(request, code)
    work = VERBS.get(request.POST.get("verb", ""))
    if work is None:
        raise BadInput(_("没有这项操作，请刷新页面后重试。"))
    actor = acting(request)
    try:
        where = work(request, queries.bag(actor, code), actor)
    except Problem as problem:
        return _show(request, code, problem)
    return redirect(where or reverse("mail:bag", args=[code]))


def _pack(request: HttpRequest, one: Bag, actor: Actor) -> str:
    actions.pack(one.code, request.POST.get("scan", "")[:40], actor=actor, at=now())
    return ""


def _unpack(request: HttpRequest, one: Bag, actor: Actor) -> str:
    actions.unpack(one.code, request.POST.get("piece", "")[:40], actor=actor, at=now())
    return ""


def _seal(request: HttpRequest, one: Bag, actor: Actor) -> str:
    actions.seal_bag(one.code, request.POST.get("seal", "")[:60], actor=actor, at=now())
    messages.success(request, _("已封袋。袋里的邮件从现在起随袋交接。"))
    return ""


def _send(request: HttpRequest, one: Bag, actor: Actor) -> str:
    """A list to where the bag goes, with the bag on it: the giver looks once more and gives it."""
    with transaction.atomic():
        held = holding_of(one)
        here = held.place if held is not None and held.place is not None else one.place
        made = open_manifest(
            giver_place_code=here.code, taker_place_code=one.target.code, carried=True, actor=actor, at=now()
        )
        actions.put_bag(made.number, one.code, actor=actor, at=now())
    return reverse("mail:manifest", args=[made.number])


def _open(request: HttpRequest, one: Bag, actor: Actor) -> str:
    broken = request.POST.get("broken") == "1"
    reason = request.POST.get("reason", "")[:200]
    actions.open_bag(one.code, reason=reason, broken=broken, actor=actor, at=now())
    messages.success(request, _("已开袋。袋里的邮件现在可以逐件办理。"))
    return ""


VERBS: dict[str, Callable[[HttpRequest, Bag, Actor], str]] = {
    "pack": _pack,
    "unpack": _unpack,
    "seal": _seal,
    "send": _send,
    "open": _open,
}


def _show(request: HttpRequest, code: str, problem: Problem | None = None) -> HttpResponse:
    actor = acting(request)
    one = queries.bag(actor, code)
    listed, held = queries.on_list(one), holding_of(one) if one.state == BagState.SEALED else None
    where = held.place if held is not None and held.kind == HolderKind.PLACE else None
    may_act = actor.has(*HANDS)
    lies_here = may_act and where is not None and at_place(actor, where) and listed is None
    contents = queries.contents(one)
    context = {
        "bag": one,
        "seal": one.seal,
        "contents": contents,
        "inside": sum(item.until is None for item in contents),
        "holder": queries.holder_of(one),
        "listed": listed,
        "packing": may_act and one.state == BagState.PACKING and at_place(actor, one.place),
        "lies_here": lies_here,
        "at_target": where is not None and where.pk == one.target_id,
        "story": queries.story(one),
        "problem": problem,
        "crumbs": [{"label": _("总包"), "url": reverse("mail:bags")}, {"label": one.code}],
    }
    return render(request, "mail/bag.html", context, status=problem.status if problem else 200)


@require_safe
@needs(*HANDS, *WATCHERS)
def holder(request: HttpRequest) -> HttpResponse:
    """Scan a mail number: who holds it now, and who held it before."""
    actor, number = acting(request), line_of(request.GET.get("number", ""), 40)
    context: dict[str, object] = {
        "number": number,
        "crumbs": [{"label": _("交接清单"), "url": reverse("mail:manifests")}, {"label": _("谁在保管")}],
    }
    if not number:
        return render(request, "mail/holder.html", context)
    try:
        found = queries.who_holds(actor, number)
    except NotFound as problem:
        return render(request, "mail/holder.html", context | {"problem": problem}, status=404)
    context |= {"held": found, "before": custody(get(actor, found.number))}
    return render(request, "mail/holder.html", context)
