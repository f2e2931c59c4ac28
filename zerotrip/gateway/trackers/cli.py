"""`zerotrip tracker`: open the 快递100-compatible interface for a partner, renew its key, close it."""

from __future__ import annotations

import argparse
import json
import sys

from zerotrip.core.cli import Command


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verb", choices=["open", "renew", "close"], help="what to do")
    parser.add_argument("whom", metavar="WHOM", help="open: the partner's name; renew, close: the customer number")
    parser.add_argument("--reason", default="", help="why it is closed")
    parser.add_argument("--json", action="store_true", help="print customer and key as JSON")


def _run(options: argparse.Namespace) -> int:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.errors import Problem
    from zerotrip.gateway.trackers import actions

    customer, key = options.whom, ""
    try:
        if options.verb == "open":
            tracker, key = actions.open_tracker(options.whom, actor=SYSTEM, at=now())
            customer = tracker.customer
        elif options.verb == "renew":
            key = actions.renew_key(options.whom, actor=SYSTEM, at=now())
        else:
            actions.close_tracker(options.whom, reason=options.reason, actor=SYSTEM, at=now())
    except Problem as problem:
        print(problem.detail, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"customer": customer, "key": key}))
    elif key:
        print(f"公司编号 customer  {customer}\n授权码   key       {key}\n授权码只显示这一次，请妥善保存。")
    else:
        print(f"公司编号 {customer} 已停用。")
    return 0


COMMANDS = [
    Command(
        name="tracker",
        summary="Open the 快递100-compatible interface for a partner, renew its key, or close it",
        example="zerotrip tracker open 网店追踪",
        run=_run,
        configure=_configure,
    )
]
