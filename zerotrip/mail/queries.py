"""What can be asked about mail pieces and hand-over lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound
from zerotrip.core.picture import Leg, LegState, Picture, Station, StationState
from zerotrip.core.roles import Role
from zerotrip.ledger import queries as ledger
from zerotrip.ledger.models import Entry
from zerotrip.mail import codes
from zerotrip.mail.models import (
    Consignment,
    ConsignmentQuerySet,
    HolderKind,
    Holding,
    Manifest,
    ManifestQuerySet,
    ManifestState,
    Net,
    Purpose,
    Scan,
    State,
)
from zerotrip.mail.trace.rules import RULES
from zerotrip.people.models import Contact
from zerotrip.places.models import Place
from zerotrip.rules import mail_number


def get(actor: Actor, number: str) -> Consignment:
    """The piece with this mail number, with what a page shows. Raises NotFound."""
    piece = Consignment.objects.visible_to(actor).shown().filter(number=mail_number.compact(number)[:13]).first()
    if piece is None:
        raise NotFound(_("没有找到邮件 {number}，或它不归您经手。请核对面单上的号码。").format(number=number[:30]))
    return piece


def get_by_id(actor: Actor, consignment_id: int) -> Consignment:
    """The piece with this id, with what a page shows. Raises NotFound."""
    piece = Consignment.objects.visible_to(actor).shown().filter(pk=consignment_id).first()
    if piece is None:
        raise NotFound(_("没有找到这件邮件，或它不归您经手。请返回列表刷新。"))
    return piece


def of_case(case_number: str) -> list[Consignment]:
    """The pieces of a case in the order they were ordered. The caller has established that the actor sees the case."""
    return list(Consignment.objects.shown().prefetch_related("papers").filter(reference=case_number).order_by("pk"))


def custody(consignment: Consignment) -> list[Holding]:
    """Who held a piece, first to last; the last one without `until` holds it. The caller has checked who may see it."""
    return list(consignment.holdings.select_related("account", "place").order_by("since", "pk"))


def held_at(place: Place, actor: Actor) -> ConsignmentQuerySet:
    """The pieces a place holds now, among those the actor sees."""
    here = Holding.objects.filter(kind=HolderKind.PLACE, place=place, until__isnull=True)
    return Consignment.objects.visible_to(actor).shown().filter(pk__in=here.values("consignment"))


def manifests(actor: Actor) -> ManifestQuerySet:
    """The hand-over lists the actor sees, newest first, with `pieces` counted."""
    return (
        Manifest.objects.visible_to(actor)
        .select_related("giver", "giver_place", "taker", "taker_place")
        .annotate(pieces=Count("lines", filter=Q(lines__given=True)))
        .order_by("-pk")
    )


def to_take(actor: Actor) -> ManifestQuerySet:
    """Lists given and waiting for the actor's places to count them in."""
    mine = Q(taker_place__in=actor.places) | Q(taker_place__organisation__in=actor.organisations)
    return manifests(actor).filter(mine, state=ManifestState.GIVEN)


def manifest(actor: Actor, number: str) -> Manifest:
    """One list with both sides. Raises NotFound."""
    found = manifests(actor).filter(number=ids.compact(number)[:16]).first()
    if found is None:
        raise NotFound(_("没有这张交接清单，或它不归您经手。请核对清单号。"))
    return found


@dataclass(frozen=True, slots=True)
class TaskContact:
    """Whom a courier must visit: name and address in full; the phone is shown by `actions.show_phone`."""

    name: str
    address: str
    masked_phone: str


def task_contacts(actor: Actor, consignment_ids: Iterable[int]) -> dict[int, TaskContact]:
    """Unmasked names and addresses of a courier's open errands: pieces he must collect, or has out for delivery.

    Others are left out, also when the actor may see them.
    """
    if not actor.has(Role.COURIER) or actor.kind != "staff":
        return {}
    collect = Q(state=State.REQUESTED, delivery_place__in=actor.places)
    holds = Holding.objects.filter(kind=HolderKind.COURIER, account=actor.id, until__isnull=True)
    has_out = Q(state__in=[State.OUT, State.UNDELIVERED], pk__in=holds.values("consignment"))
    pieces = Consignment.objects.visible_to(actor).filter(collect | has_out, pk__in=list(consignment_ids))
    answer = {}
    for piece in pieces.select_related("sender", "recipient"):
        contact: Contact | None = piece.sender if piece.state == State.REQUESTED else piece.recipient
        if contact is not None:
            answer[piece.pk] = TaskContact(str(contact.name), contact.address, contact.masked_phone)
    return answer


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a public trace."""

    code: str
    name: str
    icon: str
    place: str
    at: datetime


def events(number: str) -> list[Event]:
    """The scans of a number, oldest first, as the public may read them."""
    name = Place.objects.filter(code=OuterRef("office")).values("name")[:1]
    rows = Scan.objects.filter(number=number).annotate(place=Coalesce(Subquery(name), "office"))
    ranked = sorted(rows, key=lambda s: (s.at, RULES[s.code].rank if s.code in RULES else 0, s.code))
    known = codes.OPERATIONS
    return [
        Event(s.code, str(known.get(s.code, (s.code, ""))[0]), known.get(s.code, ("", "circle"))[1], s.place, s.at)
        for s in ranked
    ]


def tracking(number: str) -> dict[str, Any]:
    """What anybody with the number may know, masked: state, route, events. Raises NotFound for unknown numbers."""
    piece = _tracked(number)
    return {
        "number": piece.number,
        "formatted": piece.formatted,
        "state": piece.state,
        "state_label": piece.state_label,
        "purpose": piece.purpose,
        "purpose_label": str(Purpose(piece.purpose).label),
        "net": str(Net(piece.net).label),
        "from": _region(piece.sender, piece.sender_place),
        "to": _region(piece.recipient, piece.recipient_place),
        "accepted_at": piece.accepted_at,
        "delivered_at": piece.delivered_at,
        "promised_at": piece.promised_at,
        "promised_p95": piece.promised_p95,
        "events": [
            {"code": e.code, "name": e.name, "icon": e.icon, "place": e.place, "at": e.at}
            for e in events(str(piece.number))
        ],
    }


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked piece in full: for who knows the last four digits of a phone. Persons stay masked."""

    piece: Consignment
    papers: list[str]
    entries: list[Entry]


def tracked_in_full(number: str) -> Tracked:
    """The rest of a piece: contents, masked ends, every public sentence. The caller has checked the phone's ending."""
    piece = _tracked(number)
    papers = [f"{paper.name} × {paper.copies}" for paper in piece.papers.all()]
    return Tracked(piece, papers, ledger.timeline(consignment_number=str(piece.number), public_only=True))


def _tracked(number: str) -> Consignment:
    compact = mail_number.compact(number)
    piece = None
    if mail_number.is_valid(compact):
        piece = (
            Consignment.objects.select_related(
                "sender__division", "recipient__division", "sender_place", "recipient_place", "delivery_place"
            )
            .filter(number=compact)
            .first()
        )
    if piece is None:
        raise NotFound(_("没有查到这个邮件号，请核对面单上的号码；刚交寄的邮件可能要过一会儿才能查到。"))
    return piece


def _region(contact: Contact | None, place: Place | None) -> str:
    """A place's name, of a person only the city or county."""
    if place is not None:
        return place.name
    return contact.division.name if contact is not None else ""


def picture(piece: Consignment) -> Picture:
    """The piece's own route: where from, the outlet or hall between, where to."""
    here: dict[str, int] = {
        "requested": 0, "accepted": 0, "in_transit": 1, "arrived": 2, "out": 3, "undelivered": 3, "delivered": 4,
        "returning": 1, "returned": 0, "cancelled": 0,
    }  # fmt: skip
    now = here[piece.state]
    over = piece.state in {State.DELIVERED, State.RETURNED, State.CANCELLED}
    failed = piece.state in {State.RETURNING, State.RETURNED, State.CANCELLED}
    middle = piece.delivery_place.name if piece.delivery_place is not None else _("途中")

    def station(index: int) -> StationState:
        if failed and index == 4:
            return "failed"
        return "done" if index < now or (over and index == now) else "now" if index == now else "planned"

    def leg(index: int) -> LegState:
        if failed and index >= now:
            return "failed"
        return "done" if index < now else "now" if index == now else "planned"

    return Picture(
        stations=(
            Station(_("寄出"), sub=_region(piece.sender, piece.sender_place), state=station(0), at=piece.accepted_at),
            Station(_("途经"), sub=middle, state=station(2)),
            Station(
                _("送达"), sub=_region(piece.recipient, piece.recipient_place), state=station(4), at=piece.delivered_at
            ),
        ),
        legs=(
            Leg("post", _("运输"), state=leg(1)),
            Leg("post", _("投递"), state=leg(3), number=str(piece.number or "")),
        ),
        now_index=None if over else now,
    )
