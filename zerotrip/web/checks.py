"""`zerotrip check`: is this installation sound? One sentence for each thing that must be true."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from zerotrip.core.clock import now, today
from zerotrip.core.words import listed

Level = Literal["ok", "warning", "failed"]
SKEW = timedelta(seconds=5)
HORIZON_WARNING = timedelta(days=60)
OLDEST_SERVER = 150000
STATIC = Path(__file__).resolve().parent / "static" / "web"
SUMS = Path(__file__).resolve().parents[2] / "update" / "vendor" / "vendor.sha256"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    name: str
    level: Level
    sentence: str


Check = Callable[[], tuple[Level, str]]


def database() -> tuple[Level, str]:
    """The server answers and is new enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
        version, number = cursor.fetchone()
    if number < OLDEST_SERVER:
        return "failed", _("PostgreSQL {version} 太旧，至少需要 15。").format(version=version)
    return "ok", _("数据库可用，PostgreSQL {version}").format(version=version)


def migrations() -> tuple[Level, str]:
    """Every migration of the program is applied, and the shared cache has its table."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return "failed", _("有 {n} 个迁移未执行，请运行 zerotrip migrate。").format(n=len(missing))
    if settings.CACHES["shared"]["LOCATION"] not in connection.introspection.table_names():
        return "failed", _("缺少共享缓存表，请运行 zerotrip migrate。")
    return "ok", _("数据库结构是最新的")


def sealing_keys() -> tuple[Level, str]:
    """The keys are there, private, and open what they seal; nothing sealed waits for a key that is not loaded."""
    from zerotrip.core import crypto, keys, rotation

    if crypto.unseal(crypto.seal("零跑腿".encode(), b"check"), b"check").decode() != "零跑腿":
        return "failed", _("加密后不能还原，请检查密码库。")
    file = settings.VAR / "keys.json"
    if not keys.from_environment() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        return "failed", _("密钥文件 {file} 可被他人读取，请改为仅所有者可读（chmod 600）。").format(file=file)
    counts = rotation.status()
    unknown = {key for by_key in counts.values() for key in by_key} - set(settings.ZEROTRIP_SEAL_KEYS)
    if unknown:
        return "failed", _("有数据用编号 {keys} 的密钥加密，但该密钥没有载入。").format(
            keys=listed(map(str, sorted(unknown)))
        )
    newest, left = crypto.newest_key(), rotation.left()
    if left:
        return "warning", _("还有 {n} 项数据使用旧密钥，请运行 zerotrip rotate-keys 完成更换。").format(n=left)
    return "ok", _("密钥可用，当前密钥编号 {n}").format(n=newest)


def holidays() -> tuple[Level, str]:
    """The holiday notices reach far enough to promise a day."""
    from zerotrip.rules.calendar_cn import packaged

    last = packaged().last
    if last < today():
        return "failed", _("放假安排只录入到 {day}，期限无法推算。请录入新的放假通知。").format(day=last)
    if last - today() < HORIZON_WARNING:
        return "warning", _("放假安排只录入到 {day}，请尽快录入下一年的放假通知。").format(day=last)
    return "ok", _("放假安排录入到 {day}").format(day=last)


def fonts() -> tuple[Level, str]:
    """Papers and labels can be drawn, rare characters too."""
    from zerotrip.documents import fonts as ours

    families = ours.loaded().families()
    missing = ours.undrawable("零跑腿赣州市章贡区邮政")
    if missing:
        return "failed", _("字体缺少以下字：{text}").format(text=missing)
    return "ok", _("字体可用，共 {n} 个字族").format(n=len(list(families)))


def static_files() -> tuple[Level, str]:
    """The browser libraries are those that were checked, byte for byte."""
    needed = [STATIC / name for name in ("zerotrip.css", "zerotrip.js", "icons.svg")]
    lost = [path.name for path in needed if not path.is_file()]
    if lost:
        return "failed", _("缺少静态文件：{files}").format(files=listed(lost))
    if not SUMS.exists():
        return "ok", _("静态文件齐全（安装包中没有校验表）")
    wrong = []
    for line in SUMS.read_text().splitlines():
        digest, name = line.split("  ", 1)
        path = STATIC / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(name)
    if wrong:
        return "failed", _("静态文件与校验表不符：{files}").format(files=listed(wrong[:5]))
    return "ok", _("静态文件齐全，校验一致")


def readers() -> tuple[Level, str]:
    """No reader is late."""
    from zerotrip.ledger.queries import reader_states

    states = reader_states()
    late = [state for state in states if state.late]
    if late:
        worst = max(late, key=lambda state: state.lag)
        return "failed", _("{n} 个读取器落后，最久的是 {name}，{seconds} 秒。请确认 zerotrip worker 正在运行。").format(
            n=len(late), name=worst.name, seconds=round(worst.lag.total_seconds())
        )
    return "ok", _("{n} 个读取器都没有落后").format(n=len(states))


def set_aside() -> tuple[Level, str]:
    """Nothing waits for a person on the operations page."""
    from zerotrip.ledger.queries import reader_states

    count = sum(state.set_aside for state in reader_states())
    if count:
        return "warning", _("有 {n} 条搁置的记录，请在“运行状况”页处理。").format(n=count)
    return "ok", _("没有搁置的记录")


def scans() -> tuple[Level, str]:
    """No row that could not be taken in waits for a person."""
    from zerotrip.mail.models import Refused

    count = Refused.objects.filter(settled_at__isnull=True).count()
    if count:
        return "warning", _("有 {n} 行轨迹没有接收，请在“轨迹接收”页处理。").format(n=count)
    return "ok", _("没有未接收的轨迹")


def webhooks() -> tuple[Level, str]:
    """No partner has stopped being told."""
    from zerotrip.gateway.webhooks.queries import stopped

    found = stopped()
    if found:
        names = listed(sorted({one.partner.name for one in found})[:5])
        return "warning", _("有 {n} 个推送地址已停止（{names}），请在“事件推送”页处理。").format(
            n=len(found), names=names
        )
    return "ok", _("没有停止的推送地址")


_NUMBERS = """
SELECT coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0), (SELECT coalesce(max(id), 0) FROM ledger_entry),
       (SELECT coalesce(max(after), 0) FROM ledger_cursor),
       EXISTS (SELECT FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)
               AND xid >= pg_snapshot_xmax(pg_current_snapshot()))
"""


def ledger_numbers() -> tuple[Level, str]:
    """The ledger goes on where it was: after a restore its numbers are behind neither entries nor readers."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS)
        given, highest, read, foreign = cursor.fetchone()
    if highest > given or read > given:
        return "failed", _(
            "台账序号倒退（已用 {highest}，已读 {read}，序列 {given}）：恢复不完整，请重新恢复。"
        ).format(highest=highest, read=read, given=given)
    if foreign:
        return "warning", _("台账由逻辑备份恢复：旧条目的事务号属于原来的服务器，只影响按事务号查询。")
    return "ok", _("台账序号连续，最近一条 {n}").format(n=highest)


def clocks() -> tuple[Level, str]:
    """The program's clock and the database's agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    skew = abs(there - now())
    if skew > SKEW:
        return "failed", _("程序与数据库的时钟相差 {n} 秒，请校准。").format(n=round(skew.total_seconds()))
    return "ok", _("时钟一致")


CHECKS: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "keys": sealing_keys,
    "holidays": holidays,
    "fonts": fonts,
    "static": static_files,
    "readers": readers,
    "set_aside": set_aside,
    "scans": scans,
    "webhooks": webhooks,
    "ledger": ledger_numbers,
    "clock": clocks,
}


_WITHOUT_DATABASE = {"database", "holidays", "fonts", "static"}


def run_all() -> list[Finding]:
    """Every check, in order. What a check stumbles over is its finding; one never hides another."""
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        if findings and findings[0].level == "failed" and name not in _WITHOUT_DATABASE:
            findings.append(Finding(name, "failed", _("数据库不可用，未能检查。")))
            continue
        try:
            level, sentence = check()
        except DatabaseError as error:
            level, sentence = "failed", _("数据库出错：{error}").format(error=str(error).strip().splitlines()[0])
        except Exception as error:
            level, sentence = "failed", f"{type(error).__name__}: {error}"
        findings.append(Finding(name, level, sentence))
    return findings
