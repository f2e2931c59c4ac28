"""The pages of labels in a real Chromium, on a desk and on a phone: whole, readable, and the next step at hand."""

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

from tests.actors import sign_in
from tests.browser import ARGS, picture, program
from tests.mail.conftest import Town
from tests.mail.test_labels import letter
from zerotrip.core.clock import now
from zerotrip.mail import actions
from zerotrip.mail.labels import actions as batches
from zerotrip.people.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server: Any, town: Town, tmp_path: Path) -> Iterator[Page]:
    """A desk's screen, signed in as the hall's clerk."""
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{tmp_path / 'cache'}</cachedir>"
        '<match target="pattern"><edit name="family" mode="append" binding="strong">'
        "<string>Noto Sans SC</string></edit></match></fontconfig>",
        encoding="utf-8",
    )
    account = Account.objects.get(pk=town.clerk.id)
    cookie = sign_in(Client(), account).cookies[settings.SESSION_COOKIE_NAME]
    environment: Any = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGS, env=environment)
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN", base_url=live_server.url)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        yield context.new_page()
        browser.close()


def look(page: Page, address: str, name: str) -> None:
    """Open a page at both widths and see that it is whole and anybody can read it."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 860})
        if address:
            page.goto(address)
        page.wait_for_load_state("networkidle")
        picture(page, f"{name}-{width}", whole=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == [], name
    page.set_viewport_size({"width": 1280, "height": 860})


def test_a_morning_of_labels(town: Town, screen: Page) -> None:
    look(screen, "/desk/labels/", "labels-empty")
    pieces = [town.result() for _ in range(3)]
    letter(town)
    done = town.result()
    actions.label(done.pk, actor=town.colleague, at=now())
    look(screen, "/desk/labels/", "labels")
    screen.get_by_role("button", name="打印 3 件").click()
    screen.wait_for_url("**/desk/labels/batches/*")
    look(screen, screen.url, "labels-batch")
    numbers = [str(piece.number) for piece in pieces] + ["6901234567892"]
    with_refused = batches.ask(numbers, size="100×150", actor=town.clerk, at=now())
    look(screen, f"/desk/labels/batches/{with_refused.public_id}", "labels-batch-running")
    screen.get_by_role("button", name="停止").click()
    screen.get_by_text("这一批都没有打印").first.wait_for()
    screen.goto(f"/desk/labels/?q={done.number}")
    screen.locator("#print select").first.select_option("面单破损")
    look(screen, "", "labels-piece")
    screen.locator("#renumber summary").click()
    screen.locator("#void summary").click()
    look(screen, "", "labels-piece-open")
    screen.locator("#void select").select_option("打印不清")
    screen.locator("#void button[type=submit]").click()
    screen.locator("dialog[open] button").last.click()
    screen.get_by_text("已作废。请撕掉旧面单").wait_for()
    look(screen, screen.url, "labels-piece-void")
