"""Readers: once, in order, after failures, without standing in each other's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection

from tests.conftest import Clock
from tests.ledger.conftest import ADMIN, AT, CLERK, FILED, STAMPED, Secretary, file, stamp_all
from zerotrip.core.actors import SYSTEM
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.models import IdempotencyKey
from zerotrip.ledger import actions, queries, readers
from zerotrip.ledger.models import Cursor, Entry, SetAside
from zerotrip.ledger.readers import drain, due, passing, run_batch
from zerotrip.ledger.runner import Runner

pytestmark = pytest.mark.django_db
Hire = Callable[..., Secretary]


def _fails(error: Exception) -> Callable[[Entry], None]:
    def fail(entry: Entry) -> None:
        raise error

    return fail


def _database_error(state: str) -> OperationalError:
    cause = psycopg.errors.lookup(state)()
    error = OperationalError(state)
    error.__cause__ = cause
    return error


def test_a_reader_gets_each_entry_of_its_kinds_once(hire: Hire) -> None:
    secretary = hire()
    stamp_all("一", "二")
    file("not for this reader", actor=CLERK, at=AT)
    assert drain() == 2
    stamp_all("三")
    assert drain() == 1
    assert drain() == 0
    assert secretary.heard == ["一", "二", "三"]


def test_a_new_reader_begins_at_the_beginning(hire: Hire) -> None:
    stamp_all("一", "二")
    secretary = hire()
    drain()
    assert secretary.heard == ["一", "二"]


def test_what_a_reader_causes_is_read_in_the_same_drain(hire: Hire) -> None:
    first, second = hire("test.first"), hire("test.second", FILED)
    first.on["一"] = lambda entry: file(f"re {entry.pk}", actor=SYSTEM, at=AT)
    stamp_all("一")
    assert drain() == 2
    assert second.heard == [f"re {Entry.objects.get(kind='test.stamped').pk}"]


def test_readers_that_keep_causing_each_other_work_are_stopped(hire: Hire) -> None:
    one, other = hire("test.one", STAMPED), hire("test.other", FILED)
    one.on["x"] = lambda entry: file("x", actor=SYSTEM, at=AT)
    other.on["x"] = lambda entry: stamp_all("x")
    stamp_all("x")
    with pytest.raises(RuntimeError, match="rest"):
        drain(rounds=5)


def test_a_poisonous_entry_is_set_aside_with_its_error_and_the_reader_goes_on(hire: Hire, clock: Clock) -> None:
    secretary, other = hire(), hire("test.other")
    secretary.on["poison"] = _fails(ValueError("no such \0 office \ud800"))
    stamp_all("before", "poison", "after")
    drain()
    assert secretary.heard == ["before", "after"]
    assert other.heard == ["before", "poison", "after"]
    aside = SetAside.objects.get()
    assert (aside.reader, aside.entry.data["what"], aside.tries) == ("test.secretary", "poison", 1)
    assert "no such ␀ office" in aside.last_line
    assert aside.first_at == clock.now


def test_nothing_of_a_failed_handling_remains(hire: Hire) -> None:
    def half(entry: Entry) -> None:
        file("half done", actor=SYSTEM, at=AT)
        IdempotencyKey.objects.create(scope="half", key="x", fingerprint=b"", created_at=AT)
        raise IntegrityError("late")

    hire().on["x"] = half
    stamp_all("x")
    drain()
    assert not Entry.objects.filter(kind="test.filed").exists()
    assert not IdempotencyKey.objects.filter(scope="half").exists()


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03", "57014", "57P01", "53100", "08006"])
def test_the_databases_own_trouble_sets_nothing_aside(hire: Hire, state: str) -> None:
    secretary = hire()
    secretary.on["x"] = _fails(_database_error(state))
    stamp_all("before", "x")
    with pytest.raises(OperationalError):
        run_batch(secretary.name)
    assert not SetAside.objects.exists()
    secretary.heard.clear()
    del secretary.on["x"]
    drain()
    assert secretary.heard == ["before", "x"], "the batch was undone as a whole and is read again"


def test_an_entry_no_index_can_hold_is_the_entrys_fault_not_the_databases(hire: Hire) -> None:
    assert not passing(_database_error("54000"))
    assert passing(OperationalError("server closed the connection unexpectedly"))
    assert not passing(IntegrityError())
    assert not passing(ValueError())


def test_a_batch_ends_early_when_it_takes_long(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BATCH_SECONDS", 0)
    secretary = hire()
    stamp_all("一", "二", "三")
    assert [run_batch(secretary.name) for _ in range(4)] == [1, 1, 1, 0]
    assert secretary.heard == ["一", "二", "三"]


def test_small_batches_lose_nothing(hire: Hire) -> None:
    secretary = hire()
    stamp_all(*"一二三四五")
    assert [run_batch(secretary.name, batch=2) for _ in range(4)] == [2, 2, 1, 0]
    assert secretary.heard == list("一二三四五")


def test_an_idle_reader_is_not_woken_but_follows_from_afar(hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "IDLE_GAP", 3)
    secretary = hire()
    drain()
    stamp_all("一")
    drain()
    for n in range(3):
        file(str(n), actor=CLERK, at=AT)
    assert due() == []
    file("one more", actor=CLERK, at=AT)
    assert due() == [secretary.name]
    assert drain() == 0
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert Cursor.objects.get(pk=secretary.name).after == last


def test_a_retry_that_works_settles_it(hire: Hire, clock: Clock) -> None:
    secretary = hire()
    secretary.on["x"] = _fails(ValueError("no"))
    stamp_all("x")
    drain()
    secretary.on["x"] = lambda entry: file("done at last", actor=SYSTEM, at=AT)
    settled = actions.retry(SetAside.objects.get().pk, actor=ADMIN, at=clock.now)
    assert settled.settled_at == clock.now
    assert secretary.heard == ["x"]
    assert queries.set_asides(ADMIN) == []
    kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["test.stamped", "test.filed", "ledger.set_aside_settled"]
    with pytest.raises(Conflict, match="已经处理过"):
        actions.retry(settled.pk, actor=ADMIN, at=clock.now)


def test_a_retry_that_fails_is_counted_and_leaves_nothing_else(hire: Hire, clock: Clock) -> None:
    def half(entry: Entry) -> None:
        file("half done", actor=SYSTEM, at=AT)
        raise ValueError("still no")

    secretary = hire()
    secretary.on["x"] = half
    stamp_all("x")
    drain()
    clock.advance(hours=1)
    again = actions.retry(SetAside.objects.get().pk, actor=ADMIN, at=clock.now)
    again.refresh_from_db()
    assert (again.settled_at, again.tries, again.last_at) == (None, 2, clock.now)
    assert "still no" in again.last_line
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == ["test.stamped", "ledger.retry_failed"]


def test_a_person_settles_it_with_a_reason(hire: Hire, clock: Clock) -> None:
    secretary = hire()
    secretary.on["x"] = _fails(ValueError("no"))
    stamp_all("x")
    drain()
    number = SetAside.objects.get().pk
    with pytest.raises(BadInput, match="原因"):
        actions.dismiss(number, reason="  ", actor=ADMIN, at=clock.now)
    with pytest.raises(NotAllowed):
        actions.dismiss(number, reason="x", actor=CLERK, at=clock.now)
    with pytest.raises(NotFound):
        actions.dismiss(number + 1, reason="x", actor=ADMIN, at=clock.now)
    actions.dismiss(number, reason="已电话通知大厅", actor=ADMIN, at=clock.now)
    assert SetAside.objects.get().settled_how == "已电话通知大厅"
    assert "已电话通知大厅" in Entry.objects.get(kind="ledger.set_aside_settled").sentence()


def test_a_reader_that_is_gone_can_only_be_settled_by_hand(hire: Hire, clock: Clock) -> None:
    secretary = hire()
    secretary.on["x"] = _fails(ValueError("no"))
    stamp_all("x")
    drain()
    del readers.READERS[secretary.name]
    with pytest.raises(Conflict, match="已不存在"):
        actions.retry(SetAside.objects.get().pk, actor=ADMIN, at=clock.now)


def test_the_lag_is_the_age_of_the_oldest_unread_entry(hire: Hire, clock: Clock) -> None:
    secretary = hire()
    assert [(s.name, s.waiting, s.moved_at) for s in queries.reader_states()] == [(secretary.name, 0, None)]
    stamp_all("一", "二")
    clock.advance(seconds=90)
    (state,) = queries.reader_states()
    assert (state.waiting, state.lag.total_seconds(), state.late) == (2, 90, True)
    drain()
    (state,) = queries.reader_states()
    assert (state.waiting, state.lag.total_seconds(), state.moved_at) == (0, 0, clock.now)


def test_only_administrators_and_auditors_see_what_was_set_aside() -> None:
    with pytest.raises(NotAllowed):
        queries.set_asides(CLERK)


def test_a_name_belongs_to_one_reader(hire: Hire) -> None:
    hire("test.taken")
    with pytest.raises(ValueError, match="twice"):
        hire("test.taken")


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


@pytest.mark.django_db(transaction=True)
def test_a_runner_is_woken_goes_on_beside_a_failing_reader_and_survives_a_lost_connection(hire: Hire) -> None:
    well, sick = hire("test.well"), hire("test.sick")
    sick.on["x"] = _fails(_database_error("40P01"))
    runner = Runner()
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        stamp_all("x", "y")
        _until(lambda: well.heard == ["x", "y"])
        assert sick.heard == []
        del sick.on["x"]
        _until(lambda: sick.heard == ["x", "y"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= 1
        stamp_all("after the loss")
        _until(lambda: well.heard[-1] == sick.heard[-1] == "after the loss")
    finally:
        runner.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert well.heard == ["x", "y", "after the loss"]
