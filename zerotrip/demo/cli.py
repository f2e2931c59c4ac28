"""`zerotrip demo`: a running province in one process."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from zerotrip.core.cli import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument("--quiet", action="store_true", help="no stream of events in the background")


def _demo(options: argparse.Namespace) -> int:
    began = time.monotonic()
    os.environ["ZEROTRIP_DEMO"] = "1"
    os.environ.setdefault("ZEROTRIP_BASE_URL", f"http://{options.host}:{options.port}")
    import django

    django.setup()
    from django.core.management import call_command

    from zerotrip.demo import build

    print("准备演示数据……", flush=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    if not build.is_built():
        build.build(say=lambda text: print(f"  {text}", flush=True))
    from zerotrip.core.clock import now
    from zerotrip.demo.sandbox import identity

    identity.register(now())
    asyncio.run(_serve(options, began))
    print("演示已停止。数据保留在数据目录，再次运行即可继续。")
    return 0


async def _serve(options: argparse.Namespace, began: float) -> None:
    import uvicorn
    from procrastinate.contrib.django import app

    from zerotrip.demo.sandbox.sending import Sandbox
    from zerotrip.demo.stream import Stream
    from zerotrip.gateway.webhooks.runner import Deliverer
    from zerotrip.ledger.runner import Runner

    config = uvicorn.Config(
        "zerotrip.web.asgi:application", host=options.host, port=options.port, log_level="warning", lifespan="off",
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)
    runner, stream, deliverer = Runner(), Stream(), Deliverer()
    sandbox = Sandbox(applies=not options.quiet)
    threads = [
        threading.Thread(target=runner.run, name="readers"),
        threading.Thread(target=deliverer.run, name="webhooks"),
        threading.Thread(target=sandbox.run, name="sandbox"),
    ]
    if not options.quiet:
        threads.append(threading.Thread(target=stream.run, name="stream"))
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                install_signal_handlers=False,
                concurrency=2,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=5,
            )
        )
        for thread in threads:
            thread.start()
        announcing = asyncio.create_task(_announce(server, options, began))
        try:
            await server.serve()
        finally:
            runner.stop()
            stream.stop()
            deliverer.stop()
            sandbox.stop()
            for task in (announcing, worker):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            for thread in threads:
                await asyncio.to_thread(thread.join, 20)


async def _announce(server: object, options: argparse.Namespace, began: float) -> None:
    """Print the addresses and logins once the server listens."""
    while not getattr(server, "started", False):  # noqa: ASYNC110  # uvicorn has a flag and no event
        await asyncio.sleep(0.05)
    from zerotrip.demo import logins, trackers
    from zerotrip.demo.build import PARTNER, partner_token
    from zerotrip.demo.sandbox.identity import key_file
    from zerotrip.web import warm

    warm.in_background()

    base = f"http://{options.host}:{options.port}"
    customer, key = await asyncio.to_thread(trackers.access, PARTNER)
    lines = [
        "",
        f"ZeroTrip 零跑腿 演示已就绪（{time.monotonic() - began:.1f} 秒）  {base}/",
        "",
        f"  市民      {base}/                 手机号 {logins.CITIZEN_PHONE}，验证码见演示收件箱",
        f"  工作人员  {base}/sign-in          密码都是 {logins.PASSWORD}，动态码见演示收件箱",
        *[f"              {login.username:<12}{login.job}" for login in logins.STAFF],
        f"  演示收件箱 {base}/demo/inbox",
        f"  接口文档  {base}/api/v1/docs      演示平台令牌 {partner_token()}",
        f"  快递100    {base}/poll/query.do   customer {customer}  key {key}",
        f"  沙箱合作方 {base}/sandbox/         演示平台私钥 {key_file()}",
        "",
        "按 Ctrl-C 停止。",
    ]
    print("\n".join(lines), flush=True)


def _year_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--consignments", type=int, default=420_000, metavar="N", help="pieces (default: 420000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same files")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the two files")
    parser.add_argument("--shuffle", action="store_true", help="mix all lines")
    parser.add_argument("--duplicate", type=float, default=0.0, metavar="SHARE", help="share of repetitions, to 0.9")


def _make_year(options: argparse.Namespace) -> int:
    from rich.progress import Progress

    from zerotrip.demo.year import make

    if not 0 <= options.duplicate <= 0.9 or not 0 <= options.consignments <= 10_000_000:
        print("--duplicate 应在 0 到 0.9 之间，--consignments 应在 0 到 10000000 之间。", file=sys.stderr)
        return 1
    with Progress(disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("生成", total=options.consignments)
        made = make(
            options.out,
            options.consignments,
            options.seed,
            shuffle=options.shuffle,
            duplicate=options.duplicate,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(f"邮件 {made.consignments} 件，轨迹 {made.scans} 行：{options.out}")
    return 0


COMMANDS = [
    Command("make-year", "write a province's invented year of mail: consignments.ndjson and scans.ndjson",
            "zerotrip make-year --consignments 42000 --seed 1 --out year", _make_year, _year_options, database=False,
            django=False),
    Command("demo", "run a whole demo province: database, pages, worker, a slow stream of events",
            "zerotrip demo --port 8000", _demo, _options, django=False),
]  # fmt: skip
