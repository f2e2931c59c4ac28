"""Tracking for people and machines: our own pieces, announced ones, and numbers somebody merely scanned."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.conftest import Town
from tests.mail.test_trace_status import scans
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.gateway import actions as gateway
from zerotrip.mail import tracked
from zerotrip.mail.api import TrackingOut
from zerotrip.mail.trace import merge
from zerotrip.mail.trace.summary import Scanned, of_scans, status

pytestmark = pytest.mark.django_db

NUMBER = "1190000000017"
BEGUN = datetime(2026, 11, 23, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


def scan(code: str, hours: float, office: str = "", reason: str = "", number: str = NUMBER) -> None:
    """One scan so many hours after the beginning, by somebody whose name must not get out."""
    at = BEGUN + timedelta(hours=hours)
    merge.add([merge.row(number, code, at, office, "张投递", reason, '{"note":"电话 13812345678，张三家"}')])


def announce(promised: float | None = 48, target: str = "") -> None:
    by = BEGUN + timedelta(hours=promised) if promised else None
    merge.announce([(NUMBER, "标快", "C360102", target, "province", 120, BEGUN, by)])


def asked(client: Client, number: str = NUMBER, **headers: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/tracking/{number}", headers=headers)
    assert answer.status_code == 200, answer.content.decode()
    found: dict[str, Any] = answer.json()
    TrackingOut.model_validate(found)
    return found


def page(client: Client, number: str = NUMBER) -> str:
    return unescape(client.get(f"/t/{number}").content.decode())


def test_an_announced_number_is_followed_with_its_promise(town: Town, client: Client, clock: Any) -> None:
    announce()
    assert asked(client)["events"] == []
    scan("203", 0, "C360102")
    scan("702", 20, town.outlet.code)
    found = asked(client)
    assert (found["state"], found["late"], found["known"]) == ("out", False, True)
    assert [event["place"] for event in found["events"]] == ["东湖区", "阳明路邮政支局"]
    assert found["from"] == "东湖区"
    shown = page(client)
    assert "投递员正在为您投递" in shown
    assert "预计 11月25日 周三 09:05 前送达，还有" in shown
    clock.advance(days=2)
    assert asked(client)["late"] is True
    assert "现已超过" in page(client)
    scan("704", 60, town.outlet.code)
    found = asked(client)
    assert (found["state"], found["late"], found["delivered_at"]) == ("delivered", True, "2026-11-25T13:05:00+00:00")
    assert "晚了 12 小时" in page(client)


def test_a_number_that_was_merely_scanned_is_shown_and_said_to_be_unknown(client: Client, clock: Any) -> None:
    scan("203", 0)
    scan("988", 1)
    found = asked(client)
    assert (found["known"], found["state"], found["late"]) == (False, "accepted", None)
    assert [event["name"] for event in found["events"]] == ["已收寄", "邮政内部处理"]
    shown = page(client)
    assert "还没有寄件登记" in shown
    assert "<svg viewBox" not in shown, "no place is known, so there is no map"


def test_nothing_personal_gets_out(town: Town, client: Client) -> None:
    scan("203", 0, "张三的店 13900001111")
    scan("705", 2, town.outlet.code, "103")
    for said in (str(asked(client)), page(client)):
        for secret in ("张投递", "13812345678", "13900001111", "张三"):
            assert secret not in said
        assert "收件人不在指定地址" in said


def test_a_failure_says_whose_it_is_and_who_must_act(client: Client, clock: Any) -> None:
    scan("203", 0)
    scan("705", 5, reason="115")
    found = asked(client)
    assert (found["must_act"], found["must_act_label"]) == ("addressee", "收件人")
    assert found["cause"] == {
        "code": "115", "by": "addressee", "by_label": "收件人", "text": "收件人要求自取，请到投递网点领取。",
    }  # fmt: skip
    assert "请收件人处理" in page(client)


def test_both_languages_are_in_the_document_and_labels_follow_the_reader(client: Client, clock: Any) -> None:
    scan("203", 0)
    chinese, english = asked(client), asked(client, **{"Accept-Language": "en"})
    assert chinese["sentence"] == english["sentence"] == {"zh": "邮件已收寄。", "en": "The mail has been accepted."}
    assert chinese["state_label"] != english["state_label"]
    assert english["events"][0]["name"] != chinese["events"][0]["name"]


def test_the_way_is_drawn_and_listed(town: Town, client: Client) -> None:
    announce(target=town.far_outlet.code)
    scan("203", 0, "C360102")
    scan("306", 2, town.outlet.code)
    shown = page(client)
    assert "最近在这里" in shown
    assert "将送往" in shown
    assert "临川邮政支局" in shown


def test_scans_that_contradict_an_end_are_told(client: Client, clock: Any) -> None:
    scan("203", 0)
    scan("704", 3)
    scan("306", 9)
    assert asked(client)["disputed"] is True
    assert "前后不一" in page(client)


def test_wrong_and_unknown_numbers_get_a_sentence(client: Client, clock: Any) -> None:
    for number in (NUMBER, "69012345", "x", "1' OR 1=1"):
        answer = client.get(f"/api/v1/tracking/{number}")
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "application/problem+json")
        assert "核对面单" in answer.json()["detail"]
        assert client.get(f"/t/{number}").status_code == 404
    assert client.post(f"/t/{NUMBER}", {"four": "1234"}).status_code == 404


def test_one_statement_however_long_the_timeline(client: Client, town: Town) -> None:
    _made, token = gateway.register_partner("追踪", actor=SYSTEM, at=now())
    signed = {"Authorization": f"Bearer {token}"}
    announce()
    scan("203", 0, "C360102")
    asked(client, **signed)
    for hours in range(1, 40):
        scan("954", hours, town.outlet.code)
    with CaptureQueriesContext(connection) as captured:
        assert len(asked(client, **signed)["events"]) == 40
    selects = [query["sql"] for query in captured.captured_queries if "allowance" not in query["sql"]]
    assert selects == [f"SELECT mail_tracked('{NUMBER}')::text"]


def test_a_wrong_token_is_told(client: Client, clock: Any) -> None:
    scan("203", 0)
    answer = client.get(f"/api/v1/tracking/{NUMBER}", headers={"Authorization": "Bearer zt_wrong"})
    assert answer.status_code == 401


@pytest.mark.parametrize("days", [3, 100, 390])
def test_scans_before_the_announcement_and_of_other_months_are_found(client: Client, clock: Any, days: int) -> None:
    """The lower bound of what is read is a guess; a wrong guess costs a second look, never a scan."""
    announce()
    scan("988", -24 * days)
    scan("203", 0)
    scan("704", 12)
    assert len(asked(client)["events"]) == 3


def test_few_months_are_opened(clock: Any) -> None:
    scan("203", 0)
    scan("704", 12)
    merge.ensure_months(BEGUN - timedelta(days=31 * n) for n in range(1, 30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT mail_tracked(%s)", [NUMBER])
        cursor.execute(
            "SELECT count(DISTINCT relation) FROM pg_locks WHERE pid = pg_backend_pid()"
            " AND relation::regclass::text ~ '^mail_scan_[0-9]{4}_[0-9]{2}$' AND mode = 'AccessShareLock'"
        )
        assert cursor.fetchone()[0] == 1


@given(st.lists(scans, min_size=1, max_size=8))
def test_the_document_says_what_the_rules_say(given_scans: list[Scanned]) -> None:
    from django.db import transaction

    with transaction.atomic():
        merge.add([merge.row(NUMBER, s.code, s.at, s.office, "", s.reason, "{}") for s in given_scans])
        said = tracked.worded(tracked.read(NUMBER), BEGUN)
        expected = status(of_scans(given_scans))
        assert (said["state"], said["must_act"], said["disputed"], said["attempts"], said["sentence"]["zh"]) == (
            expected.stage, expected.must_act, expected.after_end, expected.attempts, str(expected.sentence),
        )  # fmt: skip
        times = [event["at"] for event in said["events"]]
        assert times == sorted(times)
        transaction.set_rollback(True)


def test_with_a_token_the_same_is_answered_the_short_way(client: Client, clock: Any) -> None:
    _made, token = gateway.register_partner("追踪", rate_per_minute=3, actor=SYSTEM, at=now())
    signed = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    scan("203", 0)
    address = f"/api/v1/tracking/{NUMBER}"
    short, long = client.get(address, headers=signed), client.get(address, headers={"Accept-Language": "en"})
    assert short.json() == long.json()
    for header in ("Content-Type", "Content-Language", "Content-Security-Policy", "Content-Length", "Cache-Control"):
        assert short[header] == long[header], header
    assert "Accept-Language" in short["Vary"]
    assert short["RateLimit"].startswith('"minute";r=2')
    unknown, also = (client.get("/api/v1/tracking/x", headers=given) for given in (signed, {"Accept-Language": "en"}))
    assert (unknown.status_code, unknown.json(), unknown["Content-Type"]) == (404, also.json(), also["Content-Type"])
    assert client.get(address, headers=signed).status_code == 200
    over = client.get(address, headers=signed)
    assert over.status_code == 429
    assert 0 < int(over["Retry-After"]) <= 60
