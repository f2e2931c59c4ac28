"""A real Chromium for the tests: which one, how it is started, and where its pictures go."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def program() -> str | None:
    """The Chromium to start (ZEROTRIP_CHROMIUM, else one that is installed); None for Playwright's own."""
    chosen = os.environ.get("ZEROTRIP_CHROMIUM")
    if chosen:
        return chosen
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _APPS if Path(path).exists()), None)


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of `page` as `<name>.png` when pictures are wanted (`make screenshots`), else do nothing."""
    folder = os.environ.get("ZEROTRIP_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole, animations="disabled")


def _found() -> str | None:
    """The program the tests will start, or None when there is none."""
    from playwright.sync_api import sync_playwright

    own = program()
    if own is None:
        with sync_playwright() as playwright:
            own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    where = _found()
    print(where or "no Chromium found")
    sys.exit(0 if where else 1)
