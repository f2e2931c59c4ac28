"""`zerotrip hire`."""

from __future__ import annotations

import argparse
import json

from zerotrip.core.cli import Command


def _configure_hire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username")
    parser.add_argument("--name", required=True, help="full name")
    parser.add_argument("--role", default="security_admin", help="first duty (default: security_admin)")
    parser.add_argument("--division", default="", help="division the duty covers, for managers and care")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _hire(options: argparse.Namespace) -> int:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.people import actions, passwords

    password = passwords.fresh_password()
    account = actions.hire(
        options.username,
        name=options.name,
        password=password,
        role=options.role,
        division=options.division,
        actor=SYSTEM,
        at=now(),
    )
    if options.json:
        print(json.dumps({"username": account.username, "password": password}))
    else:
        print(f"账号 {account.username} 已开通。初始密码（只显示这一次，首次登录时修改）：{password}")
    return 0


COMMANDS = [
    Command(
        name="hire",
        summary="Open a staff account from the server, to begin with the security administrator; prints its password",
        example="zerotrip hire zhou.an --name 周安 --role security_admin",
        run=_hire,
        configure=_configure_hire,
    ),
]
