"""The demo partner's access to the 快递100-compatible endpoints, so that an outside tracker can be tried at once."""

from __future__ import annotations

from datetime import datetime

from zerotrip.core.actors import SYSTEM
from zerotrip.gateway.trackers.actions import open_tracker
from zerotrip.gateway.trackers.models import Tracker


def open_for(partner: str, at: datetime) -> None:
    """Give the demo partner its access, once."""
    if _of(partner) is None:
        open_tracker(partner, actor=SYSTEM, at=at)


def access(partner: str) -> tuple[str, str]:
    """Customer number and key; empty before they are made."""
    tracker = _of(partner)
    return (tracker.customer, tracker.key) if tracker is not None else ("", "")


def _of(partner: str) -> Tracker | None:
    found: Tracker | None = Tracker.objects.filter(partner__name=partner, active=True).order_by("pk").first()
    return found
