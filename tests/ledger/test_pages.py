"""The operations page: who sees it, what it says, and that its buttons do what they say."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from tests.ledger.conftest import ADMIN, CLERK, Secretary, stamp_all
from zerotrip.core.access import PAGES, needs
from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.errors import NotAllowed, NotSignedIn
from zerotrip.core.roles import Role
from zerotrip.ledger import pages
from zerotrip.ledger.models import SetAside
from zerotrip.ledger.readers import drain

pytestmark = pytest.mark.django_db
AUDITOR = Actor(kind="staff", id=9, name="审计", roles=frozenset({Role.AUDITOR}))


class _Messages(list[str]):
    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        self.append(message)


def ask(page: Callable[..., object], actor: Actor, data: dict[str, str] | None = None, **parts: int) -> HttpResponse:
    factory = RequestFactory()
    request = factory.get("/desk/operations") if data is None else factory.post("/desk/operations", data)
    request.actor = actor  # type: ignore[attr-defined]
    request.session = {}  # type: ignore[assignment]
    request._messages = _Messages()  # type: ignore[attr-defined]
    answer = page(request, **parts)
    assert isinstance(answer, HttpResponse)
    answer.said = list(request._messages)  # type: ignore[attr-defined]
    return answer


@pytest.fixture
def trouble(hire: Callable[..., Secretary]) -> Secretary:
    secretary = hire()

    def fail(entry: object) -> None:
        raise ValueError("<b>no such office</b>")

    secretary.on["poison"] = fail
    stamp_all("poison")
    drain()
    return secretary


@pytest.mark.parametrize("page", [pages.operations, pages.figures])
def test_only_administrators_and_auditors_see_it(page: Callable[..., object]) -> None:
    with pytest.raises(NotSignedIn):
        ask(page, NOBODY)
    with pytest.raises(NotAllowed):
        ask(page, CLERK)
    assert ask(page, AUDITOR).status_code == ask(page, ADMIN).status_code == 200


def test_it_shows_readers_their_failures_and_the_sentence_of_the_entry(trouble: Secretary) -> None:
    shown = ask(pages.operations, ADMIN).content.decode()
    assert "test.secretary" in shown
    assert "系统 在 — 盖章：poison" in shown
    assert "ValueError: &lt;b&gt;no such office&lt;/b&gt;" in shown
    assert "_once" in shown
    assert "PostgreSQL" in shown
    assert '<form method="post" action="/desk/operations' not in ask(pages.operations, AUDITOR).content.decode()


def test_a_retry_says_how_it_went(trouble: Secretary) -> None:
    number = SetAside.objects.get().pk
    again = ask(pages.retry, ADMIN, {}, number=number)
    assert (again.status_code, again["Location"]) == (302, reverse("ledger:operations"))
    assert again.said == ["重试仍然失败：ValueError: <b>no such office</b>"]  # type: ignore[attr-defined]
    trouble.on.clear()
    assert ask(pages.retry, ADMIN, {}, number=number).said == ["重试成功，记录已处理。"]  # type: ignore[attr-defined]
    assert "没有搁置的记录" in ask(pages.operations, ADMIN).content.decode()


def test_settling_by_hand_needs_a_reason(trouble: Secretary) -> None:
    number = SetAside.objects.get().pk
    refused = ask(pages.settle, ADMIN, {"reason": " ", "_once": uuid.uuid4().hex}, number=number)
    assert refused.status_code == 422
    assert "请写明人工处理的原因" in refused.content.decode()
    assert ask(pages.settle, ADMIN, {"reason": "已补录"}, number=number).status_code == 302
    assert SetAside.objects.get().settled_how == "已补录"


def test_an_auditor_looks_but_does_not_touch(trouble: Secretary) -> None:
    for page in (pages.retry, pages.settle):
        with pytest.raises(NotAllowed):
            ask(page, AUDITOR, {"reason": "x"}, number=SetAside.objects.get().pk)


def test_pages_are_declared_with_their_roles() -> None:
    assert PAGES["zerotrip.ledger.pages.settle"] == {Role.SYSTEM_ADMIN}
    with pytest.raises(ValueError, match="name the roles"):
        needs()
