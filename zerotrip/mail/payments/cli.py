"""`zerotrip reconcile`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, timedelta

from zerotrip.core.cli import Command


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--day", default="", help="the day to reconcile, 2026-11-23 (default: yesterday)")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def _reconcile(options: argparse.Namespace) -> int:
    from zerotrip.core.clock import today
    from zerotrip.core.errors import Unavailable
    from zerotrip.mail.payments.reconciling import reconcile

    try:
        day = date.fromisoformat(options.day) if options.day else today() - timedelta(days=1)
    except ValueError:
        print("日期应写成 2026-11-23 这样。", file=sys.stderr)
        return 1
    if day > today():
        print("不能对还没有到的日期对账。", file=sys.stderr)
        return 1
    try:
        made = reconcile(day)
    except Unavailable as problem:
        print(problem.detail, file=sys.stderr)
        return 1
    differences = list(made.differences.all())
    if options.json:
        rows = [
            {
                "kind": row.kind,
                "flow": row.flow,
                "number": row.number,
                "ours": None if row.ours is None else str(row.ours),
                "theirs": None if row.theirs is None else str(row.theirs),
            }
            for row in differences
        ]
        answer = {"day": day.isoformat(), "balanced": made.balanced, "matched": made.matched, "totals": made.totals}
        print(json.dumps(answer | {"differences": rows}, ensure_ascii=False))
        return 0 if made.balanced else 1
    ours = made.totals["ours"]
    print(f"{day}  {'平' if made.balanced else '不平'}：一致 {made.matched} 笔，差异 {len(differences)} 笔")
    print(f"  邮政收入净额 {ours['revenue']}  代收净额 {ours['collected']}")
    for row in differences:
        here = "—" if row.ours is None else row.ours
        there = "—" if row.theirs is None else row.theirs
        print(f"  {row.get_kind_display()}  {row.get_flow_display()} {row.number}  我方 {here}  账单 {there}")
    return 0 if made.balanced else 1


COMMANDS = [
    Command(
        name="reconcile",
        summary="Compare a day's payments and refunds with the channel's bill, line by line",
        example="zerotrip reconcile --day 2026-11-23",
        run=_reconcile,
        configure=_configure,
    ),
]
