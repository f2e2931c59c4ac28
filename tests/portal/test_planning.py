"""A citizen compares the ways to do an errand, chooses one, applies by it, and the case carries it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.actors import citizen, sign_in
from tests.cases import itineraries as ways
from tests.conftest import Clock
from tests.portal.conftest import photo
from tests.town import Town, town
from zerotrip.cases.models import Case
from zerotrip.core.errors import Unavailable
from zerotrip.journey import queries
from zerotrip.journey.itinerary import Constraint, Itinerary
from zerotrip.journey.queries import PlanView
from zerotrip.ledger.readers import drain

__all__ = ["town"]
pytestmark = pytest.mark.django_db
ITEM = "DL_EXPIRY"


@pytest.fixture
def offered(clock: Clock, town: Town, monkeypatch: pytest.MonkeyPatch) -> list[Itinerary]:
    """The planner offers three ways from 临川: by courier, by the outlet, by the window."""
    found = [way(town.fz, ITEM, town.fz.police) for way in (ways.by_courier, ways.by_outlet, ways.by_hall)]

    def plan_for(item: str, division: str, at: Any, **_limits: Any) -> PlanView:
        constraints = found[0].constraints if found else (NOBODY,)
        return PlanView(item, "机动车驾驶证期满换证", division, at, True, tuple(found), constraints)

    monkeypatch.setattr(queries, "plan_for", plan_for)
    return found


NOBODY = Constraint(
    "apply", "申请", ("outlet",), "这里还没有开通警邮代办", place="P361002206", place_name="鹏田乡邮政所"
)


@pytest.fixture
def lan(town: Town) -> Client:
    """周小兰's phone, signed in."""
    account, _actor = citizen(name="周小兰")
    return sign_in(Client(), account)


def chosen(page: str, n: int) -> str:
    """The address that chooses the n-th card."""
    return unescape(re.findall(r'href="(/apply/[^"]+plan=[^"]+)"', page)[n])


def form(**more: Any) -> dict[str, Any]:
    """What 周小兰 fills in; materials as the page proposes them."""
    return {
        "who": "me", "hall": "361002", "division": "361002", "detail": "演示巷5号1单元302室", "confirm": "on",
        "material_0_way": "shared", "material_1_way": "shared", "material_2_way": "upload",
        "material_2_file": photo("相片.png"), "material_4_way": "none",
    } | more  # fmt: skip


def test_cards_say_trips_time_and_price(offered: list[Itinerary], client: Client) -> None:
    page = client.get(f"/items/{ITEM}/plan").content.decode()
    assert "您在哪里" in page
    page = client.get(f"/items/{ITEM}/plan?division=361002").content.decode()
    assert page.count("zt-way__trips") == 3
    assert re.findall(r'zt-way__trips">([^<]+)<', page) == ["0 次", "1 次", "1 次"]
    assert "¥40" in page
    assert "快递员上门取材料，证件寄到家" in page
    assert "为什么不能更少跑" in page
    assert "《机动车驾驶证申领和使用规定》第七十三条" in page
    assert page.count('<svg class="zt-strip__box"') == 3


def test_no_way_says_why_and_what_would_help(offered: list[Itinerary], client: Client) -> None:
    offered.clear()
    page = client.get(f"/items/{ITEM}/plan?division=361002").content.decode()
    assert "暂时没有走得通的办法" in page
    assert "鹏田乡邮政所：这里还没有开通警邮代办" in page
    assert "可以这样" in page


def test_what_rules_a_way_out_without_an_article_says_so(offered: list[Itinerary], client: Client) -> None:
    own = Constraint("apply", "申请", ("online", "doorstep"), "须当面核对身份后现场制证")
    law = Constraint("apply", "申请", ("online",), "须双方共同申请", law="不动产登记暂行条例", article="第十四条")
    offered[0] = replace(offered[0], constraints=(own, law, NOBODY))
    page = client.get(f"/items/{ITEM}/plan?division=361002").content.decode()
    reasons = re.findall(r"<p>(申请：[^<]*|[^<]*警邮代办)(?:<small>([^<]*)</small>)?</p>", page)
    assert reasons == [
        ("申请：须当面核对身份后现场制证", "本事项自己的规定，未引用法条"),
        ("申请：须双方共同申请", "《不动产登记暂行条例》第十四条"),
        ("申请：鹏田乡邮政所：这里还没有开通警邮代办", ""),
    ]


def test_without_a_timetable_the_old_form_still_works(
    clock: Clock, town: Town, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_args: Any, **_more: Any) -> PlanView:
        raise Unavailable("还没有启用邮路时刻表")

    monkeypatch.setattr(queries, "plan_for", none)
    page = client.get(f"/items/{ITEM}/plan?division=361002").content.decode()
    assert "暂时不能比较各种办法" in page
    assert f'href="/apply/{ITEM}"' in page


def test_what_is_chosen_comes_with_the_application(offered: list[Itinerary], lan: Client) -> None:
    page = lan.get(f"/items/{ITEM}/plan?division=361002").content.decode()
    address = chosen(page, 0)
    text = lan.get(address).content.decode()
    assert "0 次" in text
    assert "换一种办法" in text
    slot = re.findall(r'<option value="([^"]+)" selected', text)
    sent = form(material_3_way="courier", pickup=next(s for s in slot if s.startswith("2026-11-24/")), result="mail")
    answer = lan.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get()
    assert (case.materials_route, case.promised_at, case.legs.count()) == ("courier", offered[0].finish_p95, 2)
    drain()
    text = lan.get(f"/cases/{case.number}").content.decode()
    assert "前办好" in text
    assert "上门取件" in text


def test_a_way_with_a_visit_says_where_to_come_and_when(offered: list[Itinerary], lan: Client, town: Town) -> None:
    address = chosen(lan.get(f"/items/{ITEM}/plan?division=361002").content.decode(), 1)
    answer = lan.post(address, form(material_3_way="bring", result="mail"), follow=True)
    text = answer.content.decode()
    case = Case.objects.get()
    assert (case.state, case.materials_route, case.hand_in) == ("applied", "outlet", town.fz.outlet)
    assert f"请带材料和身份证到{town.fz.outlet.name}办一次，别晚于 11月24日 14:00" in text
    assert "11月24日开放 08:30–12:00 13:30–17:30" in text


def test_the_form_keeps_to_the_chosen_way(offered: list[Itinerary], lan: Client) -> None:
    address = chosen(lan.get(f"/items/{ITEM}/plan?division=361002").content.decode(), 0)
    answer = lan.post(address, form(material_3_way="upload", material_3_file=photo(), result="mail"))
    assert answer.status_code == 422
    assert "请至少有一样由快递员取" in answer.content.decode()
    answer = lan.post(address, form(material_3_way="courier", result="collect"))
    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_a_way_that_is_gone_leads_back_to_the_choice(offered: list[Itinerary], lan: Client, clock: Clock) -> None:
    address = chosen(lan.get(f"/items/{ITEM}/plan?division=361002").content.decode(), 0)
    clock.advance(hours=2)
    answer = lan.get(address)
    assert answer.headers["Location"] == f"/items/{ITEM}/plan?division=361002"
    gone = lan.get(f"/apply/{ITEM}?from=361002&at=2026-11-24T11:10&plan=nothing", follow=True)
    assert "请重新选择一次" in gone.content.decode()


def test_a_promise_in_danger_is_told(offered: list[Itinerary], lan: Client, clock: Clock) -> None:
    from zerotrip.cases.actions.promise import foretell

    address = chosen(lan.get(f"/items/{ITEM}/plan?division=361002").content.decode(), 1)
    lan.post(address, form(material_3_way="bring", result="mail"))
    drain()
    clock.set(ways.moment(3, "16:00"))
    case = Case.objects.get()
    foretell(case, list(case.legs.all()), clock.now)
    case.refresh_from_db()
    assert case.at_risk
    assert case.account is not None
    text = sign_in(Client(), case.account).get(f"/cases/{case.number}").content.decode()
    assert "晚于我们承诺的" in text


@pytest.mark.parametrize("query", ["division=000000", "division=' OR 1", "division=361002&when=nonsense", "when=%00"])
def test_nonsense_asks_again(offered: list[Itinerary], client: Client, query: str) -> None:
    assert client.get(f"/items/{ITEM}/plan?{query}").status_code in {200, 422}
