"""The courier's pages in a real Chromium at the width of a phone: whole, readable, and signed with a finger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.actors import resident_number, sign_in
from tests.browser import ARGS, picture, program
from tests.cases import stories
from tests.courier.test_tasks import result_at_the_outlet
from tests.town import Town
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.documents.models import StoredFile
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server: Any, town: Town, tmp_path: Path) -> Iterator[Page]:
    """A phone's screen, signed in as 南昌's courier."""
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{tmp_path / 'cache'}</cachedir>"
        '<match target="pattern"><edit name="family" mode="append" binding="strong">'
        "<string>Noto Sans SC</string></edit></match></fontconfig>",
        encoding="utf-8",
    )
    cookie = sign_in(Client(), town.nc.courier_account).cookies[settings.SESSION_COOKIE_NAME]
    environment: Any = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGS, env=environment)
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN", base_url=live_server.url
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        yield context.new_page()
        browser.close()


def look(page: Page, address: str, name: str) -> None:
    """Open a page and see that it is whole and anybody can read it."""
    if address:
        page.goto(address)
    page.wait_for_load_state("networkidle")
    picture(page, name, whole=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == [], name


def test_a_day_on_the_phone(clock: Any, town: Town, ordered: tuple[Case, Consignment], screen: Page) -> None:
    case, piece = ordered
    look(screen, "/courier/", "courier-home")
    look(screen, f"/courier/pickup/{piece.pk}", "courier-pickup")
    screen.get_by_role("button", name="核对无误，收寄").click()
    look(screen, "", "courier-pickup-refused")
    screen.get_by_label("证件号码").fill(resident_number())
    screen.get_by_label("证件上的姓名").fill("钱经办")
    screen.get_by_label("已当面查验证件原件").check()
    for paper in piece.papers.all():
        screen.locator(f"#id_paper_{paper.pk}").fill(str(paper.copies))
    screen.get_by_role("button", name="核对无误，收寄").click()
    screen.get_by_role("link", name="去交接").wait_for()
    look(screen, "", "courier-picked-up")
    number = str(Consignment.objects.get(pk=piece.pk).number)
    look(screen, "/courier/hand-over?to=hall-nc", "courier-hand-over")
    screen.get_by_role("button", name="开交接清单").click()
    screen.get_by_label("扫描或输入邮件号").wait_for()
    screen.keyboard.type(number)
    screen.keyboard.press("Enter")
    screen.get_by_role("button", name="清点 1 件，交出").wait_for()
    look(screen, "", "courier-manifest")


def test_a_delivery_signed_with_a_finger(
    clock: Any, town: Town, ordered: tuple[Case, Consignment], screen: Page
) -> None:
    piece = result_at_the_outlet(town, ordered[0])
    number = str(piece.number)
    look(screen, "/courier/take-out", "courier-take-out")
    screen.keyboard.type(number)
    screen.keyboard.press("Enter")
    screen.get_by_text("已下段").wait_for()
    look(screen, f"/courier/delivery/{number}", "courier-delivery")
    screen.get_by_text("完好，号码一致").click()
    screen.get_by_text("同事", exact=True).click()
    screen.get_by_label("证件号码").fill(resident_number())
    screen.get_by_label("签收人姓名").fill("钱经办")
    canvas = screen.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    screen.mouse.move(box["x"] + 40, box["y"] + 40)
    screen.mouse.down()
    screen.mouse.move(box["x"] + 200, box["y"] + 90, steps=8)
    screen.mouse.up()
    look(screen, "", "courier-delivery-signed")
    screen.get_by_role("button", name="确认签收").click()
    screen.get_by_text("已妥投").wait_for()
    piece.refresh_from_db()
    assert piece.state == "delivered"
    assert StoredFile.objects.filter(purpose="signature").exists()


def test_a_failed_attempt_and_a_list_to_take_in(
    clock: Any, town: Town, ordered: tuple[Case, Consignment], screen: Page
) -> None:
    nc = town.nc
    piece = result_at_the_outlet(town, ordered[0])
    number = str(piece.number)
    mail.take_out(number, actor=nc.courier, at=now())
    mail.attempt_failed(number, reason_code="103", actor=nc.courier, at=now())
    drain()
    look(screen, f"/courier/delivery/{number}", "courier-undelivered")
    look(screen, "/courier/hand-over", "courier-hand-over-back")
    stories.apply_in_person(nc)
    look(screen, "/courier/", "courier-home-after")
