"""Operators see each delivery as it runs and what was not taken in; nothing that was refused is out of sight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.mail.conftest import Town
from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.mail.ingest.files import ingest
from zerotrip.mail.models import Batch, Refused, SilenceLimit
from zerotrip.people.models import Account

pytestmark = pytest.mark.django_db

ROW = {"number": "1190000000017", "code": "203", "at": "2026-11-24T08:00:00+08:00", "office": "P360102001"}


def desk(person: tuple[Account, Actor]) -> Client:
    return sign_in(Client(), person[0])


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def keeper(clock: Any) -> Client:
    return desk(staff(Role.SYSTEM_ADMIN))


@pytest.fixture
def delivered(tmp_path: Path, clock: Any) -> Batch:
    """A file with one good row, one of a code nobody knows, and one from the year 2099 with a phone in it."""
    file = tmp_path / "夜班.ndjson"
    late = ROW | {"at": "2099-01-01T00:00:00+08:00", "attributes": {"note": "联系 13812345678"}}
    rows = [ROW, ROW | {"code": "XX9"}, late]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return ingest(str(file))


def test_what_came_is_listed_with_what_did_not_fit(keeper: Client, delivered: Batch) -> None:
    page = text(keeper.get("/desk/operations/scans"))
    assert "夜班.ndjson" in page
    assert "已收完" in page
    assert "只看待处理" in page
    assert (delivered.accepted, delivered.rejected, delivered.unknown) == (2, 1, 1)
    one = text(keeper.get(f"/desk/operations/scans/{delivered.pk}"))
    assert "在将来" in one
    assert "操作码不在码表里" in one
    assert "13812345678" not in one, "the text of a row is read with a reason"


def test_the_text_of_a_row_is_read_with_a_reason_and_an_entry(keeper: Client, delivered: Batch) -> None:
    page, row = f"/desk/operations/scans/{delivered.pk}", Refused.objects.get()
    refused = keeper.post(page, {"verb": "read", "row": row.pk, "reason": ""})
    assert (refused.status_code, "13812345678" in text(refused)) == (422, False)
    shown = keeper.post(page, {"verb": "read", "row": row.pk, "reason": "核对设备上传的格式"})
    assert "13812345678" in text(shown)
    entry = Entry.objects.get(kind="mail.refused_read")
    assert "核对设备上传的格式" in entry.sentence()
    assert "13812345678" not in json.dumps(entry.data)


def test_a_delivery_is_settled_once_with_words(keeper: Client, delivered: Batch) -> None:
    page = f"/desk/operations/scans/{delivered.pk}"
    assert keeper.post(page, {"verb": "settle", "how": " "}).status_code == 422
    done = keeper.post(page, {"verb": "settle", "how": "设备时钟已校准，重新上传"}, follow=True)
    assert "已记为处理完毕" in text(done)
    assert "设备时钟已校准" in text(done)
    again = keeper.post(page, {"verb": "settle", "how": "再来一次"})
    assert (again.status_code, "没有待处理的行" in text(again)) == (409, True)
    assert "夜班" not in text(keeper.get("/desk/operations/scans?open=1"))
    assert Entry.objects.filter(kind="mail.refused_settled").count() == 1


def test_auditors_look_and_change_nothing(clock: Any, town: Town, delivered: Batch) -> None:
    auditor = desk(staff(Role.AUDITOR))
    page = f"/desk/operations/scans/{delivered.pk}"
    assert "在将来" in text(auditor.get(page))
    row = Refused.objects.get()
    refused = auditor.post(page, {"verb": "read", "row": row.pk, "reason": "看看"})
    assert (refused.status_code, "13812345678" in text(refused)) == (403, False)
    assert auditor.post(page, {"verb": "settle", "how": "看过"}).status_code == 403
    assert sign_in(Client(), Account.objects.get(pk=town.clerk.id)).get(page).status_code == 403


def test_empty_pages_say_what_to_do(keeper: Client) -> None:
    assert "zerotrip ingest" in text(keeper.get("/desk/operations/scans"))
    assert "没有待处理的行" in text(keeper.get("/desk/operations/scans?open=1"))
    assert keeper.get("/desk/operations/scans/999").status_code == 404


def test_a_file_mended_after_it_broke_off_is_another_delivery(tmp_path: Path, clock: Any) -> None:
    """Same name, same size, same beginning and end: what was mended in the middle must not be skipped."""
    file = tmp_path / "scans.ndjson"
    rows = [json.dumps(ROW | {"code": code}) + "\n" for code in ("203", "303", "305")]
    file.write_text("".join(rows))
    first = ingest(str(file))
    Batch.objects.filter(pk=first.pk).update(finished_at=None)  # as if it had been killed after its last block
    rows[1] = json.dumps(ROW | {"code": "954"}) + "\n"
    file.write_text("".join(rows))
    second = ingest(str(file))
    assert second.pk != first.pk
    assert (second.accepted, second.duplicates) == (1, 2)


def test_limits_of_silence_are_seen_and_changed(clock: Any, town: Town) -> None:
    manager = desk(staff(Role.BRANCH_MANAGER))
    page = "/desk/operations/silence"
    assert "24 小时" in text(manager.get(page))
    wrong = manager.post(page, {"stage": "out", "net": "", "hours": "0"})
    assert (wrong.status_code, "1 至 1440 小时" in text(wrong)) == (422, True)
    odd = manager.post(page, {"stage": "nowhere", "net": "moon", "hours": "٣"})
    assert odd.status_code == 422
    done = manager.post(page, {"stage": "out", "net": "city", "hours": "12"}, follow=True)
    assert "<strong>12 小时</strong>" in text(done)
    assert SilenceLimit.objects.get().hours == 12
    care = desk(staff(Role.CARE_AGENT))
    assert "修改时限" not in text(care.get(page))
    assert care.post(page, {"stage": "out", "net": "", "hours": "10"}).status_code == 403
