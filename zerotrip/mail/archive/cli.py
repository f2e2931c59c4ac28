"""`zerotrip archive-scans` and `zerotrip restore-scans`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from zerotrip.core.cli import Command


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError("a month looks like 2025-10") from None


def _configure_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--month", type=_month, help="only this month, however young (default: all that are old enough)"
    )
    parser.add_argument("--json", action="store_true", help="print what was archived as JSON")


def _configure_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", type=_month, required=True, help="the month to bring back, as 2025-10")


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[date], Callable[[int, int], None]]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=quiet, transient=True) as bar:

        def of(month: date) -> Callable[[int, int], None]:
            task = bar.add_task(f"{month:%Y-%m}", total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield of


def _archive(options: argparse.Namespace) -> int:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.errors import Problem
    from zerotrip.mail.archive import months

    wanted = [options.month] if options.month else months.due(now())
    done = []
    try:
        with _bar(options.json or not sys.stderr.isatty()) as progress:
            for month in wanted:
                part = months.archive(month, actor=SYSTEM, at=now(), progress=progress(month))
                if part is not None:
                    done.append(part)
    except Problem as refused:
        print(refused.detail, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"已停止：{len(done)} 个月已归档，其余仍在数据库中；再次运行会继续。", file=sys.stderr)
        return 1
    if options.json:
        print(
            json.dumps([{"month": f"{p.month:%Y-%m}", "rows": p.rows, "file": p.file, "bytes": p.bytes} for p in done])
        )
        return 0
    for part in done:
        print(f"{part.month:%Y-%m}：{part.rows} 条轨迹 → {part.file}（{part.bytes / 1048576:.1f} MB）")
    if not done:
        print("没有需要归档的月份。")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.errors import Problem
    from zerotrip.mail.archive import months

    try:
        with _bar(not sys.stderr.isatty()) as progress:
            rows = months.restore(options.month, actor=SYSTEM, at=now(), progress=progress(options.month))
    except Problem as refused:
        print(refused.detail, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已停止：已恢复的部分保留；再次运行会继续。", file=sys.stderr)
        return 1
    print(f"{options.month:%Y-%m}：{rows} 条轨迹已在数据库中。")
    return 0


COMMANDS = [
    Command(
        name="archive-scans",
        summary="Write old months of scans to files and drop their tables; what broke off goes on when run again",
        example="zerotrip archive-scans --month 2025-10",
        run=_archive,
        configure=_configure_archive,
    ),
    Command(
        name="restore-scans",
        summary="Bring an archived month of scans back into the database",
        example="zerotrip restore-scans --month 2025-10",
        run=_restore,
        configure=_configure_restore,
    ),
]
