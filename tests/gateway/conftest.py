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
from tests.gateway.signing import SigningKey
from tests.town import Town, divisions, town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.gateway import actions, auth
from zerotrip.gateway.models import Partner
from zerotrip.gateway.signing import refused

__all__ = ["divisions", "town"]
_keys = itertools.count(1)


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Refusals that were counted and not yet written belong to the last test's database."""
    refused.forget()


@pytest.fixture
def partner(db: None, clock: Any) -> tuple[Any, str]:
    """A portal that may do everything, with its token."""
    return actions.register_partner("省政务服务平台", actor=SYSTEM, at=now())


class Caller:
    """Another system: it reads with its token and signs what it writes, with a key registered at its first writing."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._key: SigningKey | None = None

    @property
    def key(self) -> SigningKey | None:
        """The key it signs with; None for somebody who is no partner."""
        if self._key is None:
            partner = Partner.objects.filter(token_digest=auth.digest(self.token), active=True).first()
            self._key = SigningKey.of_partner(partner) if partner else None
        return self._key

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        sent = {"Idempotency-Key": key or f"request-{next(_keys):08d}"} if key != "" else {}
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.send("POST", path, content, "application/json", **sent, **headers)

    def send(self, method: str, path: str, content: bytes | str, content_type: str = "", **headers: str) -> Any:
        """Any writing request, signed as it is sent."""
        raw = content.encode() if isinstance(content, str) else content
        typed = {"Content-Type": content_type} if content_type else {}
        all_headers = self.headers | typed | headers
        if self.key is not None:
            all_headers = self.key.sign(method, f"http://testserver/api/v1{path}", raw, all_headers)
        all_headers.pop("Content-Type", None)
        return self.client.generic(method, f"/api/v1{path}", raw, content_type, headers=all_headers)


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
