"""The desk's pages of webhooks: how each endpoint stands, every message with its tries, and sending again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.gateway import partners
from zerotrip.gateway.pages import shown_once
from zerotrip.gateway.webhooks import actions, delivery, forms, queries
from zerotrip.gateway.webhooks.models import KEEPERS, WATCHERS, MessageState, Webhook, WebhookState
from zerotrip.people.access import acting, needs

PAGE = 30
LARGEST = 2**63 - 1


@needs(*WATCHERS)
@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every endpoint: whose, how it stands, what waits; those first that somebody should look at."""
    actor = acting(request)
    standings = queries.overview(actor)
    oldest = min((one.waiting_since for one in standings if one.waiting_since), default=None)
    context = {
        "standings": standings,
        "stopped": sum(one.level == "alert" for one in standings),
        "failing": sum(one.level == "waiting" for one in standings),
        "waiting": sum(one.waiting for one in standings),
        "lag": now() - oldest if oldest else None,
        "may_change": actor.has(*KEEPERS),
        "crumbs": [{"label": _("事件推送")}],
    }
    return render(request, "gateway/webhooks.html", context)


@needs(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register an address for a partner; its secret is shown on its page, once."""
    actor = acting(request)
    names = [one.name for one in partners.all_of_them(actor) if one.active]
    chosen = {"partner": request.GET.get("partner", "")}
    form = forms.Register(request.POST or None, partners=names, initial=chosen)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sent = form.cleaned_data
            try:
                made, secret = actions.register(
                    sent["partner"], sent["url"], sent["types"], sent["digest"], actor=actor, at=now()
                )
            except Problem as problem:
                form.refused(problem)
                status = problem.status
            else:
                return _with_secret(made, secret)
    context = {"form": form, "partners": names, "crumbs": _crumbs(_("登记推送地址"))}
    return render(request, "gateway/webhook_register.html", context, status=status)


@needs(*WATCHERS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One endpoint: its messages with their tries, and what can be done about it."""
    actor = acting(request)
    known = queries.get(public_id, actor)
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    may_change = actor.has(*KEEPERS)
    built = _forms(request, known, verb) if may_change else {}
    status = 200
    if request.method == "POST":
        form = built.get(verb)
        status = 422 if may_change else 403
        if form is not None and form.is_valid():
            try:
                return _change(request, known, verb, form.cleaned_data, actor)
            except Problem as problem:
                _refused(form, problem)
                status = problem.status
    secret = shown_once.read(request, salt=str(public_id)) if may_change and not verb else ""
    response = render(
        request, "gateway/webhook.html", _context(request, known, actor, built, verb, secret), status=status
    )
    if secret:
        shown_once.forget(request, response)
    return response


@needs(*KEEPERS)
@require_POST
def message(request: HttpRequest, public_id: UUID, sequence: int) -> HttpResponse:
    """Send one message again, or set it aside so that later ones pass."""
    who: dict[str, Any] = {"actor": acting(request), "at": now()}
    number = min(sequence, LARGEST)
    try:
        if request.POST.get("verb") == "aside":
            actions.set_aside(public_id, number, reason=request.POST.get("reason", ""), **who)
            messages.success(request, _("已搁置序号 {n}，后面的继续推送。").format(n=sequence))
        else:
            actions.send_again(public_id, number, **who)
            messages.success(request, _("马上再发一次序号 {n}，刷新可看结果。").format(n=sequence))
    except Problem as problem:
        messages.error(request, str(problem.detail))
        if problem.status == 404:
            queries.get(public_id, who["actor"])
    return redirect("gateway:webhook", public_id=public_id)


def _context(
    request: HttpRequest, known: Webhook, actor: Actor, built: dict[str, Any], verb: str, secret: str
) -> dict[str, Any]:
    state, sought = request.GET.get("state", ""), request.GET.get("q", "").strip().replace("\0", "")[:40]
    number = int(sought) if sought.isascii() and sought.isdigit() and len(sought) < 18 else 0
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else number + 1 if number else 0
    case = "" if number else sought
    rows, older = queries.page(known, before=start, state=state, case=case, size=PAGE)
    query = request.GET.copy()
    query.pop("before", None)
    newest = f"?{query.urlencode()}#messages" if before else ""
    query["before"] = str(older)
    (standing,) = queries.standings([known])
    running = known.state == WebhookState.ACTIVE
    shown = {"rotate", "remove"} | ({"pause"} if running else set()) | ({"replay"} if known.last_sequence else set())
    return {
        "one": known,
        "standing": standing,
        "kinds": [label for code, label in forms.ROOMS if code in known.types]
        + [code for code in known.types if code not in dict(forms.ROOMS)],
        "rows": rows,
        "newer_url": newest,
        "older_url": f"?{query.urlencode()}#messages" if older else "",
        "states": MessageState.choices,
        "state": state,
        "q": sought,
        "oldest": known.forgotten_through + 1,
        "forms": built,
        "verb": verb,
        "refused": built.get(verb) if verb not in shown else None,
        "secret": secret,
        "may_change": actor.has(*KEEPERS),
        "tries": len(delivery.PAUSES) + 1,
        "moment": now(),
        "crumbs": _crumbs(known.host),
    }


def _forms(request: HttpRequest, known: Webhook, verb: str) -> dict[str, Any]:
    def sent(name: str) -> dict[str, Any]:
        return {"data": request.POST if verb == name else None, "auto_id": f"id_{name}_%s"}

    return {
        "test": forms.Plain(**sent("test")),
        "resume": forms.Plain(**sent("resume")),
        "replay": forms.Replay(**sent("replay"), initial={"since": max(1, known.forgotten_through + 1)}),
        "rotate": forms.Rotate(**sent("rotate")),
        "pause": forms.Pause(**sent("pause")),
        "remove": forms.Remove(**sent("remove")),
    }


def _change(request: HttpRequest, known: Webhook, verb: str, sent: dict[str, Any], actor: Actor) -> HttpResponse:
    """Do what was asked, and say so. Raises Problem."""
    identity, who = known.public_id, {"actor": actor, "at": now()}
    if verb == "rotate":
        return _with_secret(*actions.rotate(identity, hours=sent["hours"], **who))  # type: ignore[arg-type]
    if verb == "remove":
        actions.remove(identity, **who)  # type: ignore[arg-type]
        messages.success(request, _("已删除推送地址 {host}。").format(host=known.host))
        return redirect("gateway:webhooks")
    if verb == "replay":
        count = actions.replay(identity, since=min(sent["since"], LARGEST), **who)  # type: ignore[arg-type]
        said = ngettext("从序号 {since} 起再送 {n} 条。", "从序号 {since} 起再送 {n} 条。", count)
        said = said.format(since=sent["since"], n=count)
    elif verb == "pause":
        actions.pause(identity, reason=sent["reason"], **who)  # type: ignore[arg-type]
        said = _("已暂停。发生的事照常排队，恢复后补送。")
    elif verb == "resume":
        actions.resume(identity, **who)  # type: ignore[arg-type]
        said = _("已恢复，马上从等着的第一条发起。")
    else:
        made = actions.send_test(identity, **who)  # type: ignore[arg-type]
        said = _("测试消息已排队，序号 {n}。刷新可看结果。").format(n=made.sequence)
    messages.success(request, said)
    return redirect("gateway:webhook", public_id=identity)


def _refused(form: Any, problem: Problem) -> None:
    """The API names the field `from`, which no form field may be called."""
    if "from" in problem.fields:
        problem.fields["since"] = problem.fields.pop("from")
    form.refused(problem)


def _with_secret(known: Webhook, secret: str) -> HttpResponse:
    where = reverse("gateway:webhook", args=[known.public_id])
    return shown_once.lead_to(where, secret, salt=str(known.public_id))


def _crumbs(here: str) -> list[dict[str, str]]:
    return [{"label": _("事件推送"), "url": reverse("gateway:webhooks")}, {"label": here}]
