"""The status of a piece as a pure function of the set of its scans.

A set of scans is boiled down to a `Summary`; two summaries of disjoint sets are joined by `|`. Joining takes maxima,
minima and sums only, so neither the order of arrival nor the split into batches matters; that each scan counts once is
the business of whoever drops duplicates (same code, time and office). `trace.sql` says the same in SQL.

Scans are ordered by time, then by the rank of their code, then by code and office, so that no two differ only by luck.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _

from zerotrip.mail.trace.rules import FAILED, REASONS, RULES, SENT_BACK, UNSAID, Reason, Words

DELIVERED, RETURNED, CANCELLED = 1, 2, 4
"""Kinds of ends, as bits: which of them occurred."""

_END = {"delivered": DELIVERED, "returned": RETURNED, "cancelled": CANCELLED}


Point = str
"""A scan as far as order is concerned: microseconds since 1970 in 16 digits, rank in 3, code in 3, then the office.

Such texts, compared byte by byte, stand in the order of the scans; the database keeps the same texts.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def point(at: datetime, rank: int, code: str, office: str) -> Point:
    """The point of a scan; `at` aware, from 1970 to 2286."""
    return f"{(at - _EPOCH) // _MICROSECOND:016d}{rank:03d}{code:3.3}{office}"


def time_of(of: Point) -> datetime:
    """When the scan of a point was made."""
    return _EPOCH + int(of[:16]) * _MICROSECOND


def code_of(of: Point) -> str:
    """Its operation code."""
    return of[19:22]


def office_of(of: Point) -> str:
    """Where it was made."""
    return of[22:]


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan. `reason` is the reason of a failed delivery, else empty."""

    code: str
    at: datetime
    office: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What has to be known of a set of scans.

    `last`: the last scan that is no end. `end`: the first end. `ends`: bits of all ends. `back`: the first sending
    back. `failed`: the last failed delivery, its point with the reason in place of the code. `attempts`: how many
    failed. `seen`: the time of the last scan whatever its code. `scans`, `unknown`: how many there are, and of codes
    nobody knows.
    """

    last: Point | None = None
    end: Point | None = None
    ends: int = 0
    back: Point | None = None
    failed: str | None = None
    attempts: int = 0
    seen: datetime | None = None
    scans: int = 0
    unknown: int = 0

    def __or__(self, other: Summary) -> Summary:
        """The summary of both sets, which share no scan."""
        return Summary(
            last=_latest(self.last, other.last),
            end=_first(self.end, other.end),
            ends=self.ends | other.ends,
            back=_first(self.back, other.back),
            failed=_latest(self.failed, other.failed),
            attempts=self.attempts + other.attempts,
            seen=_latest(self.seen, other.seen),
            scans=self.scans + other.scans,
            unknown=self.unknown + other.unknown,
        )


_T = TypeVar("_T", str, datetime)


def _latest(one: _T | None, other: _T | None) -> _T | None:
    return max((x for x in (one, other) if x is not None), default=None)


def _first(one: Point | None, other: Point | None) -> Point | None:
    return min((x for x in (one, other) if x is not None), default=None)


def of_scan(scan: Scanned) -> Summary:
    """The summary of one scan."""
    rule = RULES.get(scan.code)
    if rule is None:
        return Summary(seen=scan.at, scans=1, unknown=1)
    here = point(scan.at, rule.rank, scan.code, scan.office)
    one = Summary(seen=scan.at, scans=1)
    if rule.final:
        return replace(one, end=here, ends=_END[rule.stage])
    one = replace(one, last=here)
    if scan.code == SENT_BACK:
        return replace(one, back=here)
    if scan.code == FAILED:
        return replace(one, failed=point(scan.at, rule.rank, scan.reason, scan.office), attempts=1)
    return one


def of_scans(scans: Iterable[Scanned]) -> Summary:
    """The summary of a set of scans. The same scan (code, time, office) twice counts once, with the larger reason."""
    once: dict[tuple[str, datetime, str], Scanned] = {}
    for scan in scans:
        key = (scan.code, scan.at, scan.office)
        known = once.get(key)
        if known is None or scan.reason > known.reason:
            once[key] = scan
    whole = Summary()
    for scan in once.values():
        whole |= of_scan(scan)
    return whole


@dataclass(frozen=True, slots=True)
class Status:
    """What a summary means.

    `stage`: a state of `mail.models.State`; "requested" without a scan that means anything. `cause`: reason code of the
    failure that stands, `caused_by` and `must_act` as in `rules.Reason`. `holder` and `office`: who has it and where it
    was seen. `after_end`: something happened after an end, or two ends contradict each other; somebody must look.
    """

    stage: str
    cause: str
    caused_by: str
    must_act: str
    holder: str
    office: str
    attempts: int
    after_end: bool
    sentence: Words


def status(of: Summary) -> Status:
    """What a summary means. Pure: equal summaries, equal answers."""
    if of.end is not None:
        return _ended(of, of.end)
    if of.last is None:
        announced = _("邮件信息已登记，等待收寄。")
        return Status("requested", "", "", "", "sender", "", of.attempts, False, announced)
    rule = RULES[code_of(of.last)]
    stage = "returning" if of.back is not None and of.last >= of.back else rule.stage
    reason = _standing(of, stage)
    sentence: Words = rule.sentence if reason is None else reason.sentence
    if stage == "returning":
        sentence = RULES[SENT_BACK].sentence
    return Status(
        stage,
        reason.code if reason else "",
        reason.by if reason else "",
        reason.must_act if reason else "",
        rule.holder,
        office_of(of.last),
        of.attempts,
        False,
        sentence,
    )


def _standing(of: Summary, stage: str) -> Reason | None:
    """The reason that stands: of the last failed delivery, while nothing has happened since or the piece goes back."""
    if of.failed is None or stage not in ("undelivered", "returning"):
        return None
    return REASONS.get(code_of(of.failed), UNSAID)


def _ended(of: Summary, end: Point) -> Status:
    rule = RULES[code_of(end)]
    stage, holder = rule.stage, rule.holder
    sentence: Words = rule.sentence
    if stage == "delivered" and of.back is not None and of.back < end:
        stage, holder, sentence = "returned", "sender", RULES["711"].sentence
    after = of.last is not None and of.last[:16] > end[:16]
    agreeing = {DELIVERED, RETURNED, CANCELLED} | ({DELIVERED | RETURNED} if of.back is not None else set())
    contradiction = of.ends not in agreeing
    cause = _standing(of, "returning") if stage == "returned" else None
    return Status(
        stage,
        cause.code if cause else "",
        cause.by if cause else "",
        "",
        holder,
        office_of(end),
        of.attempts,
        after or contradiction,
        sentence,
    )
