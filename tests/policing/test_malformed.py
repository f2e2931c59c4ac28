"""Whatever is sent, nothing answers 500: to pages whatever a form may hold, to the API whatever its description allows
and more."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policing.addresses import pages
from tests.policing.test_every_address import ENDLESS, ENDS_THE_SESSION, ROLES, divisions, signed_in

__all__ = ["divisions", "signed_in"]
pytestmark = pytest.mark.django_db

ODD = [
    "", "\0", "x" * 70_000, "龘" * 500, "-1", "0", "1e400", "NaN", "99999999999999999999", "2026-02-30", "25:61",
    "360102",
    "' OR 1=1 --", "{{7*7}}", "%s%n{0}", "../../etc/passwd", "<script>", "\ud7ff\uffff", "\u202e", "null", "[]", "true",
    "JX36010220261123000001Y", "11010519491231002X",
]  # fmt: skip
FIELDS = [
    "name", "code", "number", "phone", "id_number", "id_type", "reason", "day", "date", "from", "until", "page", "q",
    "division", "county", "place", "role", "state", "material", "materials", "copies", "weight", "amount", "next",
    "_once",
    "username", "password", "item", "applicant", "signer_name", "relation", "signature", "valid_from", "file", "line",
]  # fmt: skip
FORM = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.text(max_size=20)),
    st.one_of(st.sampled_from(ODD), st.text(max_size=60), st.lists(st.text(max_size=5), max_size=3)),
    max_size=12,
)
BOUNDED = settings(
    max_examples=6, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def encoded(form: dict[str, Any]) -> bytes:
    return urlencode(form, doseq=True, errors="replace").encode()


@pytest.mark.parametrize("role", ["nobody", "citizen", "hall_clerk", "agency_officer", "courier", "security_admin"])
def test_no_form_breaks_a_page(role: str, signed_in: Any) -> None:
    assert role in ROLES
    client = signed_in(role)
    addresses = [
        quote(page.fill(0), safe="/")
        for page in pages()
        if page.name not in ENDLESS | ENDS_THE_SESSION and (page.open or role in (page.roles or ()))
    ]

    @BOUNDED
    @given(form=FORM, query=FORM)
    def attempt(form: dict[str, Any], query: dict[str, Any]) -> None:
        for address in addresses:
            for method, body in (("GET", b""), ("POST", encoded(form))):
                answer = client.generic(
                    method, f"{address}?{encoded(query)[:4000].decode()}", body, "application/x-www-form-urlencoded"
                )
                assert answer.status_code < 500, f"{method} {address} answered {answer.status_code} to {form} {query}"

    attempt()


@pytest.mark.parametrize("odd", ODD, ids=[f"odd{n}" for n in range(len(ODD))])
def test_no_field_of_a_real_form_breaks_a_page(odd: str, signed_in: Any) -> None:
    """Every field of every form a hall clerk is shown, filled with the same odd text."""
    client = signed_in("hall_clerk")
    for page in pages():
        if page.name in ENDLESS | ENDS_THE_SESSION or "hall_clerk" not in (page.roles or ()):
            continue
        address = quote(page.fill(0), safe="/")
        shown = client.get(address)
        form = getattr(shown.context, "get", lambda _n: None)("form") if shown.context else None
        if form is None:
            continue
        answer = client.post(address, dict.fromkeys(form.fields, odd))
        assert answer.status_code < 500, f"{address} answered {answer.status_code} to {odd!r}"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.png", b""),
        ("\0.exe", b"MZ"),
        ("x" * 400, b"x"),
    ],
    ids=["broken-pdf", "broken-jpeg", "empty", "program", "long-name"],
)
def test_no_upload_breaks_a_page(name: str, body: bytes, signed_in: Any) -> None:
    for role in ("citizen", "hall_clerk", "project_manager"):
        client = signed_in(role)
        for page in pages():
            if page.name in ENDLESS | ENDS_THE_SESSION or role not in (page.roles or ()):
                continue
            address = quote(page.fill(0), safe="/")
            files = {field: SimpleUploadedFile(name, body) for field in ("file", "upload", "sheet", "material_1")}
            status = client.post(address, files).status_code
            assert status < 500, f"{address} answered {status} to {name!r}"


def test_no_body_breaks_the_api(signed_in: Any) -> None:
    """Bodies that are not JSON, or JSON of the wrong shape; headers and addresses that make no sense."""
    client: Client = signed_in("nobody")
    bodies = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":"\\u0000"}', b"[" * 5000, b"1e999", b'{"a":NaN}']
    bodies += [json.dumps({"address": odd}).encode("utf-8", "replace") for odd in ODD]
    for address in ("/api/v1/addresses", "/api/v1/cases", "/api/v1/cases/x/withdraw", "/api/v1/files"):
        for body in bodies:
            for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Idempotency-Key": "\x01" * 9}):
                answer = client.post(address, body, content_type="application/json", headers=headers)
                assert answer.status_code < 500, (address, body[:40], answer.status_code)
                assert answer["Content-Type"].startswith(("application/problem+json", "application/json"))
