"""What the timetable learns from the post's own scans, piece by piece."""

from __future__ import annotations

from zerotrip.core.actors import SYSTEM
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds, promising
from zerotrip.mail.models import Consignment, ManifestLine
from zerotrip.mail.payments import readers as payments
from zerotrip.network import actions, queries, sightings
from zerotrip.network.engine.lateness import Observation
from zerotrip.places.models import Place

__all__ = ["learn", "payments"]


@reader("mail.learn_punctuality", kinds=[kinds.ARRIVED, kinds.HANDED_IN, kinds.DELIVERED])
def learn(entry: Entry) -> None:
    """A piece arrived somewhere: its run was so late. It is where it was to go: its promise was kept or not."""
    shown = Consignment.objects.select_related("sender", "recipient", "sender_place", "recipient_place")
    piece = shown.select_related("delivery_place").filter(pk=entry.data.get("consignment") or 0).first()
    if piece is None:
        return
    seen: list[Observation | None] = []
    if entry.kind == kinds.DELIVERED.code:
        if piece.delivery_place is not None:
            seen.append(sightings.delivered(queries.stop_of(piece.delivery_place), entry.at))
    elif _speaks_for_its_list(entry, piece):
        seen.append(_run(entry, piece))
    kept = promising.kept(piece, entry.at) if entry.kind != kinds.ARRIVED.code else None
    found = [one for one in seen if one is not None]
    if kept is not None or found:
        actions.learn(kept, found, actor=SYSTEM, at=entry.at)


def _speaks_for_its_list(entry: Entry, piece: Consignment) -> bool:
    """Whether it is the first piece of its hand-over list: a hundred pieces on one van are one arrival."""
    lines = ManifestLine.objects.filter(manifest__number=entry.data.get("manifest", ""))
    return lines.order_by("pk").values_list("consignment_id", flat=True).first() == piece.pk


def _run(entry: Entry, piece: Consignment) -> Observation | None:
    """The arrival of the run that brought the piece since it was dispatched last; None if nothing was dispatched."""
    left = (
        Entry.objects.filter(kind=kinds.DISPATCHED.code, subject_id=str(piece.pk), id__lt=entry.pk)
        .order_by("-id")
        .values_list("place_id", "at")
        .first()
    )
    places = {p.pk: p for p in Place.objects.filter(pk__in=[left[0] if left else None, entry.place_id])}
    if left is None or left[0] not in places or entry.place_id not in places:
        return None
    origin, target = (queries.stop_of(places[pk]) for pk in (left[0], entry.place_id))
    return sightings.arrived(origin, target, left[1], entry.at)
