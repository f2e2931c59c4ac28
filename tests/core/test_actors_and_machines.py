"""Who may act, what the tables of states allow, and how a refusal reads."""

from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from zerotrip.core import errors
from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.machine import Machine, transition
from zerotrip.core.roles import STAFF, Role
from zerotrip.ledger.models import Entry
from zerotrip.web.errors import wants_json
from zerotrip.web.middleware import Problems, SizeLimit

LAMP = Machine(
    "lamp",
    {"off": "熄灭", "on": "点亮", "broken": "损坏"},
    (
        transition("light", "off", "on", roles={Role.COURIER}, label="点亮"),
        transition("break_", ["off", "on"], "broken", roles={Role.AUDITOR}, label="弄坏"),
    ),
    initial="off",
    final=frozenset({"broken"}),
)


def test_nobody_may_do_nothing_and_the_system_may_do_all() -> None:
    assert not NOBODY.has(*Role)
    assert SYSTEM.has(Role.JUDGE)
    assert not Actor(kind="staff", roles=frozenset({Role.COURIER})).has()
    assert Role.SYSTEM not in STAFF


def test_an_empty_division_never_means_the_whole_country() -> None:
    with pytest.raises(ValueError, match="empty"):
        Actor(kind="staff", divisions=frozenset({""}))


@pytest.mark.django_db
def test_a_query_set_shows_nothing_to_those_it_was_not_told_about() -> None:
    assert not Entry.objects.visible_to(NOBODY).exists()
    assert Entry.objects.visible_to(NOBODY).query.is_empty()


def test_a_step_leads_where_the_table_says() -> None:
    assert LAMP.step("off", "light") == "on"
    assert LAMP.roles("light") == {Role.COURIER}
    assert [row.verb for row in LAMP.verbs("off", {Role.COURIER})] == ["light"]


def test_a_step_the_table_does_not_have_is_refused_with_a_sentence() -> None:
    with pytest.raises(errors.Conflict) as refused:
        LAMP.step("on", "light")
    assert "当前状态是“点亮”，不能点亮；只有在“熄灭”时才可以" in str(refused.value.detail)
    assert refused.value.as_dict()["state"] == "on"


def test_a_verb_nobody_wrote_down_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="no verb"):
        LAMP.step("off", "paint")


@pytest.mark.parametrize(("source", "target"), [("off", "nowhere"), ("broken", "on")])
def test_a_table_that_contradicts_itself_is_refused(source: str, target: str) -> None:
    with pytest.raises(ValueError, match="lamp"):
        Machine("lamp", LAMP.states, (transition("x", source, target, roles=(), label=""),), "off", LAMP.final)


def test_a_problem_is_a_document_of_rfc_9457() -> None:
    problem = errors.BadInput("手机号不对。", fields={"phone": ["应为 11 位"]}, hint="请核对")
    document = problem.as_dict()
    assert document == {
        "type": "/docs/problems#bad-input",
        "title": "填写有误",
        "status": 422,
        "detail": "手机号不对。",
        "errors": {"phone": ["应为 11 位"]},
        "hint": "请核对",
    }


def test_every_problem_has_a_status_and_a_name_of_its_own() -> None:
    kinds = [kind for kind in errors.Problem.__subclasses__() if kind.__module__ == errors.__name__]
    assert len({kind.slug for kind in kinds}) == len({kind.status for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 for kind in kinds)


def _api_request() -> HttpRequest:
    return RequestFactory().post("/api/v1/cases")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("没有"), 404),
        (RequestDataTooBig(), 413),
        (TooManyFieldsSent(), 422),
        (ValueError("A string literal cannot contain NUL (0x00) characters."), 422),
    ],
)
def test_whatever_is_wrong_with_a_request_becomes_a_problem_document(error: Exception, status: int) -> None:
    answer = Problems(lambda request: None).process_exception(_api_request(), error)  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_mistake_of_ours_is_not_passed_off_as_one_of_theirs() -> None:
    middleware = Problems(lambda request: None)  # type: ignore[arg-type,return-value]
    assert middleware.process_exception(_api_request(), ValueError("bug")) is None


@override_settings(ZEROTRIP_LARGEST_REQUEST=1000)
@pytest.mark.parametrize("length", ["1001", "²", "9" * 5000, "-1", "abc"])
def test_a_request_that_says_it_is_too_large_or_lies_is_refused_unread(length: str) -> None:
    request = RequestFactory().get("/api/v1/cases")
    request.META["CONTENT_LENGTH"] = length
    assert SizeLimit(lambda request: None)(request).status_code == 413  # type: ignore[arg-type,return-value]


def test_pages_get_pages_and_machines_get_json() -> None:
    factory = RequestFactory()
    assert wants_json(factory.get("/x", headers={"Accept": "application/json"}))
    assert wants_json(factory.get("/x", headers={"HX-Request": "true"}))
    assert not wants_json(factory.get("/x", headers={"Accept": "text/html,application/json"}))
