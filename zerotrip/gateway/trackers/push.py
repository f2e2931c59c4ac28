"""Pushing what changed to those who follow it: at least once, in order for each number, with growing pauses.

One statement compares what was last pushed with what the traces hold now; another hands rows out under a lease. No
connection is held while a receiver makes us wait. Each push carries the whole timeline, so one that was missed is made
good by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from django.db import connection, connections
from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound, Problem
from zerotrip.gateway import outgoing
from zerotrip.gateway.trackers import actions, answers, signing
from zerotrip.gateway.trackers.models import Following, Subscription
from zerotrip.mail import tracked

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120, 240, 480, 720, 1440, 1440))
"""After the first failure, the second, …: three days and a bit; then the push is set aside."""

TIMEOUT: Final = 8.0
BATCH: Final = 200
SENDERS: Final = 6
LEASE: Final = timedelta(minutes=3)
RUN_SECONDS: Final = 25.0
REST: Final = timedelta(seconds=30)
"""A receiver that just failed is left alone for so long, also with its other numbers."""

NEVER_SEEN: Final = timedelta(days=3)
UNCHANGED: Final = timedelta(days=60)
AFTER_END: Final = timedelta(days=30)
"""So long after its end a piece is still watched: a scan that comes late is pushed as `updateall`."""

MARK: Final = "t.scans || ':' || coalesce(t.failed, '')"
_CHANGED: Final = f"""
UPDATE gateway_subscription s SET due_at = %(now)s FROM mail_trace t
WHERE t.number = s.number AND s.due_at IS NULL AND t.scans > 0 AND s.mark <> {MARK}
    AND (s.state = 'polling' OR s.state = 'shutdown' AND s.changed_at > %(ended)s)
"""
_SILENT: Final = """
UPDATE gateway_subscription s SET due_at = %(now)s,
    closing = CASE WHEN s.mark = '' THEN '3天查询无记录' ELSE '60天无变化' END
WHERE s.due_at IS NULL AND s.state = 'polling'
    AND s.changed_at < CASE WHEN s.mark = '' THEN %(never)s ELSE %(unchanged)s END
"""
_CLAIM: Final = """
UPDATE gateway_subscription SET leased_until = %(until)s WHERE id IN (
    SELECT s.id FROM gateway_subscription s
    JOIN gateway_tracker k ON k.id = s.tracker_id AND k.active
    JOIN gateway_partner p ON p.id = k.partner_id AND p.active
    WHERE s.due_at <= %(now)s AND (s.leased_until IS NULL OR s.leased_until < %(now)s)
    ORDER BY s.due_at, s.id LIMIT %(limit)s FOR NO KEY UPDATE OF s SKIP LOCKED)
RETURNING id
"""

Post = Callable[..., outgoing.Answer]


def run(*, seconds: float = RUN_SECONDS, senders: int = SENDERS) -> int:
    """Push all that is due, for at most about `seconds`. Returns how many pushes were taken by their receivers."""
    begun, taken = time.monotonic(), 0
    look()
    while time.monotonic() - begun < seconds:
        claimed = claim()
        if not claimed:
            break
        by_host: dict[str, list[Subscription]] = {}
        for subscription in claimed:
            by_host.setdefault(subscription.host, []).append(subscription)
        if senders < 2 or len(by_host) < 2:
            taken += sum(_to_one_host(rows) for rows in by_host.values())
            continue
        with ThreadPoolExecutor(min(senders, len(by_host)), thread_name_prefix="trackers") as pool:
            taken += sum(pool.map(_apart, by_host.values()))
    return taken


def look() -> int:
    """Find what there is to push. Returns how many subscriptions are due for it."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"now": moment, "ended": moment - AFTER_END})
        changed = cursor.rowcount
        cursor.execute(_SILENT, {"now": moment, "never": moment - NEVER_SEEN, "unchanged": moment - UNCHANGED})
        return int(changed + cursor.rowcount)


def claim(limit: int = BATCH) -> list[Subscription]:
    """Take up to `limit` due subscriptions, longest due first. They are ours until the lease runs out."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": moment, "until": moment + LEASE, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    rows = Subscription.objects.select_related("tracker__partner").filter(pk__in=ids)
    return list(rows.order_by("due_at", "pk"))


def _apart(rows: list[Subscription]) -> int:
    try:
        return _to_one_host(rows)
    finally:
        connections.close_all()


def _to_one_host(rows: Iterable[Subscription]) -> int:
    """One after the other; after a failure the rest of this receiver's rows wait a little, uncounted."""
    taken, rest = 0, list(rows)
    until = now() + LEASE - timedelta(seconds=2 * TIMEOUT)
    while rest and now() < until:
        one = rest.pop(0)
        if not push(one):
            break
        taken += 1
    resting = [row.pk for row in rest]
    Subscription.objects.filter(pk__in=resting).update(due_at=now() + REST, leased_until=None)
    return taken


def push(subscription: Subscription) -> bool:
    """One push and what becomes of it. False when the receiver did not take it."""
    try:
        raw: dict[str, Any] | None = tracked.read(subscription.number)
    except NotFound:
        raw = None
    if raw is not None and not raw["events"]:
        raw = None
    status, param = message(subscription, raw)
    _let_go_of_the_connection()
    trouble = _sent(subscription, param)
    moment = now()
    if trouble:
        return _failed(subscription, trouble, moment)
    _taken(subscription, status, raw, moment)
    return True


def message(subscription: Subscription, raw: dict[str, Any] | None) -> tuple[str, str]:
    """The `status` of a push and its `param` as it is sent: byte for byte what is signed."""
    status, said = Following.POLLING.value, ""
    fresh = raw is not None and answers.mark(raw) != subscription.mark
    if raw is not None and answers.over(raw):
        status = "updateall" if subscription.state == Following.SHUTDOWN else Following.SHUTDOWN.value
    elif subscription.closing and not fresh:
        status, said = Following.ABORT.value, subscription.closing
    if raw is None:
        last = answers.nothing(subscription.number, subscription.company, said)
    else:
        last = answers.result(raw, subscription.company, subscription.detail, lang=subscription.lang)
    param = {
        "status": status, "billstatus": "check" if status == Following.SHUTDOWN else "", "message": said,
        "autoCheck": "0", "comOld": "", "comNew": "", "lastResult": last,
    }  # fmt: skip
    return status, orjson.dumps(param).decode()


def _sent(subscription: Subscription, param: str) -> str:
    """Send it. Returns what went wrong, in a sentence; empty when the receiver confirmed."""
    form = {"param": param}
    if subscription.salt is not None:
        form = {"sign": signing.digest(param + subscription.salt)} | form
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Accept": "application/json"}
    try:
        answer = outgoing.post(subscription.callback_url, urlencode(form).encode(), headers, timeout=TIMEOUT)
    except Problem as problem:
        return str(problem.detail)
    if not answer.ok:
        return answer.complaint
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        said = None
    if isinstance(said, dict) and said.get("result") in (True, "true") and str(said.get("returnCode")) == "200":
        return ""
    return _("接收方没有确认：应回答 {expected}。").format(expected='{"result":true,"returnCode":"200"}')


def _failed(subscription: Subscription, trouble: str, moment: datetime) -> bool:
    subscription.tries += 1
    subscription.trouble = trouble.replace("\0", "")[:300]
    over = subscription.tries > len(PAUSES)
    due = None if over else moment + PAUSES[subscription.tries - 1]
    _still_followed(subscription).update(
        tries=subscription.tries, trouble=subscription.trouble, due_at=due, leased_until=None
    )
    if over and subscription.state == Following.POLLING:
        actions.set_aside(subscription, actor=SYSTEM, at=moment)
    return False


def _taken(subscription: Subscription, status: str, raw: dict[str, Any] | None, moment: datetime) -> None:
    """Write down what the receiver knows now; what changed meanwhile is found by the next look."""
    states = {"shutdown": Following.SHUTDOWN, "updateall": Following.SHUTDOWN, "abort": Following.ABORT}
    mark = answers.mark(raw) if raw is not None else ""
    changed = subscription.changed_at if mark == subscription.mark else moment
    _still_followed(subscription).update(
        state=states.get(status, Following.POLLING), mark=mark, changed_at=changed, closing="", due_at=None,
        leased_until=None, tries=0, trouble="", pushes=subscription.pushes + 1, pushed_at=moment,
    )  # fmt: skip


def _still_followed(subscription: Subscription) -> Any:
    """The row, unless the tracker was closed while its receiver was answering."""
    return Subscription.objects.filter(pk=subscription.pk, state=subscription.state)


def _let_go_of_the_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()
