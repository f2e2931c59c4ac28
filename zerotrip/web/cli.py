"""Running the product: `migrate`, `stop`, `worker`, `serve`, `check`, `rotate-keys`, `bench`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zerotrip.core.cli import Command

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


def _migrate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app_label", nargs="?", help="only this room")
    parser.add_argument("migration_name", nargs="?", help='to this state ("zero": none)')
    parser.add_argument("-v", "--verbosity", type=int, choices=range(4), default=1, help="0 says nothing")
    parser.add_argument("--check", action="store_true", help="only say, by the exit code, whether something is missing")


def _migrate(options: argparse.Namespace) -> int:
    from django.core.management import call_command

    names = [name for name in (options.app_label, options.migration_name) if name]
    call_command("migrate", *names, verbosity=options.verbosity, check_unapplied=options.check, interactive=False)
    if not options.check and not names:
        call_command("createcachetable", verbosity=options.verbosity)
        if options.verbosity:
            print("数据库结构是最新的。")
    return 0


def _stop(options: argparse.Namespace) -> int:
    from zerotrip.core.database import own_server

    server = own_server()
    if server is None:
        print("数据库由 ZEROTRIP_DATABASE_URL 指定，不归本程序停止。")
    elif server.stop():
        print(f"已停止 {server.folder} 的数据库。")
    else:
        print(f"{server.folder} 没有正在运行的数据库。")
    return 0


def _worker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, default=4, metavar="N", help="jobs at the same time (default: 4)")
    parser.add_argument("--queue", action="append", metavar="NAME", help="only this queue; may be repeated")


def _worker(options: argparse.Namespace) -> int:
    """Jobs, readers and webhooks in one process, until SIGINT or SIGTERM; jobs begun are finished (20 s at most)."""
    import psycopg
    import structlog
    from django.db import Error, close_old_connections
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import ConnectorException

    from zerotrip.gateway.webhooks.runner import Deliverer
    from zerotrip.ledger.runner import Runner

    log = structlog.get_logger(__name__)
    runner = Runner()
    deliverer = Deliverer()
    reading = threading.Thread(target=runner.run, name="readers")
    delivering = threading.Thread(target=deliverer.run, name="webhooks")
    stopping = threading.Event()

    def stop(number: int, frame: object) -> None:
        stopping.set()
        runner.stop()
        deliverer.stop()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    reading.start()
    delivering.start()
    print("后台进程已启动：任务队列、读取器和事件推送。按 Ctrl-C 停止。", flush=True)
    try:
        while not stopping.is_set():
            try:
                connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # DjangoConnector's own
                app.with_connector(connector).run_worker(
                    queues=options.queue,
                    concurrency=options.concurrency,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=20,
                )
                break  # it ends by itself only when it was told to by a signal
            except (ConnectorException, psycopg.Error, Error) as error:
                log.warning("jobs wait for the database", error=repr(error))
                close_old_connections()
                time.sleep(2)
    except KeyboardInterrupt:
        pass
    finally:
        runner.stop()
        deliverer.stop()
        reading.join(30)
        delivering.join(30)
    print("后台进程已停止。")
    return 0


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="pages and API (default: 8000)")
    parser.add_argument("--live-port", type=int, help="live events, for the proxy's /live (default: PORT + 1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="processes (default: one a core)")
    parser.add_argument("--threads", type=int, default=4, help="threads in each (default: 4)")


def _serve(options: argparse.Namespace) -> int:
    """Two kinds of processes (docs/operations/serve.md): WSGI workers for pages and API, one ASGI process for /live."""
    common = [sys.executable, "-m", "granian", "--host", options.host, "--log-level", "warning"]
    live_port = options.live_port or options.port + 1
    plans = [
        [*common, "--interface", "wsgi", "--port", str(options.port), "--workers", str(options.workers),
         "--blocking-threads", str(options.threads), "--respawn-failed-workers", "zerotrip.web.wsgi:application"],
        [*common, "--interface", "asginl", "--port", str(live_port), "--workers", "1", "--workers-kill-timeout", "2s",
         "--respawn-failed-workers", "zerotrip.web.asgi:application"],
    ]  # fmt: skip
    running = [subprocess.Popen(plan) for plan in plans]
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: asked.set())
    print(
        f"页面和接口 http://{options.host}:{options.port}，实时事件 http://{options.host}:{live_port}/live", flush=True
    )
    while not asked.wait(0.5) and all(one.poll() is None for one in running):
        pass
    for one in running:
        one.terminate()
    for one in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            one.wait(15)
        one.kill()
        one.wait()
    if not asked.is_set():
        print("一个服务进程意外退出，已全部停止。请查看上面的日志。", file=sys.stderr)
        return 1
    return 0


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _check(options: argparse.Namespace) -> int:
    from zerotrip.web.checks import run_all

    findings = run_all()
    sound = all(finding.level != "failed" for finding in findings)
    if options.json:
        print(json.dumps({"ok": sound, "checks": [asdict(f) for f in findings]}, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.level]} {finding.name:<11}{finding.sentence}")
    return 0 if sound else 1


def _rotate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", action="store_true", help="only show which key seals how many values")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _rotate(options: argparse.Namespace) -> int:
    """A new key, unless an earlier rotation is unfinished; then everything sealed anew under the newest."""
    from rich.progress import Progress

    from zerotrip.core import rotation
    from zerotrip.core.crypto import newest_key

    if options.status:
        return _rotation_status(options, rotation.status(), newest_key())
    waiting = rotation.left()
    added = None if waiting else rotation.add_key()
    total, sealed = rotation.left(), 0
    broken: list[str] = []
    with Progress(disable=options.json or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("重新加密", total=total)
        for batch in rotation.reseal():
            sealed += batch.sealed
            broken += batch.broken
            bar.advance(task, batch.sealed + len(batch.broken))
    if options.json:
        print(json.dumps({"key": newest_key(), "added": added, "sealed": sealed, "broken": broken}, ensure_ascii=False))
    else:
        if added:
            print(f"已加入 {added} 号密钥；请备份密钥文件，并重启其他进程，使其改用新密钥。")
        elif waiting:
            print(f"继续上次未完成的更换，使用 {newest_key()} 号密钥。")
        print(f"已重新加密 {sealed} 项。")
    for name in broken:
        print(f"不能解密，保持原样：{name}", file=sys.stderr)
    return 1 if broken else 0


def _rotation_status(options: argparse.Namespace, counts: dict[str, dict[int, int]], newest: int) -> int:
    if options.json:
        print(json.dumps({"newest": newest, "columns": counts}, ensure_ascii=False))
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"当前密钥 {newest} 号")
    for heading in ("数据列", "密钥", "项数"):
        table.add_column(heading)
    for column, by_key in counts.items():
        for key, number in by_key.items():
            table.add_row(column, str(key) if key == newest else f"{key}（旧）", str(number))
    Console().print(table)
    return 0


def _bench_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs=argparse.REMAINDER,
        metavar="NAME …",
        help="api, mail, network …, then their options; all without",
    )


def _bench(options: argparse.Namespace) -> int:
    """The benchmarks stand beside the package in its repository; an installed package has none."""
    repository = Path(__file__).resolve().parents[2]
    if not (repository / "bench" / "__main__.py").is_file():
        print("这里没有性能测试程序：它随源代码提供，请在源代码目录中运行。", file=sys.stderr)
        return 1
    return subprocess.run([sys.executable, "-m", "bench", *options.names], cwd=repository).returncode


def _command(
    name: str,
    summary: str,
    example: str,
    run: Any,
    configure: Any = None,
    *,
    database: bool = True,
    django: bool = True,
) -> Command:
    return Command(name, summary, f"zerotrip {example}", run, configure or (lambda parser: None), database, django)


COMMANDS = [
    _command("migrate", "Bring the database to this version's structure", "migrate", _migrate, _migrate_options),
    _command("stop", "End a database left running under the data folder", "stop", _stop, database=False, django=False),
    _command("worker", "Run background jobs and ledger readers", "worker --concurrency 8", _worker, _worker_options),
    _command("serve", "Serve pages, API and live events", "serve --port 8000 --workers 4", _serve, _serve_options,
             django=False),
    _command("check", "Prove this installation sound, one line each", "check --json", _check, _check_options),
    _command("bench", "Measure what has a speed to reach", "bench mail --json", _bench, _bench_options,
             database=False, django=False),
    _command("rotate-keys", "Seal personal data under a new key", "rotate-keys --status", _rotate, _rotate_options),
]  # fmt: skip
