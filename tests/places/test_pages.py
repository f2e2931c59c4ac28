"""The desk's pages, the picker and the API routes."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from ninja.testing import TestClient

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from zerotrip.core.roles import Role
from zerotrip.places import pages, queries
from zerotrip.places.api import router
from zerotrip.places.map import province_map
from zerotrip.places.models import Place
from zerotrip.places.picker import DivisionPicker, search

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("province")]
ADMIN = Actor("staff", 1, "系统管理员", frozenset({Role.SYSTEM_ADMIN}))


def ask(
    view: Any, path: str = "/", actor: Actor = ADMIN, post: dict[str, str] | None = None, **kwargs: str
) -> HttpResponse:
    factory = RequestFactory()
    request = factory.get(path) if post is None else factory.post(path, post)
    request.actor = actor  # type: ignore[attr-defined]
    request._messages = []  # type: ignore[attr-defined]
    answer: HttpResponse = view(request, **kwargs)
    return answer


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_the_tree_from_the_province_down() -> None:
    page = text(ask(pages.divisions, "/desk/places/"))
    assert "江西省" in page
    assert page.count("?parent=360") >= 9
    assert "示意地图（演示）" in page
    assert page.count("<path") >= 100
    county = text(ask(pages.divisions, "/desk/places/?parent=360603"))
    assert "余江县" in county
    assert "锦江镇" in county


def test_the_tree_search_reads_whole_addresses() -> None:
    page = text(ask(pages.divisions, "/desk/places/?q=赣州章贡区水东镇七里村5号"))
    assert "江西省赣州市章贡区水东镇" in page
    assert "没有找到" in text(ask(pages.divisions, "/desk/places/?q=zzzzz"))


@pytest.mark.parametrize("wrong", ["abc", "999999", "'; --", "0" * 50])
def test_an_unknown_division_is_not_found(wrong: str) -> None:
    with pytest.raises(NotFound):
        ask(pages.divisions, f"/desk/places/?parent={wrong}")


def test_the_desk_is_for_staff() -> None:
    citizen = Actor("citizen", 1, "", frozenset({Role.CITIZEN}))
    for view in (pages.divisions, pages.place_list):
        with pytest.raises(NotSignedIn):
            ask(view, actor=NOBODY)
        with pytest.raises(NotAllowed):
            ask(view, actor=citizen)


def test_the_list_of_places(hall: Place) -> None:
    page = text(ask(pages.place_list, "/desk/places/list?q=资溪"))
    assert "资溪邮政支局" in page
    assert "江西省抚州市资溪县高田镇" in page
    assert "企业登记窗口" not in page
    refused = ask(pages.place_list, "/desk/places/list?kind=castle")
    assert refused.status_code == 422
    assert "没有这种场所类型" in text(refused)


def test_hours_are_changed_on_the_page(hall: Place, manager: Actor) -> None:
    page = text(ask(pages.place, code="hall-3610", actor=manager))
    assert "08:30–12:00 13:30–17:30" in page
    assert "保存每周时间" in page
    sent = {"verb": "hours", "days_off": "closed", **{f"day_{n}": "9:00-17:00" for n in range(5)}}
    assert ask(pages.place, code="hall-3610", actor=manager, post=sent).status_code == 302
    assert "09:00–17:00" in text(ask(pages.place, code="hall-3610", actor=manager))


def test_what_was_typed_wrong_comes_back_with_a_sentence(hall: Place, manager: Actor) -> None:
    wrong = ask(pages.place, code="hall-3610", actor=manager, post={"verb": "hours", "day_0": "早上九点"})
    assert wrong.status_code == 422
    assert "早上九点" in text(wrong)
    assert "时段不能重叠" in text(wrong)
    for post in (
        {},
        {"verb": "x"},
        {"verb": "day", "day": "2026-02-30"},
        {"verb": "day", "day": "2026-11-25", "periods": "x"},
    ):
        assert ask(pages.place, code="hall-3610", actor=manager, post=post).status_code == 422


def test_who_may_not_change_sees_no_forms(hall: Place) -> None:
    officer = Actor("staff", 3, "", frozenset({Role.AGENCY_OFFICER}))
    page = text(ask(pages.place, code="hall-3610", actor=officer))
    assert "<form method" not in page
    assert "保存每周时间" not in page


class TestPicker:
    """Choosing a division, with and without script."""

    def test_it_starts_at_home(self) -> None:
        picker = DivisionPicker.read({}, actor=NOBODY)
        assert [c.value for c in picker.choices] == ["360000", ""]
        assert (picker.code, picker.stepping) == ("360000", False)
        with pytest.raises(BadInput) as refused:
            picker.require()
        assert refused.value.fields == {"division": ["请选择市。"]}

    def test_each_choice_brings_the_next_list(self) -> None:
        picker = DivisionPicker.read({"division_1": "360000", "division_2": "361000"}, actor=NOBODY)
        assert [len(c.options) for c in picker.choices] == [34, 11, 11]
        sent = {"division_1": "360000", "division_2": "361000", "division_3": "361028", "division_4": "361028105"}
        picker = DivisionPicker.read(sent, actor=NOBODY)
        assert picker.require(4) == "361028105"
        assert picker.full_name == "江西省抚州市资溪县高田镇"

    def test_a_list_of_another_city_is_dropped(self) -> None:
        sent = {"division_1": "360000", "division_2": "360700", "division_3": "361028", "division_4": "361028105"}
        assert DivisionPicker.read(sent, actor=NOBODY).code == "360700"

    def test_elsewhere_there_are_no_townships_to_ask_for(self) -> None:
        sent = {"division_1": "330000", "division_2": "330100", "division_3": "330106"}
        assert DivisionPicker.read(sent, actor=NOBODY).require(4) == "330106"
        assert (
            DivisionPicker.read({"division_1": "110000", "division_2": "110105"}, actor=NOBODY).require(4) == "110105"
        )

    def test_a_found_division_fills_the_lists(self) -> None:
        picker = DivisionPicker.read({"division_q": "资溪", "division_set": "361028"}, actor=NOBODY)
        assert [c.value for c in picker.choices] == ["360000", "361000", "361028", ""]
        assert (picker.query, picker.stepping) == ("", False)

    def test_without_script_a_step_is_told_from_sending_the_form(self) -> None:
        step = DivisionPicker.read({"division_1": "360000", "division_2": "", "division_step": "next"}, actor=NOBODY)
        asked = DivisionPicker.read({"division_1": "360000", "division_q": "余江县"}, actor=NOBODY)
        assert step.stepping
        assert asked.stepping
        assert [f.code for f in asked.found] == ["360603"]

    def test_an_earlier_answer_is_shown_again(self) -> None:
        assert DivisionPicker.read({}, actor=NOBODY, code="361028105").full_name == "江西省抚州市资溪县高田镇"
        assert DivisionPicker.read({"division": "nonsense"}, actor=NOBODY).code == "360000"

    def test_the_fragment(self) -> None:
        first = text(ask(pages.pick, "/places/pick", actor=NOBODY))
        assert "<noscript>" in first
        assert first.count("<select") == 2
        found = text(
            ask(pages.pick, "/places/pick?name=home", actor=NOBODY, post={"home_q": "yujiang", "home_1": "360000"})
        )
        assert "江西省鹰潭市余江区" in found
        with pytest.raises(BadInput):
            ask(pages.pick, "/places/pick?name=<script>", actor=NOBODY)

    def test_its_errors_are_shown(self) -> None:
        picker = DivisionPicker.read({}, actor=NOBODY)
        picker.errors.append("请选择市。")
        assert "请选择市。" in render_to_string("places/_division_picker.html", {"picker": picker})


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("赣州章贡区水东镇七里村5号", "360702102"),
        ("余江县", "360603"),
        ("西湖区", "360103"),
        ("yudu", "360731"),
        ("杭州西湖区", "330106"),
    ],
)
def test_search_takes_what_people_type(typed: str, first: str) -> None:
    found = [f.code for f in search(typed, actor=NOBODY, home="36")]
    assert first in found[:2]


def test_the_map_holds_the_province() -> None:
    drawn = province_map()
    assert len(drawn.shapes) == 100
    for county in queries.Division.objects.in_prefix("36").filter(level=3):
        dot = drawn.dot(county.lat or 0, county.lon or 0)
        assert 0 <= dot.x <= drawn.width
        assert 0 <= dot.y <= drawn.height


class TestApi:
    """The routes partners use."""

    client = TestClient(router)

    def test_divisions(self) -> None:
        assert len(self.client.get("/divisions").json()) == 34
        assert {d["code"] for d in self.client.get("/divisions?parent=360600").json()} == {"360602", "360603", "360681"}
        assert self.client.get("/divisions?q=yanshan&parent=36").json()[0]["name"] == "铅山县"
        one = self.client.get("/divisions/360622").json()
        assert (one["code"], one["parent"], one["position_source"]) == ("360603", "360600", "polygon")

    def test_places(self, hall: Place) -> None:
        found = self.client.get("/places?division=3610&limit=2").json()
        assert [p["code"] for p in found] == ["hall-3610", "out-361028"]
        rest = self.client.get("/places?division=3610&limit=2&after=out-361028").json()
        assert [(p["code"], p["parent"]) for p in rest] == [("win-3610-1", "hall-3610")]
        one = self.client.get("/places/hall-3610?day=2026-11-24").json()
        assert one["hours"] == [{"opens": "08:30", "closes": "12:00"}, {"opens": "13:30", "closes": "17:30"}]
        assert one["week"][6] == []
        assert self.client.get("/places/hall-3610?day=2026-10-01").json()["hours"] == []

    def test_addresses(self) -> None:
        read = self.client.post("/addresses", json={"address": "鹰潭余江县锦江镇中山路1号"}).json()
        assert (read["code"], read["rest"], read["certainty"]) == ("360603101", "中山路1号", "likely")
        unsure = self.client.post("/addresses", json={"address": "西湖区文三路"}).json()
        assert unsure["code"] is None
        assert len(unsure["candidates"]) == 2

    def test_what_is_not_there_or_not_understood(self, hall: Place) -> None:
        with pytest.raises(NotFound):
            self.client.get("/places/nowhere")
        with pytest.raises(NotFound):
            self.client.get("/divisions?parent=zz")
        with pytest.raises(BadInput):
            self.client.get("/places?kind=castle")
        with pytest.raises(BadInput):
            self.client.get("/places/hall-3610?day=2030-01-01")
        assert self.client.get("/places/hall-3610?day=tomorrow").status_code == 422
        assert self.client.get("/places?limit=0").status_code == 422
