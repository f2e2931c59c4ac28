"""The operations page: how the readers stand, what they set aside, what the queue and the database hold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zerotrip.core.access import acting, needs
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput
from zerotrip.core.roles import Role
from zerotrip.ledger import actions, queries

_LARGEST_ID = 2**63 - 1


def _figures() -> dict[str, object]:
    states = queries.reader_states()
    return {
        "readers": sorted(states, key=lambda s: (-s.set_aside, -s.lag, s.name)),
        "jobs": queries.jobs(),
        "database": queries.database(),
        "late": sum(state.late for state in states),
        "aside": sum(state.set_aside for state in states),
        "waiting": sum(state.waiting for state in states),
        "at": now(),
    }


def _page(request: HttpRequest, *, refused: int = 0, problem: BadInput | None = None) -> HttpResponse:
    actor = acting(request)
    context = _figures() | {
        "set_asides": queries.set_asides(actor),
        "may_settle": actor.has(Role.SYSTEM_ADMIN),
        "refused": refused,
        "problem": problem,
    }
    return render(request, "ledger/operations.html", context, status=problem.status if problem else 200)


@require_GET
@needs(Role.SYSTEM_ADMIN, Role.AUDITOR)
def operations(request: HttpRequest) -> HttpResponse:
    """Readers, queue, database, and the entries set aside."""
    return _page(request)


@require_GET
@needs(Role.SYSTEM_ADMIN, Role.AUDITOR)
def figures(request: HttpRequest) -> HttpResponse:
    """The figures alone, asked for every few seconds by the open page."""
    return render(request, "ledger/_figures.html", _figures())


@require_POST
@needs(Role.SYSTEM_ADMIN)
def retry(request: HttpRequest, number: int) -> HttpResponse:
    """Hand a set-aside entry to its reader again."""
    found = actions.retry(min(number, _LARGEST_ID), actor=acting(request), at=now())
    if found.settled_at:
        messages.success(request, _("重试成功，记录已处理。"))
    else:
        messages.error(request, _("重试仍然失败：{error}").format(error=found.last_line))
    return redirect("ledger:operations")


@require_POST
@needs(Role.SYSTEM_ADMIN)
def settle(request: HttpRequest, number: int) -> HttpResponse:
    """Settle a set-aside entry by hand, with the reason."""
    try:
        reason = request.POST.get("reason", "")
        actions.dismiss(min(number, _LARGEST_ID), reason=reason, actor=acting(request), at=now())
    except BadInput as problem:
        return _page(request, refused=number, problem=problem)
    messages.success(request, _("已记为人工处理。"))
    return redirect("ledger:operations")
