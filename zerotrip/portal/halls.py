"""Which halls can take an application for an item: those whose windows are competent for its kind of organ."""

from __future__ import annotations

from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import Competence, ItemVersion
from zerotrip.core.actors import Actor
from zerotrip.journey.itinerary import Itinerary
from zerotrip.places.models import Place, PlaceKind


def competent(version: ItemVersion, *, actor: Actor) -> list[Place]:
    """The halls in service for this item, in the order of their divisions. Empty when none has been set up yet."""
    prefixes = tuple(
        Competence.objects.visible_to(actor)
        .filter(organ_kind=version.organ_kind, window__active=True)
        .values_list("division", flat=True)
    )
    if not prefixes:
        return []
    halls = Place.objects.visible_to(actor).active().filter(kind=PlaceKind.HALL).select_related("division")
    scope = version.division_scope[:6]
    found = [h for h in halls if h.division_id.startswith(prefixes) and h.division_id.startswith(scope)]
    return sorted(found, key=lambda hall: (hall.division_id, hall.code))


def of(way: Itinerary, version: ItemVersion, *, actor: Actor) -> list[Place]:
    """The hall of the window that acts in a chosen way; where none does, of the one competent where it begins."""
    acting = {step.place for step in way.steps if step.actor == "agency" and step.mode in {"window", "hall"}}
    seen = Place.objects.visible_to(actor).active().select_related("parent__division", "division")
    found = list(seen.filter(code__in=acting)[:1])
    if not found:
        window = catalog.competent_window(version.organ_kind, way.division)
        found = [window] if window is not None else []
    return [place.parent if place.parent is not None else place for place in found]
