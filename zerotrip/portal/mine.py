"""The citizen's own open errands, for the home page."""

from __future__ import annotations

from zerotrip.cases.models import Case
from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role


def open_cases(actor: Actor, *, most: int) -> list[Case]:
    """The newest open errands of a citizen; nothing for anybody else."""
    if actor.kind != "citizen" or not actor.has(Role.CITIZEN):
        return []
    found = Case.objects.visible_to(actor).exclude(state="closed").select_related("version")
    return list(found.order_by("-pk")[:most])
