"""The order in which readers see entries, against transactions that interleave in every way a database allows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.ledger.conftest import Secretary
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain, settled
from zerotrip.ledger.runner import listening_parameters

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = """
INSERT INTO ledger_entry (kind, subject_type, subject_id, case_number, consignment_number, actor_kind, actor_name,
                          place_name, at, learned_at, data)
VALUES ('test.stamped', 'test.subject', %s, '', '', 'system', '', '', now(), now(),
        jsonb_build_object('what', %s::text))
RETURNING id
"""


class Writer:
    """Somebody else's connection, with one transaction at a time."""

    def __init__(self) -> None:
        self.connection = psycopg.connect(**listening_parameters())  # type: ignore[arg-type]

    def take_number(self) -> int:
        """Get a transaction id, as any first write does."""
        return int(self.connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()[0])  # type: ignore[index]

    def write(self, subject: str, what: str) -> int:
        return int(self.connection.execute(INSERT, [subject, what]).fetchone()[0])  # type: ignore[index]

    def lock(self, key: int) -> None:
        self.connection.execute("SELECT pg_advisory_xact_lock(1, %s)", [key])

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def writers() -> Any:
    made: list[Writer] = []

    def hire_writer() -> Writer:
        made.append(Writer())
        return made[-1]

    yield hire_writer
    for one in made:
        one.close()


def test_a_slow_writer_is_waited_for_not_jumped_over(hire: Callable[..., Secretary], writers: Any) -> None:
    secretary, slow, quick = hire(), writers(), writers()
    slow.write("a", "first")
    quick.write("b", "second")
    quick.commit()
    drain()
    assert secretary.heard == []
    slow.commit()
    drain()
    assert secretary.heard == ["first", "second"]


def test_what_a_rolled_back_writer_would_have_written_is_not_waited_for(
    hire: Callable[..., Secretary], writers: Any
) -> None:
    secretary, slow, quick = hire(), writers(), writers()
    slow.write("a", "never")
    quick.write("b", "kept")
    quick.commit()
    slow.rollback()
    drain()
    assert secretary.heard == ["kept"]


def test_a_writer_with_an_old_transaction_that_locks_late_comes_second(
    hire: Callable[..., Secretary], writers: Any
) -> None:
    """`late` has the older transaction id but takes the subject after `early`; a third lies between them."""
    secretary, late, early, between = hire(), writers(), writers(), writers()
    assert late.take_number() < between.take_number() < early.take_number()
    early.lock(1)
    early.write("subject", "by the one who held it first")
    early.commit()
    late.lock(1)
    late.write("subject", "by the one who held it second")
    late.commit()
    drain()
    between.commit()
    drain()
    assert secretary.heard == ["by the one who held it first", "by the one who held it second"]


def test_a_long_transaction_that_writes_no_entry_delays_nobody(hire: Callable[..., Secretary], writers: Any) -> None:
    secretary, report, clerk = hire(), writers(), writers()
    report.take_number()
    clerk.write("a", "told at once")
    clerk.commit()
    drain()
    assert secretary.heard == ["told at once"]


def test_a_fence_goes_with_the_savepoint_it_was_put_up_in(writers: Any) -> None:
    writer = writers()
    with writer.connection.transaction():
        writer.take_number()
        with writer.connection.transaction(force_rollback=True):
            writer.write("a", "never")
        given = settled()
        other = writers()
        other.write("b", "kept")
        other.commit()
        assert settled() == given + 1
        fenced_at = writer.write("a", "after all")
        third = writers()
        third.write("b", "above the fence")
        third.commit()
        assert settled() == fenced_at - 1


class Interleavings(RuleBasedStateMachine):
    """Four writers, two subjects, one reader: every interleaving hypothesis can think of."""

    secretary: Secretary

    def __init__(self) -> None:
        super().__init__()
        self.secretary.heard.clear()
        self.writers = [Writer() for _ in range(4)]
        self.open: dict[int, list[tuple[int, str]]] = {}
        self.holder: dict[int, int] = {}
        self.committed: list[tuple[int, str]] = []
        self.serial = itertools.count(1)

    @initialize()
    def start(self) -> None:
        drain()
        self.secretary.heard.clear()

    @rule(w=st.integers(0, 3))
    def begin(self, w: int) -> None:
        self.writers[w].take_number()
        self.open.setdefault(w, [])

    @rule(w=st.integers(0, 3), subject=st.integers(1, 2), pieces=st.integers(1, 2))
    def hold_and_write(self, w: int, subject: int, pieces: int) -> None:
        if self.holder.get(subject, w) != w:
            return  # a real writer would wait here
        self.writers[w].lock(subject)
        self.holder[subject] = w
        for _ in range(pieces):
            what = f"{subject}:{next(self.serial)}"
            self.open.setdefault(w, []).append((self.writers[w].write(str(subject), what), what))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), keep=st.sampled_from([True, True, True, False]), read=st.booleans())
    def end(self, data: st.DataObject, keep: bool, read: bool) -> None:
        w = data.draw(st.sampled_from(sorted(self.open)))
        if keep:
            self.writers[w].commit()
            self.committed += self.open[w]
        else:
            self.writers[w].rollback()
        del self.open[w]
        self.holder = {s: h for s, h in self.holder.items() if h != w}
        if read:
            self.read()

    @rule()
    def read(self) -> None:
        drain()

    @invariant()
    def what_was_read_is_the_beginning_of_what_there_is(self) -> None:
        there = [what for _number, what in sorted(self.committed)]
        assert self.secretary.heard == there[: len(self.secretary.heard)]
        for subject in "12":
            serials = [int(what[2:]) for what in self.secretary.heard if what[0] == subject]
            assert serials == sorted(serials)

    def teardown(self) -> None:
        try:
            for w in sorted(self.open):
                self.writers[w].rollback()
            drain()
            assert self.secretary.heard == [what for _number, what in sorted(self.committed)]
        finally:
            for writer in self.writers:
                writer.close()


def test_every_interleaving(hire: Callable[..., Secretary]) -> None:
    Interleavings.secretary = hire()
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert Entry.objects.exists()
    assert connection.in_atomic_block is False
