"""The exceptions page in a real Chromium: whole and readable on a desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from tests.actors import citizen, sign_in
from tests.care.test_troubles import one_missing
from tests.cases.stories import apply_as_company
from tests.courier.test_in_browser import look, screen
from tests.town import Town

__all__ = ["screen"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_exceptions_at_a_desk(clock: Any, town: Town, live_server: Any, screen: Page) -> None:
    one_missing(town, apply_as_company(citizen()[1], town.nc))
    cookie = sign_in(Client(), town.nc.clerk_account).cookies[settings.SESSION_COOKIE_NAME]
    screen.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    clock.advance(minutes=25)
    screen.set_viewport_size({"width": 1280, "height": 800})
    look(screen, "/desk/exceptions", "care-exceptions")
    screen.get_by_role("link", name="交接数量不符").click()
    look(screen, "", "care-exception")
