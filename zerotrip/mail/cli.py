"""`zerotrip ingest` and `zerotrip report mail`."""

from __future__ import annotations

import argparse
import json
import sys
import time

from zerotrip.core.cli import Command
from zerotrip.mail.archive.cli import COMMANDS as ARCHIVING
from zerotrip.mail.payments.cli import COMMANDS as MONEY


def _configure_ingest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="NDJSON of scans or of pieces, .gz too; - is the standard input")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def _ingest(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from zerotrip.mail.ingest.files import ingest

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[rate]}"),
               TimeRemainingColumn())  # fmt: skip
    began = time.monotonic()
    taken = 0
    with Progress(*columns, disable=not sys.stderr.isatty(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(options.file.rpartition("/")[2], total=None, rate="")

        def progress(done: int, total: int | None, lines: int) -> None:
            nonlocal taken
            taken += lines
            rate = f"{taken / (time.monotonic() - began):,.0f} 行/秒"
            bar.update(task, completed=done, total=total, rate=rate)

        batch = ingest(options.file, progress)
    seconds = time.monotonic() - began
    if options.json:
        counts = {"accepted": batch.accepted, "duplicates": batch.duplicates, "rejected": batch.rejected}
        print(json.dumps(counts | {"seconds": round(seconds, 3), "rows_per_second": round(taken / seconds)}))
        return 0
    counted = f"新收 {batch.accepted}，重复 {batch.duplicates}，未接收 {batch.rejected}"
    if batch.unknown:
        counted += f"，其中不认识的操作码 {batch.unknown}（已保存）"
    print(f"{batch.source}：{counted}，用时 {seconds:.1f} 秒")
    for refused in batch.refused.all()[:20]:
        print(f"  第 {refused.line} 行：{refused.sentence}")
    if batch.rejected > 20:
        print(f"  共 {batch.rejected} 行未接收，其余见运行页面“轨迹接收”（/desk/operations/scans）。")
    return 0


def _configure_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("about", choices=["mail"], help="what to report on")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def _report(options: argparse.Namespace) -> int:
    from zerotrip.mail.trace.report import report

    found = report()
    if options.json:
        print(json.dumps(found.as_dict(), ensure_ascii=False))
        return 0
    for stage, count in found.by_stage:
        print(f"{stage:<12}{count:>12}")
    print(f"{'轨迹':<12}{found.scans:>12}\n摘要  {found.digest}")
    return 0


def _configure_holder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="a mail number")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def _who_holds(options: argparse.Namespace) -> int:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import local
    from zerotrip.mail.queries import who_holds

    held = who_holds(SYSTEM, options.number)
    if options.json:
        print(json.dumps(held.as_dict(), ensure_ascii=False))
        return 0
    since = f"，自 {local(held.since):%Y-%m-%d %H:%M}" if held.since is not None else ""
    print(f"{held.number}：{held.who}{since}")
    return 0


COMMANDS = [
    *MONEY,
    Command(
        name="who-holds",
        summary="Who holds a mail piece now: always one answer",
        example="zerotrip who-holds 1099000000001 --json",
        run=_who_holds,
        configure=_configure_holder,
    ),
    Command(
        name="ingest",
        summary="Take in scans or announced pieces; a broken-off run goes on where it was",
        example="zerotrip ingest scans.ndjson --json",
        run=_ingest,
        configure=_configure_ingest,
    ),
    Command(
        name="report",
        summary="Pieces by status, scans, and a digest that is equal for equal contents",
        example="zerotrip report mail --json",
        run=_report,
        configure=_configure_report,
    ),
    *ARCHIVING,
]
