"""A small world for the ledger's own tests: two kinds of facts, and readers that can be told to fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.models import IdempotencyKey
from zerotrip.core.roles import Role
from zerotrip.ledger import frame, kinds, readers
from zerotrip.ledger.models import Entry

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
CLERK = Actor(kind="staff", id=7, name="王敏", roles=frozenset({Role.HALL_CLERK}))
ADMIN = Actor(kind="staff", id=8, name="管理员", roles=frozenset({Role.SYSTEM_ADMIN}))

STAMPED = kinds.kind(
    "test.stamped", zh="{actor} 在 {place} 盖章：{what}", en="{actor} stamped {what} at {place}", public=True
)
FILED = kinds.kind("test.filed", zh="{actor} 归档：{what}", en="{actor} filed {what}")
SUBJECT = IdempotencyKey(pk=1)


@frame.action("test.stamp", roles={Role.HALL_CLERK})
def stamp(what: str, *, actor: Actor, at: datetime, case_number: str = "") -> Entry:
    """Record one fact."""
    return frame.record(STAMPED, SUBJECT, what=what, case_number=case_number)


@frame.action("test.file", roles=frame.ANYONE)
def file(what: str, *, actor: Actor, at: datetime) -> Entry:
    """Record another."""
    return frame.record(FILED, SUBJECT, what=what)


def stamp_all(*whats: str) -> None:
    """Stamp each, in order, as the system."""
    for what in whats:
        stamp(what, actor=SYSTEM, at=AT)


class Secretary:
    """A reader that writes down what it is given, and does what `on` says for some of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[str] = []
        self.on: dict[str, Callable[[Entry], object]] = {}

    def __call__(self, entry: Entry) -> None:
        what = entry.data["what"]
        if what in self.on:
            self.on[what](entry)
        self.heard.append(what)


@pytest.fixture
def hire(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Secretary]:
    """Register readers for this test only; nobody else's reader runs beside them."""
    monkeypatch.setattr(readers, "READERS", {})

    def register(name: str = "test.secretary", *kinds: kinds.Kind) -> Secretary:
        secretary = Secretary(name)
        readers.reader(name, kinds=kinds or (STAMPED,))(secretary)
        return secretary

    monkeypatch.setattr("zerotrip.ledger.queries.READERS", readers.READERS)
    monkeypatch.setattr("zerotrip.ledger.runner.READERS", readers.READERS)
    return register
