"""Old months of scans lie in files: nothing is lost on the way there, and they answer from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict, NotAllowed, NotFound, Unavailable
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.mail import cli
from zerotrip.mail.archive import files, months
from zerotrip.mail.archive.ages import oldest_kept
from zerotrip.mail.archive.reading import archived_scans, details_from
from zerotrip.mail.models import ArchivePart, Batch, Scan, Trace
from zerotrip.mail.trace import merge
from zerotrip.mail.trace.report import report

pytestmark = pytest.mark.django_db(transaction=True)

OLD, YOUNG = date(2025, 7, 1), date(2026, 10, 1)
PIECES = 40


@pytest.fixture(autouse=True)
def archive_folder(tmp_path: Path, settings: Any) -> Path:
    settings.ZEROTRIP_ARCHIVE = str(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture(autouse=True)
def no_months_left(clock: Any, transactional_db: None) -> Iterator[None]:
    """Tables of months outlive the rows: each story begins without them."""
    drop_months()
    yield
    drop_months()


def drop_months() -> None:
    with connection.cursor() as cursor:
        for month in months.months():
            cursor.execute(f"DROP TABLE {merge.partition(month)}")
    merge._ready.clear()


def number(n: int) -> str:
    return f"{1190000000000 + n}"


def lines_of(month: date, pieces: int = PIECES, *, minute: int = 0) -> list[bytes]:
    """Four scans a piece; one of them is of a code nobody knows, one text would break a careless writer of files."""
    begin = datetime(month.year, month.month, 3, 1, minute, tzinfo=UTC)
    made = []
    for n in range(pieces):
        for hours, code in enumerate(("203", "305", "988", "306")):
            at = begin + timedelta(hours=hours, seconds=n)
            row = {
                "number": number(n), "code": code, "at": at.isoformat(), "office": f"P36010200{n % 3}",
                "operator": "演示\t员\n", "attributes": {"note": "“引号” \\ 反斜杠\x1f", "trip": n},
            }  # fmt: skip
            made.append(json.dumps(row, ensure_ascii=False).encode())
    return made


def load_month(month: date, **how: Any) -> Batch:
    return load_lines(lines_of(month, **how))


def load_lines(lines: list[bytes]) -> Batch:
    import hashlib

    from zerotrip.mail.ingest import load, rows

    batch = load.begin("scans", "story", hashlib.sha256(b"".join(lines)).digest(), now())
    load.take_in(batch, rows.scans(lines, 1, now()))
    return load.finish(batch, now())


def everything() -> list[tuple[Any, ...]]:
    return sorted(Scan.objects.values_list(*files.COLUMNS))


def archive(month: date) -> ArchivePart | None:
    return months.archive(month, actor=SYSTEM, at=now())


def restore(month: date) -> int:
    return months.restore(month, actor=SYSTEM, at=now())


def test_a_month_goes_to_a_file_and_comes_back_as_it_was(archive_folder: Path) -> None:
    load_month(OLD)
    load_month(YOUNG)
    before, said = everything(), report()
    part = archive(OLD)
    assert part is not None
    assert (part.rows, part.part, part.file) == (4 * PIECES, 1, "scans-2025-07-1.parquet")
    assert [path.name for path in archive_folder.iterdir()] == [part.file]
    assert months.months() == [YOUNG]
    assert Scan.objects.count() == 4 * PIECES
    assert report().digest == said.digest, "status is answered from the traces as before"
    assert Trace.objects.get(pk=number(0)).scans == 8
    assert restore(OLD) == 4 * PIECES
    assert everything() == before
    kept = Entry.objects.filter(kind__in=["mail.scans_archived", "mail.scans_restored"]).order_by("id")
    assert [entry.sentence() for entry in kept] == [
        "2025-07 的轨迹 160 条已归档到文件 scans-2025-07-1.parquet",
        "2025-07 的轨迹 160 条已从文件 scans-2025-07-1.parquet 恢复",
    ]


def test_a_number_is_read_from_the_file_by_few_row_groups(monkeypatch: Any) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr(files, "GROUP", 20)
    load_month(OLD)
    wanted = sorted(Scan.objects.filter(number=number(17)).values_list(*files.COLUMNS), key=lambda row: row[2])
    part = archive(OLD)
    assert part is not None
    assert part.groups == 8
    read: list[int] = []
    real = pq.ParquetFile.read_row_group

    def counted(self: Any, index: int, **more: Any) -> Any:
        read.append(index)
        return real(self, index, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    assert archived_scans(number(17)) == wanted
    assert read == [3]
    assert archived_scans("1234567890123") == []
    assert details_from() == date(2025, 8, 1)


def test_months_old_enough_are_archived_by_themselves(clock: Any, settings: Any) -> None:
    assert oldest_kept(date(2026, 11, 24)) == date(2025, 10, 1)
    for month in (OLD, date(2025, 9, 1), date(2025, 10, 1), YOUNG):
        load_month(month)
    assert months.due(now()) == [OLD, date(2025, 9, 1)]
    from zerotrip.mail import tasks

    tasks.archive.func(0)
    assert months.due(now()) == []
    assert months.months() == [date(2025, 10, 1), YOUNG]
    restore(OLD)
    assert months.due(now()) == [], "what was brought back stays a while"
    clock.advance(days=31)
    assert months.due(now()) == [OLD, date(2025, 10, 1)]


def test_the_same_delivery_again_changes_nothing_though_its_month_is_archived() -> None:
    load_month(OLD)
    said = report()
    archive(OLD)
    again = load_month(OLD)
    assert (again.accepted, again.duplicates) == (0, 4 * PIECES)
    assert report().digest == said.digest
    assert Trace.objects.get(pk=number(0)).scans == 4
    assert archive(OLD) is None, "the table made for them is empty"
    assert months.months() == []


def test_late_scans_of_an_archived_month_make_a_second_file() -> None:
    load_month(OLD)
    archive(OLD)
    late = load_lines(lines_of(OLD)[:8] + lines_of(OLD, 3, minute=30))
    assert (late.accepted, late.duplicates) == (12, 8)
    assert months.due(now()) == [OLD]
    second = archive(OLD)
    assert second is not None
    assert (second.part, second.rows) == (2, 12)
    assert len(archived_scans(number(1))) == 8
    restore(OLD)
    assert Scan.objects.count() == 4 * PIECES + 12
    third = archive(OLD)
    assert third is not None
    assert (third.part, third.rows) == (3, 4 * PIECES + 12)
    assert ArchivePart.objects.count() == 1, "the file of everything stands in place of the two"
    assert len(archived_scans(number(1))) == 8


def test_a_restored_month_takes_late_scans_and_knows_its_own(archive_folder: Path) -> None:
    load_month(OLD)
    archive(OLD)
    restore(OLD)
    again = load_month(OLD)
    assert (again.accepted, again.duplicates) == (0, 4 * PIECES)
    assert load_month(OLD, minute=30).accepted == 4 * PIECES
    part = archive(OLD)
    assert part is not None
    assert part.rows == 8 * PIECES
    assert [path.name for path in archive_folder.iterdir()] == [part.file]


def test_a_restore_that_broke_off_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "GROUP", 20)
    load_month(OLD)
    before = everything()
    archive(OLD)

    def stop(done: int, total: int) -> None:
        if done >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        months.restore(OLD, actor=SYSTEM, at=now(), progress=stop)
    assert ArchivePart.objects.get().restored_groups == 3
    assert Scan.objects.count() == 60
    seen: list[int] = []
    months.restore(OLD, actor=SYSTEM, at=now(), progress=lambda done, total: seen.append(done))
    assert seen[0] == 80, "from the fourth group on"
    assert everything() == before


def test_a_month_half_restored_is_made_whole_before_it_is_archived_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "GROUP", 20)
    load_month(OLD)
    archive(OLD)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        months.restore(OLD, actor=SYSTEM, at=now(), progress=stop)
    load_month(OLD, minute=30)
    part = archive(OLD)
    assert part is not None
    assert part.rows == 8 * PIECES
    assert ArchivePart.objects.count() == 1


def test_a_damaged_or_missing_file_is_said_and_nothing_is_restored(archive_folder: Path) -> None:
    load_month(OLD)
    part = archive(OLD)
    assert part is not None
    path = archive_folder / part.file
    path.rename(path.with_suffix(".away"))
    with pytest.raises(Unavailable, match="不在数据目录"):
        restore(OLD)
    other = archive_folder / "scans-2025-08-1.parquet"
    load_month(date(2025, 8, 1))
    archive(date(2025, 8, 1))
    other.rename(path)
    with pytest.raises(Unavailable, match="已损坏"):
        restore(OLD)
    assert Scan.objects.count() == 0
    with pytest.raises(NotFound):
        restore(date(2024, 1, 1))
    with pytest.raises(NotFound):
        archive(OLD)


def test_what_the_disk_wrote_wrongly_is_noticed_before_the_table_goes(monkeypatch: Any) -> None:
    load_month(OLD)
    real = files.read

    def misread(path: Path) -> files.Content:
        good = real(path)
        return files.Content(good.rows, good.groups, good.size, b"\0" * 32, good.first, good.last)

    monkeypatch.setattr(files, "read", misread)
    with pytest.raises(Unavailable, match="不一致"):
        archive(OLD)
    assert Scan.objects.count() == 4 * PIECES
    assert not ArchivePart.objects.exists()


def test_scans_that_come_while_the_file_is_written_are_in_it(monkeypatch: Any) -> None:
    load_month(OLD)
    real, times = files.write, []

    def write(path: Path, blocks: Any, progress: Any = None) -> files.Content:
        content = real(path, blocks)
        times.append(1)
        if len(times) == 1:
            thread = threading.Thread(target=load_and_close)
            thread.start()
            thread.join()
        return content

    def load_and_close() -> None:
        load_month(OLD, minute=30)
        connections.close_all()

    monkeypatch.setattr(files, "write", write)
    part = archive(OLD)
    assert part is not None
    assert (part.rows, len(times)) == (8 * PIECES, 2)


def test_one_run_at_a_time_and_only_administrators() -> None:
    load_month(OLD)
    refused: list[BaseException] = []

    def other() -> None:
        try:
            archive(OLD)
        except Conflict as problem:
            refused.append(problem)
        connections.close_all()

    with months._alone():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    clerk = Actor(kind="staff", id=1, roles=frozenset({Role.HALL_CLERK}))
    with pytest.raises(NotAllowed):
        months.archive(OLD, actor=clerk, at=now())
    assert Scan.objects.count() == 4 * PIECES


KILLED = """
import os, signal, sys
from zerotrip.web import settings
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.ZEROTRIP_ARCHIVE = sys.argv[2]
from datetime import date
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.mail.archive import files, months
moment = sys.argv[3]
def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "writing":
    months._blocks = lambda month, progress: (die() for _ in [1])
elif moment == "written":
    files.read = die
elif moment == "dropped":
    months.record = die
elif moment == "recorded":
    real = months._swap
    def swap(*args, **more):
        real(*args, **more)
        die()
    months._swap = swap
months.archive(date(2025, 7, 1), actor=SYSTEM, at=now())
"""


@pytest.mark.parametrize("moment", ["writing", "written", "dropped", "recorded"])
def test_killed_at_any_moment_nothing_is_lost(moment: str, archive_folder: Path) -> None:
    """kill -9 while the file is written, before it is read back, inside the last transaction, and right after it."""
    load_month(OLD)
    before = everything()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, name, str(archive_folder), moment],
        env=environment, capture_output=True, text=True, timeout=120, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    if moment != "recorded":
        assert everything() == before
        assert not ArchivePart.objects.exists()
        archive(OLD)
    assert Scan.objects.count() == 0
    part = ArchivePart.objects.get()
    assert [path.name for path in archive_folder.iterdir()] == [part.file]
    restore(OLD)
    assert everything() == before


def test_the_commands(capsys: Any) -> None:
    import argparse

    load_month(OLD)

    def run(name: str, *arguments: str) -> int:
        command = next(command for command in cli.COMMANDS if command.name == name)
        parser = argparse.ArgumentParser()
        command.configure(parser)
        return command.run(parser.parse_args(arguments))

    assert run("archive-scans", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["month"], one["rows"]) == ("2025-07", 4 * PIECES)
    assert run("archive-scans") == 0
    assert "没有需要归档的月份" in capsys.readouterr().out
    assert run("archive-scans", "--month", "2025-07") == 1
    assert "2025-07" in capsys.readouterr().err
    assert run("restore-scans", "--month", "2025-07") == 0
    assert "160 条轨迹已在数据库中" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run("restore-scans", "--month", "July")
