"""`zerotrip partner-key` and `zerotrip partner-request`: try the API as a partner does, in one line."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from zerotrip.core.cli import Command
from zerotrip.gateway.trackers.cli import COMMANDS as TRACKERS

if TYPE_CHECKING:
    from zerotrip.gateway.signing import keys
READING = {"GET", "HEAD", "OPTIONS"}


def _configure_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", default=Path("partner-key.pem"), help="for the private key")
    parser.add_argument("--algorithm", choices=["ed25519", "ecdsa-p256-sha256"], default="ed25519")


def _make_key(options: argparse.Namespace) -> int:
    from zerotrip.gateway.signing import keys

    key = keys.make(options.algorithm)
    try:
        handle = os.open(options.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _failed(f"{options.out} 已经存在，不覆盖。请换一个文件名。")
    except OSError as error:
        return _failed(f"不能写入 {options.out}：{error.strerror}")
    with os.fdopen(handle, "wb") as file:
        file.write(keys.private_pem(key))
    named = keys.of(key)
    print(f"私钥已写入 {options.out}，只有您能读。请勿外传。", file=sys.stderr)
    print(f"密钥名称 keyid：{named.keyid}\n请把下面的公钥交给平台管理员，登记在“接口合作方”页：", file=sys.stderr)
    print(named.pem, end="")
    return 0


def _configure_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help="GET, POST, …")
    parser.add_argument("url", metavar="URL", help="the whole address")
    parser.add_argument("--data", metavar="FILE", help="what to send; - is the standard input; a .gz file as it is")
    parser.add_argument("--key", type=Path, metavar="FILE", help="private key (PEM), needed for all but GET")
    parser.add_argument(
        "--keyid", default="", metavar="ID", help="name of the key (default: the name it has by itself)"
    )
    parser.add_argument("--token", default="", help="bearer token, for GET")
    parser.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="one more header")
    parser.add_argument("--show", action="store_true", help="print the headers that are sent and those that come back")


def _request(options: argparse.Namespace) -> int:
    from zerotrip.core.clock import now
    from zerotrip.gateway.signing import client

    method = options.method.upper()
    try:
        url, body, headers = client.address(options.url), _body(options.data), _headers(options, method)
    except ValueError as error:
        return _failed(f"不能识别：{error}")
    except OSError as error:
        return _failed(f"不能读取 {options.data}：{error.strerror}")
    if method not in READING:
        if options.key is None:
            return _failed("提交和修改须签名：请用 --key 给出私钥文件（用 zerotrip partner-key 生成）。")
        key = _private(options.key)
        if key is None:
            return _failed(f"{options.key} 不是可用的私钥：应为未加密的 PEM，Ed25519 或 ECDSA P-256。")
        try:
            headers = client.signed(method, url, body, key=key, created=now(), headers=headers, keyid=options.keyid)
        except ValueError as error:
            return _failed(f"不能签名：{error}")
    try:
        answer = client.send(method, url, body, headers)
    except client.NotReached as error:
        return _failed(f"没有连上 {url}：{error}")
    if options.show:
        shown = [f"> {name}: {value}" for name, value in headers.items()]
        print("\n".join([*shown, *(f"< {name}: {value}" for name, value in answer.headers.items())]), file=sys.stderr)
    print(f"{answer.status}", file=sys.stderr)
    sys.stdout.buffer.write(answer.body + (b"" if answer.body.endswith(b"\n") else b"\n"))
    sys.stdout.flush()
    return 0 if answer.status < 400 else 1


def _configure_portal(parser: argparse.ArgumentParser) -> None:
    for name, said in (("--from", "first"), ("--until", "last")):
        parser.add_argument(name, dest=said, type=date.fromisoformat, required=True, metavar="DAY", help=f"{said} day")


def _tell_portal(options: argparse.Namespace) -> int:
    from zerotrip.core.clock import SHANGHAI, now
    from zerotrip.gateway.exports import push

    if not push.wanted():
        return _failed("没有接通省平台（设置 ZEROTRIP_PORTAL），不报送。")
    if options.last < options.first:
        return _failed("结束日期早于开始日期。")
    first, after = (
        datetime.combine(day, time(), SHANGHAI) for day in (options.first, options.last + timedelta(days=1))
    )
    print(f"已安排报送 {push.queue_since(first, after, now())} 行；进展见 /desk/operations/portal。")
    return 0


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    return sys.stdin.buffer.read() if data == "-" else Path(data).read_bytes()


def _headers(options: argparse.Namespace, method: str) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "zerotrip-partner"}
    if options.token:
        headers["Authorization"] = f"Bearer {options.token}"
    if options.data is not None:
        name = options.data.removesuffix(".gz")
        headers["Content-Type"] = "application/x-ndjson" if name.endswith(".ndjson") else "application/json"
        if name != options.data:
            headers["Content-Encoding"] = "gzip"
    if method not in READING:
        headers["Idempotency-Key"] = str(uuid.uuid4())
    for line in options.header:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ValueError(line)
        known = {there.lower(): there for there in headers}
        headers[known.get(name.strip().lower(), name.strip())] = value.strip()
    return headers


def _private(path: Path) -> keys.Private | None:
    from zerotrip.gateway.signing import keys

    try:
        return keys.read_private(path.read_bytes())
    except (OSError, keys.NotAKey):
        return None


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


COMMANDS = [
    *TRACKERS,
    Command(
        name="tell-portal",
        summary="Tell the provincial portal of the cases applied for in some days, as when it is connected later",
        example="zerotrip tell-portal --from 2026-11-01 --until 2026-11-30",
        run=_tell_portal,
        configure=_configure_portal,
    ),
    Command(
        name="partner-key",
        summary="Make a pair of keys to sign with: the private one into a file, the public one printed",
        example="zerotrip partner-key --out partner-key.pem",
        run=_make_key,
        configure=_configure_key,
        database=False,
        django=False,
    ),
    Command(
        name="partner-request",
        summary="Send one request to the API as a partner, signed (RFC 9421) when it writes",
        example="zerotrip partner-request POST http://127.0.0.1:8000/api/v1/cases --data application.json "
        "--key partner-key.pem",
        run=_request,
        configure=_configure_request,
        database=False,
        django=False,
    ),
]
