"""A month of scans becomes a file and its table goes; on request the table comes back.

Order: the file is written and given its name, read back, and only then, in one transaction, it is recorded and the
table dropped. Whatever breaks off before leaves the table as it was; a file nobody recorded is removed by the next run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import today
from zerotrip.core.errors import Conflict, NotFound, Unavailable
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail import kinds
from zerotrip.mail.archive import files
from zerotrip.mail.archive.ages import folder, oldest_kept
from zerotrip.mail.archive.files import Content
from zerotrip.mail.models import ArchivePart
from zerotrip.mail.trace import merge

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""

RESTORED_FOR: Final = timedelta(days=30)
"""So long a restored month stays before it is archived again by itself. 配置值，待核."""
_TABLE: Final = re.compile(r"mail_scan_(\d{4})_(\d{2})")
_LOCK: Final = "hashtext('mail_scan archive')"
_ORDER: Final = "number, code, at, office"


class _LateScans(Exception):
    """Scans came in while the file was written."""


def months() -> list[date]:
    """The months that have a table, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'mail_scan'::regclass"
        )
        found = [_TABLE.fullmatch(row[0]) for row in cursor.fetchall()]
    return sorted(date(int(m[1]), int(m[2]), 1) for m in found if m)


def due(at: datetime) -> list[date]:
    """The months that are to be archived: old enough, and not restored lately."""
    lately = set(ArchivePart.objects.filter(restored_at__gt=at - RESTORED_FOR).values_list("month", flat=True))
    return [month for month in months() if month < oldest_kept(today()) and month not in lately]


def archive(
    month: date, *, actor: Actor, at: datetime, progress: Progress = lambda done, total: None
) -> ArchivePart | None:
    """Write a month to a file, check it, drop its table. Returns the new part; None when the table was empty.

    Scans that came after the month had been archived make a part of their own; a month restored before is written
    anew, with them, in place of its old files. Raises NotFound without a table, Conflict while another run works.
    """
    with _alone():
        if month not in months():
            raise NotFound(_("数据库中没有 {month} 的轨迹，或已归档。").format(month=f"{month:%Y-%m}"))
        _tidy()
        for part in ArchivePart.objects.filter(month=month, restored_groups__gt=0, restored_at__isnull=True):
            _restore_part(part, progress)
            restored(part, actor=actor, at=at)
        for _attempt in range(5):
            name = f"scans-{month:%Y-%m}-{_next_part(month)}.parquet"
            content = files.write(folder() / name, _blocks(month, progress), lambda rows: None)
            if files.read(folder() / name) != content:
                raise Unavailable(_("归档文件 {file} 读回的内容与写入的不一致，轨迹仍在数据库中。").format(file=name))
            if not content.rows:
                _drop_empty(month, folder() / name)
                return None
            try:
                part, old = _swap(month, name, content, actor=actor, at=at)
            except _LateScans:
                continue
            for file in old:
                (folder() / file).unlink(missing_ok=True)
            return part
    raise Unavailable(_("{month} 的轨迹一直有新数据写入，请稍后再归档。").format(month=f"{month:%Y-%m}"))


def _next_part(month: date) -> int:
    last = ArchivePart.objects.filter(month=month).order_by("-part").values_list("part", flat=True).first()
    return (last or 0) + 1


def _blocks(month: date, progress: Progress) -> Iterator[list[Any]]:
    table, columns = merge.partition(month), ", ".join(files.COLUMNS)
    with transaction.atomic():
        with connection.cursor() as counting:
            counting.execute(f"SELECT count(*) FROM {table}")
            total = int(counting.fetchone()[0])
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {_ORDER}")
            done = 0
            while block := cursor.fetchmany(files.GROUP):
                yield block
                done += len(block)
                progress(done, total)


def _swap(month: date, name: str, content: Content, *, actor: Actor, at: datetime) -> tuple[ArchivePart, list[str]]:
    """Record the file and drop the table; whoever waits for the lock too long is tried again."""
    for _attempt in range(20):
        try:
            return _record_and_drop(month, name, content, actor=actor, at=at)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            time.sleep(0.5)
    raise Unavailable(_("轨迹表一直被占用，{month} 的归档没有完成，请稍后再试。").format(month=f"{month:%Y-%m}"))


def _drop_empty(month: date, path: Path) -> None:
    """A table whose scans were all left out: in the files already, or never taken in."""
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor, merge.partition(month))
        cursor.execute(f"SELECT EXISTS (SELECT FROM {merge.partition(month)})")
        if not cursor.fetchone()[0]:
            cursor.execute(f"DROP TABLE {merge.partition(month)}")
    path.unlink(missing_ok=True)


def _lock(cursor: Any, table: str) -> None:
    """Nobody reads or writes scans from here to the end of the transaction: the parent first, as all who write do."""
    cursor.execute("SET LOCAL lock_timeout = '2s'")
    cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
    cursor.execute("LOCK TABLE ONLY mail_scan IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")


@action("mail.archive_scans", roles={Role.SYSTEM_ADMIN})
def _record_and_drop(
    month: date, name: str, content: Content, *, actor: Actor, at: datetime
) -> tuple[ArchivePart, list[str]]:
    table = merge.partition(month)
    with connection.cursor() as cursor:
        _lock(cursor, table)
        cursor.execute(f"SELECT count(*) FROM {table}")  # rows are added, never changed: equal counts, equal rows
        if int(cursor.fetchone()[0]) != content.rows:
            raise _LateScans
        cursor.execute(f"ALTER TABLE mail_scan DETACH PARTITION {table}")
        cursor.execute(f"DROP TABLE {table}")
    replaced = ArchivePart.objects.filter(month=month, restored_at__isnull=False)
    old = list(replaced.values_list("file", flat=True))
    part = ArchivePart.objects.create(
        month=month, part=_next_part(month), file=name, rows=content.rows, bytes=content.size, digest=content.digest,
        first_number=content.first, last_number=content.last, groups=content.groups, archived_at=at,
    )  # fmt: skip
    replaced.delete()
    record(kinds.SCANS_ARCHIVED, part, month=f"{month:%Y-%m}", rows=content.rows, file=name)
    return part, old


def restore(month: date, *, actor: Actor, at: datetime, progress: Progress = lambda done, total: None) -> int:
    """Bring a month back from its files, row group by row group; a broken-off run goes on where it was.

    Returns how many rows its files hold. Raises NotFound without files, Unavailable when a file is gone or damaged.
    """
    with _alone():
        parts = list(ArchivePart.objects.filter(month=month))
        if not parts:
            raise NotFound(_("{month} 没有归档的轨迹。").format(month=f"{month:%Y-%m}"))
        for part in parts:
            if part.restored_at is None:
                _restore_part(part, progress)
                restored(part, actor=actor, at=at)
        return sum(part.rows for part in parts)


def _restore_part(part: ArchivePart, progress: Progress) -> None:
    path = _checked(part)
    columns = ", ".join(files.COLUMNS)
    for group, rows in files.each_group(path, start=part.restored_groups):
        with transaction.atomic():
            merge.make_month(part.month)
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE IF NOT EXISTS stage_restored (LIKE mail_scan) ON COMMIT DELETE ROWS")
                cursor.execute("TRUNCATE stage_restored")
                with cursor.copy(f"COPY stage_restored ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute(
                    f"INSERT INTO mail_scan ({columns}) SELECT {columns} FROM stage_restored ON CONFLICT DO NOTHING"
                )
            part.restored_groups = group + 1
            part.save(update_fields=["restored_groups"])
        progress(min((group + 1) * files.GROUP, part.rows), part.rows)


def _checked(part: ArchivePart) -> Path:
    path = folder() / part.file
    if not path.exists():
        raise Unavailable(_("归档文件 {file} 不在数据目录中，请先从备份取回。").format(file=part.file))
    if files.read(path).digest != bytes(part.digest):
        raise Unavailable(_("归档文件 {file} 已损坏，请先从备份取回。").format(file=part.file))
    return path


@action("mail.restore_scans", roles={Role.SYSTEM_ADMIN})
def restored(part: ArchivePart, *, actor: Actor, at: datetime) -> None:
    """A part is in the database again."""
    part.restored_at = at
    part.save(update_fields=["restored_at"])
    record(kinds.SCANS_RESTORED, part, month=f"{part.month:%Y-%m}", rows=part.rows, file=part.file)


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time; the database lets go of the lock when its holder dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('mail_scan archive run'))")
        if not cursor.fetchone()[0]:
            raise Conflict(_("另一个归档或恢复正在进行，请等它结束。"))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('mail_scan archive run'))")


def _tidy() -> None:
    """Remove what broken-off runs left: files that were never recorded."""
    known = set(ArchivePart.objects.values_list("file", flat=True))
    for path in folder().glob("scans-*.parquet*"):
        if path.name not in known:
            path.unlink(missing_ok=True)
