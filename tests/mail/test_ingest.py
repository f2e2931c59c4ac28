"""Rows by the batch: every one lands, is known already, or is set aside with its line and the reason."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mail.test_trace_status import scans
from tests.mail.test_trace_table import NUMBER, kept, said
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.demo import year
from zerotrip.mail.ingest import files, reader, rows
from zerotrip.mail.ingest.files import ingest
from zerotrip.mail.models import Refused, Scan, Trace
from zerotrip.mail.trace.report import report
from zerotrip.mail.trace.summary import Scanned, of_scans, status

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
GOOD = {
    "number": "1190000000001",
    "code": "203",
    "at": "2026-11-23T09:00:00+08:00",
    "office": "P360102001",
    "operator": "演示员",
    "attributes": {"trip": "7"},
}


def written(folder: Path, *lines: object, name: str = "scans.ndjson") -> str:
    path = folder / name
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def small_year(tmp_path: Path) -> Path:
    year.make(tmp_path / "year", 300, seed=7)
    return tmp_path / "year"


def load(folder: Path) -> tuple[int, int, int]:
    ingest(str(folder / "consignments.ndjson"))
    batch = ingest(str(folder / "scans.ndjson"))
    return batch.accepted, batch.duplicates, batch.rejected


def test_a_year_lands_whole_and_again_changes_nothing(small_year: Path) -> None:
    lines = (small_year / "scans.ndjson").read_text().splitlines()
    accepted, duplicates, rejected = load(small_year)
    assert (accepted + duplicates, rejected) == (len(lines), 0)
    assert Scan.objects.count() == accepted == report().scans
    before = report()
    assert load(small_year) == (0, len(lines), 0)
    assert report() == before


def test_mixed_and_doubled_lines_give_the_same_province(small_year: Path, tmp_path: Path) -> None:
    load(small_year)
    clean = report()
    Trace.objects.all().delete()
    Scan.objects.all().delete()
    scans = (small_year / "scans.ndjson").read_text().splitlines()
    pieces = (small_year / "consignments.ndjson").read_text().splitlines()
    ingest(written(tmp_path, *sorted(scans + scans[::2], key=hash)))
    assert report().waiting_numbers > 0, "scans came before their pieces were announced"
    ingest(written(tmp_path, *sorted(pieces, key=hash), name="pieces.ndjson"))
    assert report() == clean


def test_the_made_year_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        year.make(tmp_path / name, 50, seed, shuffle=True, duplicate=0.5)
    a, b, c = ((tmp_path / name / "scans.ndjson").read_bytes() for name in "abc")
    assert a == b != c
    lines = a.splitlines()
    assert len(set(lines)) / len(lines) == pytest.approx(0.5, abs=0.05)


def test_one_broken_line_is_named_and_the_others_land(tmp_path: Path) -> None:
    others = [GOOD | {"number": f"119{n:010d}"} for n in range(40)]
    batch = ingest(written(tmp_path, *others[:20], '{"number": "1190000000099", "code": ', *others[20:]))
    assert (batch.accepted, batch.rejected) == (40, 1)
    refused = Refused.objects.get()
    assert (refused.line, refused.sentence) == (21, "这一行不是完整的 JSON 对象。")
    assert refused.row.startswith('{"number": "1190000000099"')


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "EY023356678CN"}, "校验"),
        ({"number": "6901234567892"}, "不是邮件号码"),
        ({"number": "119000000000"}, "不是邮件号码"),
        ({"number": 1190000000001}, "number 的内容不对"),
        ({"at": "2099-01-01T00:00:00+08:00"}, "在将来"),
        ({"at": "1999-12-31T00:00:00+08:00"}, "早于 2000 年"),
        ({"at": "2026-11-23T09:00:00"}, "应带时区"),
        ({"at": "yesterday"}, "at 的内容不对"),
        ({"code": ""}, "操作码"),
        ({"code": "七〇四"}, "操作码"),
        ({"office": "P" * 41}, "机构最多 40 个字"),
        ({"operator": "\0"}, "不能保存的字符"),
        ({"operator": "\ud800"}, "JSON"),
        ({"attributes": [1]}, "attributes 应为"),
        ({"attributes": {"note": "x" * 30_000}}, "超过"),
    ],
)
def test_a_bad_row_gets_a_sentence(change: dict[str, object], sentence: str) -> None:
    parsed = rows.scans([json.dumps(GOOD | change).encode()], 5, NOW)
    assert parsed.rows == 0
    assert parsed.faults[0].line == 5
    assert sentence in parsed.faults[0].sentence


def test_what_is_missing_is_named() -> None:
    less = {name: value for name, value in GOOD.items() if name != "at"}
    assert rows.scans([json.dumps(less).encode()], 1, NOW).faults[0].sentence == "缺少 at。"


def test_unknown_codes_and_offices_are_kept_and_flagged(tmp_path: Path) -> None:
    batch = ingest(written(tmp_path, GOOD | {"code": "988", "office": "X-999"}))
    assert batch.accepted == 1
    trace = Trace.objects.get()
    assert (trace.unknown, trace.stage, trace.scans) == (1, "requested", 1)


def test_odd_texts_come_back_as_they_were_sent(tmp_path: Path) -> None:
    odd = 'a\tb\\c\nd\re"龚䶮'
    ingest(written(tmp_path, GOOD | {"operator": odd, "attributes": {"note": odd}}))
    kept = Scan.objects.get()
    assert kept.operator == odd
    assert json.loads(kept.attributes) == {"note": odd}


def test_phone_numbers_are_masked_before_they_are_kept(tmp_path: Path) -> None:
    ingest(written(tmp_path, GOOD | {"attributes": {"operatorPhone": "13912345678"}}))
    assert json.loads(Scan.objects.get().attributes) == {"operatorPhone": "139******78"}


def test_persons_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    given = {
        "signer": "张小明",
        "receiver": {
            "name": "王小明",
            "mobile": 13912345678,
            "idNo": "36010219860517001X",
            "address": "阳明路12号3栋501室",
        },
        "联系电话": "0791-86661234",
        "notes": ["家门口 138-1234-5678", "证件 36010219860517001X"],
        "opOrgName": "南昌邮件处理中心",
        "trip": "00568",
        "weight": 120,
    }
    ingest(written(tmp_path, GOOD | {"attributes": given}))
    assert json.loads(Scan.objects.get().attributes) == {
        "signer": "张**",
        "receiver": {"name": "王**", "mobile": "139******78", "idNo": "360102********001X", "address": "阳明路12号***"},
        "联系电话": "0791-******34",
        "notes": ["家门口 138******78", "证件 360102********001X"],
        "opOrgName": "南昌邮件处理中心",
        "trip": "00568",
        "weight": 120,
    }


@pytest.mark.parametrize("line", [b'{"number": "119\xff"}', b"\xff\xfe", b"[" * 9000, b'{"attributes":' + b"[" * 9000])
def test_bytes_that_are_no_text_are_one_row_and_not_the_end(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "scans.ndjson").write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    batch = ingest(str(tmp_path / "scans.ndjson"))
    assert (batch.accepted, batch.rejected) == (1, 1)


def test_a_process_of_its_own_reads_the_same(small_year: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small_year / "scans.ndjson"
    with path.open("ab") as file:
        file.write(b'{"number": "EY023356678CN", "code": "203", "at": "2026-01-01T00:00:00Z"}\n\n')
    packed = tmp_path / "scans.ndjson.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    task = reader.Task(str(path), "scans", 0, 0, NOW, "zh-hans")
    monkeypatch.setattr(files, "_LARGE", 0)
    for each in (path, packed):
        Scan.objects.all().delete()
        Trace.objects.all().delete()
        batch = ingest(str(each))
        with path.open("rb") as file:
            (block,) = reader.here(file, task)
        assert (batch.lines, batch.accepted, batch.rejected) == (block.parsed.lines, Scan.objects.count(), 1)
        assert batch.refused.get().sentence == block.parsed.faults[0].sentence


def test_a_file_that_breaks_off_in_the_reading_process_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    packed = gzip.compress("\n".join(json.dumps(GOOD) for _ in range(20_000)).encode())
    (tmp_path / "scans.ndjson.gz").write_bytes(packed[:-200])
    with pytest.raises(BadInput, match="可能不完整"):
        ingest(str(tmp_path / "scans.ndjson.gz"))


def test_two_do_not_read_the_same_file_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.2)
    path = written(tmp_path, GOOD)

    def another(*_: object) -> None:
        def run() -> None:
            try:
                ingest(path)
            except Conflict as conflict:
                told.append(str(conflict.detail))
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    told: list[str] = []
    assert ingest(path, another).accepted == 1
    assert "另一个进程正在读入这个文件" in told[0]


def test_a_reason_becomes_the_cause(tmp_path: Path) -> None:
    failed = GOOD | {"code": "705", "attributes": {"reason": "104"}}
    ingest(written(tmp_path, failed))
    assert Scan.objects.get().reason == "104"
    assert Trace.objects.get().stage == "undelivered"


def test_a_compressed_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "scans.ndjson.gz"
    lines = [json.dumps(GOOD | {"number": f"119{n:010d}"}).encode() + b"\n" for n in range(200)]
    path.write_bytes(gzip.compress(b"".join(lines)))
    assert ingest(str(path)).accepted == 200
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadInput, match="不完整"):
        ingest(str(path))


@pytest.mark.parametrize("content", ["", "no rows at all\n", '{"other": 1}\n', "[]\n"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ndjson"
    path.write_text(content)
    with pytest.raises(BadInput, match="没有轨迹或邮件"):
        ingest(str(path))
    with pytest.raises(BadInput, match="读不到文件"):
        ingest(str(tmp_path / "none"))


def test_a_line_without_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    with (tmp_path / "scans.ndjson").open("wb") as file:
        file.write(json.dumps(GOOD).encode() + b"\n" + b'{"number":"' + b"1" * 3_000_000 + b"\n")
        file.write(json.dumps(GOOD | {"code": "305"}).encode() + b"\n")
    batch = ingest(str(tmp_path / "scans.ndjson"))
    assert (batch.accepted, batch.rejected, batch.offset) == (2, 1, (tmp_path / "scans.ndjson").stat().st_size)


def test_a_run_broken_off_goes_on_and_ends_with_the_counts_of_one(
    small_year: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BLOCK", 500)
    path = str(small_year / "scans.ndjson")

    def stop(done: int, total: int | None, lines: int) -> None:
        if total is not None and done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(path, stop)
    half = Scan.objects.count()
    batch = ingest(path)
    assert 0 < half < batch.accepted == Scan.objects.count()
    assert batch.lines == len(Path(path).read_text().splitlines())


def test_clocks_may_be_a_little_ahead() -> None:
    ahead = (NOW + timedelta(minutes=4)).isoformat()
    assert rows.scans([json.dumps(GOOD | {"at": ahead}).encode()], 1, NOW).rows == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scans, min_size=1, max_size=10), st.integers(1, 4), st.randoms(use_true_random=False))
def test_any_order_any_repetition_any_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_scans: list[Scanned], block: int, chance: Random
) -> None:
    monkeypatch.setattr(reader, "BLOCK", block)
    Scan.objects.all().delete()
    Trace.objects.all().delete()
    sent = given_scans + given_scans[: len(given_scans) // 2]
    chance.shuffle(sent)
    lines = [
        {
            "number": NUMBER,
            "code": s.code,
            "at": s.at.isoformat(),
            "office": s.office,
            "attributes": {"reason": s.reason},
        }
        for s in sent
    ]
    batch = ingest(written(tmp_path, *lines))
    summary = of_scans(given_scans)
    assert (batch.accepted, batch.accepted + batch.duplicates) == (summary.scans, len(sent))
    assert kept() == summary
    assert said() == {name: getattr(status(summary), name) for name in said()}
