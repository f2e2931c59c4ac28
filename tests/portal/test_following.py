"""A citizen follows an errand, mends it, takes it back; nobody else sees it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.actors import citizen, sign_in, staff
from tests.portal.conftest import TOWNSHIP, photo
from zerotrip.cases import actions
from zerotrip.cases.application import Application, ContactIn, PersonApplicant
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.documents import actions as documents
from zerotrip.people.models import Account
from zerotrip.people.queries import actor_of, my_person

pytestmark = pytest.mark.django_db
PROBLEM = ("申请书", "没有签字", "签字后重新拍照上传")


@pytest.fixture
def case(wang: Account) -> Case:
    """王小明 has applied online for a lost driving licence; the window has his papers."""
    me = actor_of(wang)
    person = my_person(actor=me)
    assert person is not None
    uploads = {
        n: documents.store("照片.png", photo().read(), purpose="material", actor=me, at=now()).public_id for n in (1, 2)
    }
    return actions.apply(
        Application(
            item_code="DL_LOST",
            county="360102",
            source="portal",
            applicant=PersonApplicant(str(person.name), person.id_type, str(person.id_number), str(person.phone)),
            contact=ContactIn("王小明", str(wang.phone), TOWNSHIP, "八一大道1号2室"),
            materials_route="online",
            result_route="mail",
            uploads=uploads,
        ),
        actor=me,
        at=now(),
    )


@pytest.fixture
def officer(case: Case) -> Any:
    """The officer at the window."""
    return staff(Role.AGENCY_OFFICER, place=case.window)[1]


def test_the_page_says_what_happens_next_and_shows_the_route(phone: Client, case: Case) -> None:
    text = phone.get(f"/cases/{case.number}").content.decode()
    assert "窗口正在核对材料，齐全就受理。您不用做什么。" in text
    assert 'class="zt-route' in text
    assert f'sse-connect="/live?case={case.number}"' in text
    assert "下载接收凭证" in text


def test_the_page_asks_the_database_little_however_long_the_story(
    phone: Client, case: Case, officer: Any, django_assert_max_num_queries: Any
) -> None:
    actions.accept(case.number, actor=officer, at=now())
    actions.start_review(case.number, actor=officer, at=now())
    for _ in range(8):
        actions.pause(case.number, kind="inspection", reason="现场核查", needed_days=3, actor=officer, at=now())
        actions.resume(case.number, actor=officer, at=now())
    with django_assert_max_num_queries(8):  # the session and who is signed in are two of them
        phone.get(f"/cases/{case.number}")


def test_live_the_changing_part_alone_is_asked_for(phone: Client, case: Case) -> None:
    answer = phone.get(f"/cases/{case.number}", headers={"HX-Request": "true", "HX-Target": "progress"})
    assert b"<html" not in answer.content
    assert case.number in answer.content.decode()


def test_a_correction_is_answered_by_upload(phone: Client, case: Case, officer: Any) -> None:
    actions.ask_correction(case.number, problems=[PROBLEM], actor=officer, at=now())
    text = phone.get(f"/cases/{case.number}").content.decode()
    assert "没有签字" in text
    assert "去补正" in text
    refused = phone.post(f"/cases/{case.number}/answer", {"by": "online"})
    assert refused.status_code == 422
    assert "请选择“申请书”的照片或 PDF" in refused.content.decode()
    done = phone.post(f"/cases/{case.number}/answer", {"by": "online", "problem_1_file": photo()})
    assert done.status_code == 302
    case.refresh_from_db()
    assert case.state == "received"


def test_a_correction_is_collected_by_the_courier(phone: Client, case: Case, officer: Any) -> None:
    actions.ask_correction(case.number, problems=[PROBLEM], actor=officer, at=now())
    refused = phone.post(f"/cases/{case.number}/answer", {"by": "courier"})
    assert "请选择快递员上门取件的时间" in refused.content.decode()
    done = phone.post(f"/cases/{case.number}/answer", {"by": "courier", "pickup": "2026-11-25/510/630"})
    assert done.status_code == 302, done.content.decode()
    case.refresh_from_db()
    assert case.state == "applied"


def test_taking_it_back_needs_a_reason_and_ends_it(phone: Client, case: Case) -> None:
    refused = phone.post(f"/cases/{case.number}/withdraw", {"reason": ""})
    assert refused.status_code == 422
    assert "请写明撤回的理由" in refused.content.decode()
    assert phone.post(f"/cases/{case.number}/withdraw", {"reason": "驾驶证找到了"}).status_code == 302
    text = phone.get(f"/cases/{case.number}").content.decode()
    assert "申请已撤回" in text
    assert case.number in phone.get("/cases?over=1").content.decode()


def test_the_receipt_is_a_pdf(phone: Client, case: Case) -> None:
    answer = phone.get(f"/cases/{case.number}/receipt")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_nobody_else_sees_it(client: Client, case: Case) -> None:
    file = case.materials.exclude(file_id=None).first()
    assert file is not None
    pages = ["", "/receipt", f"/files/{file.file_id}"]
    for page in pages:
        assert client.get(f"/cases/{case.number}{page}").status_code == 302
    stranger, _actor = citizen()
    sign_in(client, stranger)
    for page in pages:
        assert client.get(f"/cases/{case.number}{page}").status_code == 404
    assert client.post(f"/cases/{case.number}/withdraw", {"reason": "不是我的"}).status_code == 404
    assert case.number not in client.get("/cases").content.decode()


@pytest.mark.parametrize("number", ["x", "%00", "JX36100220261123000001Y", "9" * 300, "files"])
def test_numbers_that_are_none(phone: Client, number: str) -> None:
    assert phone.get(f"/cases/{number}").status_code == 404
