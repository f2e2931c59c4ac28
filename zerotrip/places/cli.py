"""`zerotrip import-divisions`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from zerotrip.core.cli import Command


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="division table (default: the packaged one)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _import(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.places.actions import import_divisions

    quiet = options.json or not sys.stderr.isatty()
    with Progress(disable=quiet, transient=True) as bar:
        task = bar.add_task("行政区划", total=None)
        report = import_divisions(
            options.path,
            actor=SYSTEM,
            at=now(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if options.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        print(
            f"行政区划 {report.edition} 版，共 {report.total} 个：新增 {report.added}，变更 {report.changed}，"
            f"停用 {report.closed}，未变 {report.unchanged}"
        )
    return 0


COMMANDS = [
    Command(
        name="import-divisions",
        summary="Load the divisions of the country: the packaged table, or PATH made by update/divisions.py",
        example="zerotrip import-divisions --json",
        run=_import,
        configure=_configure,
    )
]
