"""A piece that should have been scanned and was not is found once, and found to be well again when it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.actors import staff
from tests.mail.conftest import Town
from tests.mail.outside import announce, minutes, scanned, send
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import BadInput, NotAllowed
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions
from zerotrip.mail.models import Trace, Watched
from zerotrip.mail.silence import watch as silence
from zerotrip.mail.silence.limits import Limit, limits, set_limit
from zerotrip.mail.silence.watch import watch
from zerotrip.rules.calendar_cn import packaged

pytestmark = pytest.mark.django_db

NUMBER = "1190000000007"


def found(number: object) -> list[str]:
    rows = Entry.objects.filter(
        consignment_number=str(number), kind__in=["mail.silent", "mail.heard", "mail.late", "mail.late_ended"]
    )
    return [kind.removeprefix("mail.") for kind in rows.order_by("id").values_list("kind", flat=True)]


def foreign(clock: Any, *scans: Any, promised: datetime | None = None) -> None:
    """A piece of others: announced, and scanned."""
    announce(NUMBER, at=now(), target="out-3601-1", promised=promised)
    send(NUMBER, [("203", clock.advance(minutes=10), "P360102001")])
    if scans:
        send(NUMBER, [(code, clock.advance(minutes=10), office) for code, office in scans])


def test_silence_is_recorded_once_and_ends_with_a_scan(town: Town, clock: Any) -> None:
    foreign(clock)
    send(NUMBER, [("305", clock.advance(minutes=30), "P360102001")])
    clock.advance(hours=23)
    assert watch() == 0
    clock.advance(hours=2)
    assert watch() == 1
    clock.advance(hours=5)
    assert watch() == 0, "one silence is one entry"
    entry = Entry.objects.get(kind="mail.silent")
    assert (entry.subject_type, entry.subject_id) == ("mail.trace", NUMBER)
    assert entry.sentence() == "邮件 1190 0000 00007 停在“运输中”已超过 24 小时没有新轨迹（最后一次：P360102001）"
    send(NUMBER, [("954", now(), "C360100")])
    clock.advance(minutes=10)
    assert watch() == 1
    clock.advance(hours=25)
    assert watch() == 1, "silent again: another one"
    assert found(NUMBER) == ["silent", "heard", "silent"]


def test_each_stage_has_its_limit_and_a_net_may_have_its_own(town: Town, clock: Any) -> None:
    announce(NUMBER, at=now(), net="national")
    send(NUMBER, [("305", clock.advance(minutes=30), "C440000")])
    clock.advance(hours=40)
    assert watch() == 0
    clock.advance(hours=10)
    assert watch() == 1
    assert Entry.objects.get(kind="mail.silent").data["hours"] == 48


def test_limits_are_changed_by_those_who_may(town: Town, clock: Any) -> None:
    _account, admin = staff(Role.SYSTEM_ADMIN)
    with pytest.raises(NotAllowed):
        set_limit("arrived", hours=6, actor=town.clerk, at=now())
    with pytest.raises(BadInput):
        set_limit("arrived", hours=0, actor=admin, at=now())
    with pytest.raises(BadInput):
        set_limit("delivered", hours=5, actor=admin, at=now())
    foreign(clock, ("306", "out-3601-1"))
    clock.advance(hours=7)
    assert watch() == 0
    set_limit("arrived", hours=6, actor=admin, at=now())
    set_limit("arrived", "national", hours=9, actor=admin, at=now())
    assert (limits()["arrived", "city"].hours, limits()["arrived", "national"].hours) == (6, 9)
    assert watch() == 1, "it holds at once"


def test_a_piece_that_has_not_left_waits_over_the_weekend(town: Town, clock: Any) -> None:
    """Accepted at the hall on Friday afternoon: nobody is late on Sunday."""
    clock.set(datetime(2026, 11, 27, 16, 0))
    piece = town.result()
    clock.set(datetime(2026, 11, 29, 20, 0))
    assert watch() == 0
    clock.set(datetime(2026, 11, 30, 15, 0))
    assert watch() == 0
    clock.set(datetime(2026, 11, 30, 16, 30))
    assert watch() == 1
    entry = Entry.objects.get(kind="mail.silent")
    assert (entry.subject_type, entry.case_number, entry.place_id) == (
        "mail.consignment", piece.reference, town.hall.pk,
    )  # fmt: skip


def test_what_our_own_people_do_is_heard_too(town: Town, clock: Any) -> None:
    piece = town.at_outlet()
    clock.advance(hours=25)
    assert watch() == 1
    actions.take_out(str(piece.number), actor=town.courier, at=now())
    clock.advance(minutes=10)
    assert watch() == 1
    assert found(piece.number) == ["silent", "heard"]


def test_an_end_ends_the_watch(town: Town, clock: Any) -> None:
    foreign(clock, ("704", "out-3601-1"))
    clock.advance(days=2)
    assert watch() == 0
    assert Watched.objects.filter(pk=NUMBER).exists(), "for a week somebody looks whether it is scanned again"
    clock.advance(days=8)
    assert watch() == 0
    assert not Watched.objects.exists()


def test_a_foreign_piece_scanned_after_its_end_is_an_exception(town: Town, clock: Any) -> None:
    foreign(clock, ("704", "out-3601-1"))
    clock.advance(days=1)
    send(NUMBER, [("306", now(), "C360100")])
    clock.advance(days=7)
    assert watch() == 1
    assert "轨迹与现状矛盾" in Entry.objects.get(kind="mail.contradicted").sentence()
    clock.advance(days=7)
    assert watch() == 0


def test_a_passed_promise_is_an_exception_until_the_piece_has_ended(town: Town, clock: Any) -> None:
    foreign(clock, promised=now() + timedelta(hours=5))
    clock.advance(hours=4)
    assert watch() == 0
    clock.advance(hours=2)
    assert watch() == 1
    send(NUMBER, [("704", now(), "out-3601-1")])
    clock.advance(minutes=10)
    assert watch() == 1
    clock.advance(minutes=10)
    assert watch() == 0
    assert found(NUMBER) == ["late", "late_ended"]


def test_history_loaded_late_is_no_exception(town: Town, clock: Any) -> None:
    before = now() - timedelta(days=60)
    announce(NUMBER, at=before, promised=before + timedelta(days=2))
    send(NUMBER, [("305", before + minutes(60), "P360102001")])
    assert watch() == 0
    assert Watched.objects.get().look_at > now()


def test_a_piece_announced_and_never_handed_in_is_not_the_post_s_silence(town: Town, clock: Any) -> None:
    announce(NUMBER, at=now())
    clock.advance(days=5)
    assert watch() == 0


def test_scans_that_nobody_announced_are_not_watched(town: Town, clock: Any) -> None:
    send(NUMBER, [("305", now(), "P360102001")])
    clock.advance(days=2)
    assert watch() == 0
    announce(NUMBER, at=now() - timedelta(days=3))
    assert watch() == 1


def test_more_than_one_round_can_take_are_found_by_the_next(town: Town, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(silence, "MOST_FINDINGS", 2)
    monkeypatch.setattr(silence, "AT_ONCE", 3)
    for n in range(5):
        announce(f"119000000010{n}", at=now())
        send(f"119000000010{n}", [("306", now(), "out-3601-1")])
    clock.advance(hours=25)
    assert [watch(), watch(), watch(), watch()] == [2, 2, 1, 0]


def test_a_look_costs_the_same_however_many_rest(town: Town, clock: Any) -> None:
    """A round in which nothing is due is one statement on an index; ended and resting pieces are not read."""
    foreign(clock)
    scanned(NUMBER, [("305", now(), "P360102001")])
    watch()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert watch() == 0
    selects = [q for q in seen.captured_queries if "mail_watched" in q["sql"]]
    assert len(selects) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT number FROM mail_watched WHERE look_at <= now() ORDER BY look_at LIMIT 5000")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET enable_seqscan = on")
    assert "mail_watched_due" in plan
    assert Trace.objects.get(pk=NUMBER).stage == "in_transit"


@given(
    st.datetimes(datetime(2026, 1, 5), datetime(2026, 11, 30), timezones=st.just(SHANGHAI)),
    st.integers(1, 200),
)
def test_working_hours_between_the_cutoff_and_now_are_as_many_as_allowed(at: datetime, hours: int) -> None:
    start = Limit(hours, working_days=True).cutoff(at)
    counted, moment = timedelta(), start
    while moment < at:
        midnight = (moment + timedelta(days=1)).astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight, at)
        if packaged().is_working_day(moment.astimezone(SHANGHAI).date()):
            counted += end - moment
        moment = end
    assert counted == timedelta(hours=hours)
