"""What can be asked about labels: what waits for one, what was printed, where a replaced number leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import NotFound
from zerotrip.mail.labels.models import Label, LabelBatch, LabelBatchQuerySet, LabelQuerySet, OldNumber, printed
from zerotrip.mail.models import Consignment, ConsignmentQuerySet, HolderKind, Holding, State
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

MOST: Final = 500
"""Labels in one batch."""

SESSION: Final = timedelta(hours=1)
"""So long the file of a batch may be opened again as the same printing; later its labels are printed again, with a
reason each. House rule: a jam is noticed within the hour, a sheet found a day later may be stuck on the wrong piece."""


def waiting(actor: Actor, place: Place | None = None, *, by_hand: bool = False) -> ConsignmentQuerySet:
    """Accepted pieces whose label was not printed, or is void: those a place holds, those in the actor's own hands
    (`by_hand`), or both. A piece with a pre-printed label is among them until it is printed or goes on: nobody knows
    whether that label was filled in."""
    mine = Q(kind=HolderKind.COURIER, account=actor.id)
    if place is not None:
        mine = Q(kind=HolderKind.PLACE, place=place)
    elif not by_hand:
        mine |= Q(kind=HolderKind.PLACE, place__in=actor.places)
    held = Holding.objects.filter(mine, consignment=OuterRef("pk"), until__isnull=True)
    never = Q(state=State.ACCEPTED) & ~printed(void=None)
    void = ~Q(state__in=[State.DELIVERED, State.RETURNED, State.CANCELLED]) & printed(void=True)
    pieces = Consignment.objects.visible_to(actor).filter(Exists(held), never | void, ~printed())
    return pieces.filter(number__isnull=False).order_by("accepted_at", "pk")


def current(number: str) -> str:
    """The number that a replaced number leads to; empty for any other."""
    compact = mail_number.compact(number)[:13]
    found = OldNumber.objects.filter(number=compact).values_list("consignment__number", flat=True).first()
    return found or ""


def of_piece(piece: Consignment) -> LabelQuerySet:
    """Everything that was printed for a piece, newest first. The caller has checked who may see it."""
    rows = Label.objects.filter(consignment=piece).select_related("printed_by", "voided_by", "batch")
    return rows.order_by("-serial")


def has_label(piece: Consignment) -> bool:
    """Whether a printing of it counts."""
    return Label.objects.filter(consignment=piece, voided_at__isnull=True).exists()


def batches(actor: Actor) -> LabelBatchQuerySet:
    """The batches the actor sees, newest first."""
    return LabelBatch.objects.visible_to(actor).select_related("asked_by", "place")


def batch(actor: Actor, public_id: UUID) -> LabelBatch:
    """One batch. Raises NotFound."""
    found = batches(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(_("没有这批面单，或它不归您打印。请返回面单页。"))
    return found


def may_open(one: LabelBatch, at: datetime) -> bool:
    """Whether the file may be opened again as the same printing."""
    return bool(one.file_id and one.finished_at and at - one.finished_at <= SESSION)
