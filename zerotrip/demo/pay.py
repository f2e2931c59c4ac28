"""The sandbox cashier over HTTP: an API that only signed requests reach, and the page with 支付 and 取消."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import requests
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from zerotrip.core.errors import NotFound
from zerotrip.core.sent import body_of
from zerotrip.demo import cashier
from zerotrip.gateway.adapters.payment_demo import check, signed
from zerotrip.mail.payments.port import BadNotice
from zerotrip.people.access import open_to_everyone

log = structlog.get_logger(__name__)


def _only_in_demo() -> None:
    if not settings.ZEROTRIP_DEMO:
        raise NotFound(_("只有演示环境才有演示收银台。"))


@csrf_exempt
@require_POST
@open_to_everyone
def api(request: HttpRequest, verb: str) -> HttpResponse:
    """What the demo's payment adapter asks. 400 with `why` when the cashier refuses, 401 when unsigned."""
    _only_in_demo()
    try:
        body = body_of(request)
        check(request.headers, body)
    except BadNotice as bad:
        return JsonResponse({"why": str(bad)}, status=401)
    work = VERBS.get(verb)
    try:
        if work is None:
            raise cashier.No("没有这项操作")
        return JsonResponse(work(json.loads(body)))
    except cashier.No as no:
        return JsonResponse({"why": str(no)}, status=400)
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"why": "请求不完整"}, status=400)


def _create(said: dict[str, Any]) -> dict[str, Any]:
    token = cashier.create(said["number"], said["amount"], said["what"], said["back"], said["expires_at"])
    return {"url": f"{settings.ZEROTRIP_BASE_URL}{reverse('demo:cashier', kwargs={'token': token})}"}


VERBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "orders": _create,
    "query": lambda said: cashier.query(said["number"]),
    "close": lambda said: cashier.close(said["number"]),
    "refunds": lambda said: cashier.refund(said["number"], said["order"], said["amount"]),
    "query-refund": lambda said: cashier.query_refund(said["number"]),
    "bill": lambda said: {"rows": cashier.bill(date.fromisoformat(said["day"]))},
}


@require_http_methods(["GET", "POST"])
@open_to_everyone
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The cashier's page. Paying reports to the product, signed; 「支付但不通知」 loses the report on purpose."""
    _only_in_demo()
    order = cashier.by_token(token[:60])
    if order is None:
        raise NotFound(_("演示收银台没有这个订单。"))
    problem = ""
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb == "cancel":
            return redirect(order["back"])
        try:
            told = cashier.pay(token)
        except cashier.No as no:
            problem = str(no)
        else:
            if verb != "silent":
                notify(told)
            return redirect(order["back"])
    context = {"order": order, "problem": problem}
    return render(request, "demo/cashier.html", context, status=409 if problem else 200)


def notify(told: dict[str, Any]) -> bool:
    """Report to the product. A report that does not arrive is not repeated: the product asks by itself."""
    body = json.dumps(told).encode()
    try:
        answer = requests.post(
            f"{settings.ZEROTRIP_BASE_URL}/payments/notice", data=body, headers=signed(body), timeout=(3, 5)
        )
    except requests.RequestException:
        log.info("the demo cashier could not report")
        return False
    return answer.status_code == 200
