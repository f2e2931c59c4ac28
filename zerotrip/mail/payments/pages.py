"""The desk's pages of money, and where the channel's notices arrive."""

from __future__ import annotations

from datetime import date, timedelta

import structlog
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem, Unavailable
from zerotrip.core.money import ZERO
from zerotrip.core.roles import Role
from zerotrip.core.sent import body_of
from zerotrip.ledger.models import Entry
from zerotrip.ledger.queries import timeline
from zerotrip.mail.payments import actions, queries, reconciling, talking
from zerotrip.mail.payments.forms import RefundForm, SettleForm
from zerotrip.mail.payments.models import LineKind, Order, OrderLine, OrderState, Refund
from zerotrip.mail.payments.port import BadNotice, port
from zerotrip.mail.tariffs.models import WATCHERS
from zerotrip.people.access import acting, needs, open_to_everyone

log = structlog.get_logger(__name__)
PAGE = 30
LONGEST_NOTICE = 64 * 1024


@csrf_exempt
@require_POST
@open_to_everyone
def notice(request: HttpRequest) -> HttpResponse:
    """A notice of the channel, signed by it: taken once, however often it comes. 400 for what is not from them."""
    body = body_of(request)
    if len(body) > LONGEST_NOTICE:
        return JsonResponse({"code": "FAIL", "message": "too large"}, status=413)
    channel = port()
    try:
        report = channel.read_notice(request.headers, body)
    except BadNotice as bad:
        log.warning("a payment notice was refused", why=str(bad))
        return JsonResponse({"code": "FAIL", "message": "not verified"}, status=400)
    talking.take(report, channel.name)
    return JsonResponse({"code": "SUCCESS", "message": "OK"})


@require_GET
@needs(*WATCHERS)
def home(request: HttpRequest) -> HttpResponse:
    """What was paid today, what is set aside, refunds under way, the latest orders and reconciliations."""
    actor = acting(request)
    state = request.GET.get("state", "")
    rows = queries.orders(actor)
    if state in OrderState.values:
        rows = rows.filter(state=state)
    start, end = reconciling.span(today())
    paid = Order.objects.visible_to(actor).filter(state="paid", paid_at__gte=start, paid_at__lt=end)
    by_kind = dict(OrderLine.objects.filter(order__in=paid).order_by().values_list("kind").annotate(n=Sum("amount")))
    back = Refund.objects.filter(
        order__in=Order.objects.visible_to(actor), done_at__gte=start, done_at__lt=end
    ).aggregate(n=Sum("amount"))["n"]
    context = {
        "revenue": sum((by_kind.get(kind, ZERO) for kind in LineKind if kind.nature == "revenue"), ZERO),
        "collected": by_kind.get(LineKind.STATE_FEE, ZERO),
        "refunded": back or ZERO,
        "unpriced": queries.unpriced(actor),
        "oddities": list(queries.oddities(actor)[:50]),
        "refunds": queries.waiting_refunds(actor),
        "days": list(queries.reconciliations(actor)[:7]),
        "yesterday": today() - timedelta(days=1),
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": [("", _("全部")), *OrderState.choices],
        "may_change": actor.has(Role.PROJECT_MANAGER),
        "channel": port().name,
        "tab": "orders",
        "crumbs": [{"label": _("资金")}],
    }
    return render(request, "mail/money/home.html", context)


@require_http_methods(["GET", "POST"])
@needs(*WATCHERS)
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order with its lines and refunds; a project manager asks for refunds, or asks how things stand."""
    actor = acting(request)
    found = queries.order(actor, number)
    may = actor.has(Role.PROJECT_MANAGER)
    form = RefundForm(request.POST if request.method == "POST" else None, order=found)
    if request.method == "POST" and request.POST.get("verb") == "refresh":
        return _refresh(request, found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.refund(found.number, form.amounts(), reason=form.cleaned_data["reason"], actor=actor, at=now())
        except (BadInput, Conflict) as refused:
            form.refused(refused)
        else:
            messages.success(request, _("退款已提交，渠道受理后原路退回。"))
            return redirect("mail:money_order", number=found.number)
    context = {
        "order": found,
        "lines": list(found.lines.all()),
        "refunds": list(found.refunds.all()),
        "entries": _story(found),
        "form": form if may and found.state == "paid" and form.lines else None,
        "may_change": may,
        "crumbs": [{"label": _("资金"), "url": reverse("mail:money")}, {"label": found.number}],
    }
    return render(request, "mail/money/order.html", context, status=422 if form.errors else 200)


def _story(found: Order) -> list[Entry]:
    """What happened to an order."""
    entries = timeline(case_number=found.reference, public_only=False)
    return [entry for entry in entries if entry.data.get("order") == found.number]


def _refresh(request: HttpRequest, found: Order) -> HttpResponse:
    """Ask the channel how an order and its refunds stand."""
    try:
        talking.refresh(found.number)
        for refund in found.refunds.filter(state__in=["asked", "accepted"]):
            talking.send_refund(refund.number)
    except Unavailable as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, _("已向支付渠道查询，下面是最新情况。"))
    return redirect("mail:money_order", number=found.number)


@require_POST
@needs(Role.PROJECT_MANAGER)
def settle(request: HttpRequest, oddity_id: int) -> HttpResponse:
    """Say what was done about something set aside."""
    form = SettleForm(request.POST)
    how = form.cleaned_data.get("how", "") if form.is_valid() else ""
    try:
        actions.settle_oddity(
            oddity_id, how=how, take=bool(form.cleaned_data.get("take")), actor=acting(request), at=now()
        )
    except NotFound:
        raise
    except Problem as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, _("已记为处理完毕。"))
    return redirect("mail:money")


@require_GET
@needs(*WATCHERS)
def reconciliations(request: HttpRequest) -> HttpResponse:
    """The days that have been reconciled."""
    page = Paginator(queries.reconciliations(acting(request)), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "yesterday": today() - timedelta(days=1),
        "tab": "reconciliations",
        "crumbs": [{"label": _("资金"), "url": reverse("mail:money")}, {"label": _("每日对账")}],
    }
    return render(request, "mail/money/reconciliations.html", context)


@require_http_methods(["GET", "POST"])
@needs(*WATCHERS)
def reconciliation(request: HttpRequest, day: str) -> HttpResponse:
    """One day: balanced or where not. A project manager may have it reconciled now."""
    actor, chosen = acting(request), _day(day)
    if request.method == "POST":
        if not actor.has(Role.PROJECT_MANAGER):
            raise NotFound(_("只有项目经理可以发起对账。"))
        try:
            reconciling.reconcile(chosen)
        except Unavailable as problem:
            messages.error(request, str(problem.detail))
        return redirect("mail:reconciliation", day=chosen.isoformat())
    made = queries.reconciliation(actor, chosen)
    context = {
        "day": chosen,
        "made": made,
        "differences": list(made.differences.all()) if made is not None else [],
        "rows": _rows(made.totals["ours"]) if made is not None else [],
        "may_change": actor.has(Role.PROJECT_MANAGER) and chosen <= today(),
        "tab": "reconciliations",
        "crumbs": [
            {"label": _("资金"), "url": reverse("mail:money")},
            {"label": _("每日对账"), "url": reverse("mail:reconciliations")},
            {"label": chosen.isoformat()},
        ],
    }
    return render(request, "mail/money/reconciliation.html", context)


def _rows(ours: dict[str, str]) -> list[dict[str, str]]:
    """Our sums by kind of line, those of the state after the post's own."""
    return [
        {
            "label": str(kind.label),
            "nature": kind.nature,
            "paid": ours[f"paid_{kind.value}"],
            "refunded": ours[f"refunded_{kind.value}"],
        }
        for kind in LineKind
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound(_("没有这一天，日期应写成 2026-11-23 这样。")) from error
