"""Scans into the table, and what they add up to into the traces: one statement for any number of scans.

The source is a table or a list of rows with the columns number, code, at, office, operator, reason, attributes, point
(`summary.point`, empty for a code nobody knows). Scans known already change nothing; scans of numbers nobody announced
make a trace that waits (`known` is false).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from zerotrip.core.clock import local, today
from zerotrip.mail.archive.ages import oldest_kept
from zerotrip.mail.trace import sql
from zerotrip.mail.trace.rules import FAILED, RULES, SENT_BACK
from zerotrip.mail.trace.summary import point

COLUMNS: Final = ("number", "code", "at", "office", "operator", "reason", "attributes", "point")

Row = tuple[str, str, datetime, str, str, str, str, str]
"""The values of one scan in the order of `COLUMNS`."""

_ONE_BY_ONE: Final = (
    "unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
    f" AS g ({', '.join(COLUMNS)})"
)


def merge_sql(source: str) -> str:
    """The statement that takes the scans of `source` (which calls itself g) in. It answers how many were new.

    Traces are held in the order of their numbers, scans in the order in which they stand in the source: where that is
    the same for everybody, two who take in the same numbers wait for each other and never in a circle.
    """
    failed = "substr(g.point, 1, 19) || rpad(g.reason, 3) || g.office"
    return f"""
WITH new AS (
    INSERT INTO mail_scan (number, code, at, office, operator, reason, attributes)
    SELECT g.number, g.code, g.at, g.office, g.operator, g.reason, g.attributes FROM {source}
    ON CONFLICT DO NOTHING RETURNING number, code, at
), counted AS (
    SELECT number, max(at) AS seen, count(*) AS scans,
        count(*) FILTER (WHERE code = '{FAILED}') AS attempts,
        count(*) FILTER (WHERE code NOT IN ({sql.quoted(RULES)})) AS unknown
    FROM new GROUP BY number
), summed AS (
    SELECT g.number,
        max(g.point) FILTER (WHERE g.point <> '' AND g.code NOT IN ({sql.FINAL})) AS last,
        min(g.point) FILTER (WHERE g.code IN ({sql.FINAL})) AS ended,
        coalesce(bit_or({sql.end_bit("g.code")}), 0) AS ends,
        min(g.point) FILTER (WHERE g.code = '{SENT_BACK}') AS back,
        max({failed}) FILTER (WHERE g.code = '{FAILED}') AS failed
    FROM {source} GROUP BY g.number
), joined AS (
    SELECT s.*, c.seen, coalesce(c.scans, 0) AS scans, coalesce(c.attempts, 0) AS attempts,
        coalesce(c.unknown, 0) AS unknown
    FROM summed s LEFT JOIN counted c USING (number)
), added AS (
    INSERT INTO mail_trace AS t (number, known, product, origin, target, net, last, ended, ends, back, failed, seen,
        scans, attempts, unknown)
    SELECT number, false, '', '', '', '', last, ended, ends, back, failed, seen, scans, attempts, unknown
    FROM joined WHERE scans > 0 OR failed IS NOT NULL ORDER BY number
    ON CONFLICT (number) DO UPDATE SET last = greatest(t.last, excluded.last), ended = least(t.ended, excluded.ended),
        ends = t.ends | excluded.ends, back = least(t.back, excluded.back),
        failed = greatest(t.failed, excluded.failed), seen = greatest(t.seen, excluded.seen),
        scans = t.scans + excluded.scans,
        attempts = t.attempts + excluded.attempts, unknown = t.unknown + excluded.unknown
    WHERE excluded.scans > 0 OR excluded.failed > t.failed
)
SELECT count(*) FROM new
"""


def row(number: str, code: str, at: datetime, office: str, operator: str, reason: str, attributes: str) -> Row:
    """The values of a scan."""
    rule = RULES.get(code)
    return (
        number,
        code,
        at,
        office,
        operator,
        reason,
        attributes,
        "" if rule is None else point(at, rule.rank, code, office),
    )


def add(rows: Sequence[Row]) -> int:
    """Take a few scans in. Returns how many were new. Call it inside the transaction of what made them."""
    if not rows:
        return 0
    rows = sorted(rows)
    ensure_months(each[2] for each in rows)
    with connection.cursor() as cursor:
        cursor.execute(merge_sql(_ONE_BY_ONE), [*map(list, zip(*rows, strict=True))] * 2)
        return int(cursor.fetchone()[0])


_ready: set[tuple[str, date]] = set()


def ensure_months(times: Iterable[datetime]) -> None:
    """Make the partitions that scans of these times need. A month is one of Shanghai's."""
    for month in sorted({local(at).date().replace(day=1) for at in times}):
        ensure_month(month)


def ensure_month(month: date) -> None:
    """Make the partition of a month, remembering it as long as nobody may archive it."""
    key = (str(connection.settings_dict["NAME"]), month)
    if key not in _ready or month < oldest_kept(today()):
        make_month(month)
        transaction.on_commit(partial(_ready.add, key))


def make_month(month: date) -> None:
    """Make the partition of a month if it is not there. Who reads or writes other months is not held up by it."""
    name, following = partition(month), date(month.year + month.month // 12, month.month % 12 + 1, 1)
    with connection.cursor() as cursor:
        if _exists(cursor, name):
            return
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mail_scan months'))")
        if _exists(cursor, name):
            return
        cursor.execute(f"CREATE TABLE {name} (LIKE mail_scan INCLUDING ALL)")
        cursor.execute(
            f"ALTER TABLE mail_scan ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month} 00:00+08') TO ('{following} 00:00+08')"
        )


def _exists(cursor: Any, table: str) -> bool:
    """Read from the catalogue: to_regclass may still remember that another transaction had not made it yet."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s AND relnamespace = current_schema()::regnamespace)",
        [table],
    )
    return bool(cursor.fetchone()[0])


def partition(month: date) -> str:
    """The name of a month's table."""
    return f"mail_scan_{month:%Y_%m}"


def announce(rows: Sequence[tuple[Any, ...]]) -> None:
    """Announce pieces: (number, product, origin, target, net, weight_g, announced_at, promised_at). Again: no change
    but of what was empty. Scans that waited for a number are its trace at once.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE.format(source=_ANNOUNCED), [*map(list, zip(*rows, strict=True))])


_ANNOUNCED: Final = (
    "unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::timestamptz[], "
    "%s::timestamptz[]) AS given (number, product, origin, target, net, weight_g, announced_at, promised_at)"
)
ANNOUNCE: Final = """
INSERT INTO mail_trace AS t (number, known, product, origin, target, net, weight_g, announced_at, promised_at, ends,
    attempts, scans, unknown)
SELECT DISTINCT ON (number) number, true, product, origin, target, net, weight_g, announced_at, promised_at, 0, 0, 0, 0
FROM {source} ORDER BY number, announced_at
ON CONFLICT (number) DO UPDATE SET known = true, product = excluded.product, origin = excluded.origin,
    target = excluded.target, net = excluded.net, weight_g = excluded.weight_g, announced_at = excluded.announced_at,
    promised_at = excluded.promised_at
WHERE NOT t.known
"""
