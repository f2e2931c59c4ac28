"""Places a desk offers to choose from."""

from __future__ import annotations

from django.db.models import Q

from zerotrip.core.actors import Actor
from zerotrip.mail.models import OFFICERS
from zerotrip.places.models import Place, PlaceKind


def own_places(actor: Actor) -> list[Place]:
    """The places the actor acts at."""
    mine = Q(pk__in=actor.places)
    if actor.has(*OFFICERS):
        mine |= Q(organisation__in=actor.organisations)
    return list(Place.objects.active().filter(mine).order_by("code")[:50])


def takers(own: list[Place]) -> list[Place]:
    """Where pieces usually go from here: the hall's windows, halls, outlets and centres of the same city."""
    near = Q(pk__in=[])
    for place in own:
        near |= Q(parent=place) | Q(pk=place.parent_id or 0)
        near |= Q(
            division__code__startswith=place.division_id[:4],
            kind__in=[PlaceKind.OUTLET, PlaceKind.HALL, PlaceKind.CENTRE],
        )
    return list(Place.objects.active().filter(near).distinct().order_by("kind", "code")[:200])
