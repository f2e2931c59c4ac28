"""What the law still allows to be done to a case: ask for a correction, refuse, extend, pause, decide.

Source: 行政许可法 (2019 text, in force 2019-04-23), articles 32, 42 and 45; the clocks are those of `case_clock`.
Confidence: A.

>>> from datetime import date
>>> from zerotrip.rules.calendar_cn import packaged
>>> from zerotrip.rules.case_clock import CaseFacts, Correction
>>> once = CaseFacts(date(2026, 9, 1), correction=Correction(date(2026, 9, 2), date(2026, 9, 7)))
>>> check_may_ask_correction(once, date(2026, 9, 8), packaged())
Traceback (most recent call last):
    ...
zerotrip.rules.errors.NotPermitted: 补正内容只能一次性告知，本办件已告知过补正。请受理，或依法作出不予受理决定。
>>> check_may_ask_correction(CaseFacts(date(2026, 9, 1)), date(2026, 9, 8), packaged())
>>> check_may_decide(CaseFacts(date(2026, 9, 1), accepted_on=date(2026, 9, 2)), date(2026, 9, 3), packaged())
"""

from datetime import date

from zerotrip.rules.calendar_cn import Calendar, day_zh
from zerotrip.rules.case_clock import (
    ART_CHECK,
    ART_DECIDE,
    ART_EXCLUDED,
    ART_JOINT,
    CaseFacts,
    Excluded,
    Stage,
    read,
)
from zerotrip.rules.errors import NotPermitted


def check_may_ask_correction(facts: CaseFacts, on: date, calendar: Calendar) -> None:
    """`NotPermitted` if no correction may be asked for on the day ``on`` (art. 32: once, within 5 working days)."""
    reading = read(facts, on, calendar)
    if facts.correction is not None:
        raise NotPermitted(
            "补正内容只能一次性告知，本办件已告知过补正。请受理，或依法作出不予受理决定。",
            "Everything to be corrected must be said at once, and a correction was already asked for. "
            "Please accept the case or refuse it with reasons.",
            article=ART_CHECK,
        )
    if reading.deemed_accepted:
        raise NotPermitted(
            f"告知补正的期限已于{day_zh(reading.check.due)}届满，自收到申请材料之日起即为受理，不能再要求补正。"
            "请进入审查。",
            f"The time to ask for a correction ended on {reading.check.due}; the case counts as accepted from the day "
            "the papers came. Please go on to examine it.",
            article=ART_CHECK,
        )
    if reading.stage is not Stage.CHECK:
        raise NotPermitted(
            f"办件处于“{reading.stage.zh}”阶段，不能要求补正。",
            f"The case is at the stage “{reading.stage.en}”; a correction cannot be asked for.",
            article=ART_CHECK,
        )


def check_may_refuse(facts: CaseFacts, on: date, calendar: Calendar) -> None:
    """`NotPermitted` if acceptance can no longer be refused: accepted (also deemed, art. 32), refused or withdrawn."""
    reading = read(facts, on, calendar)
    if reading.accepted_on is not None:
        deemed = "（逾期未告知补正，视为受理）" if reading.deemed_accepted else ""
        raise NotPermitted(
            f"办件已于{day_zh(reading.accepted_on)}受理{deemed}，不能再不予受理。请审查后作出决定。",
            f"The case was accepted on {reading.accepted_on}; it can no longer be refused acceptance. Please decide "
            "it.",
            article=ART_CHECK,
        )
    if reading.stage is Stage.CLOSED:
        raise NotPermitted("办件已结束。", "The case is closed.", article=ART_CHECK)


def check_may_extend(facts: CaseFacts, on: date, calendar: Calendar) -> None:
    """`NotPermitted` unless the decision is running, not yet due and not yet extended (art. 42)."""
    reading = read(facts, on, calendar)
    article = ART_JOINT if facts.joint else ART_DECIDE
    if reading.decision is None or reading.stage not in {Stage.DECISION, Stage.PAUSED}:
        raise NotPermitted(
            f"办件处于“{reading.stage.zh}”阶段，不能延长办理期限。",
            f"The case is at the stage “{reading.stage.en}”; its limit cannot be extended.",
            article=article,
        )
    if facts.extension is not None:
        raise NotPermitted(
            "办理期限只能延长一次，本办件已延长。", "The limit was already extended once.", article=article
        )
    if reading.decision.late:
        raise NotPermitted(
            f"办理期限已于{day_zh(reading.decision.due)}届满，延长须在届满前批准。请尽快作出决定。",
            f"The limit ended on {reading.decision.due}; an extension must be approved before. Please decide "
            "without delay.",
            article=article,
        )


def check_may_start_procedure(facts: CaseFacts, kind: Excluded, on: date, calendar: Calendar) -> None:
    """`NotPermitted` unless the case is accepted and undecided and no procedure of this kind is running (art. 45)."""
    reading = read(facts, on, calendar)
    if reading.stage not in {Stage.DECISION, Stage.PAUSED}:
        raise NotPermitted(
            f"办件处于“{reading.stage.zh}”阶段，不能启动{kind.zh}。",
            f"The case is at the stage “{reading.stage.en}”; a special procedure cannot begin.",
            article=ART_EXCLUDED,
        )
    if any(p.kind is kind and p.ended_on is None for p in facts.procedures):
        raise NotPermitted(
            f"{kind.zh}正在进行，请先登记其结束。",
            f"This procedure ({kind.en}) is already running; please record its end first.",
            article=ART_EXCLUDED,
        )


def check_may_decide(facts: CaseFacts, on: date, calendar: Calendar) -> None:
    """`NotPermitted` unless the case is accepted, undecided, and no special procedure is running."""
    reading = read(facts, on, calendar)
    if facts.decided_on is not None:
        raise NotPermitted(
            f"办件已于{day_zh(facts.decided_on)}作出决定，不能重复决定。",
            f"The case was decided on {facts.decided_on}; it cannot be decided twice.",
            article=ART_DECIDE,
        )
    if any(p.ended_on is None for p in facts.procedures):
        raise NotPermitted(
            "特别程序尚未结束，请先登记其结束再作决定。",
            "A special procedure is still running; please record its end first.",
            article=ART_EXCLUDED,
        )
    if reading.stage is not Stage.DECISION:
        raise NotPermitted(
            f"办件处于“{reading.stage.zh}”阶段，尚不能作出决定。",
            f"The case is at the stage “{reading.stage.en}”; it cannot be decided.",
            article=ART_DECIDE,
        )
