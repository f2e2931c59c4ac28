"""What can be asked about mail pieces and hand-over lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger import queries as ledger
from zerotrip.ledger.models import Entry
from zerotrip.mail.actions.common import not_void
from zerotrip.mail.bags.queries import Holder, who_holds
from zerotrip.mail.models import (
    Consignment,
    ConsignmentQuerySet,
    HolderKind,
    Holding,
    Manifest,
    ManifestQuerySet,
    ManifestState,
    State,
)
from zerotrip.people.models import Contact
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

__all__ = ["Holder", "who_holds"]


def get(actor: Actor, number: str) -> Consignment:
    """The piece with this mail number, with what a page shows. Raises NotFound."""
    piece = Consignment.objects.visible_to(actor).shown().filter(number=mail_number.compact(number)[:13]).first()
    if piece is None:
        not_void(number)
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
