"""`zerotrip import-items`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from zerotrip.core.cli import Command


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="sheet, CSV or XLSX (default: packaged items)"
    )
    parser.add_argument("--publish", action="store_true", help="publish what was taken, not only draft it")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _import(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.catalog import actions
    from zerotrip.catalog.sheet import MAX_BYTES
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.errors import BadInput

    quiet = options.json or not sys.stderr.isatty()
    with Progress(disable=quiet, transient=True) as bar:
        task = bar.add_task("事项", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if options.path is None:
            report = actions.load_packaged_items(
                publish_them=options.publish, actor=SYSTEM, at=now(), progress=progress
            )
        else:
            try:
                with options.path.open("rb") as file:
                    body = file.read(MAX_BYTES + 1)
            except OSError as error:
                raise BadInput(f"读不到文件 {options.path}：{error.strerror}") from error
            report = actions.import_items(
                options.path.name, body, publish_them=options.publish, actor=SYSTEM, at=now(), progress=progress
            )
    _print(report, as_json=options.json)
    return 1 if report.faults else 0


def _print(report: object, *, as_json: bool) -> None:
    from zerotrip.catalog.actions import ImportReport

    assert isinstance(report, ImportReport)
    counts = report.counts()
    if as_json:
        print(json.dumps(counts | asdict(report), ensure_ascii=False))
        return
    print(
        f"{report.file}：新增 {counts['added']}，变更 {counts['changed']}，无变化 {counts['unchanged']}，"
        f"未接收 {counts['refused']}"
    )
    if report.unknown:
        print(f"不认识的列（已忽略）：{'、'.join(report.unknown)}")
    for fault in report.faults:
        print(f"  第 {fault.row} 行 {fault.heading}：{fault.sentence}")


COMMANDS = [
    Command(
        name="import-items",
        summary="Take service items from the official sheet (CSV or XLSX), without PATH those of the product",
        example="zerotrip import-items 实施清单.xlsx --json",
        run=_import,
        configure=_configure,
    )
]
