"""What the database says of a piece is what Python says: the same rules, whatever order and batches scans come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail.test_trace_status import scans
from zerotrip.mail.models import Scan, Trace
from zerotrip.mail.trace import merge, sql
from zerotrip.mail.trace.rules import RULES
from zerotrip.mail.trace.summary import Scanned, Summary, of_scans, status

pytestmark = pytest.mark.django_db

NUMBER = "1234567890123"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def take_in(batch: Sequence[Scanned], number: str = NUMBER) -> int:
    return merge.add([merge.row(number, s.code, s.at, s.office, "演示员", s.reason, "{}") for s in batch])


def kept(number: str = NUMBER) -> Summary:
    """What the database has added up."""
    trace = Trace.objects.get(pk=number)
    return Summary(
        trace.last, trace.ended, trace.ends, trace.back, trace.failed, trace.attempts, trace.seen, trace.scans,
        trace.unknown,
    )  # fmt: skip


def said(number: str = NUMBER) -> dict[str, object]:
    """What the rules as SQL make of it."""
    columns = ("stage", "cause", "caused_by", "must_act", "holder", "office", "after_end")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT stage, {sql.CAUSE}, {sql.CAUSED_BY}, {sql.MUST_ACT}, {sql.HOLDER}, {sql.OFFICE}, after_end"
            " FROM mail_trace WHERE number = %s",
            [number],
        )
        return dict(zip(columns, cursor.fetchone(), strict=True))


@settings(max_examples=60, deadline=None)
@given(st.lists(scans, min_size=1, max_size=10), st.data())
def test_any_order_any_repetition_any_batches(given_scans: list[Scanned], data: st.DataObject) -> None:
    sent = data.draw(st.permutations(given_scans + given_scans[: len(given_scans) // 2]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=3)))
    with transaction.atomic():
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            take_in(sent[start:end])
        summary = of_scans(given_scans)
        assert kept() == summary
        expected = status(summary)
        assert said() == {name: getattr(expected, name) for name in said()}
        assert Scan.objects.filter(number=NUMBER).count() == summary.scans
        transaction.set_rollback(True)


def test_scans_wait_for_the_announcement_of_their_piece() -> None:
    take_in([Scanned("203", MONDAY, "P360102001"), Scanned("305", MONDAY + timedelta(hours=2), "C360102")])
    assert not Trace.objects.get(pk=NUMBER).known
    merge.announce([(NUMBER, "标快", "P360102001", "C360731", "province", 120, MONDAY, MONDAY + timedelta(days=2))])
    trace = Trace.objects.get(pk=NUMBER)
    assert (trace.known, trace.stage, trace.scans, trace.target) == (True, "in_transit", 2, "C360731")
    merge.announce([(NUMBER, "别的", "x", "y", "city", 1, MONDAY, None)])
    assert Trace.objects.get(pk=NUMBER).product == "标快", "announced once; a second announcement changes nothing"


def test_a_scan_of_any_month_finds_its_table() -> None:
    times = [datetime(2024, 2, 29, 15, 59, tzinfo=UTC), datetime(2024, 2, 29, 16, 0, tzinfo=UTC)]
    assert take_in([Scanned("203", at, "P360102001") for at in times]) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM mail_scan WHERE number = %s ORDER BY at", [NUMBER])
        assert [row[0] for row in cursor.fetchall()] == ["mail_scan_2024_02", "mail_scan_2024_03"]


def test_the_tables_of_the_database_are_those_of_the_rules() -> None:
    """A changed rule needs a migration that changes the generated columns with it."""
    for code in RULES:
        with transaction.atomic():
            take_in([Scanned(code, MONDAY, "P360102001")])
            assert Trace.objects.get(pk=NUMBER).stage == RULES[code].stage
            transaction.set_rollback(True)
