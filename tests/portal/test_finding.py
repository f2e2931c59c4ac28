"""Somebody looks for what they need, without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_front_door_has_one_search_box_themes_figures_and_what_needs_no_trip(client: Client, nanchang: Any) -> None:
    text = page(client, "/")
    assert 'role="search"' in text
    assert "准营准办" in text
    assert "食品经营许可证核发" in text
    assert 'data-figure="zero_trip">4<' in text
    assert "我正在办的事" not in text


def test_search_finds_by_everyday_words_and_filters_narrow_it(client: Client, nanchang: Any) -> None:
    assert "收养登记" in page(client, "/items?q=收养")
    assert "收养登记" not in page(client, "/items?zero=1")
    assert "食品经营许可证核发" in page(client, "/items?zero=1&mail=1&for=2")
    assert "机动车驾驶证遗失补证" not in page(client, "/items?for=2")


def test_nothing_found_says_what_to_try(client: Client, nanchang: Any) -> None:
    text = page(client, "/items?q=登月&zero=1")
    assert "没有找到“登月”" in text
    assert "去掉筛选再找" in text


@pytest.mark.parametrize("query", ["q=%00", "page=-1", "page=x", "theme=%27", "for=9", "q=" + "长" * 500, "zero=abc"])
def test_odd_queries_are_answered(client: Client, nanchang: Any, query: str) -> None:
    page(client, f"/items?{query}")


def test_the_guide_says_trips_days_money_papers_and_law(client: Client, nanchang: Any) -> None:
    text = page(client, "/items/FOOD_LICENSE")
    for said in (
        "一次不跑",
        "法定时限",
        "配置值，待核",
        "多少钱",
        "要准备什么",
        "办理部门",
        "依据什么",
        "立即申请",
        "食品安全法",
    ):
        assert said in text, said
    assert "/apply/FOOD_LICENSE" in text


def test_what_is_configured_and_not_from_a_source_is_marked(client: Client, nanchang: Any) -> None:
    from zerotrip.catalog.models import ItemVersion
    from zerotrip.core.clock import now

    ItemVersion.objects.filter(item__code="FOOD_LICENSE").update(configured=[])
    assert "配置值，待核" not in page(client, "/items/FOOD_LICENSE")
    ItemVersion.objects.filter(item__code="FOOD_LICENSE").update(
        configured=["legal_limit_value"], changed_at=now() + timedelta(seconds=1)
    )
    assert "配置值，待核" in page(client, "/items/FOOD_LICENSE")


def test_an_item_that_needs_a_visit_says_why_and_where_and_is_not_applied_for_online(
    client: Client, nanchang: Any
) -> None:
    from zerotrip.catalog.actions import set_competence
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.places.models import Place

    set_competence([("civil_affairs", "3601", Place.objects.get(code="win-market"))], actor=SYSTEM, at=now())
    text = page(client, "/items/ADOPT")
    assert "必须到场的原因" in text
    assert "/apply/ADOPT" not in text
    assert "东湖区政务服务中心" in text


def test_an_unknown_item_is_a_clear_page(client: Client, nanchang: Any) -> None:
    assert "没有这个事项" in page(client, "/items/NOPE", 404)


def test_applying_asks_for_the_phone_first_and_comes_back(client: Client, nanchang: Any) -> None:
    answer = client.get("/apply/FOOD_LICENSE")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in/phone?next=%2Fapply%2FFOOD_LICENSE"
