"""Errands follow what happens to the mail: made when somebody must go, closed when done or no longer needed."""

from __future__ import annotations

from zerotrip.core.actors import SYSTEM
from zerotrip.courier.actions import close_task, make_task, window_of_delivery, window_of_pickup
from zerotrip.courier.models import Task, TaskKind, TaskState
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.mail.models import Consignment


@reader("courier.make_tasks", kinds=[mail.ORDERED, mail.ARRIVED])
def make_tasks(entry: Entry) -> None:
    """A pickup for a piece that is to be collected; a delivery for one that has come to the outlet of its addressee."""
    piece = _piece(entry)
    if piece is None or piece.delivery_place is None:
        return
    if entry.kind == mail.ORDERED.code:
        if piece.sender_id is not None and piece.pickup_day is not None:
            _make(piece, TaskKind.PICKUP, entry)
    elif entry.place_id == piece.delivery_place_id and piece.recipient_id is not None:
        _make(piece, TaskKind.DELIVERY, entry)


@reader(
    "courier.close_tasks", kinds=[mail.ACCEPTED, mail.DELIVERED, mail.CANCELLED, mail.SENT_BACK, mail.ATTEMPT_FAILED]
)
def close_tasks(entry: Entry) -> None:
    """The errand that ends with what happened; after a failed attempt the same courier has another one the next day."""
    piece = _piece(entry)
    if piece is None:
        return
    kind, state = _END[entry.kind]
    found = Task.objects.open().filter(consignment=piece)
    for task in found.filter(kind=kind) if kind else found:
        doer = entry.actor_id if task.courier_id is None and entry.actor_kind == "staff" else None
        close_task(task.pk, state=state, courier_id=doer, actor=SYSTEM, at=entry.at)
    if entry.kind == mail.ATTEMPT_FAILED.code and piece.delivery_place is not None:
        _make(piece, TaskKind.DELIVERY, entry, again=True)


_END: dict[str, tuple[str, str]] = {
    mail.ACCEPTED.code: (TaskKind.PICKUP, TaskState.DONE),
    mail.DELIVERED.code: (TaskKind.DELIVERY, TaskState.DONE),
    mail.CANCELLED.code: ("", TaskState.CANCELLED),
    mail.SENT_BACK.code: (TaskKind.DELIVERY, TaskState.FAILED),
    mail.ATTEMPT_FAILED.code: (TaskKind.DELIVERY, TaskState.FAILED),
}
"""Which errand ends with which entry ("" any), and how."""


def _piece(entry: Entry) -> Consignment | None:
    number = entry.data.get("consignment")
    rows = Consignment.objects.select_related("delivery_place")
    return rows.filter(pk=number).first() if number is not None else None


def _make(piece: Consignment, kind: TaskKind, entry: Entry, *, again: bool = False) -> None:
    outlet = piece.delivery_place
    before = list(Task.objects.filter(consignment=piece, kind=kind).order_by("attempt"))
    if outlet is None or any(task.state == TaskState.OPEN for task in before):
        return
    pickup = kind == TaskKind.PICKUP
    begins, ends = window_of_pickup(piece) if pickup else window_of_delivery(entry.at, again=again)
    make_task(
        piece,
        kind,
        outlet,
        due_from=begins,
        due_until=ends,
        courier_id=before[-1].courier_id if again and before else None,
        attempt=before[-1].attempt + 1 if before else 1,
        actor=SYSTEM,
        at=entry.at,
    )
