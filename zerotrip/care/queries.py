"""What the exceptions page shows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zerotrip.care.models import Trouble, TroubleKind, TroubleQuerySet, TroubleState
from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound


def troubles(*, actor: Actor, state: str = "", kind: str = "") -> TroubleQuerySet:
    """Exceptions the actor may see, longest waiting first; settled ones only when asked for, newest first."""
    found = Trouble.objects.visible_to(actor).select_related("entry", "place__parent", "taken_by")
    if kind in TroubleKind.values:
        found = found.filter(kind=kind)
    if state == TroubleState.SETTLED:
        return found.filter(state=state).order_by("-settled_at", "-pk")
    return found.unsettled().order_by("opened_at", "pk")


def trouble(trouble_id: int, *, actor: Actor) -> Trouble:
    """One exception. Raises NotFound."""
    found = Trouble.objects.visible_to(actor).select_related("entry", "place__parent", "taken_by")
    one = found.filter(pk=trouble_id).first()
    if one is None:
        raise NotFound(_("没有这项异常，或不归您的场所处理。请返回异常列表。"))
    return one


def waiting(*, actor: Actor) -> int:
    """How many exceptions nobody has settled yet."""
    return Trouble.objects.visible_to(actor).unsettled().count()
