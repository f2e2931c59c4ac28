"""What the applicant is told by text message, once for each step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases import stories
from tests.courier.test_tasks import result_at_the_outlet, signed
from tests.town import Town
from zerotrip.care.models import Notice
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import READERS, drain
from zerotrip.mail import actions as mail
from zerotrip.people.models import TextMessage

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    """Purpose and text of the messages so far, sign-in codes aside."""
    rows = TextMessage.objects.exclude(purpose="sign-in").order_by("pk")
    return [(row.purpose, str(row.text)) for row in rows]


def test_a_zero_trip_errand_told_step_by_step(town: Town, applied: Case) -> None:
    piece = result_at_the_outlet(town, applied)
    mail.take_out(str(piece.number), actor=town.nc.courier, at=now())
    mail.attempt_failed(str(piece.number), reason_code="103", actor=town.nc.courier, at=now())
    mail.take_out(str(piece.number), actor=town.nc.courier, at=now())
    drain()
    signed(piece, town)
    messages = told()
    assert [purpose for purpose, _text in messages] == [
        "cases.applied", "cases.accepted", "cases.decided", "cases.sent", "mail.attempt_failed", "mail.delivered",
        "cases.closed",
    ]  # fmt: skip
    assert all(applied.number in text for _purpose, text in messages)
    assert "上门收取材料" in messages[0][1]
    assert "共出门 0 次（承诺 0 次）" in messages[-1][1]
    assert {str(row.phone) for row in TextMessage.objects.exclude(purpose="sign-in")} == {"13900001111"}


def test_a_correction_says_how_many_things_and_where(town: Town, applied: Case) -> None:
    nc = town.nc
    stories.bring_to_window(applied, nc, nc.market.code, nc.market_officer)
    problems = [("营业执照", "看不清", "重新提交清晰的复印件"), ("申请表", "漏签字", "签字后重交")]
    cases.ask_correction(applied.number, problems=problems, actor=nc.market_officer, at=now())
    drain()
    assert "需要补正 2 项" in told()[-1][1]


def test_what_is_older_than_a_day_is_no_news(clock: Any, town: Town, applied: Case) -> None:
    entry = Entry.objects.get(kind="cases.applied")
    Notice.objects.all().delete()
    TextMessage.objects.all().delete()
    clock.advance(days=2)
    READERS["care.tell_applicants"].handle(entry)
    assert told() == []
    assert not Notice.objects.exists()
