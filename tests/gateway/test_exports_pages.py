"""Managers get their cases as files, masked unless there is a reason; and see what the portal has not confirmed."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.cases import stories
from tests.town import Town
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.gateway.exports import files, push, work
from zerotrip.gateway.exports.models import Export, ExportState, PortalRow, Told
from zerotrip.gateway.exports.portal import Message, Reply
from zerotrip.gateway.exports.tables import TABLES
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

pytestmark = pytest.mark.django_db
EXPORTS, PORTAL = "/desk/projects/exports", "/desk/operations/portal"
DAYS = {"first": "2026-11-24", "last": "2026-11-24", "form": "csv"}


def browser(role: Role, **more: Any) -> Client:
    return sign_in(Client(), staff(role, **more)[0])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def finished(client: Client, **sent: str) -> Export:
    """Ask for a file and let a worker write it."""
    asked = client.post(EXPORTS, DAYS | sent)
    assert asked.status_code == 302, text(asked)
    one = Export.objects.first()
    assert one is not None
    work.run(one.pk)
    one.refresh_from_db()
    return one


def read(client: Client, one: Export) -> dict[str, str]:
    """The files of an export that was downloaded, by name."""
    answer = client.get(f"{EXPORTS}/{one.public_id}/file")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(content) == int(answer["Content-Length"]) == one.size
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def test_a_manager_asks_waits_and_downloads(town: Town) -> None:
    case, _number = stories.apply_in_person(town.nc)
    manager = browser(Role.PROJECT_MANAGER)
    assert "还没有导出过" in text(manager.get(EXPORTS))
    assert manager.post(EXPORTS, DAYS).status_code == 302
    waiting = text(manager.get(EXPORTS))
    assert "排队中" in waiting
    assert "新的导出" not in waiting, "one at a time"
    again = manager.post(EXPORTS, DAYS)
    assert (again.status_code, "还没有完成" in text(again)) == (409, True)
    assert "已写 0 / 0" in text(manager.get(f"{EXPORTS}/progress"))

    one = Export.objects.get()
    work.run(one.pk)
    assert manager.get(f"{EXPORTS}/progress")["HX-Refresh"] == "true"
    one.refresh_from_db()
    assert (one.state, one.total) == (ExportState.DONE, 1)
    got = read(manager, one)
    assert len(got) == len(TABLES) + 1
    assert case.number in got["表5-办事申请.csv"]
    assert "周**" in got["表5-办事申请.csv"]
    assert "周小兰" not in "".join(got.values())
    page = text(manager.get(f"{EXPORTS}/{one.public_id}"))
    assert "表15-物流信息" in page
    assert "投资项目编号" in page
    assert "下载" in page
    kinds = list(Entry.objects.filter(kind__startswith="gateway.export").values_list("kind", flat=True))
    assert kinds == ["gateway.export_asked", "gateway.export_done", "gateway.export_read"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"first": "", "last": ""}, "请选择日期"),
        ({"first": "24/11/2026"}, "日期应写成"),
        ({"first": "2026-11-25"}, "请从早到晚填写日期"),
        ({"last": "2026-11-25"}, "最晚到今天"),
        ({"first": "2025-01-01"}, "最多导出 366 天"),
        ({"first": "0001-01-01"}, "最多导出 366 天"),
        ({"form": "docx"}, "请选择格式"),
        ({"full": "on", "reason": "查"}, "请写明为什么需要"),
    ],
)
def test_a_wrong_question_gets_a_sentence(town: Town, sent: dict[str, str], said: str) -> None:
    refused = browser(Role.BRANCH_MANAGER).post(EXPORTS, DAYS | sent)
    assert (refused.status_code, said in text(refused)) == (422, True), text(refused)
    assert not Export.objects.exists()


def test_names_in_full_need_a_branch_head_and_a_reason(town: Town) -> None:
    stories.apply_in_person(town.nc)
    manager, head = browser(Role.PROJECT_MANAGER), browser(Role.BRANCH_MANAGER)
    assert "请分公司负责人办理" in text(manager.get(EXPORTS))
    masked = finished(manager, full="on", reason="数据核对，函〔2026〕12号")
    assert masked.masked, "who may not ask gets it masked"
    assert "请分公司负责人办理" not in text(head.get(EXPORTS))
    full = finished(head, full="on", reason="数据核对，函〔2026〕12号")
    assert not full.masked
    assert "周小兰" in read(head, full)["表5-办事申请.csv"]
    assert "数据核对" in Entry.objects.get(kind="gateway.full_export_asked").sentence()


def test_everybody_has_only_their_own(town: Town) -> None:
    stories.apply_in_person(town.nc)
    manager, other, auditor = browser(Role.PROJECT_MANAGER), browser(Role.PROJECT_MANAGER), browser(Role.AUDITOR)
    one = finished(manager)
    assert str(one.public_id) not in text(other.get(EXPORTS))
    for path in ("", "/file"):
        assert other.get(f"{EXPORTS}/{one.public_id}{path}").status_code == 404
    listed = text(auditor.get(EXPORTS))
    assert str(one.public_id) in listed, "an auditor sees that there was one"
    assert "开始导出" not in listed.replace("点“开始导出”", "")
    assert auditor.get(f"{EXPORTS}/{one.public_id}").status_code == 200
    assert auditor.get(f"{EXPORTS}/{one.public_id}/file").status_code == 403
    assert auditor.post(EXPORTS, DAYS).status_code == 403
    assert Export.objects.count() == 1
    assert manager.get(f"{EXPORTS}/{uuid4()}").status_code == 404


def test_a_manager_of_another_city_gets_an_empty_file(town: Town) -> None:
    stories.apply_in_person(town.nc)
    one = finished(browser(Role.PROJECT_MANAGER, division="3610"))
    assert (one.state, one.total) == (ExportState.DONE, 0)


def test_it_can_be_stopped_and_its_file_is_cleared_in_time(town: Town, clock: Any) -> None:
    account, _actor = staff(Role.PROJECT_MANAGER)
    manager = sign_in(Client(), account)
    manager.post(EXPORTS, DAYS)
    one = Export.objects.get()
    assert "已停止导出" in text(manager.post(f"{EXPORTS}/{one.public_id}/stop", follow=True))
    work.run(one.pk)
    assert Export.objects.get().state == ExportState.STOPPED
    assert "已经结束" in text(manager.post(f"{EXPORTS}/{one.public_id}/stop", follow=True))
    done = finished(manager)
    clock.advance(days=8)
    sign_in(manager, account)
    assert work.clear_old(now()) == 1
    gone = manager.get(f"{EXPORTS}/{done.public_id}/file")
    assert (gone.status_code, "已到期清除" in text(gone)) == (404, True)
    assert "文件已清除" in text(manager.get(EXPORTS))


def test_a_file_that_cannot_be_written_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*args: Any, **kwargs: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(files, "write", full_disk)
    manager = browser(Role.PROJECT_MANAGER)
    one = finished(manager)
    assert one.state == ExportState.FAILED
    assert "请联系系统管理员" in text(manager.get(EXPORTS))
    assert manager.get(f"{EXPORTS}/{one.public_id}").status_code == 200
    monkeypatch.undo()
    assert finished(manager).state == ExportState.DONE


# --- the portal ---------------------------------------------------------------------------------


class Refuses:
    """A portal that takes in the application and refuses everything else."""

    def send(self, message: Message) -> Reply:
        return Reply("accepted") if message.table.code == "application" else Reply("rejected", "实施编码未备案")


@pytest.fixture
def told(town: Town, settings: Any) -> str:
    """A case of which the portal took in one table and refused the others. Gives its number."""
    settings.ZEROTRIP_PORTAL = "outage"
    case, _number = stories.apply_in_person(town.nc)
    drain()
    push.send_due(through=Refuses())
    return case.number


def test_what_the_portal_refused_is_seen_and_sent_again(told: str) -> None:
    admin = browser(Role.SYSTEM_ADMIN)
    page = text(admin.get(PORTAL))
    assert "实施编码未备案" in page
    assert told in page
    assert "BEGIN PUBLIC KEY" in page
    refused = PortalRow.objects.filter(state=Told.REJECTED).order_by("pk")[0]
    assert "已安排再次报送" in text(admin.post(f"{PORTAL}/{refused.pk}/again", follow=True))
    refused.refresh_from_db()
    assert refused.state == Told.REQUESTED
    accepted = PortalRow.objects.get(state=Told.ACCEPTED)
    assert "不用再发" in text(admin.post(f"{PORTAL}/{accepted.pk}/again", follow=True))
    for odd in (0, 99999999999999999999):
        assert "没有这一条报送" in text(admin.post(f"{PORTAL}/{odd}/again", follow=True))
    assert admin.get(f"{PORTAL}/{refused.pk}/again").status_code == 405


def test_the_list_is_narrowed(told: str) -> None:
    admin = browser(Role.SYSTEM_ADMIN)

    def rows(**query: str) -> list[str]:
        return [row.table for row in admin.get(PORTAL, query).context["page_obj"]]

    assert "application" not in rows()
    assert rows(state="accepted") == ["application"]
    assert set(rows(table="steps")) == {"steps"}
    assert rows(q=told) == rows()
    assert rows(q="JX-nobody") == []
    for odd in ("x", "\0", "9" * 100):
        assert admin.get(PORTAL, {"state": odd, "table": odd, "q": odd, "page": odd}).status_code == 200


def test_managers_see_their_divisions_auditors_change_nothing(told: str, settings: Any) -> None:
    row = PortalRow.objects.filter(state=Told.REJECTED).order_by("pk")[0]
    elsewhere = browser(Role.PROJECT_MANAGER, division="3610")
    assert told not in text(elsewhere.get(PORTAL))
    assert "没有这一条报送" in text(elsewhere.post(f"{PORTAL}/{row.pk}/again", follow=True))
    auditor = browser(Role.AUDITOR)
    page = text(auditor.get(PORTAL))
    assert told in page
    assert "再发一次" not in page
    assert "BEGIN PUBLIC KEY" not in page
    assert auditor.post(f"{PORTAL}/{row.pk}/again").status_code == 403
    assert browser(Role.SECURITY_ADMIN).get(PORTAL).status_code == 403
    settings.ZEROTRIP_PORTAL = ""
    assert "没有接通省平台" in text(auditor.get(PORTAL))


def test_waiting_for_a_day_is_late(told: str, clock: Any) -> None:
    PortalRow.objects.filter(state=Told.REJECTED).update(state=Told.REQUESTED, next_at=now())
    clock.advance(hours=25)
    page = browser(Role.SYSTEM_ADMIN).get(PORTAL)
    assert page.context["late"]
    assert "1 天 1 小时" in text(page)
