"""The frame around everything that can be done: policy, one transaction, its entries.

    @action("mail.hand_over", roles=MAIL.roles("hand_over"))
    def hand_over(number: str, *, to: int, actor: Actor, at: datetime) -> Consignment: ...

An action that writes no entry is a mistake and is rolled back. Actions called by an action join its transaction: when
an inner one is refused, all is undone. To go on without it, call it inside `apart()`, where it stands on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotAllowed
from zerotrip.ledger.kinds import Kind
from zerotrip.ledger.models import Entry

P = ParamSpec("P")
R = TypeVar("R")

FAST_CLOCK: Final = timedelta(minutes=5)
"""How far ahead a device's clock may be before what it reports is refused."""

ANYONE: Final[frozenset[str]] = frozenset({"anyone"})
"""Says explicitly that no role is needed; visibility still applies."""

ACTIONS: dict[str, frozenset[str]] = {}
"""Every action and the roles that may do it: read by the policing tests and the documentation."""


class Somewhere(Protocol):
    """A place as far as an entry needs it."""

    @property
    def pk(self) -> Any: ...

    @property
    def name(self) -> str: ...


@dataclass(slots=True)
class Frame:
    """The running action: who acts, when it happened, and what it has recorded so far."""

    action: str
    actor: Actor
    at: datetime
    entries: list[Entry] = field(default_factory=list)


_frame: ContextVar[Frame | None] = ContextVar("zerotrip_frame", default=None)


@contextmanager
def apart() -> Iterator[None]:
    """Actions called inside stand on their own (own savepoint, own entries) though an action is running around them."""
    token = _frame.set(None)
    try:
        yield
    finally:
        _frame.reset(token)


class NothingRecorded(AssertionError):
    """The action changed something without saying so; it was rolled back."""


def action(name: str, *, roles: Collection[str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a function the frame of an action. Its keyword arguments must include `actor` and `at`.

    Raises (when called) NotAllowed without one of `roles`, BadInput when `at` lies in the future.
    """
    allowed = frozenset(roles)
    if not allowed:
        raise ValueError(f"{name}: say who may do this, or ANYONE")
    if name in ACTIONS:
        raise ValueError(f"the action {name} is declared twice")
    ACTIONS[name] = allowed

    def frame(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor, at = kwargs.get("actor"), kwargs.get("at")
            if not isinstance(actor, Actor) or not isinstance(at, datetime):
                raise TypeError(f"{name} needs actor= and at=")
            if allowed is not ANYONE and not actor.has(*allowed):
                raise NotAllowed(_("您的岗位不能办理这一步。如确有需要，请联系负责人调整岗位。"))
            if at.tzinfo is None:
                raise TypeError(f"{name}: at= must carry its time zone")
            if at > now() + FAST_CLOCK:
                raise BadInput(_("发生时间晚于现在，请校准设备时间后重试。"))
            return _run(name, actor, at, lambda: function(*args, **kwargs))

        return run

    return frame


def _run(name: str, actor: Actor, at: datetime, work: Callable[[], R]) -> R:
    outer = _frame.get()
    inner = Frame(name, actor, at)
    token = _frame.set(inner)
    try:
        with transaction.atomic(savepoint=outer is None):
            result = work()
            if not inner.entries:
                raise NothingRecorded(name)
            if outer is None:
                Entry.objects.bulk_create(inner.entries)
            else:
                outer.entries.extend(inner.entries)
            return result
    finally:
        _frame.reset(token)


def record(
    kind: Kind,
    subject: models.Model,
    *,
    case_number: str = "",
    consignment_number: str | None = None,
    place: Somewhere | None = None,
    subject_id: str | None = None,
    **data: Any,
) -> Entry:
    """Record that something happened to `subject`, in the running action. Written with its other entries at its end.

    `data` is JSON and holds no personal data: masked names at most. Raises RuntimeError outside an action, ValueError
    for a subject that is not saved yet, BadInput for text no database can hold.
    """
    frame = _frame.get()
    if frame is None:
        raise RuntimeError(f"{kind} recorded outside an action")
    if subject_id is None and subject.pk is None:
        raise ValueError(f"{kind}: save the subject before recording what happened to it")
    if any("\0" in value for value in data.values() if isinstance(value, str)):
        raise BadInput(_("填写的内容含有不能保存的字符（空字符），请删除后重试。"))
    entry = Entry(
        kind=kind.code,
        subject_type=subject._meta.label_lower,
        subject_id=subject_id or str(subject.pk),
        case_number=case_number,
        consignment_number=consignment_number or "",
        actor_kind=frame.actor.kind,
        actor_id=frame.actor.id,
        actor_name=frame.actor.name[:60],
        place_id=place.pk if place is not None else None,
        place_name=place.name[:120] if place is not None else "",
        at=frame.at,
        learned_at=now(),
        data=data,
    )
    frame.entries.append(entry)
    return entry
