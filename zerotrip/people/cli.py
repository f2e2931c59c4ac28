"""`zerotrip hire`, `zerotrip new-key`, `zerotrip reseal`."""

from __future__ import annotations

import argparse
import json
import sys

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


def _new_key(options: argparse.Namespace) -> int:
    import os

    from zerotrip.core import keys
    from zerotrip.core.database import data_folder

    if os.environ.get("ZEROTRIP_KEYS"):
        print("密钥由环境变量 ZEROTRIP_KEYS 提供，请在那里加一把编号更大的密钥。", file=sys.stderr)
        return 1
    keys.load(data_folder())
    number = keys.add_seal_key(data_folder())
    print(f"已加入 {number} 号密钥。请重启全部进程，再运行 zerotrip reseal。旧密钥请保留：文件和备份仍需要它。")
    return 0


def _configure_reseal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _reseal(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.core.crypto import newest_key
    from zerotrip.people.vault import reseal, waiting

    with Progress(disable=options.json or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("重新加密", total=waiting())
        done = reseal(lambda table, count: bar.advance(task, count))
    if options.json:
        print(json.dumps({"resealed": done, "key": newest_key()}))
    else:
        print(f"{done} 个值已改用 {newest_key()} 号密钥加密。")
    return 0


COMMANDS = [
    Command(
        name="hire",
        summary="Open a staff account from the server, to begin with the security administrator; prints its password",
        example="zerotrip hire zhou.an --name 周安 --role security_admin",
        run=_hire,
        configure=_configure_hire,
    ),
    Command(
        name="new-key",
        summary="Add a sealing key; restart all processes, then run reseal",
        example="zerotrip new-key",
        run=_new_key,
        database=False,
        django=False,
    ),
    Command(
        name="reseal",
        summary="Seal personal data again under the newest key; stopped, it goes on where it was",
        example="zerotrip reseal --json",
        run=_reseal,
        configure=_configure_reseal,
    ),
]
