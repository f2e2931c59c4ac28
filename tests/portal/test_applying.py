"""A citizen fills in the form: what is wrong is said next to it, what was typed is kept, and then it is a case."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.actors import resident_number
from tests.portal.conftest import TOWNSHIP, photo
from zerotrip.cases.models import Case
from zerotrip.documents.models import StoredFile
from zerotrip.rules import uscc

pytestmark = pytest.mark.django_db
SLOT = "2026-11-25/510/630"
USCC = "91360100MA35H5XW0" + uscc.check_character("91360100MA35H5XW0")


def filled(**changed: Any) -> dict[str, Any]:
    """The form for 食品经营许可证核发 as a company's handler fills it in (None leaves a field out)."""
    form: dict[str, Any] = {
        "who": "company",
        "company": "南昌市红谷滩好味道餐饮有限公司",
        "uscc": USCC,
        "agent_name": "李小红",
        "agent_phone": "13870000001",
        "hall": "360102",
        "division": TOWNSHIP,
        "detail": "八一大道100号2栋301室",
        "pickup": SLOT,
        "result": "mail",
        "confirm": "on",
    }
    form |= {f"material_{n}_way": "courier" for n in (0, 2, 3)}
    form |= {"material_1_way": "shared", "material_4_way": "none"}
    return {name: value for name, value in (form | changed).items() if value is not None}


@pytest.fixture
def code() -> str:
    """A credit code with a right check character."""
    return USCC


def licence(**changed: Any) -> dict[str, Any]:
    """The form for 机动车驾驶证遗失补证 as a citizen fills it in."""
    ways = {"material_0_way": "shared", "material_2_way": "courier", "material_3_way": "none"}
    file = {"material_1_way": "upload", "material_1_file": photo("相片.png")}
    company = dict.fromkeys(("company", "uscc", "agent_name", "agent_phone", "material_4_way"))
    return filled(**company, **ways, **file, **changed)


def test_a_company_applies_and_the_courier_is_on_the_way(phone: Client, code: str) -> None:
    answer = phone.post("/apply/FOOD_LICENSE", filled(uscc=code))
    case = Case.objects.get()
    assert answer.headers["Location"] == f"/cases/{case.number}"
    assert case.materials_route == "courier"
    assert case.result_route == "mail"
    assert case.trips_promised == 0
    text = phone.get(f"/cases/{case.number}").content.decode()
    assert "快递员11月25日 08:30–10:30上门取材料" in text
    assert "食品经营许可证核发" in phone.get("/").content.decode()
    assert case.number in phone.get("/cases").content.decode()


def test_a_citizen_known_by_name_types_no_number(phone: Client) -> None:
    form = phone.get("/apply/DL_LOST").content.decode()
    assert "我本人（王" in form
    answer = phone.post("/apply/DL_LOST", licence(who="me"))
    assert answer.status_code == 302, answer.content.decode()
    assert Case.objects.get().applicant_person is not None


def test_what_is_wrong_stands_next_to_it_and_above_and_what_was_typed_stays(phone: Client) -> None:
    sent = filled(uscc="91360100MA35H5XW00", agent_phone="123", confirm=None, detail="")
    answer = phone.post("/apply/FOOD_LICENSE", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "还不能提交，请改正" in text
    for field in ("uscc", "agent_phone", "confirm", "detail"):
        assert f'id="id_{field}_error"' in text, field
    assert 'value="南昌市红谷滩好味道餐饮有限公司"' in text
    assert 'value="李小红"' in text
    assert f'value="{SLOT}" selected' in text
    assert not Case.objects.exists()


def test_a_wrong_id_number_is_told_in_a_sentence(phone: Client) -> None:
    person = {
        "who": "person",
        "name": "张三丰",
        "id_type": "111",
        "id_number": "360102198605170011",
        "phone": "13870000002",
    }
    answer = phone.post("/apply/DL_LOST", licence(**person))
    assert answer.status_code == 422
    assert 'id="id_id_number_error"' in answer.content.decode()
    person["id_number"] = resident_number()
    assert phone.post("/apply/DL_LOST", licence(**person)).status_code == 302


def test_an_upload_is_kept_while_the_rest_is_mended(phone: Client, code: str) -> None:
    first = filled(uscc="错", material_0_way="upload", material_0_file=photo("申请书.png"))
    text = phone.post("/apply/FOOD_LICENSE", first).content.decode()
    assert "已传好：申请书.png" in text
    found = re.search(r'name="material_0_kept" value="([^"]+)"', text)
    assert found
    answer = phone.post("/apply/FOOD_LICENSE", filled(uscc=code, material_0_way="upload", material_0_kept=found[1]))
    case = Case.objects.get()
    assert answer.headers["Location"] == f"/cases/{case.number}"
    file = StoredFile.objects.get()
    assert (file.subject_type, file.subject_id) == ("cases.case", str(case.pk))
    row = case.materials.get(position=0)
    assert row.file_id == file.public_id
    assert phone.get(f"/cases/{case.number}/files/{file.public_id}").headers["Content-Type"] == "image/jpeg"


def test_nobody_can_use_the_upload_of_another_or_a_forged_token(phone: Client, code: str) -> None:
    sent = filled(uscc=code, material_0_way="upload", material_0_kept="forged:token")
    text = phone.post("/apply/FOOD_LICENSE", sent).content.decode()
    assert "请重新选择" in text
    assert not Case.objects.exists()


def test_a_file_of_the_wrong_kind_is_named(phone: Client, code: str) -> None:
    bad = photo("病毒.exe")
    bad.seek(0)
    bad.truncate()
    bad.write(b"MZ nothing good")
    bad.seek(0)
    answer = phone.post("/apply/FOOD_LICENSE", filled(uscc=code, material_0_way="upload", material_0_file=bad))
    assert answer.status_code == 422
    assert "不是能识别的图片或 PDF" in answer.content.decode()


def test_a_time_that_no_courier_comes_is_refused(phone: Client, code: str) -> None:
    answer = phone.post("/apply/FOOD_LICENSE", filled(uscc=code, pickup="2020-01-01/0/60"))
    assert answer.status_code == 422
    assert "请另选一个时段" in answer.content.decode()


def test_an_address_without_a_county_is_refused(phone: Client, code: str) -> None:
    answer = phone.post("/apply/FOOD_LICENSE", filled(uscc=code, division="360000"))
    assert answer.status_code == 422
    assert "地址不完整" in answer.content.decode()


def test_without_script_the_next_list_of_divisions_comes_and_nothing_is_lost(phone: Client) -> None:
    step = filled(division_step="next", division_1="360000000000"[:6], detail="八一大道100号")
    answer = phone.post("/apply/FOOD_LICENSE", step)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="八一大道100号"' in text
    assert "还不能提交" not in text


def test_what_needs_a_visit_is_not_applied_for_here(phone: Client) -> None:
    assert phone.get("/apply/ADOPT").headers["Location"] == "/items/ADOPT"


@pytest.mark.parametrize("form", [{}, {"who": "\x00"}, {"who": "me", "hall": "999999"}, {"division": "' OR 1=1"}])
def test_nonsense_is_refused_and_nothing_kept(phone: Client, form: dict[str, str]) -> None:
    answer = phone.post("/apply/FOOD_LICENSE", form)
    assert answer.status_code == 422
    assert not Case.objects.exists()
