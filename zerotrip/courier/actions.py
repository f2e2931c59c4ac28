"""Making, taking, giving back and closing errands. The piece itself is moved by `mail.actions`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.courier import kinds
from zerotrip.courier.models import Task, TaskKind, TaskState
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail.models import Consignment
from zerotrip.people import queries as people
from zerotrip.places.hours import moment
from zerotrip.places.models import Place

DAY_ENDS = 20
"""Deliveries are offered until 20:00 (draft of GB/T 27917, handbook 4.2: 8:00 to 20:00)."""
LAST_ROUND = 14
"""What arrives at the outlet after 14:00 goes out the next day. House rule."""


def window_of_pickup(piece: Consignment) -> tuple[datetime | None, datetime | None]:
    """The time slot the sender chose, as moments; None where none was chosen."""
    if piece.pickup_day is None:
        return None, None
    day = piece.pickup_day
    return moment(day, piece.pickup_from or 0), moment(day, piece.pickup_until or 24 * 60 - 1)


def window_of_delivery(at: datetime, *, again: bool = False) -> tuple[datetime, datetime]:
    """When a piece that is there at `at` is offered: today until 20:00, or the next day; `again`: the next day."""
    day = local(at)
    if again or day.hour >= LAST_ROUND:
        start = (day + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
        return start, start.replace(hour=DAY_ENDS)
    return at, day.replace(hour=DAY_ENDS, minute=0, second=0, microsecond=0)


@action("courier.make_task", roles={Role.SYSTEM})
def make_task(
    piece: Consignment,
    kind: str,
    outlet: Place,
    *,
    due_from: datetime | None,
    due_until: datetime | None,
    courier_id: int | None = None,
    attempt: int = 1,
    actor: Actor,
    at: datetime,
) -> Task:
    """A new errand at an outlet; given to the outlet's courier when exactly one is on duty there."""
    if courier_id is None:
        on_duty = people.on_duty(Role.COURIER, place=outlet.pk, actor=SYSTEM)
        ids = list(on_duty.values_list("pk", flat=True)[:2])
        courier_id = ids[0] if len(ids) == 1 else None
    task = Task.objects.create(
        kind=kind,
        consignment=piece,
        outlet=outlet,
        courier_id=courier_id,
        attempt=attempt,
        due_from=due_from,
        due_until=due_until,
        made_at=at,
    )
    _record(kinds.TASK_MADE, task, piece, attempt=attempt)
    return task


@action("courier.close_task", roles={Role.SYSTEM})
def close_task(task_id: int, *, state: str, courier_id: int | None = None, actor: Actor, at: datetime) -> Task:
    """An errand is over, because of what happened to its piece. `courier_id`: who did it, when nobody had taken it."""
    task = _locked(task_id, actor)
    task.state = state
    task.closed_at = max(at, task.made_at)
    if courier_id is not None:
        task.courier_id = courier_id
    task.save(update_fields=["state", "closed_at", "courier"])
    _record(kinds.TASK_CLOSED, task, task.consignment, result=str(TaskState(state).label))
    return task


@action("courier.take_task", roles={Role.COURIER})
def take_task(task_id: int, *, actor: Actor, at: datetime) -> Task:
    """Take an errand of one's outlet. Raises NotFound, Conflict when it is over or somebody else's."""
    task = _open(task_id, actor)
    if task.courier_id is not None:
        raise Conflict(_("这项任务已在您名下，不必重复认领。"))
    task.courier_id = actor.id
    task.save(update_fields=["courier"])
    _record(kinds.TASK_TAKEN, task, task.consignment)
    return task


@action("courier.give_back_task", roles={Role.COURIER})
def give_back_task(task_id: int, *, reason: str, actor: Actor, at: datetime) -> Task:
    """Give an errand back to the outlet, for another courier. Raises NotFound, BadInput without a reason, Conflict."""
    reason = " ".join(reason.replace("\0", "").split())[:120]
    if not reason:
        raise BadInput(_("请写明退还的原因，方便同事接手。"), fields={"reason": [_("请填写原因。")]})
    task = _open(task_id, actor)
    if task.courier_id is None:
        raise Conflict(_("这项任务还没有人认领，不必退还。"))
    task.courier_id = None
    task.save(update_fields=["courier"])
    _record(kinds.TASK_GIVEN_BACK, task, task.consignment, reason=reason)
    return task


def _locked(task_id: int, actor: Actor) -> Task:
    rows = Task.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    task = rows.select_related("consignment", "outlet").filter(pk=task_id).first()
    if task is None:
        raise NotFound(_("没有这项任务，可能同事已认领。请返回任务列表刷新。"))
    return task


def _open(task_id: int, actor: Actor) -> Task:
    task = _locked(task_id, actor)
    if task.state != TaskState.OPEN:
        raise Conflict(_("这项任务已结束（{state}），请返回任务列表刷新。").format(state=task.get_state_display()))
    return task


def _record(kind: Kind, task: Task, piece: Consignment, **data: Any) -> None:
    record(
        kind,
        task,
        case_number=piece.reference,
        consignment_number=piece.number,
        place=task.outlet,
        task=str(TaskKind(task.kind).label),
        consignment=piece.pk,
        courier=task.courier_id,
        **data,
    )
