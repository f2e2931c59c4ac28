"""The frame around everything that can be done, and the entry it leaves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from tests.conftest import Clock
from tests.ledger.conftest import ADMIN, AT, CLERK, FILED, STAMPED, SUBJECT, file, stamp
from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.errors import BadInput, Conflict, NotAllowed
from zerotrip.core.models import IdempotencyKey
from zerotrip.ledger import frame, kinds, queries
from zerotrip.ledger.models import Entry

pytestmark = pytest.mark.django_db


class Hall:
    pk, name = 12, "章贡区政务大厅"


@frame.action("test.quiet", roles=frame.ANYONE)
def quiet(*, actor: Actor, at: datetime) -> None:
    """Change something and say nothing."""
    IdempotencyKey.objects.create(scope="quiet", key="x", fingerprint=b"", created_at=at)


@frame.action("test.both", roles={"hall_clerk"})
def both(*, actor: Actor, at: datetime, then: Exception | None = None) -> None:
    """Two actions in one."""
    stamp("一", actor=actor, at=at)
    frame.record(FILED, SUBJECT, what="二")
    if then:
        raise then


@frame.action("test.list", roles=frame.ANYONE)
def stamp_list(*whats: str, actor: Actor, at: datetime) -> None:
    """A batch in which bad rows do not kill the good ones."""
    bad = 0
    for what in whats:
        try:
            with frame.apart():
                stamp(what, actor=CLERK if what != "bad" else NOBODY, at=at)
        except NotAllowed:
            bad += 1
    frame.record(FILED, SUBJECT, what=f"{bad} bad")


def _kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def test_an_action_leaves_an_entry_that_says_who_when_and_what(clock: Clock) -> None:
    at = clock.now - timedelta(hours=2)
    stamp("第 1 份", actor=CLERK, at=at, case_number="JX1")
    entry = Entry.objects.get()
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("staff", 7, "王敏")
    assert (entry.at, entry.learned_at) == (at, clock.now)
    assert (entry.subject_type, entry.subject_id, entry.case_number) == ("core.idempotencykey", "1", "JX1")
    assert int(entry.xid) > 0
    assert queries.timeline("JX1", public_only=True) == [entry]
    assert queries.of_subject("core.idempotencykey", ["1"]) == [entry]


@pytest.mark.parametrize("actor", [NOBODY, ADMIN])
def test_the_wrong_role_is_refused_before_anything_happens(actor: Actor) -> None:
    with pytest.raises(NotAllowed, match="岗位"):
        stamp("x", actor=actor, at=AT)
    assert not Entry.objects.exists()


def test_the_system_may_do_everything_and_anyone_is_said_explicitly() -> None:
    stamp("x", actor=SYSTEM, at=AT)
    file("y", actor=NOBODY, at=AT)
    assert _kinds() == ["test.stamped", "test.filed"]


def test_a_device_whose_clock_is_fast_is_told_so(clock: Clock) -> None:
    stamp("x", actor=CLERK, at=clock.now + timedelta(minutes=4))
    with pytest.raises(BadInput, match="校准设备时间"):
        stamp("y", actor=CLERK, at=clock.now + timedelta(minutes=6))


def test_a_time_without_a_zone_or_no_actor_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="time zone"):
        stamp("x", actor=CLERK, at=datetime(2026, 1, 1))
    with pytest.raises(TypeError, match="needs actor"):
        stamp("x", actor="王敏", at=AT)  # type: ignore[arg-type]


def test_an_action_that_says_nothing_is_undone() -> None:
    with pytest.raises(frame.NothingRecorded, match=r"test\.quiet"):
        quiet(actor=CLERK, at=AT)
    assert not IdempotencyKey.objects.exists()


def test_an_action_in_an_action_joins_it() -> None:
    both(actor=CLERK, at=AT)
    assert _kinds() == ["test.stamped", "test.filed"]
    assert Entry.objects.values_list("xid", flat=True).distinct().count() == 1


def test_what_fails_at_the_end_leaves_nothing() -> None:
    with pytest.raises(Conflict):
        both(actor=CLERK, at=AT, then=Conflict("不行"))
    assert not Entry.objects.exists()
    stamp("still works", actor=CLERK, at=AT)


def test_one_bad_row_never_kills_a_batch() -> None:
    stamp_list("good", "bad", "better", actor=CLERK, at=AT)
    assert list(Entry.objects.order_by("id").values_list("data__what", flat=True)) == ["good", "better", "1 bad"]


def test_recording_outside_an_action_or_about_nothing_is_our_mistake() -> None:
    with pytest.raises(RuntimeError, match="outside an action"):
        frame.record(STAMPED, SUBJECT, what="x")

    @frame.action("test.unsaved", roles=frame.ANYONE)
    def unsaved(*, actor: Actor, at: datetime) -> None:
        frame.record(STAMPED, IdempotencyKey(), what="x")

    with pytest.raises(ValueError, match="save the subject"):
        unsaved(actor=CLERK, at=AT)


def test_data_may_hold_money_and_days_but_nothing_the_database_cannot() -> None:
    @frame.action("test.rich", roles=frame.ANYONE)
    def rich(text: str, *, actor: Actor, at: datetime) -> None:
        frame.record(STAMPED, SUBJECT, fee=Decimal("20.00"), day=date(2026, 11, 24), what=text, place=Hall())

    rich("张三", actor=CLERK, at=AT)
    entry = Entry.objects.get()
    assert entry.data == {"fee": "20.00", "day": "2026-11-24", "what": "张三"}
    assert (entry.place_id, entry.sentence()) == (12, "王敏 在 章贡区政务大厅 盖章：张三")
    with pytest.raises(BadInput, match="空字符"):
        rich("a\0b", actor=CLERK, at=AT)


@pytest.mark.parametrize("sql", ["UPDATE ledger_entry SET kind = 'x'", "DELETE FROM ledger_entry"])
def test_an_entry_is_never_changed_or_deleted(sql: str) -> None:
    stamp("x", actor=CLERK, at=AT)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Entry.objects.get().kind == "test.stamped"


def test_an_action_needs_roles_and_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="ANYONE"):
        frame.action("test.nobody", roles=set())
    with pytest.raises(ValueError, match="twice"):
        frame.action("test.stamp", roles=frame.ANYONE)


def test_a_kind_has_one_declaration_and_speaks_both_languages() -> None:
    with pytest.raises(ValueError, match="twice"):
        kinds.kind("test.stamped", zh="", en="")
    entry = Entry(kind="test.stamped", actor_name="王敏", data={"what": "x"})
    assert entry.sentence() == "王敏 在 — 盖章：x"
    with override("en"):
        assert entry.sentence() == "王敏 stamped x at —"
    assert (entry.public, Entry(kind="unknown").public) == (True, False)
    assert (Entry(kind="unknown").sentence(), Entry(kind="unknown").icon) == ("unknown", "point")


def test_only_auditors_list_the_whole_ledger() -> None:
    stamp("x", actor=CLERK, at=AT)
    auditor = Actor(kind="staff", roles=frozenset({"auditor"}))
    assert Entry.objects.visible_to(auditor).count() == 1
    assert not Entry.objects.visible_to(ADMIN).exists()
