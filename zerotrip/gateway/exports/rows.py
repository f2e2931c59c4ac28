"""What our cases say to each table of the standard: plain properties that `tables.py` names as sources.

A property answers None for what we do not know; nothing is guessed to fill a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from zerotrip.cases.clocks import reading_of
from zerotrip.cases.models import Case, CaseMaterial, MaterialsRoute, Pause, ResultRoute, Source
from zerotrip.cases.states import CLOSED, OUTCOMES
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import local, today
from zerotrip.gateway.exports.tables import Special, StepAct, StepState
from zerotrip.gateway.exports.values import Public
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment, IdentityCheck
from zerotrip.people.models import Contact
from zerotrip.places.models import Organisation, Place
from zerotrip.rules import mobile
from zerotrip.rules.case_clock import Excluded
from zerotrip.rules.id_types import IdType
from zerotrip.rules.item_codes import CaseType, HandlingForm

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

WAYS: Final = {"upload": "网上上传", "original": "邮政揽收", "hand": "当面提交", "shared": "数据共享"}
MAIL_KINDS: Final = ("mail.accepted", "mail.handed_in", "mail.delivered")


@dataclass(frozen=True)
class Whole:
    """A case with all that its rows are made of."""

    case: Case
    version: ItemVersion
    materials: list[CaseMaterial]
    pauses: list[Pause]
    entries: list[Entry]
    pieces: list[Consignment] = field(default_factory=list)
    signed: dict[int, IdentityCheck] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    payments: list[Any] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.case.number

    @property
    def contact(self) -> Contact:
        return self.case.contact

    @property
    def organ(self) -> Organisation:
        """Who decides: the body behind the window."""
        return self.case.window.organisation

    def entry(self, *kinds: str) -> Entry | None:
        """The last entry of one of these kinds."""
        return next((entry for entry in reversed(self.entries) if entry.kind in kinds), None)

    def clerk(self, *kinds: str) -> Public | None:
        """The member of staff who did it; nobody's secret in office."""
        found = self.entry(*kinds)
        return _staff(found) if found else None

    @cached_property
    def case_kind(self) -> str | None:
        known = CaseType.get(self.version.case_kind)
        return known.zh if known else None


class _About:
    """A row of a case: what it does not say itself, the case says."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.case, self.version, self.organ = whole.case, whole.version, whole.organ

    @property
    def key(self) -> str:
        return self.case.number

    @property
    def case_kind(self) -> str | None:
        return self.whole.case_kind


class Applying(_About):
    """Table 5, 1 to 19."""

    @property
    def contact(self) -> Contact:
        return self.case.contact

    @property
    def applicant_name(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return Public(company.name) if company else person.name if person else None

    @property
    def applicant_id_type(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return IdType.UNIFIED_SOCIAL_CREDIT_CODE.value if company else person.id_type if person else None

    @property
    def applicant_number(self) -> str | None:
        company, person = self.case.applicant_company, self.case.applicant_person
        return Public(company.uscc) if company else person.id_number if person else None

    @property
    def agent_name(self) -> str | None:
        agent = self._agent
        return agent.name if agent else None if self._is_company(self.contact.name) else self.contact.name

    @property
    def agent_id_type(self) -> str | None:
        return self._agent.id_type if self._agent else None

    @property
    def agent_number(self) -> str | None:
        return self._agent.id_number if self._agent else None

    @property
    def agent_mobile(self) -> str | None:
        number = (self._agent.phone if self._agent else None) or self.contact.phone
        return number if number and mobile.is_valid(number) else None

    @property
    def legal_representative(self) -> str | None:
        company = self.case.applicant_company
        return company.legal_representative if company else None

    @property
    def form(self) -> str | None:
        if self.case.source == Source.HALL:
            return HandlingForm.WINDOW.value
        posted = self.case.materials_route in {MaterialsRoute.COURIER, MaterialsRoute.OUTLET}
        return HandlingForm.POST.value if posted else None

    @property
    def home_division(self) -> str:
        code = self.contact.division_id
        return code[:6] if code[6:9] in ("", "000") else code[:9]

    @property
    def _agent(self) -> Any:
        """The person who acts for a company."""
        return self.case.applicant_person if self.case.applicant_company else None

    def _is_company(self, name: str) -> bool:
        company = self.case.applicant_company
        return company is not None and company.name == name


class Handing(_About):
    """Table 5, 20 to 26: one material."""

    def __init__(self, whole: Whole, material: CaseMaterial) -> None:
        super().__init__(whole)
        self.material = material

    @property
    def key(self) -> str:
        return f"{self.case.number}/{self.material.position}"

    @property
    def taken(self) -> str:
        return "1" if self.material.received_at else "0"

    @property
    def way(self) -> str | None:
        return WAYS.get(self.material.route)

    @property
    def count(self) -> int | None:
        copies = self.material.originals + self.material.copies
        return copies if self.material.received_at and copies else None


class Accepting(_About):
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


class Step(_About):
    """Table 7, 1 to 10: one step, or the one that is waited for (`entry` is None)."""

    def __init__(self, whole: Whole, place: int, entry: Entry | None, begun: datetime) -> None:
        super().__init__(whole)
        self._place, self.entry, self._begun = place, entry, begun
        self.organ = self._organ()

    def _organ(self) -> Any:
        where = self.whole.places.get(self.entry.place_id or 0) if self.entry else None
        return where.organisation if where else _Nobody

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
        return _staff(self.entry) if self.entry else None

    @property
    def opinion(self) -> str | None:
        if self.entry is None:
            return None
        if self.entry.kind in ("cases.decided", "cases.not_accepted"):
            return _outcome(self.case)
        said = self.entry.data.get("opinion") or self.entry.data.get("reason")
        return str(said) if said and _staff(self.entry) else None

    @property
    def begun(self) -> datetime:
        return min(self._begun, self.entry.at) if self.entry else self._begun

    @property
    def ended(self) -> datetime:
        return self.entry.at if self.entry else self._begun

    @property
    def state(self) -> str:
        return (StepState.DONE if self.entry else StepState.WAITING).value


class Pausing(_About):
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
        return _staff(found) if found else None


class Completing(_About):
    """Table 8."""

    @property
    def officer(self) -> str | None:
        return self.whole.clerk("cases.decided", "cases.not_accepted")

    @property
    def result_name(self) -> str | None:
        return self.version.result_name if self.case.outcome == "granted" else None

    @property
    def result(self) -> str:
        return _outcome(self.case)

    @property
    def issuer(self) -> str | None:
        return self.organ.name if self.case.certificate_number else None

    @property
    def by_post(self) -> str:
        return "1" if self.case.result_route == ResultRoute.MAIL else "0"

    @property
    def charged(self) -> str | None:
        return None if self.version.charges is None else "1" if self.version.charges else "0"


class Posting(_About):
    """Table 15: one mail piece."""

    def __init__(self, whole: Whole, piece: Consignment) -> None:
        super().__init__(whole)
        self.piece = piece
        self._signed = whole.signed.get(piece.pk)

    @property
    def key(self) -> str:
        return str(self.piece.number)

    @property
    def sender_body(self) -> str | None:
        return self.piece.sender_place.name if self.piece.sender_place else None

    @property
    def sender(self) -> str | None:
        if self.piece.sender_place is not None:
            return self._who("mail.accepted")
        return self.piece.sender.name if self.piece.sender else None

    @property
    def sent_on(self) -> date | None:
        return _day(self.piece.accepted_at)

    @property
    def receiver_body(self) -> str | None:
        return self.piece.recipient_place.name if self.piece.recipient_place else None

    @property
    def receiver(self) -> str | None:
        if self._signed is not None:
            return self._signed.name
        return self._who("mail.handed_in") if self.piece.recipient_place else None

    @property
    def received_on(self) -> date | None:
        return _day(self._received_at)

    @property
    def _received_at(self) -> datetime | None:
        if self.piece.delivered_at:
            return self.piece.delivered_at
        handed = self._entry("mail.handed_in")
        return handed.at if handed else None

    @property
    def indicator(self) -> str | None:
        return "寄递时限" if self._assessable else None

    @property
    def project(self) -> str | None:
        return f"{local(self.piece.promised_p95):%Y%m%d%H%M} 前送达" if self._assessable else None  # type: ignore[arg-type]

    @property
    def assessed_on(self) -> date | None:
        return self.received_on if self._assessable else None

    @property
    def assessment(self) -> str | None:
        if not self._assessable:
            return None
        return "按时送达" if self._received_at <= self.piece.promised_p95 else "超时送达"  # type: ignore[operator]

    @property
    def _assessable(self) -> bool:
        return self._received_at is not None and self.piece.promised_p95 is not None

    def _entry(self, kind: str) -> Entry | None:
        mine = (e for e in self.whole.entries if e.kind == kind and e.consignment_number == self.piece.number)
        return next(mine, None)

    def _who(self, kind: str) -> Public | None:
        found = self._entry(kind)
        return _staff(found) if found else None


class _Nobody:
    """In place of a body we do not know."""

    name = None
    uscc = None


def rows_of(whole: Whole) -> Iterator[tuple[str, Any]]:
    """Every row of a case as (code of the table, row), in the order of the tables."""
    yield "application", Applying(whole)
    for material in whole.materials:
        yield "materials", Handing(whole, material)
    if whole.case.accepted_at:
        yield "acceptance", Accepting(whole)
    for step in _steps(whole):
        yield "steps", step
    for pause in whole.pauses:
        yield "special", Pausing(whole, pause)
    if whole.case.extended_at:
        yield "special", Pausing(whole, None)
    if whole.case.decided_at:
        yield "completion", Completing(whole)
    for payment in whole.payments:
        yield "payments", payment
    for piece in whole.pieces:
        yield "logistics", Posting(whole, piece)


def _steps(whole: Whole) -> Iterator[Step]:
    since, place = whole.case.applied_at, 0
    for entry in whole.entries:
        if entry.kind in STEPS:
            place += 1
            yield Step(whole, place, entry, since)
            since = max(since, entry.at)
    if whole.case.state != CLOSED:
        yield Step(whole, place + 1, None, since)


def _staff(entry: Entry) -> Public | None:
    return Public(entry.actor_name) if entry.actor_kind == "staff" and entry.actor_name else None


def _outcome(case: Case) -> str:
    from django.utils.translation import override

    with override("zh-hans"):
        label = str(OUTCOMES[case.outcome])
    return f"{label}：{case.outcome_reason}" if case.outcome_reason else label


def _day(moment: datetime | None) -> date | None:
    return local(moment).date() if moment else None
