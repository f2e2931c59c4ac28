"""`zerotrip coverage`: the coverage of the province, with a progress bar; Ctrl-C stops it, the next call goes on."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from datetime import datetime
from typing import TYPE_CHECKING

from zerotrip.core.cli import Command

if TYPE_CHECKING:
    from zerotrip.journey.models import CoverageRun


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, metavar="N", help="default: one a core")
    parser.add_argument("--start", metavar="ISO-TIME", help="when errands begin (default: next Monday, 9:00)")
    parser.add_argument("--fresh", action="store_true", help="begin anew, do not go on with one that was stopped")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.core.errors import BadInput
    from zerotrip.journey.coverage import run as runs

    start = None
    if options.start:
        try:
            start = _moment(options.start)
        except ValueError as error:
            raise BadInput("办事起点时间应写成 2026-11-30T09:00 这样。") from error
    run = _wanted(start, fresh=options.fresh)
    halted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda number, frame: halted.set())
    try:
        with Progress(disable=options.json or not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("覆盖计算", total=None)
            run = runs.compute(
                run.pk,
                processes=max(1, options.processes),
                told=lambda done, total: bar.update(task, completed=done, total=total),
                halt=halted.is_set,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    return _told(run, as_json=options.json)


def _wanted(start: datetime | None, *, fresh: bool) -> CoverageRun:
    """The run to go on with, else a new one."""
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.journey import actions
    from zerotrip.journey.models import CoverageRun, RunState

    last = CoverageRun.objects.visible_to(SYSTEM).first()
    if last is not None and not fresh and start is None and last.state != RunState.DONE:
        return actions.continue_coverage(last.pk, actor=SYSTEM, at=now(), queue=False)
    return actions.ask_coverage(actor=SYSTEM, at=now(), start=start, queue=False)


def _moment(text: str) -> datetime:
    from zerotrip.core.clock import SHANGHAI

    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _told(run: CoverageRun, *, as_json: bool) -> int:
    from zerotrip.journey.models import RunState

    if as_json:
        told = {
            "run": run.pk, "state": run.state, "start": run.start.isoformat(), "townships": run.done,
            "total": run.total, "items": run.items, "seconds": round(run.seconds, 1), "problem": run.problem,
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
    elif run.state == RunState.DONE:
        print(f"覆盖计算完成：{run.total} 个乡镇 × {run.items} 个事项，用时 {run.seconds:.1f} 秒。")
    elif run.state == RunState.STOPPED:
        print(f"已暂停，完成 {run.done}/{run.total} 个乡镇。再次运行 zerotrip coverage 即可继续。")
    elif run.state == RunState.RUNNING:
        print("另一个进程正在计算，请等它完成。", file=sys.stderr)
    else:
        print(f"计算中断：{run.problem}", file=sys.stderr)
    return 0 if run.state in (RunState.DONE, RunState.STOPPED) else 1


COMMAND = Command(
    name="coverage",
    summary="Compute the fewest trips of every township for every item; stopped by Ctrl-C it goes on where it was",
    example="zerotrip coverage --processes 2",
    run=_run,
    configure=_configure,
)
