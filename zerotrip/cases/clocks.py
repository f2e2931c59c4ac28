"""The clocks of a case: its rows as the facts that `rules.case_clock` reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zerotrip.cases.models import Case
from zerotrip.cases.states import APPLIED, CLOSED, CORRECTING
from zerotrip.core.clock import local
from zerotrip.rules import case_clock
from zerotrip.rules.calendar_cn import Calendar, packaged
from zerotrip.rules.case_clock import CaseFacts, Deadline, Excluded, Reading, SpecialProcedure
from zerotrip.rules.periods import Period, Unit

LICENCE = "01"
"""Code of 行政许可 in GB/T 39046-2020 appendix A: only there do articles 32 to 45 apply by themselves."""


@dataclass(frozen=True, slots=True)
class Due:
    """The day by which the one whose turn it is must have acted."""

    day: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks of a case on a day; `reading` is None before papers have come."""

    reading: Reading | None
    due: Due

    @property
    def current(self) -> Deadline | None:
        """The clock that runs now: the promise where it is nearer than the law."""
        if self.reading is None:
            return None
        law, promise = self.reading.current, self.reading.promise
        if law is not None and promise is not None and promise.done_on is None and promise.due < law.due:
            return promise
        return law


def calendar() -> Calendar:
    """The working days we know; past the loaded notices weekends only, marked provisional."""
    return packaged().tentative()


def day(moment: datetime | None) -> date | None:
    """The calendar day in Shanghai."""
    return local(moment).date() if moment else None


def facts_of(case: Case) -> CaseFacts | None:
    """What the clocks depend on, or None before papers have come. Reads the correction and the special procedures."""
    received = day(case.received_at)
    if received is None:
        return None
    correction = getattr(case, "correction", None)
    version = case.version
    legal = _period(version.legal_limit_value, version.legal_limit_unit)
    source = version.legal_limit_note
    if legal is None and version.item_type != LICENCE:
        legal, source = case_clock.DECIDE, "参照行政许可法第四十二条（本事项未列法定时限，配置值）"
    ended_early = case.outcome in {"withdrawn", "not_accepted"}
    return CaseFacts(
        received_on=received,
        accepted_on=day(case.accepted_at),
        refused_on=day(case.decided_at) if case.outcome == "not_accepted" else None,
        withdrawn_on=day(case.decided_at) if case.outcome == "withdrawn" else None,
        correction=case_clock.Correction(_day(correction.asked_at), day(correction.answered_at))
        if correction
        else None,
        procedures=tuple(
            SpecialProcedure(_procedure(p.kind), _day(p.started_at), day(p.ended_at), p.needed_days)
            for p in case.pauses.all()
        ),
        extension=case_clock.Extension(_day(case.extended_at), case.extension_reason, _day(case.extended_at))
        if case.extended_at
        else None,
        decided_on=None if ended_early else day(case.decided_at),
        granted=case.outcome == "granted",
        served_on=day(case.closed_at),
        legal_limit=legal,
        legal_source=source,
        promised=_period(version.promised_limit_value, version.promised_limit_unit),
    )


def reading_of(case: Case, on: date) -> Clocks:
    """How the clocks of `case` stand at the end of a day."""
    facts = facts_of(case)
    if facts is None:
        return Clocks(None, Due(None, False))
    clocks = Clocks(case_clock.read(facts, on, calendar()), Due(None, False))
    current = clocks.current
    if current is None or case.state in {CLOSED, CORRECTING, APPLIED}:
        return clocks
    return Clocks(clocks.reading, Due(current.due, current.provisional))


def _day(moment: datetime) -> date:
    return local(moment).date()


def _period(value: int | None, unit: str) -> Period | None:
    known = Unit.get(unit)
    return Period(value, known) if value and known else None


def _procedure(code: str) -> Excluded:
    known = Excluded.get(code)
    if known is None:
        raise ValueError(f"no special procedure {code}")
    return known
