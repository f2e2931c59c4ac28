"""The design page in a real Chromium: nothing sticks out, nothing is hard to read, nothing complains."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import ARGS, program
from tests.web.site import served

pytestmark = pytest.mark.browser
VIEWS = [
    ("", 390), ("", 1280), ("?frame=phone", 390), ("?frame=desk", 390), ("?frame=desk", 1280), ("?frame=kiosk", 1280),
    ("?frame=sign-in", 390), ("?frame=problem", 390),
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{folder / 'cache'}</cachedir>"
        '<match target="pattern"><edit name="family" mode="append" binding="strong">'
        "<string>Noto Sans SC</string></edit></match>"
        "</fontconfig>",
        encoding="utf-8",
    )
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGS, env=environment)  # type: ignore[arg-type]
        yield browser
        browser.close()


def opened(browser: Browser, address: str, *, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    """A page, and the list in which its complaints gather."""
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        permissions=["camera"],
    )
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("frame", "width"), VIEWS)
def test_a_page_is_whole_at_every_width_and_in_both_schemes(
    chromium: Browser, site: str, frame: str, width: int, scheme: str
) -> None:
    page, complaints = opened(chromium, f"{site}/design{frame}", width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert complaints == []
    page.context.close()


def test_the_page_at_200_percent_does_not_scroll_sideways(chromium: Browser, site: str) -> None:
    page, _ = opened(chromium, f"{site}/design?frame=desk", width=640)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


def test_the_route_stands_upright_on_a_phone_and_lies_flat_on_a_desk(chromium: Browser, site: str) -> None:
    for width, flat in ((390, False), (1280, True)):
        page, _ = opened(chromium, f"{site}/design", width=width)
        boxes = page.locator(".zt-route").first.locator(".zt-station__node").all()
        first, last = boxes[0].bounding_box(), boxes[-1].bounding_box()
        assert first
        assert last
        assert (abs(first["y"] - last["y"]) < 2) is flat
        assert (abs(first["x"] - last["x"]) < 2) is not flat
        page.context.close()


def test_a_clerk_works_without_a_mouse(chromium: Browser, site: str) -> None:
    page, _ = opened(chromium, f"{site}/design?frame=desk")
    assert page.evaluate("document.activeElement.matches('[data-scan]')"), "a scanner can be used at once"
    page.keyboard.type("1160027812345")
    page.keyboard.press("Escape")
    assert page.locator("[data-scan]").input_value() == ""
    page.locator("h1").click()
    page.keyboard.press("?")
    assert "新收一件" in page.locator("dialog[open]").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('[data-scan]')")
    page.context.close()


def test_the_theme_chosen_once_is_kept(chromium: Browser, site: str) -> None:
    page, _ = opened(chromium, f"{site}/design?frame=phone")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("[data-theme-toggle]").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != light
    page.context.close()


def test_a_dangerous_button_asks_first(chromium: Browser, site: str) -> None:
    page, _ = opened(chromium, f"{site}/design")
    answer = page.evaluate_handle("() => { window.answered = window.zerotrip.ask('确定撤回吗？', true); }")
    assert answer
    assert page.locator("dialog[open]").inner_text().startswith("确定撤回吗？")
    assert page.evaluate("document.activeElement.textContent") == "取消", "the safe answer has the focus"
    page.keyboard.press("Enter")
    assert page.evaluate("window.answered") is False
    page.context.close()


def test_the_camera_reader_loads_its_wasm_from_here(chromium: Browser, site: str) -> None:
    page, complaints = opened(chromium, f"{site}/design?frame=desk")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    formats = page.evaluate(
        """async () => { const reader = await window.zerotripCamera.makeDetector();
        const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
        canvas.getContext('2d').fillRect(0, 0, 40, 40); return await reader.detect(canvas); }"""
    )
    assert formats == []
    assert any(url.endswith("zxing_reader.wasm") for url in asked)
    assert all(url.startswith((site, "data:", "blob:")) for url in asked), asked
    assert complaints == []
    page.context.close()
