"""What waits at a desk, most pressing first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from zerotrip.cases.models import Case
from zerotrip.cases.states import CASES, OWNERS
from zerotrip.core.actors import Actor
from zerotrip.core.clock import SHANGHAI, today
from zerotrip.core.roles import Role

MOST = 50
"""Rows of one queue on a page; the rest comes when these are done."""

AT_RISK = timedelta(days=2)

TONES = {
    "applied": "wait",
    "received": "go",
    "correcting": "warn",
    "accepted": "go",
    "reviewing": "go",
    "paused": "wait",
    "decided": "go",
    "ready": "wait",
    "bound": "move",
    "sent": "move",
    "returned": "warn",
    "closed": "good",
}
"""How a case's state looks."""

OUTCOME_TONES = {"granted": "good", "refused": "bad", "not_accepted": "bad", "withdrawn": "off"}
"""How its outcome looks."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a queue. `due` is the end of its last day; `urgency` the class of its row."""

    case: Case
    due: datetime | None
    urgency: str

    @property
    def tone(self) -> str:
        return "go" if self._at_desk else TONES.get(str(self.case.state), "plain")

    @property
    def label(self) -> str:
        """The state in words; what the hall has in hand is not said to be waited for."""
        if self.case.state == "applied" and self.case.hand_in_id:
            return _("等待申请人交件")
        return _("材料在大厅，待窗口收件") if self._at_desk else str(self.case.get_state_display())

    @property
    def _at_desk(self) -> bool:
        case = self.case
        return case.state == "applied" and case.materials_route == "hall" and case.hand_in_id is None


@dataclass(slots=True)
class Queue:
    """Some cases that wait for the same thing."""

    rows: list[Row]
    total: int


@dataclass(slots=True)
class Figures:
    """How many cases stand in which state, and how many of those that wait for this desk are late or due today."""

    states: dict[str, int] = field(default_factory=dict)
    late: int = 0
    soon: int = 0
    mine: int = 0
    at_desk: int = 0

    def of(self, *states: str) -> int:
        return sum(self.states.get(state, 0) for state in states)


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day in Shanghai."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=SHANGHAI) if day else None


def rows(cases: Iterable[Case]) -> list[Row]:
    """Cases as rows of a queue."""
    here = today()
    return [Row(case, end_of(case.due), _urgency(case.due, here, at_risk=case.at_risk)) for case in cases]


def _urgency(due: date | None, here: date, *, at_risk: bool = False) -> str:
    if due is None:
        return "is-risk" if at_risk else ""
    if at_risk and due >= here:
        return "is-risk"
    return "is-late" if due < here else "is-risk" if due - here <= AT_RISK else ""


def turn(actor: Actor) -> Q:
    """The cases in which it is this actor's turn. What was handed in at the hall's desk waits for the window."""
    mine = Q(pk__in=[])
    if actor.has(Role.AGENCY_OFFICER):
        mine |= Q(state__in=_of("agency")) | AT_DESK
    if actor.has(Role.HALL_CLERK):
        mine |= Q(state__in=_of("hall")) | AT_DESK
    return mine


AT_DESK = Q(state="applied", materials_route="hall", hand_in__isnull=True)
"""Handed in at the hall's desk, not yet confirmed by the window."""


EXPECTED = Q(state="applied", hand_in__isnull=False, materials_route__in=("hall", "kiosk"))
"""Applied for by phone; the visit to the hall or a kiosk hall is still to come, and then the case is received."""


TO_COLLECT = Q(state="ready", result_route="collect", outcome__in=("granted", "refused"))
"""The result lies ready and the applicant comes for it."""

TO_BIND = Q(state="ready") & ~TO_COLLECT
"""A result to be mailed, or papers that go back by post."""

RETURNED = Q(state="returned")


def _of(side: str) -> tuple[str, ...]:
    return tuple(state for state, owner in OWNERS.items() if owner == side)


def figures(actor: Actor) -> Figures:
    """The counts of the tiles, in one statement."""
    mine = turn(actor)
    counted = (
        Case.objects.visible_to(actor)
        .exclude(state__in=CASES.final)
        .order_by()
        .values("state")
        .annotate(
            n=Count("id"),
            mine=Count("id", filter=mine),
            late=Count("id", filter=mine & Q(due__lt=today())),
            soon=Count("id", filter=mine & Q(due=today())),
            at_desk=Count("id", filter=AT_DESK),
        )
    )
    found = Figures()
    for row in counted:
        found.states[row["state"]] = row["n"]
        found.mine += row["mine"]
        found.late += row["late"]
        found.soon += row["soon"]
        found.at_desk += row["at_desk"]
    return found


def waiting(actor: Actor, which: Q, *, most: int = MOST) -> Queue:
    """The cases that wait for the same thing, those whose legal day comes first at the top."""
    found = _listed(actor).filter(which)
    ordered = list(found.order_by(F("due").asc(nulls_last=True), "applied_at", "id")[: most + 1])
    total = len(ordered) if len(ordered) <= most else found.count()
    return Queue(rows(ordered[:most]), total)


def closed_today(actor: Actor) -> int:
    """How many cases were finished today."""
    start = local_midnight()
    return Case.objects.visible_to(actor).filter(state__in=CASES.final, closed_at__gte=start).count()


def local_midnight() -> datetime:
    """The beginning of today in Shanghai."""
    return datetime.combine(today(), time(), tzinfo=SHANGHAI)


def find(actor: Actor, code: str) -> Case | None:
    """The case with this case or certificate number, when the actor may see it."""
    plain = "".join(code.split()).upper()
    if not plain:
        return None
    seen = Case.objects.visible_to(actor).select_related("version", "applicant_person", "applicant_company")
    return seen.filter(number=plain).first() or seen.filter(certificate_number=plain).first()


def _listed(actor: Actor) -> QuerySet[Case]:
    seen = Case.objects.visible_to(actor).defer("itinerary")
    return seen.select_related("version", "applicant_person", "applicant_company", "window")
