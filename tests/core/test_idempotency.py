"""The same request twice has one effect and one answer."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import RequestFactory

from tests.conftest import Clock
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.idempotency import KEEP, answer_once, fingerprint, forget_old, request_mark
from zerotrip.core.models import IdempotencyKey

MARK = fingerprint("POST", "/x", "a")


class Desk:
    """Work whose effects can be counted: each call keeps one row."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, status: int = 201, **headers: str) -> Callable[[], HttpResponse]:
        def work() -> HttpResponse:
            self.calls += 1
            IdempotencyKey.objects.create(
                scope="effect", key=uuid.uuid4().hex, fingerprint=b"", created_at="2026-01-01T00:00Z"
            )
            return HttpResponse(f"answer {self.calls}", status=status, headers=headers)

        return work

    @property
    def effects(self) -> int:
        return IdempotencyKey.objects.filter(scope="effect").count()


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_a_repeat_has_no_second_effect_and_gets_the_first_answer(desk: Desk) -> None:
    long = "/cases/1?" + "next=" * 200
    first = answer_once("partner:1", "key-0001", MARK, desk(201, Location=long, **{"HX-Redirect": "/y"}))
    again = answer_once("partner:1", "key-0001", MARK, desk())
    assert desk.effects == desk.calls == 1
    assert isinstance(first, HttpResponse)
    assert isinstance(again, HttpResponse)
    assert (again.status_code, again.content) == (201, b"answer 1")
    assert (again["Location"], again["HX-Redirect"]) == (long, "/y")
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotent-Replay"] == "true"


def test_the_same_key_with_other_content_is_refused(desk: Desk) -> None:
    answer_once("s", "key-0001", MARK, desk())
    with pytest.raises(Conflict, match="已经用于另一项内容"):
        answer_once("s", "key-0001", fingerprint("POST", "/x", "b"), desk())
    assert desk.calls == 1


def test_keys_of_different_people_have_nothing_to_do_with_each_other(desk: Desk) -> None:
    answer_once("a", "key-0001", MARK, desk())
    answer_once("b", "key-0001", MARK, desk())
    assert desk.effects == 2


def test_a_refusal_is_not_kept_and_may_be_mended(desk: Desk) -> None:
    assert answer_once("s", "key-0001", MARK, desk(422)).status_code == 422
    assert answer_once("s", "key-0001", fingerprint("mended"), desk(201)).status_code == 201
    assert answer_once("s", "key-0001", fingerprint("mended"), desk(201)).status_code == 201
    assert desk.calls == 2


def test_what_a_refusing_view_counts_stays_counted(desk: Desk) -> None:
    """Else a wrong password sent with a key would never count."""
    answer_once("s", "key-0001", MARK, desk(429))
    assert desk.effects == 1


def test_an_error_of_ours_takes_everything_with_it(desk: Desk) -> None:
    answer_once("s", "key-0001", MARK, desk(500))
    assert desk.effects == 0
    answer_once("s", "key-0001", MARK, desk(201))
    assert desk.effects == 1


def test_an_exception_takes_everything_with_it(desk: Desk) -> None:
    def breaks() -> HttpResponse:
        desk()()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        answer_once("s", "key-0001", MARK, breaks)
    assert IdempotencyKey.objects.count() == 0


def test_a_view_that_swallows_a_database_error_and_refuses_is_undone(desk: Desk) -> None:
    def clashes() -> HttpResponse:
        desk()()
        try:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO core_idempotencykey (id) VALUES (1)")
        except IntegrityError:
            return HttpResponse(status=409)
        raise AssertionError

    assert answer_once("s", "key-0001", MARK, clashes).status_code == 409
    assert IdempotencyKey.objects.count() == 0


def test_a_file_is_kept_too(desk: Desk) -> None:
    def label() -> HttpResponseBase:
        desk()()
        return FileResponse(io.BytesIO(b"%PDF-label"), as_attachment=True, filename="面单.pdf")

    first = answer_once("s", "key-0001", MARK, label)
    again = answer_once("s", "key-0001", MARK, label)
    assert isinstance(first, HttpResponse)
    assert isinstance(again, HttpResponse)
    assert first.content == again.content == b"%PDF-label"
    assert first["Content-Disposition"] == again["Content-Disposition"]
    assert desk.effects == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 101, "key\0with-nul", "key\nwith-newline"])
def test_a_key_of_the_wrong_shape_is_refused(desk: Desk, key: str) -> None:
    with pytest.raises(BadInput, match="幂等键"):
        answer_once("s", key, MARK, desk())


def test_answers_are_forgotten_after_a_week(desk: Desk, clock: Clock) -> None:
    answer_once("s", "key-0001", MARK, desk())
    IdempotencyKey.objects.filter(scope="effect").delete()
    assert forget_old() == 0
    clock.advance(days=KEEP / timedelta(days=1) + 0.01)
    assert forget_old() == 1


def test_requests_are_equal_when_fields_and_files_are() -> None:
    def mark(body: bytes = b"scan", **fields: str) -> bytes:
        file = SimpleUploadedFile("a.jpg", body)
        request = RequestFactory().post("/x", {"file": file, **fields})
        value = request_mark(request)
        assert request.FILES["file"].read() == body  # type: ignore[union-attr]  # still there for the view
        return value

    assert mark(a="1", csrfmiddlewaretoken="x") == mark(a="1", csrfmiddlewaretoken="y")
    assert mark(a="1") != mark(a="2")
    assert mark(b"scan") != mark(b"fake"), "same name and size, other content"
    assert mark(a="1", b="2") != mark(a="1b", **{"": "2"})
    raw = RequestFactory().post("/x", b'{"a": 1}', content_type="application/json")
    assert request_mark(raw) != request_mark(RequestFactory().post("/x", b'{"a": 2}', content_type="application/json"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_status", [201, 422, 500])
def test_two_at_once_have_one_effect(first_status: int) -> None:
    """The second waits for the first; when the first is refused, the second does the work."""
    inside, go_on = threading.Event(), threading.Event()
    answers: dict[str, HttpResponseBase] = {}
    desk = Desk()

    def slow() -> HttpResponse:
        inside.set()
        assert go_on.wait(20)
        return desk(first_status)()

    def send(name: str, work: Callable[[], HttpResponse]) -> None:
        try:
            answers[name] = answer_once("s", "key-0001", MARK, work)
        finally:
            connection.close()

    first = threading.Thread(target=send, args=("first", slow))
    second = threading.Thread(target=send, args=("second", desk(201)))
    first.start()
    assert inside.wait(20)
    second.start()
    with connection.cursor() as cursor:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%core_idem%'"
        for _ in range(2000):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                break
        else:
            raise AssertionError("the second never waited")
    go_on.set()
    first.join()
    second.join()
    assert answers["first"].status_code == first_status
    assert answers["second"].status_code == 201
    assert answers["second"].has_header("Idempotent-Replay") == (first_status == 201)
    assert desk.calls == (1 if first_status == 201 else 2)
    assert not transaction.get_connection().in_atomic_block
