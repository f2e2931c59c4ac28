"""Today's list, the scan box, taking pieces out for delivery."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.core.roles import Role
from zerotrip.courier import actions, forms, queries
from zerotrip.courier.models import Task
from zerotrip.mail import actions as mail
from zerotrip.mail.labels import queries as labels
from zerotrip.mail.models import Consignment
from zerotrip.people.access import acting, needs

MAY_SCAN = 80
"""Characters of a scanned code that are looked at: a number, or the address of a tracking page that ends in one."""


def row(task: Task) -> dict[str, object]:
    """An errand as the list shows it: whom, where (masked), when, and where a tap leads."""
    piece = task.consignment
    contact = piece.sender if task.kind == "pickup" else piece.recipient
    return {
        "task": task,
        "piece": piece,
        "contact": contact,
        "late": queries.late(task, now()),
        "own_day": task.due_from,
    }


@needs(Role.COURIER)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today's errands, what is in hand and what waits at the outlet."""
    actor = acting(request)
    day = queries.today(actor)
    context = {
        "scan": forms.ScanForm(),
        "now": now(),
        "pickups": [row(task) for task in day.pickups],
        "deliveries": [row(task) for task in day.deliveries],
        "later": [row(task) for task in day.later],
        "free": [row(task) for task in day.free],
        "done": day.done,
        "held": len(queries.held(actor)),
        "waiting": len(queries.waiting(actor)),
        "tab": "home",
    }
    return render(request, "courier/home.html", context)


@needs(Role.COURIER)
@require_safe
def scan(request: HttpRequest) -> HttpResponse:
    """Lead from a scanned number to what is to be done with the piece."""
    code = scanned(request.GET.get("number", ""))
    piece = queries.find(code, actor=acting(request)) if code else None
    if piece is None:
        if labels.current(code):
            return redirect("mail:label_piece", number=code)
        messages.error(
            request,
            _("没有找到 {number}，或不归您的网点办理。请核对后重新扫描。").format(number=code)
            if code
            else _("请扫描或输入邮件号。"),
        )
        return redirect("courier:home")
    return redirect(*page_of(piece))


def scanned(text: str) -> str:
    """The number in what a scanner read: the end of an address, without blanks, in capitals."""
    code = "".join(text.replace("\0", "").split())[:MAY_SCAN]
    return code.rstrip("/").rsplit("/", 1)[-1].upper()


def page_of(piece: Consignment) -> tuple[str, object]:
    """The page of a piece: pickup until it is in transit, delivery afterwards."""
    if piece.number and piece.state in {"arrived", "out", "undelivered", "returning", "delivered"}:
        return "courier:delivery", piece.number
    return "courier:pickup", piece.pk


@needs(Role.COURIER)
@require_POST
def take(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take an errand nobody has taken."""
    try:
        task = actions.take_task(task_id, actor=acting(request), at=now())
    except Problem as problem:
        messages.error(request, str(problem.detail))
        return redirect("courier:home")
    messages.success(request, _("任务已认领。"))
    return redirect(*page_of(task.consignment))


@needs(Role.COURIER)
@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: HttpRequest) -> HttpResponse:
    """Take pieces out for delivery (下段), one scan each."""
    actor = acting(request)
    form = forms.ScanForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            number = scanned(form.cleaned_data["number"])
            try:
                _take_out(number, actor)
            except Problem as problem:
                form.refused(problem)
                status = problem.status
            else:
                messages.success(request, _("邮件 {number} 已下段。").format(number=number))
                return redirect("courier:take_out")
        else:
            status = 422
    pieces, held = queries.waiting(actor), [p for p in queries.held(actor) if p.state == "out"]
    context = {
        "form": form,
        "pieces": pieces,
        "held": held,
        "left": ngettext("还有 {n} 件待下段", "还有 {n} 件待下段", len(pieces)).format(n=len(pieces)),
        "tab": "out",
    }
    return render(request, "courier/take_out.html", context, status=status)


def _take_out(number: str, actor: Actor) -> None:
    queries.delivery(number, actor=actor)
    mail.take_out(number, actor=actor, at=now())
