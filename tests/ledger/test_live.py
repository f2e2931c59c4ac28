"""Who may follow what over /live."""

from __future__ import annotations

import asyncio

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from tests.ledger.conftest import CLERK
from zerotrip.core.actors import NOBODY, Actor
from zerotrip.web.live import live

NUMBER = "JX36100220261123000001Y"


@pytest.mark.parametrize(
    ("query", "actor", "status"),
    [
        (f"case={NUMBER}", NOBODY, 200),
        ("case=JX36100220261123000001X", CLERK, 204),
        ("", CLERK, 200),
        ("", NOBODY, 204),
        ("", Actor(kind="citizen", id=1), 204),
    ],
)
def test_a_page_follows_one_case_and_only_staff_follow_all(query: str, actor: Actor, status: int) -> None:
    request = AsyncRequestFactory().get(f"/live?{query}")
    request.actor = actor  # type: ignore[attr-defined]
    assert asyncio.run(live(request)).status_code == status


def test_a_process_without_an_event_loop_keeps_no_stream() -> None:
    assert asyncio.run(live(RequestFactory().get(f"/live?case={NUMBER}"))).status_code == 204
