"""The API keeps to its own description, whatever is sent: no 500, and every answer is one that is described."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIRequest
from http_message_signatures import HTTPMessageSignaturesException
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.gateway.conftest import Caller
from tests.gateway.signing import USUAL, SigningKey
from zerotrip.gateway.api import api as the_api
from zerotrip.gateway.signing import verify
from zerotrip.web.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = {"401", "404", "409", "422", "429"}
METHODS = {"get", "post", "put", "patch", "delete"}
schema = schemathesis.openapi.from_dict(the_api.get_openapi_schema(path_prefix="/api/v1/"))


@schemathesis.serializer("application/x-ndjson")
def in_lines(context: Any, value: Any) -> bytes:
    """A body of lines, for the operation that takes them."""
    return json.dumps(value).encode() + b"\n"


def signing(environ: dict[str, Any], start: Any) -> Any:
    """The product, reached through a partner that signs whatever it is made to send."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD", "OPTIONS"} and SIGNS:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = WSGIRequest(environ | {"wsgi.input": io.BytesIO()})
        covered = [*USUAL, *(["content-type"] if "CONTENT_TYPE" in environ else [])]
        covered += [name for name in ("content-encoding", "idempotency-key") if name in request.headers]
        sent = {name: value for name, value in request.headers.items() if name != "Content-Digest"}
        try:
            headers = SIGNS[0].sign(request.method, verify.target(request), body, sent, covered=covered)
        except (HTTPMessageSignaturesException, ValueError):
            headers = {}  # what cannot be signed is sent unsigned
        names = ("Content-Digest", "Signature-Input", "Signature")
        environ |= {f"HTTP_{n.upper().replace('-', '_')}": headers[n] for n in names if n in headers}
        environ["wsgi.input"] = io.BytesIO(body)
    return application(environ, start)


SIGNS: list[SigningKey] = []
schema.app = signing


@pytest.fixture
def signs(partner: tuple[Any, str]) -> Iterator[None]:
    """The partner signs with a key of its own."""
    SIGNS[:] = [SigningKey.of_partner(partner[0])]
    yield
    SIGNS.clear()


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
def test_no_request_breaks_an_operation(case: Any, partner: tuple[Any, str], signs: None, clock: Any) -> None:
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


def test_everything_that_writes_is_signed(api: Caller) -> None:
    """Whatever is added to the API: with a good token and no signature it is refused, unless it is a known question."""
    described = api.get("/openapi.json").json()
    asking = {"/api/v1/addresses", "/api/v1/plans"}
    for path, operations in described["paths"].items():
        for method in METHODS - {"get"} & set(operations):
            if path in asking:
                continue
            answer = api.client.generic(method.upper(), path.replace("{", "").replace("}", ""), headers=api.headers)
            assert (answer.status_code, answer.json().get("reason")) == (401, "unsigned"), (method, path)
            assert "Signature-Input" in answer.json()["detail"]
            assert "@method" in answer["Accept-Signature"]
