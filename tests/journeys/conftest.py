"""A whole demo in processes of its own, and people who use it in a real Chromium with the printed logins."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pylopdf_fonts_zh_cn
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import ARGS, program
from zerotrip.demo import logins

ROOT = Path(__file__).resolve().parent.parent.parent
SHOTS = Path(os.environ.get("ZEROTRIP_SCREENSHOTS") or ROOT / "var" / "screenshots")
README = {"portal", "case", "courier", "tracking", "hall", "agency", "operations"}
"""The pictures that `make screenshots` keeps; a plain run keeps all of them beside the data."""
PHONE, DESK = (390, 844), (1280, 860)


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, and what it printed when it was ready."""

    address: str
    printed: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    """`zerotrip demo`, on a folder of its own, without the background stream."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ZEROTRIP_", "DJANGO_"))}
    environment |= {"ZEROTRIP_VAR": str(folder), "PYTHONUNBUFFERED": "1"}
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "zerotrip", "demo", "--port", str(port), "--quiet"],
            cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def wait_ready(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> str:
    """Wait for /health and for the logins to be printed. Returns what was printed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                if answer.status == 200 and "Ctrl-C" in log.read_text():
                    return log.read_text()
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    log, port = folder / "printed.txt", free_port()
    log.touch()
    process = start(folder / "var", port, log)
    address = f"http://127.0.0.1:{port}"
    try:
        yield Demo(address, wait_ready(address, process, log))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{folder / 'cache'}</cachedir>"
        '<match target="pattern"><edit name="family" mode="append" binding="strong">'
        "<string>Noto Sans SC</string></edit></match></fontconfig>",
        encoding="utf-8",
    )
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGS, env=environment)  # type: ignore[arg-type]
        yield browser
        browser.close()


class Person:
    """Somebody at a screen. Pages that answer 5xx or complain in the console fail the story."""

    def __init__(self, context: BrowserContext, demo: Demo, name: str) -> None:
        self.context, self.demo, self.name = context, demo, name
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        self.page.on(
            "response", lambda r: self.complaints.append(f"{name}: {r.status} {r.url}") if r.status >= 500 else None
        )
        self.page.set_default_timeout(15_000)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.demo.address}{path}" if path.startswith("/") else path)
        return self.page

    def shot(self, name: str, *, full: bool = False) -> None:
        """A picture of the page as it stands."""
        if os.environ.get("ZEROTRIP_SCREENSHOTS") and name not in README:
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=full)

    def sign_in_as_citizen(self, phone: str) -> None:
        self.go("/sign-in/phone")
        self.page.get_by_label(re.compile("手机号")).fill(phone)
        self.page.locator("form:has(input[name=phone]) button[type=submit]").click()
        self.page.wait_for_url("**/sign-in/phone/code*")
        inbox = self.context.new_page()
        inbox.goto(f"{self.demo.address}/demo/inbox")
        code = re.search(r"\b(\d{6})\b", inbox.locator("li", has_text=phone).first.inner_text().replace(phone, ""))
        inbox.close()
        assert code
        self.page.locator("input[name=code]").fill(code[1])
        self.page.locator("form:has(input[name=code]) button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "sign-in" not in url)

    def sign_in_as_staff(self, username: str) -> None:
        login = next(known for known in logins.STAFF if known.username == username)
        self.go("/sign-in")
        self.page.get_by_label(re.compile("账号|用户名")).fill(username)
        self.page.get_by_label(re.compile("密码")).first.fill(logins.PASSWORD)
        self.page.locator("form:has(input[type=password]) button[type=submit]").click()
        self.page.wait_for_url("**/sign-in/code*")
        self.page.locator("input[name=code]").fill(pyotp.TOTP(login.secret).now())
        self.page.locator("form:has(input[name=code]) button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.fixture
def person(chromium: Browser, demo: Demo) -> Iterator[Callable[..., Person]]:
    """Call it with a name to have somebody sit down: `person("公司", PHONE)`."""
    people: list[Person] = []

    def sit_down(name: str, size: tuple[int, int] = DESK) -> Person:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
        )
        people.append(Person(context, demo, name))
        return people[-1]

    yield sit_down
    for one in people:
        one.context.close()
    assert [complaint for one in people for complaint in one.complaints] == []
