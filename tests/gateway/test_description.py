"""The API keeps to its own description, whatever is sent: no 500, and every answer is one that is described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.gateway.conftest import Caller
from zerotrip.gateway.api import api as the_api
from zerotrip.web.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = {"401", "404", "409", "422", "429"}
METHODS = {"get", "post", "put", "patch", "delete"}
schema = schemathesis.openapi.from_dict(the_api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = application


def test_the_description_is_served_and_says_everything(db: None, clock: Any) -> None:
    caller = Caller("")
    described = caller.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for method in METHODS & set(operations):
            operation = operations[method]
            assert set(operation["responses"]) >= REFUSALS - ({"409"} if "cases" not in path else set()), (path, method)
            assert operation["summary"], (path, method)
    asking = {"/api/v1/addresses", "/api/v1/plans"}
    """Questions that are sent as POST and change nothing."""
    posts = [path for path, operations in described["paths"].items() if "post" in operations and path not in asking]
    for path in posts:
        named = [p["name"] for p in described["paths"][path]["post"]["parameters"] if p.get("required")]
        assert "Idempotency-Key" in named, path
    assert described["components"]["schemas"]["ApplicationIn"]["example"]["applicant"]["kind"] == "company"
    assert caller.get("/docs").status_code == 200


@schema.parametrize()
@settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_no_request_breaks_an_operation(case: Any, partner: tuple[Any, str], clock: Any) -> None:
    headers = {"Authorization": f"Bearer {partner[1]}", "Host": "localhost"}
    case.call_and_validate(
        headers=headers, checks=[not_a_server_error, status_code_conformance, content_type_conformance]
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nothing", 404), ("delete", "/items", 405), ("put", "/cases", 405), ("get", "/cases/%00", 404),
        ("get", "/places?limit=x", 422), ("post", "/cases", 401), ("get", "/divisions/%F0%9F", 404),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem_document(db: None, clock: Any, method: str, path: str, status: int) -> None:
    answer = getattr(Caller("").client, method)(f"/api/v1{path}")
    assert answer.status_code in {status, 401, 422}
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["detail"]
