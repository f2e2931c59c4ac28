"""Unfinished pieces are looked at when their time comes: silent too long, past their promise, heard again, ended.

`mail_watched` holds a row for each unfinished piece with the time it is to be looked at next, computed from its last
scan. Taking scans in never touches it: a look that finds newer scans moves the row on. Each piece is looked at a few
times in its life, whatever the number of traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail import codes, kinds
from zerotrip.mail.following.actions import somewhere
from zerotrip.mail.models import Consignment, State, Trace, Watched
from zerotrip.mail.silence.limits import limits
from zerotrip.mail.trace.summary import code_of, office_of
from zerotrip.rules import mail_number

AT_ONCE: Final = 5_000
MOST_FINDINGS: Final = 1_000
"""In one round; the others are found by the next, so that a year loaded at once keeps nobody from working."""
GIVEN_UP: Final = timedelta(days=30)
"""A silence or a promise older than this when it is first seen is history loaded late, no exception. 配置值，待核."""
AFTERWARDS: Final = timedelta(days=7)
"""So long an ended piece is still watched for scans after its end."""
AGAIN: Final = timedelta(minutes=9)

_BEGIN: Final = """
INSERT INTO mail_watched (number, look_at, late_noted)
SELECT number, least(min(announced_at) + interval '1 hour', max(promised_at)), false FROM {source}
GROUP BY number ORDER BY number
ON CONFLICT (number) DO NOTHING
"""

_LOOK: Final = """
WITH due AS MATERIALIZED (
    SELECT number, silent_seen, late_noted FROM mail_watched WHERE look_at <= %(now)s
    ORDER BY look_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), allowed (stage, net, hours, cutoff) AS (
    SELECT * FROM unnest(%(stages)s::text[], %(nets)s::text[], %(hours)s::int[], %(cutoffs)s::timestamptz[])
), seen AS MATERIALIZED (
    SELECT d.*, t.number IS NULL AS gone, t.stage, t.seen, t.ended, t.promised_at, t.announced_at, t.after_end, a.hours,
        t.ended IS NULL AND t.seen < a.cutoff AND t.seen > %(old)s
            AND (d.silent_seen IS NULL OR d.silent_seen < t.seen) AS silent,
        d.silent_seen IS NOT NULL AND (t.seen > d.silent_seen OR t.ended IS NOT NULL) AS heard,
        t.ended IS NULL AND NOT d.late_noted AND t.promised_at < %(now)s AND t.promised_at > %(old)s AS late,
        d.late_noted AND t.ended IS NOT NULL AS late_ended,
        coalesce(t.after_end, false) AND t.seen > %(old)s
            AND NOT EXISTS (SELECT FROM mail_consignment c WHERE c.number = d.number COLLATE "default") AS contradicted
    FROM due d LEFT JOIN mail_trace t ON t.number = d.number
        LEFT JOIN allowed a ON a.stage = t.stage AND a.net = t.net
), over AS (
    DELETE FROM mail_watched w USING seen s WHERE w.number = s.number
        AND (s.gone OR s.ended IS NOT NULL AND s.seen < %(afterwards)s)
        AND NOT coalesce(s.heard OR s.late_ended OR s.contradicted, false)
), rest AS (
    UPDATE mail_watched w SET look_at = CASE
        WHEN s.ended IS NOT NULL THEN s.seen + %(after)s
        WHEN s.seen IS NULL THEN %(now)s + interval '1 day'
        WHEN s.silent_seen IS NOT NULL OR s.late_noted THEN %(now)s + %(again)s
        WHEN s.seen <= %(old)s THEN %(now)s + interval '7 days'
        ELSE greatest(%(now)s + %(again)s, least(s.seen + make_interval(hours => coalesce(s.hours, 24)),
            CASE WHEN s.promised_at > %(now)s THEN s.promised_at END)) END
    FROM seen s WHERE w.number = s.number AND NOT s.gone AND NOT (s.ended IS NOT NULL AND s.seen < %(afterwards)s)
        AND NOT coalesce(s.silent OR s.heard OR s.late OR s.late_ended OR s.contradicted, false)
)
SELECT number, silent, heard, late, late_ended, contradicted, hours, seen FROM seen
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at one piece found."""

    number: str
    silent: bool
    heard: bool
    late: bool
    late_ended: bool
    contradicted: bool
    hours: int
    seen: datetime | None

    @property
    def any(self) -> bool:
        return self.silent or self.heard or self.late or self.late_ended or self.contradicted


def begin(source: str, values: list[Any] | None = None) -> None:
    """Watch the announced pieces of `source`, a table or rows (number, announced_at, promised_at among them)."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN.format(source=source), values or [])


def begin_one(number: str, announced_at: datetime) -> None:
    """Watch one piece."""
    begin("(SELECT %s::text AS number, %s::timestamptz AS announced_at, NULL::timestamptz AS promised_at) AS g",
          [number, announced_at])  # fmt: skip


def watch() -> int:
    """Look at every piece whose time has come. Returns how many findings were recorded."""
    found = 0
    while found < MOST_FINDINGS:
        looked, count = _round(now(), MOST_FINDINGS - found)
        found += count
        if not looked:
            break
    return found


def _round(at: datetime, most: int) -> tuple[int, int]:
    """One transaction: how many pieces were looked at, how many findings were recorded."""
    allowed = limits()
    keys = list(allowed)
    values: dict[str, Any] = {
        "now": at, "most": AT_ONCE, "old": at - GIVEN_UP, "after": AFTERWARDS, "afterwards": at - AFTERWARDS,
        "again": AGAIN, "stages": [stage for stage, _net in keys], "nets": [net for _stage, net in keys],
        "hours": [allowed[key].hours for key in keys], "cutoffs": [allowed[key].cutoff(at) for key in keys],
    }  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, values)
            rows = cursor.fetchall()
        findings = [
            Finding(n, bool(a), bool(b), bool(c), bool(d), bool(e), hours or 24, at_last)
            for n, a, b, c, d, e, hours, at_last in rows
        ]
        telling = [finding for finding in findings if finding.any][:most]
        if telling:
            tell(telling, actor=SYSTEM, at=at)
    return len(rows), len(telling)


@action("mail.watch", roles={Role.SYSTEM})
def tell(findings: list[Finding], *, actor: Actor, at: datetime) -> None:
    """Record what looks have found, and when these pieces are looked at again."""
    numbers = [finding.number for finding in findings]
    traces = Trace.objects.in_bulk(numbers)
    pieces = {piece.number: piece for piece in Consignment.objects.filter(number__in=numbers)}
    for finding in findings:
        trace = traces[finding.number]
        piece = pieces.get(finding.number)
        for kind, wanted in (
            (kinds.HEARD, finding.heard), (kinds.LATE_ENDED, finding.late_ended), (kinds.SILENT, finding.silent),
            (kinds.LATE, finding.late), (kinds.CONTRADICTED, finding.contradicted),
        ):  # fmt: skip
            if wanted:
                _record(kind, trace, piece, finding)
    noted = Watched.objects.in_bulk([finding.number for finding in findings if not finding.contradicted])
    for finding in findings:
        if not finding.contradicted:
            _note(noted[finding.number], finding, ended=traces[finding.number].ended is not None, at=at)
    Watched.objects.bulk_update(noted.values(), ["look_at", "silent_seen", "late_noted"], batch_size=500)
    Watched.objects.filter(pk__in=[finding.number for finding in findings if finding.contradicted]).delete()


def _note(known: Watched, finding: Finding, *, ended: bool, at: datetime) -> None:
    if finding.silent:
        known.silent_seen = finding.seen
    elif ended or finding.heard:
        known.silent_seen = None
    known.late_noted = not ended and (known.late_noted or finding.late)
    known.look_at = at + (AFTERWARDS if ended else AGAIN)


def _record(kind: Any, trace: Trace, piece: Consignment | None, finding: Finding) -> None:
    point = trace.last if kind == kinds.CONTRADICTED else trace.ended or trace.last
    office = office_of(point) if point else ""
    code = code_of(point) if point else ""
    own: dict[str, Any] = {"consignment": piece.pk, "purpose": piece.purpose} if piece is not None else {}
    record(
        kind,
        piece or trace,
        case_number=piece.reference if piece is not None else "",
        consignment_number=trace.number,
        place=somewhere(office),
        number=mail_number.format(trace.number),
        state=str(State(trace.stage).label),
        stage=trace.stage,
        net=trace.net,
        office=office,
        origin=trace.origin,
        target=trace.target,
        hours=finding.hours,
        what=str(codes.OPERATIONS.get(code, (code, ""))[0]),
        since=finding.seen.isoformat() if finding.seen else "",
        **own,
    )
