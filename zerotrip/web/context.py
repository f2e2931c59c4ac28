"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The actor, whether this is a demo, and the navigation of the desk for the actor's roles."""
    from zerotrip.web.navigation import desk_navigation

    actor = getattr(request, "actor", None)
    staff = actor is not None and actor.kind == "staff"
    return {
        "actor": actor,
        "demo": settings.ZEROTRIP_DEMO,
        "desk_nav": desk_navigation(actor, request.path) if staff and actor is not None else [],
    }
