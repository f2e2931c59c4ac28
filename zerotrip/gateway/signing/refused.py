"""What was not let in, counted by partner, day and reason.

The first refusal is written at once, then at most one a second for each partner and reason; what comes between is
carried along. A flood of refusals therefore costs one statement a second, and the count stays right.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zerotrip.core.clock import now, today
from zerotrip.core.errors import NotSignedIn

REASONS: Final[dict[str, str | Promise]] = {
    "unsigned": _("没有签名"),
    "malformed": _("签名标头不合规范"),
    "incomplete": _("签名缺少参数"),
    "uncovered": _("签名覆盖不全"),
    "unknown-key": _("密钥不明"),
    "revoked-key": _("密钥已停用"),
    "old": _("签名过期"),
    "future": _("签名时间在将来"),
    "altered": _("签名与请求不符"),
    "digest": _("正文与摘要不符"),
    "replayed": _("重放"),
    "other-partner": _("令牌与密钥不是同一合作方"),
    "token": _("令牌无效"),
    "scope": _("没有该接口的权限"),
    "too-many": _("超过约定次数"),
}
"""Reasons by the code that a problem document carries as `reason`."""

ACCEPTED: Final = 'sig=("@method" "@target-uri" "content-digest" "idempotency-key");created;keyid;nonce'
"""What to sign, as an Accept-Signature header says it (RFC 9421 section 5.1)."""

EVERY: Final = 1.0
"""Seconds between two writes of one partner's reason."""

_WRITE = """
INSERT INTO gateway_refusedcall AS r (partner_id, day, reason, times, last_at, last_detail)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (partner_id, day, reason)
DO UPDATE SET times = r.times + excluded.times, last_at = excluded.last_at, last_detail = excluded.last_detail
"""
Line = tuple[int | None, str]


class NotVerified(NotSignedIn):
    """The signature of a writing request is missing or does not hold. `reason` is a code of REASONS."""

    slug, title = "signature", _("签名未通过")

    def __init__(self, reason: str, detail: str, partner: int | None = None) -> None:
        super().__init__(detail, reason=reason)
        self.reason, self.partner = reason, partner


@dataclass(slots=True)
class _Waiting:
    times: int = 0
    written: float = -EVERY
    detail: str = ""


_lock = threading.Lock()
_waiting: dict[Line, _Waiting] = {}


def note(partner: int | None, reason: str, detail: str) -> None:
    """Count one refusal; None when nobody knows whose request it was."""
    with _lock:
        line = _waiting.setdefault((partner, reason), _Waiting())
        line.times += 1
        line.detail = detail[:300]
    flush(EVERY)


def flush(every: float = 0.0) -> None:
    """Write what is counted and was last written at least `every` seconds ago."""
    if not _waiting:
        return
    moment, due = time.monotonic(), []
    with _lock:
        for key, line in list(_waiting.items()):
            if moment - line.written < every:
                continue
            if line.times:
                due.append((key, line.times, line.detail))
                line.times, line.written = 0, moment
            else:
                del _waiting[key]
    for (partner, reason), times, detail in due:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [partner, today(), reason, times, now(), detail])


def forget() -> None:
    """Drop what is counted and not written: for tests, each of which has a database of its own."""
    with _lock:
        _waiting.clear()
