"""A partner with a token, and the town its errands are done in."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.actors import resident_number
from tests.cases.stories import company_code, food_item
from tests.town import Town, divisions, town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.gateway import actions

__all__ = ["divisions", "town"]
_keys = itertools.count(1)


@pytest.fixture
def partner(db: None, clock: Any) -> tuple[Any, str]:
    """A portal that may do everything, with its token."""
    return actions.register_partner("省政务服务平台", actor=SYSTEM, at=now())


class Caller:
    """Another system, calling with its token."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        sent = {"Idempotency-Key": key or f"request-{next(_keys):08d}"} if key != "" else {}
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(
            f"/api/v1{path}", content, content_type="application/json", headers=self.headers | sent | headers
        )


@pytest.fixture
def api(partner: tuple[Any, str]) -> Caller:
    return Caller(partner[1])


@pytest.fixture
def application(town: Town) -> Callable[..., dict[str, Any]]:
    """An application of a company in 南昌: papers by courier, the result by post."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "item_code": food_item(),
            "county": town.nc.county,
            "applicant": {
                "kind": "company",
                "name": "南昌示例食品有限公司",
                "uscc": company_code(),
                "agent": {"name": "周小兰", "id_number": resident_number(), "phone": "13900002222"},
            },
            "contact": {"name": "周小兰", "phone": "13900002222", "division": "360102", "detail": "演示路9号3栋201室"},
            "materials_route": "courier",
            "result_route": "mail",
            "pickup": {"day": today().isoformat(), "from": "14:00", "until": "16:00"},
        } | changes

    return make
