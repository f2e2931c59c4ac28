"""The legal and promised clocks of a case: completeness check, decision, issue and service.

Source: 行政许可法 (2019 text, in force 2019-04-23), articles
32 (say once, on the spot or within 5 days, everything to be corrected; if not said in time, the case counts as
accepted from the day the papers came), 42 (decide within 20 days of acceptance, 10 more with the head's approval and
the reason told; joint handling 45 and 15 more; other laws may set other limits), 43 (a lower agency examines within
20 days before a higher one decides), 44 (issue and serve within 10 days of the decision), 45 (hearing, tender,
auction, inspection, testing, quarantine, appraisal and expert review are not counted; the time needed is told in
writing), 82 (days are working days).
Confidence: A. Our own readings, K: both the first and the last day of a special
procedure are left out; papers handed in after a correction request open a new check of 5 days; an extension moves the
legal limit, not the agency's own promise.

Everything is a value: put the facts in, ask with `read` how the clocks stand at the end of a day. With a calendar
made by ``Calendar.tentative`` due dates past the loaded notices come marked provisional; with a plain one they raise
`BeyondHorizon`.

>>> from datetime import date
>>> from zerotrip.rules.calendar_cn import packaged
>>> facts = CaseFacts(received_on=date(2026, 9, 1), accepted_on=date(2026, 9, 3), promised=Period(5))
>>> reading = read(facts, date(2026, 9, 10), packaged())
>>> reading.stage.zh, reading.decision.due, reading.decision.used, reading.decision.left
('审查决定', datetime.date(2026, 10, 8), 5, 15)
>>> reading.promise.due, reading.promise.left
(datetime.date(2026, 9, 10), 0)
>>> [ground.article for ground in reading.decision.grounds]
['行政许可法第四十二条第一款', '行政许可法第八十二条']
>>> late = read(CaseFacts(received_on=date(2026, 9, 1)), date(2026, 9, 9), packaged())
>>> late.deemed_accepted, late.accepted_on
(True, datetime.date(2026, 9, 1))
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from zerotrip.rules.calendar_cn import Calendar, day_zh
from zerotrip.rules.codes import CodeList
from zerotrip.rules.errors import InvalidDate, InvalidFormat
from zerotrip.rules.periods import Period, Unit, end

CHECK = Period(5)
DECIDE = Period(20)
DECIDE_JOINTLY = Period(45)
EXTEND = Period(10)
EXTEND_JOINTLY = Period(15)
SERVE = Period(10)
LOWER_AGENCY = Period(20)

ART_CHECK = "行政许可法第三十二条第一款第四项"
ART_ACCEPT = "行政许可法第三十二条第一款第五项"
ART_DECIDE = "行政许可法第四十二条第一款"
ART_JOINT = "行政许可法第四十二条第二款"
ART_LOWER = "行政许可法第四十三条"
ART_SERVE = "行政许可法第四十四条"
ART_EXCLUDED = "行政许可法第四十五条"
ART_WORKING_DAYS = "行政许可法第八十二条"


class Excluded(CodeList):
    """Special procedures whose time is not counted (art. 45)."""

    HEARING = "hearing", "听证", "hearing"
    TENDER = "tender", "招标", "tender"
    AUCTION = "auction", "拍卖", "auction"
    INSPECTION = "inspection", "检验", "inspection"
    TESTING = "testing", "检测", "testing"
    QUARANTINE = "quarantine", "检疫", "quarantine"
    APPRAISAL = "appraisal", "鉴定", "appraisal"
    EXPERT_REVIEW = "expert_review", "专家评审", "expert review"


class Stage(CodeList):
    """Whose turn it is."""

    CHECK = "check", "核对材料", "checking completeness"
    CORRECTION = "correction", "等待补正", "waiting for correction"
    DECISION = "decision", "审查决定", "examining and deciding"
    PAUSED = "paused", "特别程序", "special procedure"
    SERVICE = "service", "制证送达", "issuing and serving"
    CLOSED = "closed", "已结束", "closed"


@dataclass(frozen=True)
class Correction:
    """The one request for correction: when it was told, and when the applicant handed everything in."""

    told_on: date
    supplied_on: date | None = None


@dataclass(frozen=True)
class Extension:
    """An extension of the decision, approved by the head, its reason told to the applicant.

    ``period`` replaces the general 10 (joint 15) working days where another law sets its own; it must have the
    limit's unit.
    """

    approved_on: date
    reason: str
    told_on: date | None = None
    period: Period | None = None


@dataclass(frozen=True)
class SpecialProcedure:
    """Time not counted; ``ended_on`` None while it runs. ``needed_days`` is what the applicant was told in writing."""

    kind: Excluded
    started_on: date
    ended_on: date | None = None
    needed_days: int | None = None

    def covers(self, day: date, until: date) -> bool:
        """Whether ``day`` falls into the procedure; a running one is taken to last through ``until``."""
        return self.started_on <= day <= (self.ended_on or max(until, self.started_on))


@dataclass(frozen=True)
class CaseFacts:
    """What happened in a case, as far as its clocks depend on it.

    ``legal_limit`` replaces the general 20 working days where another law sets one; ``legal_source`` then names that
    law. ``joint`` is 统一、联合或集中办理. ``refused_on`` is a refusal to accept (不予受理), ``withdrawn_on`` ends
    every clock.
    """

    received_on: date
    accepted_on: date | None = None
    refused_on: date | None = None
    withdrawn_on: date | None = None
    correction: Correction | None = None
    procedures: tuple[SpecialProcedure, ...] = ()
    extension: Extension | None = None
    decided_on: date | None = None
    granted: bool = True
    served_on: date | None = None
    joint: bool = False
    legal_limit: Period | None = None
    legal_source: str = ""
    promised: Period | None = None

    def __post_init__(self) -> None:
        order: list[tuple[str, str, date | None, date]] = [
            ("受理", "acceptance", self.accepted_on, self.received_on),
            ("不予受理", "refusal", self.refused_on, self.received_on),
            ("决定", "decision", self.decided_on, self.accepted_on or self.received_on),
            ("送达", "service", self.served_on, self.decided_on or self.received_on),
        ]
        if self.correction is not None:
            order.append(("补正告知", "correction request", self.correction.told_on, self.received_on))
            order.append(("补正", "correction", self.correction.supplied_on, self.correction.told_on))
        order += [(p.kind.zh + "结束", "end of the " + p.kind.en, p.ended_on, p.started_on) for p in self.procedures]
        for zh, en, day, earliest in order:
            if day is not None and day < earliest:
                raise InvalidDate(
                    f"{zh}日期不能早于{day_zh(earliest)}，请核对。",
                    f"The {en} cannot lie before {earliest}; please check.",
                )


@dataclass(frozen=True)
class Ground:
    """An article and the fact that brings it into play."""

    article: str
    zh: str
    en: str


@dataclass(frozen=True)
class Deadline:
    """One clock. ``used`` and ``left`` are in the limit's unit (months, years: days), ``left`` negative if overdue.

    ``done_on`` is when the act was done, ``late`` whether it was or is after ``due``. While ``paused``, ``due`` is the
    earliest it can be. ``provisional`` dates lie past the loaded holiday notices.
    """

    starts_on: date
    due: date
    limit: Period
    used: int
    left: int
    done_on: date | None
    late: bool
    paused: bool
    provisional: bool
    grounds: tuple[Ground, ...]

    @property
    def zh(self) -> str:
        """The clock in a sentence."""
        if self.done_on is not None:
            return f"{day_zh(self.done_on)}完成，{'逾期' if self.late else '未逾期'}（期限{day_zh(self.due)}）。"
        about = "最早" if self.paused else "暂定" if self.provisional else ""
        rest = f"已逾期{-self.left}{self.limit.unit.zh}" if self.late else f"剩余{self.left}{self.limit.unit.zh}"
        used = f"{'计时暂停，' if self.paused else ''}已用{self.used}{self.limit.unit.zh}"
        return f"期限{about}{day_zh(self.due)}，{used}，{rest}。"

    @property
    def en(self) -> str:
        """The clock in an English sentence."""
        unit = self.limit.unit.en
        if self.done_on is not None:
            return f"Done on {self.done_on}, {'late' if self.late else 'in time'} (due {self.due})."
        about = " at the earliest" if self.paused else " (provisional)" if self.provisional else ""
        rest = f"{-self.left} {unit} overdue" if self.late else f"{self.left} {unit} left"
        return f"Due {self.due}{about}, {'clock stopped, ' if self.paused else ''}{self.used} {unit} used, {rest}."


@dataclass(frozen=True)
class Reading:
    """How all clocks of a case stand at the end of a day; a clock that has not begun is None."""

    stage: Stage
    accepted_on: date | None
    deemed_accepted: bool
    check: Deadline
    decision: Deadline | None
    promise: Deadline | None
    service: Deadline | None

    @property
    def current(self) -> Deadline | None:
        """The clock that runs now, None while it is the applicant's turn or the case is closed."""
        if self.stage in {Stage.DECISION, Stage.PAUSED}:
            return self.decision
        return {Stage.CHECK: self.check, Stage.SERVICE: self.service}.get(self.stage)


def read(facts: CaseFacts, on: date, calendar: Calendar) -> Reading:
    """How the clocks stand at the end of the day ``on``; facts dated later are ignored."""
    facts = as_known(facts, on)
    check, accepted_on, deemed = _check_clock(facts, on, calendar)
    decision = promise = service = None
    if accepted_on is not None:
        decision = _decision_clock(facts, accepted_on, deemed, on, calendar)
        if facts.promised is not None:
            ground = Ground("承诺办结时限", f"承诺{facts.promised.zh}办结", f"promised within {facts.promised.en}")
            grounds = (ground, *_excluded_grounds(facts))
            promise = _clock(accepted_on, facts.promised, facts.decided_on, facts, on, calendar, grounds)
    if facts.decided_on is not None and facts.granted:
        grounds = (
            Ground(ART_SERVE, f"{day_zh(facts.decided_on)}作出准予决定", f"granted on {facts.decided_on}"),
            _working_days_ground(),
        )
        service = _clock(facts.decided_on, SERVE, facts.served_on, None, on, calendar, grounds)
    return Reading(_stage(facts, accepted_on, decision), accepted_on, deemed, check, decision, promise, service)


def as_known(facts: CaseFacts, on: date) -> CaseFacts:
    """The facts as they were known at the end of the day ``on``."""

    def known(day: date | None) -> date | None:
        return day if day is not None and day <= on else None

    correction = facts.correction
    if correction is not None:
        correction = (
            Correction(correction.told_on, known(correction.supplied_on)) if known(correction.told_on) else None
        )
    return replace(
        facts,
        accepted_on=known(facts.accepted_on),
        refused_on=known(facts.refused_on),
        withdrawn_on=known(facts.withdrawn_on),
        correction=correction,
        procedures=tuple(replace(p, ended_on=known(p.ended_on)) for p in facts.procedures if p.started_on <= on),
        extension=facts.extension if facts.extension is not None and facts.extension.approved_on <= on else None,
        decided_on=known(facts.decided_on),
        served_on=known(facts.served_on),
    )


def _check_clock(facts: CaseFacts, on: date, calendar: Calendar) -> tuple[Deadline, date | None, bool]:
    """The completeness clock, the day of acceptance, and whether acceptance is deemed (art. 32)."""
    grounds = [Ground(ART_CHECK, f"{day_zh(facts.received_on)}收到申请材料", f"papers received on {facts.received_on}")]
    start = facts.received_on
    told = facts.correction.told_on if facts.correction is not None else None
    supplied = facts.correction.supplied_on if facts.correction is not None else None
    first_due = end(start, CHECK.value, CHECK.unit, calendar)
    told_late = told is not None and told > first_due
    if supplied is not None and not told_late:
        start = supplied
        grounds.append(
            Ground(ART_ACCEPT, f"{day_zh(supplied)}收到补正材料，重新核对", f"corrected papers received on {supplied}")
        )
    first_act = min((d for d in (facts.accepted_on, facts.refused_on, facts.withdrawn_on) if d), default=None)
    waiting = told is not None and supplied is None and not told_late
    done = told if waiting else first_act
    clock = _clock(start, CHECK, done, None, on, calendar, (*grounds, _working_days_ground()))
    if facts.accepted_on is not None and facts.accepted_on <= clock.due:
        return clock, facts.accepted_on, False
    silent = not waiting and clock.late and (first_act is None or first_act > clock.due)
    withdrawn_before = facts.withdrawn_on is not None and facts.withdrawn_on <= clock.due
    if silent and not withdrawn_before:
        return clock, start, True
    return clock, facts.accepted_on, False


def _decision_clock(facts: CaseFacts, accepted_on: date, deemed: bool, on: date, calendar: Calendar) -> Deadline:
    limit, grounds = legal_limit(facts)
    if deemed:
        fact = Ground(
            ART_CHECK,
            f"五个工作日内未告知补正，自{day_zh(accepted_on)}收到材料之日起即为受理",
            f"no correction was asked within five working days, so accepted from {accepted_on}, when the papers came",
        )
        grounds = (fact, *grounds)
    return _clock(accepted_on, limit, facts.decided_on, facts, on, calendar, (*grounds, *_excluded_grounds(facts)))


def legal_limit(facts: CaseFacts) -> tuple[Period, tuple[Ground, ...]]:
    """The limit of the decision with an extension added, and the articles that give it.

    >>> facts = CaseFacts(date(2026, 9, 1), legal_limit=Period(60, Unit.DAY), legal_source="居民身份证法12")
    >>> limit, grounds = legal_limit(facts)
    >>> limit.zh, grounds[0].article
    ('60日', '居民身份证法12')
    """
    article = ART_JOINT if facts.joint else ART_DECIDE
    limit = facts.legal_limit or (DECIDE_JOINTLY if facts.joint else DECIDE)
    source = article if facts.legal_limit is None else (facts.legal_source or "法律、法规另有规定")
    grounds = [Ground(source, f"法定办结时限{limit.zh}", f"legal limit {limit.en}")]
    if facts.extension is not None:
        more = facts.extension.period or (EXTEND_JOINTLY if facts.joint else EXTEND)
        if more.unit is not limit.unit:
            raise InvalidFormat(
                f"法定期限以“{limit.unit.zh}”计，延长期限也须以此计。",
                f"The legal limit is counted in {limit.unit.en}; the extension must be as well.",
            )
        limit = Period(limit.value + more.value, limit.unit)
        grounds.append(
            Ground(
                article,
                f"{day_zh(facts.extension.approved_on)}批准延长{more.zh}：{facts.extension.reason}",
                f"extended by {more.en} on {facts.extension.approved_on}: {facts.extension.reason}",
            )
        )
    if limit.unit is Unit.WORKING_DAY:
        grounds.append(_working_days_ground())
    return limit, tuple(grounds)


def _clock(
    start: date,
    limit: Period,
    done_on: date | None,
    facts: CaseFacts | None,
    on: date,
    calendar: Calendar,
    grounds: tuple[Ground, ...],
) -> Deadline:
    """One clock; ``facts`` brings the special procedures that stop it."""
    procedures = facts.procedures if facts is not None else ()
    stop = facts.withdrawn_on if facts is not None else None
    today = min(day for day in (on, done_on, stop) if day is not None)

    def excluded(day: date) -> bool:
        return any(procedure.covers(day, today) for procedure in procedures)

    def count(after: date, through: date) -> int:
        if limit.unit is Unit.WORKING_DAY:
            return calendar.working_days_between(after, through, unless=excluded)
        days = (after + timedelta(days=n) for n in range(1, (through - after).days + 1))
        return sum(1 for day in days if not excluded(day))

    due = _due(start, limit, calendar, excluded)
    running = done_on is None and stop is None
    return Deadline(
        starts_on=start,
        due=due,
        limit=limit,
        used=count(start, max(start, today)),
        left=count(max(start, today), due) if today <= due else -count(due, today),
        done_on=done_on,
        late=today > due,
        paused=running and due > on and any(p.ended_on is None for p in procedures),
        provisional=calendar.is_provisional(due),
        grounds=grounds,
    )


def _due(start: date, limit: Period, calendar: Calendar, excluded: Callable[[date], bool]) -> date:
    if limit.unit is Unit.WORKING_DAY and limit.value:
        return calendar.add_working_days(start, limit.value, unless=excluded)
    base = end(start, limit.value, limit.unit, calendar, move_last_day=False)
    extra = 0
    while True:  # excluded days are finite, so this ends
        last = base + timedelta(days=extra)
        left_out = sum(1 for n in range(1, (last - start).days + 1) if excluded(start + timedelta(days=n)))
        if left_out == extra:
            return calendar.working_day_from(last)
        extra = left_out


def _working_days_ground() -> Ground:
    return Ground(ART_WORKING_DAYS, "期限以工作日计算，不含法定节假日", "counted in working days")


def _excluded_grounds(facts: CaseFacts) -> tuple[Ground, ...]:
    grounds = []
    for p in facts.procedures:
        until_zh = f"至{day_zh(p.ended_on)}止" if p.ended_on else "尚未结束"
        until_en = f"to {p.ended_on}" if p.ended_on else "and still running"
        grounds.append(
            Ground(
                ART_EXCLUDED,
                f"{p.kind.zh}自{day_zh(p.started_on)}起{until_zh}，不计入期限",
                f"{p.kind.en} from {p.started_on} {until_en}, not counted",
            )
        )
    return tuple(grounds)


def _stage(facts: CaseFacts, accepted_on: date | None, decision: Deadline | None) -> Stage:
    if facts.withdrawn_on is not None or facts.refused_on is not None or facts.served_on is not None:
        return Stage.CLOSED
    if facts.decided_on is not None:
        return Stage.SERVICE
    if accepted_on is not None:
        return Stage.PAUSED if decision is not None and decision.paused else Stage.DECISION
    if facts.correction is not None and facts.correction.supplied_on is None:
        return Stage.CORRECTION
    return Stage.CHECK
