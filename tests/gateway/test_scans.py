"""Batches of scans over the API: every row lands, is known already or is named, and nothing sent can hurt."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.conftest import Caller
from tests.mail.test_trace_status import scans
from tests.mail.test_trace_table import kept, said
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.gateway import actions
from zerotrip.gateway.models import Scope
from zerotrip.mail.ingest import load, posted
from zerotrip.mail.models import Batch, Refused, Scan, Trace
from zerotrip.mail.trace.summary import Scanned, of_scans, status

pytestmark = pytest.mark.django_db

NDJSON = "application/x-ndjson"
GOOD = {"number": "1190000000001", "code": "203", "at": "2026-11-23T09:00:00+08:00", "office": "P360102001"}


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def many(count: int) -> bytes:
    return lines(*(GOOD | {"number": f"119{n:010d}"} for n in range(count)))


@pytest.fixture
def send(api: Caller) -> Callable[..., Any]:
    keys = iter(range(10**6))

    def post(body: bytes, media: str = NDJSON, key: str | None = None, **headers: str) -> Any:
        headers = {"Idempotency-Key": key or f"batch-{next(keys):08d}"} | headers
        return api.send("POST", "/scans", body, media, **headers)

    return post


def test_a_batch_is_counted_and_again_changes_nothing(send: Callable[..., Any]) -> None:
    answer = send(lines(GOOD, GOOD | {"code": "988"}, GOOD))
    assert answer.status_code == 200
    told = answer.json()
    assert told == {
        "batch": Batch.objects.get().pk, "accepted": 2, "duplicates": 1, "rejected": 0, "faults": [], "more_faults": 0,
        "unknown_codes": 1, "unknown_offices": ["P360102001"],
    }  # fmt: skip
    assert send(lines(GOOD, GOOD | {"code": "988"}, GOOD)).json() | {"batch": 0} == told | {
        "batch": 0, "accepted": 0, "duplicates": 3,
    }  # fmt: skip
    assert (Scan.objects.count(), Trace.objects.get().scans) == (2, 2)


def test_the_same_key_gets_the_first_answer_and_another_batch_under_it_is_refused(send: Callable[..., Any]) -> None:
    first = send(lines(GOOD), key="batch-of-monday")
    again = send(lines(GOOD), key="batch-of-monday")
    assert (again.json(), again["Idempotent-Replay"]) == (first.json(), "true")
    assert send(lines(GOOD | {"code": "305"}), key="batch-of-monday").status_code == 409
    assert Batch.objects.count() == 1


def test_an_array_and_a_packed_batch_are_the_same_rows(send: Callable[..., Any]) -> None:
    rows = [GOOD, GOOD | {"code": "305"}, {"number": "x"}]
    assert send(json.dumps(rows, indent=2).encode(), "application/json").json()["accepted"] == 2
    packed = send(gzip.compress(lines(*rows[:1])) + gzip.compress(lines(*rows[1:])), **{"Content-Encoding": "gzip"})
    assert packed.json()["duplicates"] == 2
    assert packed.json()["faults"] == [{"line": 3, "reason": "缺少 code。"}]


def test_one_broken_line_among_fifty_thousand_is_named_and_the_others_land(send: Callable[..., Any]) -> None:
    all_lines = many(49_999).splitlines(keepends=True)
    body = b"".join([*all_lines[:30_000], b'{"number": "119\n', *all_lines[30_000:]])
    told = send(gzip.compress(body, 1), **{"Content-Encoding": "gzip"}).json()
    assert (told["accepted"], told["rejected"]) == (49_999, 1)
    assert told["faults"] == [{"line": 30_001, "reason": "这一行不是完整的 JSON 对象。"}]
    assert Refused.objects.get().line == 30_001
    assert Scan.objects.count() == 49_999


def test_a_row_too_many_takes_nothing(send: Callable[..., Any]) -> None:
    answer = send(many(50_001))
    assert answer.status_code == 413
    assert "50000 行" in answer.json()["detail"]
    assert not Scan.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"at": "2099-01-01T00:00:00+08:00"}, "在将来"),
        ({"number": "EY023356678CN"}, "校验"),
        ({"at": "2026-11-23T09:00:00"}, "应带时区"),
        ({"operator": "\0"}, "不能保存的字符"),
    ],
)
def test_a_wrong_row_is_named(send: Callable[..., Any], change: dict[str, str], reason: str) -> None:
    told = send(lines(GOOD | change, GOOD)).json()
    assert (told["accepted"], told["rejected"], told["faults"][0]["line"]) == (1, 1, 1)
    assert reason in told["faults"][0]["reason"]


def test_of_very_many_wrong_rows_the_first_thousand_are_named(send: Callable[..., Any]) -> None:
    told = send(lines(*[{"number": "1"}] * 1500)).json()
    assert (told["rejected"], len(told["faults"]), told["more_faults"]) == (1500, 1000, 500)


@pytest.mark.parametrize(
    ("body", "media", "headers", "status"),
    [
        (b"\n\n", NDJSON, {}, 422),
        (b"[]", "application/json", {}, 422),
        (b'{"number": 1}', "application/json", {}, 422),
        (b"\xff" * 50, "application/json", {}, 422),
        (b"[" * 100_000, "application/json", {}, 422),
        (b"no gzip", NDJSON, {"Content-Encoding": "gzip"}, 422),
        (gzip.compress(b"{}\n" * 500, mtime=0)[:-9], NDJSON, {"Content-Encoding": "gzip"}, 422),
        (b"{}", NDJSON, {"Content-Encoding": "br"}, 415),
        (b"{}", "text/csv", {}, 415),
    ],
)
def test_what_is_no_batch_gets_a_sentence(
    send: Callable[..., Any], body: bytes, media: str, headers: dict[str, str], status: int
) -> None:
    answer = send(body, media, **headers)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert not Batch.objects.exists()


def test_a_bomb_is_noticed_while_it_is_unpacked(send: Callable[..., Any]) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(2000)) + packer.flush()
    assert len(bomb) < 3 << 20
    tracemalloc.start()
    answer = send(bomb, **{"Content-Encoding": "gzip"})
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert "64 MB" in answer.json()["detail"]
    assert most < 50 << 20


def test_a_huge_upload_is_refused_before_it_is_read(send: Callable[..., Any], api: Caller) -> None:
    read: list[int] = []

    class Endless:
        def read(self, size: int = -1) -> bytes:
            read.append(size)
            return b"x" * max(size, 0)

        readline = read

    for length in (2 << 30, 21 << 20):
        answer = api.client.generic(
            "POST", "/api/v1/scans", b"", NDJSON,
            headers={"Content-Encoding": "gzip"}, CONTENT_LENGTH=str(length), **{"wsgi.input": Endless()},
        )  # fmt: skip
        assert answer.status_code in (401, 413)
    assert not read, "neither too much nor for somebody without a signature"


def test_a_packed_body_over_its_limit_is_refused(send: Callable[..., Any]) -> None:
    answer = send(b"\x1f\x8b" + b"x" * (20 << 20), **{"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert "20 MB" in answer.json()["detail"]


def test_who_may_not_report_scans_is_told_so(clock: Any, db: None) -> None:
    _made, token = actions.register_partner("只查询", [Scope.READ], actor=SYSTEM, at=now())
    answer = Caller(token).send("POST", "/scans", lines(GOOD), NDJSON, **{"Idempotency-Key": "batch-00000001"})
    assert answer.status_code == 403
    assert "scans:write" in answer.json()["detail"]


def test_a_batch_without_a_key_is_asked_for_one(api: Caller) -> None:
    answer = api.send("POST", "/scans", lines(GOOD), NDJSON)
    assert "Idempotency-Key" in answer.json()["errors"]
    assert not Batch.objects.exists()


def test_a_batch_that_fails_leaves_nothing(send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(load, "set_aside", broken)
    assert send(lines(GOOD)).status_code == 500
    assert not Scan.objects.exists()
    assert not Batch.objects.exists()
    monkeypatch.undo()
    assert send(lines(GOOD)).json()["accepted"] == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scans, min_size=1, max_size=10), st.data())
def test_any_order_any_repetition_any_requests(
    send: Callable[..., Any], given_scans: list[Scanned], data: st.DataObject
) -> None:
    sent = data.draw(st.permutations(given_scans + given_scans[: len(given_scans) // 2]))
    cut = data.draw(st.integers(0, len(sent)))
    number = f"12{data.draw(st.integers(0, 10**11 - 1)):011d}"
    for part in filter(None, (sent[:cut], sent[cut:])):
        rows = [
            {"number": number, "code": s.code, "at": s.at.isoformat(), "office": s.office,
             "attributes": {"reason": s.reason} if s.reason else {}}
            for s in part
        ]  # fmt: skip
        assert send(lines(*rows)).json()["rejected"] == 0
    expected = of_scans(given_scans)
    assert kept(number) == expected
    meant = status(expected)
    assert said(number) == {name: getattr(meant, name) for name in said(number)}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mail_scan; DELETE FROM mail_trace")


def test_memory_of_the_largest_batch_is_bounded(clock: Any) -> None:
    row = json.dumps(GOOD | {"attributes": {"note": "龙" * 380}}, ensure_ascii=False).encode() + b"\n"
    assert 60 << 20 < len(row) * 50_000 < 64 << 20
    left = iter([row * 10_000] * 5)
    tracemalloc.start()
    sent = posted.read(lambda size: next(left, b""), array=False, packed=False, now=now())
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent.parsed.rows == 50_000
    assert most < 300 << 20
