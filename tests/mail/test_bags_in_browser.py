"""Pages of bags in a real Chromium, on a desk and on a phone: whole, readable, and worked with a scanner alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.actors import sign_in
from tests.browser import ARGS, program
from tests.courier.test_in_browser import look
from tests.mail.conftest import Town
from tests.seals import fresh_seal
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.models import Bag
from zerotrip.people.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.fixture
def screen(live_server: Any, tmp_path: Path) -> Iterator[Page]:
    """A screen at which nobody has signed in."""
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{tmp_path / 'cache'}</cachedir>"
        '<match target="pattern"><edit name="family" mode="append" binding="strong">'
        "<string>Noto Sans SC</string></edit></match></fontconfig>",
        encoding="utf-8",
    )
    environment: Any = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGS, env=environment)
        yield browser.new_context(locale="zh-CN", base_url=live_server.url).new_page()
        browser.close()


def sit_down(screen: Page, address: str, who: Actor) -> None:
    cookie = sign_in(Client(), Account.objects.get(pk=who.id)).cookies[settings.SESSION_COOKIE_NAME]
    screen.context.clear_cookies()
    screen.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def both(screen: Page, name: str) -> None:
    """The page as it stands, on a desk and on a phone."""
    for size, suffix in ((DESK, ""), (PHONE, "-phone")):
        screen.set_viewport_size(size)  # type: ignore[arg-type]
        look(screen, "", name + suffix)
    screen.set_viewport_size(DESK)  # type: ignore[arg-type]


def scan(screen: Page, text: str) -> None:
    """What a scanner does: types into the box that has the focus, and Enter."""
    screen.locator("[data-scan]").first.fill(text)
    with screen.expect_navigation(wait_until="networkidle"):
        screen.keyboard.press("Enter")


def test_a_bag_from_the_hall_to_the_outlet(clock: Any, town: Town, live_server: Any, screen: Page) -> None:
    pieces, seal = [town.result() for _ in range(3)], fresh_seal()
    screen.set_viewport_size(DESK)  # type: ignore[arg-type]
    sit_down(screen, live_server.url, town.clerk)
    screen.goto("/desk/bags/")
    both(screen, "bags-empty")
    screen.locator("#target").fill(town.outlet.code)
    screen.get_by_role("button", name="开始装袋").click()
    screen.wait_for_url("**/desk/bags/B*")
    both(screen, "bag-empty")
    for piece in pieces:
        scan(screen, str(piece.number))
    both(screen, "bag-packing")
    screen.locator("#seal").fill(seal)
    screen.keyboard.press("Enter")
    screen.get_by_text("已封袋。").wait_for()
    both(screen, "bag-sealed")
    screen.get_by_role("button", name="发往").click()
    screen.wait_for_url("**/desk/manifests/*")
    both(screen, "manifest-with-bag")
    page = screen.url
    bag = Bag.objects.get()
    listed = bag.units.get().manifest
    actions.give(listed.number, actor=town.clerk, at=now())
    sit_down(screen, live_server.url, town.teller)
    screen.goto(page)
    screen.get_by_text("封签不符或破损").first.click()
    both(screen, "manifest-take-bag")
    scan(screen, seal)
    screen.get_by_text("整袋收到").wait_for()
    actions.close(listed.number, actor=town.teller, at=now())
    screen.goto(f"/desk/bags/{bag.code}")
    both(screen, "bag-arrived")
    screen.get_by_role("button", name="开袋取出").click()
    screen.get_by_text("已开袋。").wait_for()
    both(screen, "bag-opened")
    screen.goto(f"/desk/holder?number={pieces[0].number}")
    both(screen, "holder")


def test_a_missing_bag_and_an_escalation(clock: Any, town: Town, live_server: Any, screen: Page) -> None:
    bag = bags.begin_bag(target_place_code=town.outlet.code, place_code=town.hall.code, actor=town.clerk, at=now())
    bags.pack(bag.code, str(town.result().number), actor=town.clerk, at=now())
    bags.seal_bag(bag.code, fresh_seal(), actor=town.clerk, at=now())
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code,
        giver_place_code=town.hall.code,
        carried=True,
        actor=town.clerk,
        at=now(),
    )
    bags.put_bag(listed.number, bag.code, actor=town.clerk, at=now())
    actions.give(listed.number, actor=town.clerk, at=now())
    actions.close(listed.number, despite_differences=True, actor=town.teller, at=now())
    sit_down(screen, live_server.url, town.teller)
    screen.set_viewport_size(DESK)  # type: ignore[arg-type]
    screen.goto(f"/desk/manifests/{listed.number}")
    screen.get_by_text("双方解决不了").click()
    screen.locator("#why").fill("双方各执一词")
    both(screen, "manifest-disputed-bag")
    screen.get_by_role("button", name="升级", exact=True).click()
    screen.get_by_text("差异已升级给").wait_for()
    both(screen, "manifest-escalated")
    drain()
    screen.goto("/desk/manifests/")
    both(screen, "manifests-escalated")
