"""`zerotrip import-gtfs` and `zerotrip export-gtfs`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerotrip.core.cli import Command

LINES = 20
"""Findings printed; the rest is counted."""


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="folder or zip with a GTFS feed")
    parser.add_argument("--activate", action="store_true", help="put it into use at once")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _import(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.errors import BadInput, Conflict
    from zerotrip.network import actions
    from zerotrip.network.models import Feed

    quiet = options.json or not sys.stderr.isatty()
    again = False
    with Progress(disable=quiet, transient=True) as bar:
        task = bar.add_task("时刻表", total=None)
        try:
            feed = actions.import_feed(
                options.path,
                actor=SYSTEM,
                at=now(),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        except BadInput as refused:
            bar.stop()
            _refused(refused, as_json=options.json)
            return 1
        except Conflict as known:
            if "feed" not in known.extra:
                raise
            feed, again = Feed.objects.defer("body").get(pk=known.extra["feed"]), True
    if options.activate and feed.state != "active":
        feed = actions.activate(feed.pk, actor=SYSTEM, at=now())
    _imported(feed, again=again, as_json=options.json)
    return 0


def _refused(refused: Any, *, as_json: bool) -> None:
    report = refused.extra["report"]
    if as_json:
        print(json.dumps({"imported": False, "detail": str(refused.detail), "report": report}, ensure_ascii=False))
        return
    errors = sum(finding["severity"] == "error" for finding in report)
    print(f"未导入：有 {errors} 个错误。", file=sys.stderr)
    _findings(report, sys.stderr)


def _findings(report: list[Mapping[str, Any]], stream: Any) -> None:
    marks = {"error": "错误", "warning": "提醒", "note": "说明"}
    for finding in report[:LINES]:
        where = f"{finding['file']} 第 {finding['row']} 行" if finding["row"] else finding["file"]
        print(f"  {marks.get(finding['severity'], finding['severity'])} {where} {finding['zh']}", file=stream)
    if len(report) > LINES:
        print(f"  另有 {len(report) - LINES} 条，用 --json 查看全部。", file=stream)


def _imported(feed: Any, *, again: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({
            "imported": not again, "feed": feed.pk, "name": feed.name, "version": feed.version, "state": feed.state,
            "digest": feed.digest, "valid_from": feed.valid_from.isoformat(),
            "valid_until": feed.valid_until.isoformat(), "counts": feed.counts, "report": feed.report,
        }, ensure_ascii=False))  # fmt: skip
        return
    n = feed.counts
    print(f"{'这份时刻表已导入过' if again else '已导入'}：{feed}（{feed.status.label}）")
    print(
        f"  有效期 {feed.valid_from} 至 {feed.valid_until}，{n['stops']} 个站点，{n['lines']} 条邮路，"
        f"{n['runs']} 个班次，"
        f"{n['rounds']} 个揽投班次，最忙一天 {n['connections']} 段"
    )
    _findings(feed.report, sys.stdout)
    if feed.state != "active":
        print("  尚未启用：加 --activate 启用。")


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="a folder, or a file ending in .zip")
    parser.add_argument("--feed", type=int, metavar="NUMBER", help="which timetable (default: the one in use)")


def _export(options: argparse.Namespace) -> int:
    from zerotrip.core.errors import BadInput
    from zerotrip.network import queries
    from zerotrip.network.engine import gtfs

    feed = queries.timetable(options.feed)
    try:
        gtfs.write(feed, options.path)
    except OSError as error:
        raise BadInput(f"写不到 {options.path}：{error.strerror}") from error
    print(
        f"已导出到 {options.path}：{len(feed.stops)} 个站点，{len(feed.trips)} 个班次，"
        f"有效期 {feed.first_day} 至 {feed.last_day}"
    )
    return 0


COMMANDS = [
    Command(
        "import-gtfs",
        "Take a timetable in GTFS: a folder or a zip, checked as a whole, with a report",
        "zerotrip import-gtfs feed.zip --activate",
        _import,
        _import_options,
    ),
    Command(
        "export-gtfs",
        "Write the timetable in use as GTFS into a folder or a zip",
        "zerotrip export-gtfs feed.zip",
        _export,
        _export_options,
    ),
]
