"""The desk's pages of hand-over lists: one scanner, one keyboard."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Problem
from zerotrip.core.roles import Role
from zerotrip.documents.manifests import ManifestData, manifest_pdf
from zerotrip.documents.manifests import ManifestLine as PaperLine
from zerotrip.documents.responses import file_response
from zerotrip.mail import actions, queries
from zerotrip.mail.actions.common import at_place
from zerotrip.mail.actions.differences import HOW
from zerotrip.mail.actions.manifests import HANDS, ManifestDiffers
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.bags import on_lists
from zerotrip.mail.bags.models import ManifestBag, UnitState
from zerotrip.mail.bags.queries import units
from zerotrip.mail.models import Consignment, Manifest, ManifestLine, ManifestState, Purpose
from zerotrip.mail.places import own_places, takers
from zerotrip.people.access import acting, needs

PAGE = 30
WATCHERS = (Role.CARE_AGENT, Role.BRANCH_MANAGER)


@require_GET
@needs(*HANDS, *WATCHERS)
def manifests(request: HttpRequest) -> HttpResponse:
    """What waits to be counted in, what is being counted out, what differs, and the lists before."""
    return _list(request)


@require_http_methods(["GET", "POST"])
@needs(*HANDS)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a list."""
    if request.method == "GET":
        return redirect("mail:manifests")
    try:
        made = actions.open_manifest(
            taker_place_code=request.POST.get("taker", "")[:40],
            giver_place_code=request.POST.get("giver", "")[:40],
            carried=request.POST.get("carried") == "1",
            actor=acting(request),
            at=now(),
        )
    except BadInput as problem:
        return _list(request, problem)
    return redirect("mail:manifest", number=made.number)


def _list(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    actor = acting(request)
    rows = queries.manifests(actor)
    waiting = list(queries.to_take(actor)[:50])
    running = list(rows.filter(state__in=[ManifestState.OPEN, ManifestState.DISPUTED])[:50])
    places = own_places(actor)
    context = {
        "waiting": waiting,
        "running": running,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "own_places": places,
        "takers": takers(places),
        "by_hand": actor.has(Role.COURIER),
        "may_open": actor.has(*HANDS),
        "problem": problem,
        "crumbs": [{"label": _("交接清单")}],
    }
    return render(request, "mail/manifests.html", context, status=problem.status if problem else 200)


@require_http_methods(["GET", "POST"])
@needs(*HANDS, *WATCHERS)
def manifest(request: HttpRequest, number: str) -> HttpResponse:
    """One list: its scan box counts out for the giver and in for the taker."""
    if request.method == "GET":
        return _show(request, number)
    verb = request.POST.get("verb", "scan")
    work = VERBS.get(verb)
    if work is None:
        raise BadInput(_("没有这项操作，请刷新页面后重试。"))
    try:
        said = work(request, queries.manifest(acting(request), number), acting(request))
    except ManifestDiffers as differs:
        return _show(request, number, differs, differs=True)
    except Problem as problem:
        return _show(request, number, problem)
    if said:
        messages.success(request, said)
    return redirect("mail:manifest", number=number)


def _scan(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    scanned = request.POST.get("scan", "")[:40]
    if one.state == ManifestState.OPEN:
        bags.count_out(one.number, scanned, actor=actor, at=now())
        return ""
    counted = bags.count_in(one.number, scanned, actor=actor, at=now())
    if isinstance(counted, ManifestBag):
        return _("封签完好，总包 {bag} 整袋收到。").format(bag=counted.bag.code)
    return _("{number} 不在清单上，已记为多出。").format(number=counted.number) if counted.difference == "extra" else ""


def _take_off(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    actions.take_off(one.number, request.POST.get("piece", "")[:40], actor=actor, at=now())
    return ""


def _give(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    actions.give(one.number, actor=actor, at=now())
    return _("已清点交出，等接收方清点。")


def _close(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    despite = request.POST.get("despite") == "1"
    done = actions.close(one.number, despite_differences=despite, actor=actor, at=now())
    if done.state == ManifestState.DISPUTED:
        return _("已按差异接收，差异待处理。")
    return _("交接完成，双方点数一致。")


def _settle(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    line = request.POST.get("line", "")
    actions.settle(
        int(line) if line.isascii() and line.isdigit() and len(line) < 18 else 0,
        how=request.POST.get("how", ""),
        reason=request.POST.get("reason", "")[:200],
        actor=actor,
        at=now(),
    )
    return _("已登记查找，差异仍待处理。") if request.POST.get("how") == "lost" else _("差异已处理。")


VERBS: dict[str, Callable[[HttpRequest, Manifest, Actor], str]] = {
    "scan": _scan,
    "take_off": _take_off,
    "give": _give,
    "close": _close,
    "settle": _settle,
    **on_lists.VERBS,
}


def _show(request: HttpRequest, number: str, problem: Problem | None = None, *, differs: bool = False) -> HttpResponse:
    actor = acting(request)
    one = queries.manifest(actor, number)
    lines = _lines(one)
    giving = one.state == ManifestState.OPEN and _is_giver(one, actor)
    taking = one.state == ManifestState.GIVEN and at_place(actor, one.taker_place) and one.giver_id != actor.id
    context = {
        "manifest": one,
        "lines": lines,
        "listed": sum(line.given for line in lines),
        "counted": sum(line.taken is True and line.given for line in lines),
        "left": sum(line.given and not line.taken for line in lines),
        "extra": sum(line.difference == "extra" for line in lines),
        "giving": giving,
        "taking": taking,
        "differs": differs,
        "settling": one.state == ManifestState.DISPUTED,
        "hows": [(key, kind, words) for key, (kind, words) in HOW.items()],
        **on_lists.shown(one),
        "problem": problem,
        "crumbs": [{"label": _("交接清单"), "url": reverse("mail:manifests")}, {"label": one.number}],
    }
    return render(request, "mail/manifest.html", context, status=problem.status if problem else 200)


def _is_giver(one: Manifest, actor: Actor) -> bool:
    return at_place(actor, one.giver_place) if one.giver_place is not None else one.giver_id == actor.id


def _lines(one: Manifest) -> list[ManifestLine]:
    rows = one.lines.select_related("consignment__recipient_place", "consignment__sender_place", "bag")
    return list(rows.order_by("-pk") if one.state == ManifestState.OPEN else rows.order_by("pk"))


@require_GET
@needs(*HANDS, *WATCHERS)
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The list as a PDF with two boxes to sign."""
    one = queries.manifest(acting(request), number)
    lines = list(one.lines.select_related("consignment", "bag").order_by("pk"))
    differences = [
        f"{line.number}：{line.get_difference_display()}{'（' + line.resolution + '）' if line.resolution else ''}"
        for line in lines
        if line.difference
    ]
    data = ManifestData(
        number=one.number,
        organ=one.taker_place.name,
        giver=one.giver_text,
        taker=one.taker_place.name,
        giver_name=one.giver.name if one.giver else "",
        taker_name=one.taker.name if one.taker else "",
        made_at=one.opened_at,
        given_at=one.given_at,
        taken_at=one.closed_at,
        lines=[
            PaperLine(
                number=line.number,
                case_number=line.consignment.reference if line.consignment and line.given else "",
                kind=_kind(line.consignment),
                given=True,
                taken=line.taken,
                note=_note(line),
            )
            for line in lines
            if line.given
        ],
        differences=differences,
        surplus=sum(line.difference == "extra" for line in lines),
        seals=[_sealed(unit) for unit in units(one)],
        url=f"{settings.ZEROTRIP_BASE_URL}{reverse('mail:manifest', kwargs={'number': one.number})}",
    )
    return file_response(manifest_pdf(data), f"{one.number}.pdf", "application/pdf")


def _note(line: ManifestLine) -> str:
    """What differs, and in which bag it came."""
    words = [str(line.get_difference_display()), line.bag.code if line.bag is not None else ""]
    return " ".join(word for word in words if word)


def _sealed(unit: ManifestBag) -> str:
    """A bag of the list with its seal."""
    seal = unit.bag.seal
    state = f"，{unit.status.label}" if unit.state in {UnitState.REFUSED, UnitState.MISSING} else ""
    return f"{unit.bag.code}（封签 {seal or '—'}{state}）"


def _kind(piece: Consignment | None) -> str:
    return str(Purpose(piece.purpose).label) if piece is not None else ""
