"""Tables 6 to 8: acceptance, the steps on the way, special procedures, completion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from zerotrip.cases.clocks import reading_of
from zerotrip.cases.models import Case, Pause, ResultRoute
from zerotrip.cases.states import CLOSED, OUTCOMES
from zerotrip.core.clock import today
from zerotrip.gateway.exports.rows.whole import About, Whole, staff
from zerotrip.gateway.exports.tables import Special, StepAct, StepState
from zerotrip.ledger.models import Entry
from zerotrip.rules.case_clock import Excluded

PASSED, BACK, OTHER = StepAct.PASSED, StepAct.SENT_BACK, StepAct.OTHER

STEPS: Final[dict[str, tuple[str, StepAct]]] = {
    "cases.received": ("收件", PASSED),
    "cases.correction_asked": ("补正告知", BACK),
    "cases.correction_answered": ("补正", OTHER),
    "cases.accepted": ("受理", PASSED),
    "cases.not_accepted": ("受理", BACK),
    "cases.review_started": ("审查", OTHER),
    "cases.paused": ("特别程序开始", OTHER),
    "cases.resumed": ("特别程序结束", OTHER),
    "cases.extended": ("延长审查期限", OTHER),
    "cases.decided": ("决定", OTHER),
    "cases.produced": ("制证", PASSED),
    "cases.bound": ("封装结果", PASSED),
    "cases.sent": ("寄出结果", OTHER),
    "cases.returned": ("退回大厅", BACK),
    "cases.collected": ("当面领取", PASSED),
    "cases.withdrawn": ("撤回申请", OTHER),
    "cases.closed": ("结束", OTHER),
}
"""The steps of a case by the entries that record them, with the 业务动作; 决定 is 通过 only when it was granted."""

WAITING: Final = {
    "applied": "材料送达", "received": "核对材料", "correcting": "补正", "accepted": "审查", "reviewing": "审查",
    "paused": "特别程序", "decided": "制证", "ready": "封装结果", "bound": "寄出结果", "sent": "送达",
    "returned": "封装结果",
}  # fmt: skip
"""The step a case waits for, by its state."""


class Accepting(About):
    """Table 6."""

    @property
    def officer(self) -> str | None:
        return self.whole.clerk("cases.accepted")

    @property
    def promised_day(self) -> str | None:
        if not self.version.promised_limit_value:
            return None
        self.case.version = self.version
        reading = reading_of(self.case, today()).reading
        return f"{reading.promise.due:%Y%m%d}" if reading and reading.promise else None


class Step(About):
    """Table 7, 1 to 10: one step, or the one that is waited for (`entry` is None)."""

    def __init__(self, whole: Whole, place: int, entry: Entry | None, begun: datetime) -> None:
        super().__init__(whole)
        self._place, self.entry, self._begun = place, entry, begun
        self.organ = self._organ()

    def _organ(self) -> Any:
        where = self.whole.places.get(self.entry.place_id or 0) if self.entry else None
        return where.organisation if where else Nobody

    @property
    def key(self) -> str:
        return f"{self.case.number}/{self._place}"

    @property
    def step(self) -> str | None:
        return STEPS[self.entry.kind][0] if self.entry else WAITING.get(self.case.state)

    @property
    def act(self) -> str:
        if self.entry is None:
            return OTHER.value
        granted = self.entry.kind == "cases.decided" and self.case.outcome == "granted"
        return PASSED.value if granted else STEPS[self.entry.kind][1].value

    @property
    def officer(self) -> str | None:
        return staff(self.entry) if self.entry else None

    @property
    def opinion(self) -> str | None:
        if self.entry is None:
            return None
        if self.entry.kind in ("cases.decided", "cases.not_accepted"):
            return outcome(self.case)
        said = self.entry.data.get("opinion") or self.entry.data.get("reason")
        return str(said) if said and staff(self.entry) else None

    @property
    def begun(self) -> datetime:
        return min(self._begun, self.entry.at) if self.entry else self._begun

    @property
    def ended(self) -> datetime:
        return self.entry.at if self.entry else self._begun

    @property
    def state(self) -> str:
        return (StepState.DONE if self.entry else StepState.WAITING).value


class Pausing(About):
    """Table 7, 11 to 21: a special procedure of the law (`pause`), or the extension of the time for deciding."""

    def __init__(self, whole: Whole, pause: Pause | None) -> None:
        super().__init__(whole)
        self.pause = pause

    @property
    def key(self) -> str:
        return f"{self.case.number}/{self.pause.pk if self.pause else 'extension'}"

    @property
    def name(self) -> str | None:
        if self.pause is None:
            return Special.EXTENSION.zh
        known = Excluded.get(self.pause.kind)
        return known.zh if known else None

    @property
    def kind(self) -> str:
        return (Special.OTHER if self.pause else Special.EXTENSION).value

    @property
    def begun(self) -> datetime | None:
        return self.pause.started_at if self.pause else self.case.extended_at

    @property
    def ended(self) -> datetime | None:
        return self.pause.ended_at if self.pause else None

    @property
    def reason(self) -> str:
        return self.pause.reason if self.pause else self.case.extension_reason

    @property
    def officer(self) -> str | None:
        kind = "cases.paused" if self.pause else "cases.extended"
        found = next((e for e in self.whole.entries if e.kind == kind and e.at == self.begun), None)
        return staff(found) if found else None


class Completing(About):
    """Table 8."""

    @property
    def officer(self) -> str | None:
        return self.whole.clerk("cases.decided", "cases.not_accepted")

    @property
    def result_name(self) -> str | None:
        return self.version.result_name if self.case.outcome == "granted" else None

    @property
    def result(self) -> str:
        return outcome(self.case)

    @property
    def issuer(self) -> str | None:
        return self.organ.name if self.case.certificate_number else None

    @property
    def by_post(self) -> str:
        return "1" if self.case.result_route == ResultRoute.MAIL else "0"

    @property
    def charged(self) -> str | None:
        return None if self.version.charges is None else "1" if self.version.charges else "0"


class Nobody:
    """In place of a body we do not know."""

    name = None
    uscc = None


def steps(whole: Whole) -> Iterator[Step]:
    """The steps done, in order, and the one that is waited for."""
    since, place = whole.case.applied_at, 0
    for entry in whole.entries:
        if entry.kind in STEPS:
            place += 1
            yield Step(whole, place, entry, since)
            since = max(since, entry.at)
    if whole.case.state != CLOSED:
        yield Step(whole, place + 1, None, since)


def outcome(case: Case) -> str:
    from django.utils.translation import override

    with override("zh-hans"):
        label = str(OUTCOMES[case.outcome])
    return f"{label}：{case.outcome_reason}" if case.outcome_reason else label
