"""People of the catalogue's stories, and pages as one of them sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponseBase
from django.test import Client

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.roles import Role

MANAGER = Actor(kind="staff", id=1, name="项目经理", roles=frozenset({Role.PROJECT_MANAGER}))
ADMIN = Actor(kind="staff", id=2, name="系统管理员", roles=frozenset({Role.SYSTEM_ADMIN}))
CLERK = Actor(kind="staff", id=3, name="大厅收寄员", roles=frozenset({Role.HALL_CLERK}))
CITIZEN = Actor(kind="citizen", id=4, name="申请人", roles=frozenset({Role.CITIZEN}))

_now: list[Actor] = [NOBODY]


class Acting:
    """Middleware: every request is made by the actor of the story."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = _now[0]
        return self.get_response(request)


@pytest.fixture
def desk(settings: Any, clock: Any) -> Iterator[Callable[[Actor], Client]]:
    """`desk(MANAGER)` is a browser in which the manager is signed in."""
    people, ours = "zerotrip.people.middleware.ActingAs", "tests.catalog.conftest.Acting"
    settings.MIDDLEWARE = [ours if name == people else name for name in settings.MIDDLEWARE]

    def sit(actor: Actor) -> Client:
        _now[0] = actor
        return Client(raise_request_exception=True)

    yield sit
    _now[0] = NOBODY


@pytest.fixture
def item(clock: Any) -> dict[str, Any]:
    """A small item, good enough to publish."""
    return {
        "code": "TEST_CARD",
        "name": "测试优待证办理",
        "aliases": ["办测试卡"],
        "name_initials": "csydzbl",
        "item_type": "20",
        "organ_kind": "civil_affairs",
        "organ_name": "民政部门",
        "service_objects": ["1"],
        "themes": ["证件办理"],
        "on_site_visits": 0,
        "handling_forms": ["2", "4"],
        "online": True,
        "materials_mailable": True,
        "result_mailable": True,
        "valid_from": "2026-01-01",
        "materials": [{"name": "申请表", "originals": 1}, {"name": "相片", "kind": "electronic"}],
        "legal_bases": [{"law": "测试条例", "article": "第一条", "says": "可以办理", "confidence": "A"}],
        "fees": [{"name": "结果寄递费", "payee": "post", "unit": "件"}],
        "sources": [{"title": "测试条例", "article": "第一条", "where": "条文", "confidence": "A"}],
    }
