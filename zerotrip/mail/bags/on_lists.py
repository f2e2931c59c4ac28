"""What a desk does with bags and stubborn differences on the page of a hand-over list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.mail.actions.differences import escalate
from zerotrip.mail.bags import actions, queries
from zerotrip.mail.bags.carrying import HOW
from zerotrip.mail.bags.models import UnitState
from zerotrip.mail.models import Escalated, Manifest, ManifestState


def _take_off(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    actions.take_off_bag(one.number, request.POST.get("bag", "")[:20], actor=actor, at=now())
    return ""


def _refuse(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    actions.take_bag(
        one.number,
        request.POST.get("seen", "")[:40],
        bag_code=request.POST.get("bag", "")[:20],
        reason=request.POST.get("reason", "")[:120],
        actor=actor,
        at=now(),
    )
    return ""


def _settle(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    how = request.POST.get("how", "")
    actions.settle_bag(
        one.number,
        request.POST.get("bag", "")[:20],
        how=how,
        reason=request.POST.get("reason", "")[:120],
        seal=request.POST.get("seen", "")[:40],
        actor=actor,
        at=now(),
    )
    return _("已登记查找，差异仍待处理。") if how == "lost" else _("差异已处理。")


def _escalate(request: HttpRequest, one: Manifest, actor: Actor) -> str:
    reason = request.POST.get("reason", "")[:120]
    done = escalate(one.number, to=request.POST.get("to", "")[:10], reason=reason, actor=actor, at=now())
    return _("已升级给{whom}，会有人跟进。").format(whom=Escalated(done.escalated_to).label)


VERBS: dict[str, Callable[[HttpRequest, Manifest, Actor], str]] = {
    "take_off_bag": _take_off,
    "refuse_bag": _refuse,
    "settle_bag": _settle,
    "escalate": _escalate,
}


def shown(one: Manifest) -> dict[str, Any]:
    """What the page of a list shows of its bags and of an escalation."""
    open_difference = one.differs_since is not None and one.state in {ManifestState.GIVEN, ManifestState.DISPUTED}
    found = queries.units(one)
    return {
        "units": found,
        "closed_bags": {unit.bag_id for unit in found if unit.state == UnitState.MISSING and not unit.bag.ended_at},
        "hows_of_bags": list(HOW.items()),
        "may_escalate": [(to.value, to.label) for to in Escalated if open_difference and to != one.escalated_to],
        "escalated": Escalated(one.escalated_to) if one.escalated_to and open_difference else None,
    }
