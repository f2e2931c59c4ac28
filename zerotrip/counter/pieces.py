"""The mail side of a desk: lists to count, pieces to hand on, a scanned number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse

from zerotrip.cases.models import Case
from zerotrip.core.actors import Actor
from zerotrip.mail import queries as mail
from zerotrip.mail.bags.models import BagItem
from zerotrip.mail.labels import queries as labels
from zerotrip.mail.models import (
    Consignment,
    ConsignmentQuerySet,
    Holding,
    Manifest,
    ManifestLine,
    ManifestState,
    Purpose,
    State,
)
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

SHOWN = 6
"""Numbers shown of a group; the list itself shows all."""
MOST = 500


@dataclass(frozen=True, slots=True)
class Arriving:
    """A list that was given to us and waits to be counted."""

    number: str
    giver: str
    taker: str
    count: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """Pieces that go to the same place. `key` opens their list."""

    place: Place
    count: int
    numbers: list[str]
    key: str

    @property
    def more(self) -> bool:
        return self.count > len(self.numbers)


def arriving(actor: Actor) -> list[Arriving]:
    """Lists given to the actor's places, oldest first, in one statement."""
    found = mail.to_take(actor).order_by("given_at", "pk")[:50]
    return [Arriving(m.number, m.giver_text, m.taker_place.name, getattr(m, "pieces", 0), m.given_at) for m in found]


def for_windows(actor: Actor, hall: Place) -> list[Group]:
    """Materials that lie in the hall, by the window they are for."""
    pieces = _in(actor, hall).filter(purpose=Purpose.MATERIALS, recipient_place__parent=hall)
    found = pieces.select_related("recipient_place").order_by("recipient_place__code", "pk")[:MOST]
    return _grouped(((p.recipient_place, p) for p in found), keys="234")


def to_dispatch(actor: Actor, hall: Place) -> list[Group]:
    """Sealed pieces that lie in the hall, by the outlet that delivers them."""
    pieces = _in(actor, hall).filter(purpose__in=(Purpose.RESULT, Purpose.PAPERS), state=State.ACCEPTED)
    found = pieces.select_related("delivery_place").order_by("delivery_place__code", "pk")[:MOST]
    return _grouped(((p.delivery_place, p) for p in found), keys="56789")


@dataclass(frozen=True, slots=True)
class Onward:
    """Pieces that lie at an outlet and go to the same hall."""

    giver: Place
    taker: Place
    numbers: list[str]


def from_outlets(actor: Actor) -> list[Onward]:
    """Materials that lie at the actor's outlets, by the hall of the window they are for."""
    here = Holding.objects.filter(consignment=OuterRef("pk"), until__isnull=True, place__in=actor.places)
    pieces = Consignment.objects.visible_to(actor).filter(Exists(here), purpose=Purpose.MATERIALS)
    rows = pieces.filter(state__in=(State.ACCEPTED, State.ARRIVED)).select_related(
        "delivery_place", "recipient_place__parent"
    )
    found: dict[tuple[int, int], Onward] = {}
    for piece in rows.order_by("pk")[:MOST]:
        if piece.delivery_place is None or piece.recipient_place is None:
            continue
        taker = piece.recipient_place.parent or piece.recipient_place
        group = found.setdefault((piece.delivery_place.pk, taker.pk), Onward(piece.delivery_place, taker, []))
        group.numbers.append(piece.formatted)
    return list(found.values())


def open_list(actor: Actor, hall: Place, taker_code: str, *, carried: bool) -> str:
    """The number of a list to that place which the actor has begun here and not given yet; empty without one."""
    mine = Manifest.objects.visible_to(actor).filter(giver_place=hall, giver_id=actor.id, state=ManifestState.OPEN)
    found = mine.filter(taker_place__code=taker_code, carried=carried).values_list("number", flat=True).first()
    return found or ""


def by_number(actor: Actor, number: str) -> Consignment | None:
    """The piece with this number, when the actor may see it."""
    plain = mail_number.compact(number)
    return Consignment.objects.visible_to(actor).filter(number=plain).first() if plain else None


def address_of(actor: Actor, number: str) -> str:
    """Where a scanned mail or list number leads: the list the piece waits on, else its case, else its tracking page."""
    plain = mail_number.compact(number)
    listed = Manifest.objects.visible_to(actor).filter(number=plain).values_list("number", flat=True).first()
    if listed:
        return _address("mail:manifest", listed)
    piece = by_number(actor, number)
    if piece is None:
        return _address("mail:label_piece", plain) if labels.current(plain) else ""
    line = (
        ManifestLine.objects.filter(consignment=piece, given=True, manifest__state=ManifestState.GIVEN)
        .filter(manifest__in=Manifest.objects.visible_to(actor))
        .values_list("manifest__number", flat=True)
        .first()
    )
    if line:
        return _address("mail:manifest", line)
    if Case.objects.visible_to(actor).filter(number=piece.reference).exists():
        return reverse("counter:case", args=[piece.reference])
    return _address("mail:track", str(piece.number))


def _in(actor: Actor, hall: Place) -> ConsignmentQuerySet:
    """Pieces the hall holds now, has not yet given away and has not put into a bag."""
    held = Holding.objects.filter(consignment=OuterRef("pk"), until__isnull=True, place=hall, kind="place")
    listed = ManifestLine.objects.filter(consignment=OuterRef("pk"), manifest__state=ManifestState.GIVEN)
    packed = BagItem.objects.filter(consignment=OuterRef("pk"), until__isnull=True)
    return Consignment.objects.visible_to(actor).filter(Exists(held), ~Exists(listed), ~Exists(packed))


def _grouped(pieces: Iterable[tuple[Place | None, Consignment]], *, keys: str) -> list[Group]:
    places: dict[int, Place] = {}
    numbers: dict[int, list[str]] = {}
    for place, piece in pieces:
        if place is not None:
            places[place.pk] = place
            numbers.setdefault(place.pk, []).append(piece.formatted)
    return [
        Group(places[pk], len(found), found[:SHOWN], keys[i] if i < len(keys) else "")
        for i, (pk, found) in enumerate(numbers.items())
    ]


def _address(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
