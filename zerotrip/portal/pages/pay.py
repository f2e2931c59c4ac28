"""The citizen pays what is due for an errand."""

from __future__ import annotations

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.cases.queries import CaseView
from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict, Unavailable
from zerotrip.core.roles import Role
from zerotrip.mail.payments import talking
from zerotrip.mail.payments.models import Order
from zerotrip.mail.payments.port import HowToPay, Refused
from zerotrip.mail.payments.queries import Bill
from zerotrip.people.access import acting, client_address, needs
from zerotrip.portal import payable
from zerotrip.portal.pages.cases import errand


@require_http_methods(["GET", "POST"])
@needs(Role.CITIZEN)
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """What is due; POST leads to the cashier. Who comes back from there is told whether it has arrived."""
    view = errand(request, number)
    bill = payable.bill_of(view)
    problem: str = ""
    how: HowToPay | None = None
    if request.method == "POST" and bill is not None and bill.due:
        try:
            how = _ask(request, view.case.number, str(view.case.version.name), view.case.county, bill)
        except (Unavailable, Conflict) as refused:
            problem = str(refused.detail)
        except Refused:
            problem = _("支付渠道没有受理这笔订单，请稍后再试，或到大厅咨询。")
        else:
            if how.url.startswith(settings.ZEROTRIP_BASE_URL + "/"):
                return redirect(how.url)
    elif request.GET.get("back") == "1" and bill is not None:
        bill = _arrived(view, bill)
        if bill is not None and not bill.due:
            messages.success(request, _("支付成功。"))
            return redirect("portal:case", number=view.case.number)
        problem = _("还没有收到支付结果。如已付款，一般几秒内到账，请稍后刷新，不要重复支付。")
    context = {
        "case": view.case,
        "bill": bill,
        "how": how,
        "qr": segno.make(how.qr, error="m").svg_data_uri(scale=6) if how is not None and how.qr else "",
        "problem": problem,
        "tab": "cases",
    }
    return render(request, "portal/pay.html", context, status=409 if request.method == "POST" and problem else 200)


def _ask(request: HttpRequest, number: str, what: str, county: str, bill: Bill) -> HowToPay:
    actor = acting(request)
    order = talking.order_for(number, bill.due, what=what, account=actor.id, division=county, actor=actor)
    back = settings.ZEROTRIP_BASE_URL + reverse("portal:pay", kwargs={"number": number}) + "?back=1"
    return talking.ask_to_pay(order, back=back, payer_address=client_address(request))


def _arrived(view: CaseView, bill: Bill) -> Bill | None:
    """The bill after asking the channel about the order that is open; as it was when the channel cannot be reached."""
    waiting: list[Order] = [order for order in bill.orders if order.state == "open" and order.expires_at > now()]
    try:
        for order in waiting:
            talking.refresh(order.number)
    except (Unavailable, Refused):
        return bill
    return payable.bill_of(view) if waiting else bill
