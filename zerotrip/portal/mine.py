"""The citizen's own errands as rows of home and list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zerotrip.cases.models import Case
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role

TONES = {
    "applied": "wait",
    "received": "go",
    "correcting": "warn",
    "accepted": "go",
    "reviewing": "go",
    "paused": "wait",
    "decided": "go",
    "ready": "go",
    "bound": "move",
    "sent": "move",
    "returned": "warn",
    "closed": "good",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One errand in a list."""

    number: str
    version: ItemVersion
    state: str
    get_state_display: str
    tone: str
    applied_at: datetime


def tone(case: Case) -> str:
    """The colour of a case's state: amber when the citizen must act, grey when it ended without a result."""
    if case.state == "closed" and case.outcome != "granted":
        return "off"
    return TONES[case.state]


def rows(cases: Iterable[Case]) -> list[Row]:
    """Cases as the lists show them."""
    return [
        Row(case.number, case.version, case.state, case.get_state_display(), tone(case), case.applied_at)
        for case in cases
    ]


def open_cases(actor: Actor, *, most: int) -> list[Row]:
    """The newest open errands of a citizen; nothing for anybody else."""
    if actor.kind != "citizen" or not actor.has(Role.CITIZEN):
        return []
    found = Case.objects.visible_to(actor).exclude(state="closed").select_related("version")
    return rows(found.order_by("-pk")[:most])
