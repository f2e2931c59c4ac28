"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from zerotrip.web.navigation import desk_navigation


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The actor, whether this is a demo, and for staff the navigation and where they work."""
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {"actor": actor, "demo": settings.ZEROTRIP_DEMO, "desk_nav": []}
    if actor is not None and actor.kind == "staff":
        context["desk_nav"] = desk_navigation(actor, request.path)
        context["place_name"] = place_name(getattr(request, "duties", ()))
    return context


def place_name(duties: Any) -> str:
    """Where the actor works: the first place, and how many more."""
    names = list(dict.fromkeys(duty.place_name for duty in duties if duty.place_name))
    if not names:
        return ""
    return str(names[0]) if len(names) == 1 else f"{names[0]} +{len(names) - 1}"
