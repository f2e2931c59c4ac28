"""What a courier's pages show: errands of today, pieces in hand, where pieces go next."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local, now
from zerotrip.core.errors import NotFound
from zerotrip.courier.models import Task, TaskKind, TaskQuerySet, TaskState
from zerotrip.mail.models import Consignment, ConsignmentQuerySet
from zerotrip.people.models import Contact
from zerotrip.places.models import Place
from zerotrip.places.queries import distance_km

SHOWN = 200
"""Errands on one page; a courier's day has about sixty."""

WITH = ("consignment__sender", "consignment__recipient", "consignment__recipient_place", "outlet", "courier")


@dataclass(slots=True)
class Today:
    """The errands of a courier's day."""

    pickups: list[Task] = field(default_factory=list)
    deliveries: list[Task] = field(default_factory=list)
    later: list[Task] = field(default_factory=list)
    free: list[Task] = field(default_factory=list)
    done: int = 0


def today(actor: Actor) -> Today:
    """Open errands: one's own of today and of later days, those nobody has taken, and how many are done today."""
    start = local(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = start + timedelta(days=1)
    answer = Today()
    for task in tasks(actor).open().order_by("due_from", "pk")[:SHOWN]:
        if task.courier_id is None:
            answer.free.append(task)
        elif task.due_from is not None and task.due_from >= ends:
            answer.later.append(task)
        elif task.kind == TaskKind.PICKUP:
            answer.pickups.append(task)
        else:
            answer.deliveries.append(task)
    answer.done = tasks(actor).filter(courier_id=actor.id, state=TaskState.DONE, closed_at__gte=start).count()
    return answer


def tasks(actor: Actor) -> TaskQuerySet:
    """Errands the actor may see, with what a row shows."""
    return Task.objects.visible_to(actor).select_related(*WITH)


def pickup(consignment_id: int, *, actor: Actor) -> tuple[Consignment, Task | None]:
    """The piece to collect and its errand, if one is open. Raises NotFound when not for this courier."""
    piece = _pieces(actor).filter(pk=consignment_id).first()
    if piece is None:
        raise NotFound(_("没有这项揽收，可能已由同事办理。请返回任务列表刷新。"))
    return piece, tasks(actor).open().filter(consignment=piece, kind=TaskKind.PICKUP).first()


def delivery(number: str, *, actor: Actor) -> tuple[Consignment, Task | None]:
    """The piece to deliver and its errand, if one is open. Raises NotFound when not for this courier."""
    piece = _pieces(actor).filter(number=number).first()
    if piece is None:
        raise NotFound(_("没有邮件 {number}，或不归您的网点投递。请核对邮件号。").format(number=number[:30]))
    return piece, tasks(actor).open().filter(consignment=piece, kind=TaskKind.DELIVERY).first()


def find(code: str, *, actor: Actor) -> Consignment | None:
    """The piece with this mail number, or of this case, among those the courier may see."""
    rows = _pieces(actor)
    return rows.filter(number=code).first() or rows.filter(reference=code).order_by("-pk").first()


def held(actor: Actor) -> list[Consignment]:
    """The pieces in the courier's hands, longest first."""
    mine = Q(holdings__until__isnull=True, holdings__kind="courier", holdings__account_id=actor.id)
    return list(_pieces(actor).filter(mine).order_by("holdings__since", "pk").distinct())


def waiting(actor: Actor) -> list[Consignment]:
    """The pieces that lie at the courier's outlet, to be taken out for delivery."""
    here = Q(holdings__until__isnull=True, holdings__kind="place", holdings__place_id__in=actor.places)
    rows = _pieces(actor).filter(here, state="arrived", delivery_place_id__in=actor.places, recipient__isnull=False)
    return list(rows.order_by("pk").distinct())


def takers(pieces: list[Consignment], actor: Actor) -> list[tuple[Place, int]]:
    """Where the pieces in hand go next, with how many; the courier's own outlets last."""
    counts: dict[int, int] = {}
    places: dict[int, Place] = {}
    for piece in pieces:
        place = next_stop(piece)
        if place is not None:
            places[place.pk] = place
            counts[place.pk] = counts.get(place.pk, 0) + 1
    for outlet in Place.objects.active().filter(pk__in=actor.places).order_by("name"):
        places.setdefault(outlet.pk, outlet)
    return [(place, counts.get(pk, 0)) for pk, place in sorted(places.items(), key=lambda p: -counts.get(p[0], 0))]


def next_stop(piece: Consignment) -> Place | None:
    """The hall (of the window) a piece goes to: its addressee's, its sender's when going back, else the outlet."""
    if piece.state in {"out", "undelivered"}:
        return piece.delivery_place
    place = piece.sender_place if piece.state == "returning" else piece.recipient_place
    if place is None:
        return piece.delivery_place
    return place.parent or place


_WINDS = (
    gettext_lazy("北"),
    gettext_lazy("东北"),
    gettext_lazy("东"),
    gettext_lazy("东南"),
    gettext_lazy("南"),
    gettext_lazy("西南"),
    gettext_lazy("西"),
    gettext_lazy("西北"),
)


def way(contact: Contact | None, outlet: Place | None) -> str:
    """Distance and direction of the contact's township from the outlet, in words; "" when a position is not known."""
    if contact is None or outlet is None:
        return ""
    there = contact.division
    if there.lat is None or there.lon is None or outlet.lat is None or outlet.lon is None or len(there.code) < 9:
        return ""
    far = distance_km(outlet.lat, outlet.lon, there.lat, there.lon)
    east = (there.lon - outlet.lon) * math.cos(math.radians(outlet.lat))
    wind = _WINDS[round(math.degrees(math.atan2(east, there.lat - outlet.lat)) / 45) % 8]
    if far < 1:
        return _("{place}，距{outlet}不到 1 公里").format(place=there.name, outlet=outlet.name)
    return _("{place}，在{outlet}{wind}方向约 {n} 公里").format(
        place=there.name, outlet=outlet.name, wind=wind, n=round(far)
    )


def late(task: Task, moment: datetime) -> bool:
    """True when the errand's time is over."""
    return task.due_until is not None and task.due_until < moment


def _pieces(actor: Actor) -> ConsignmentQuerySet:
    return Consignment.objects.visible_to(actor).select_related(
        "sender__division",
        "recipient__division",
        "sender_place__parent",
        "recipient_place__parent",
        "delivery_place",
    )
