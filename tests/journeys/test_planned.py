"""期满换证 from a far township: compare the ways, choose one, apply, and see the case go its way."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.actors import resident_number
from tests.journeys.conftest import PHONE, Person
from tests.journeys.test_stories import press
from zerotrip.demo import logins

pytestmark = pytest.mark.browser
SitDown = Callable[..., Person]
FAR = "360730201"
"""宁都县对坊乡, three hours from the city; its own outlet has no police service."""


def test_expiry_from_a_far_township(person: SitDown, tmp_path: Path) -> None:
    citizen = person("申请人", PHONE)
    citizen.sign_in_as_citizen(logins.SECOND_CITIZEN_PHONE)
    page = citizen.page
    citizen.go("/items/DL_EXPIRY")
    page.get_by_role("link", name=re.compile("怎么办最省事")).click()
    page.wait_for_url("**/plan")
    for level, code in enumerate(("360700", "360730", FAR), 2):
        page.locator(f"select[name=division_{level}]").select_option(code)
        if level < 4:
            page.locator(f"select[name=division_{level + 1}]").wait_for()
    expect(page.locator("input[name=division]")).to_have_value(FAR)
    page.set_default_timeout(60_000)
    press(page, "看看怎么办最省事")
    cards = page.locator("article.zt-way")
    expect(cards.first).to_be_visible(timeout=60_000)
    told = [re.sub(r"\s+", " ", text) for text in page.locator(".zt-way__head").all_inner_texts()]
    assert len(told) >= 2
    assert told[0].startswith("0 次")
    assert told[1].startswith("1 次")
    assert len(set(told)) == len(told)
    expect(cards.first.locator(".zt-leg--post")).to_have_count(1)
    expect(cards.nth(1).locator(".zt-leg--person")).to_have_count(1)
    expect(cards.first.locator("svg.zt-strip__box")).to_be_visible()
    citizen.shot("plan", full=True)
    promised = re.search(r"\d+月\d+日 周. \d\d:\d\d", told[0])
    assert promised
    cards.first.get_by_role("link", name=re.compile("就这样办")).click()
    page.wait_for_url("**/apply/**")
    expect(page.locator("main")).to_contain_text(promised[0])
    citizen.shot("planned-application", full=True)
    page.locator("input[name=who][value=person]").check()
    page.locator("input[name=name]").fill("周小兰")
    page.locator("input[name=id_number]").fill(resident_number())
    page.locator("input[name=phone]").fill("19900000002")
    page.locator("input[name=detail]").fill("演示村9号")
    picture = tmp_path / "photo.png"
    Image.new("RGB", (300, 400), "white").save(picture)
    for file in page.locator("input[type=file]").all():
        if file.is_visible():
            file.set_input_files(picture)
    page.locator("input[name=confirm]").check()
    press(page, "提交申请")
    page.wait_for_url("**/cases/JX*")
    main = page.locator("main")
    expect(main).to_contain_text(promised[0])
    expect(main).to_contain_text("承诺不用出门")
    route = page.locator("#progress .zt-route")
    expect(route.locator(".zt-leg--data")).to_have_count(1)
    expect(route.locator(".zt-leg--post")).to_contain_text("寄到家")
    expect(route.locator(".zt-station")).to_have_count(3)
    expect(route.locator(".is-here")).to_contain_text("公安综合窗口")
    citizen.shot("planned-case", full=True)


def test_a_town_has_other_ways(person: SitDown) -> None:
    citizen = person("路人", PHONE)
    page = citizen.page
    page.set_default_timeout(60_000)
    citizen.go("/items/DL_EXPIRY/plan?division=361002102")
    expect(page.locator("article.zt-way").first).to_be_visible(timeout=60_000)
    assert page.locator("article.zt-way").count() >= 2
    expect(page.locator("main")).to_contain_text("邮政")
    citizen.go("/items/ID_RENEW/plan?division=361002102")
    expect(page.locator(".pl-why")).to_contain_text("居民身份证法")
    citizen.shot("plan-why", full=True)
