"""What happened to a case and its mail, told to the legs of its itinerary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zerotrip.cases import kinds
from zerotrip.cases.models import Case, CaseLeg, LegKind
from zerotrip.journey.itinerary import HOME
from zerotrip.ledger.models import Entry
from zerotrip.mail import kinds as mail

Legs = Sequence[CaseLeg]

ROUND = timedelta(days=1)
"""Couriers go round every day: what could not be delivered is tried again the next day at about the same hour."""


@dataclass(frozen=True, slots=True)
class News:
    """An entry as far as legs care: what, when, where (a place's code), which consignment, for what purpose."""

    kind: str
    at: datetime
    place: str = ""
    consignment: int | None = None
    purpose: str = ""

    @classmethod
    def of(cls, entry: Entry, place: str) -> News:
        data = entry.data
        return cls(entry.kind, entry.at, place, data.get("consignment"), str(data.get("purpose", "")))


def happened(case: Case, legs: Legs, news: News) -> None:
    """Set the actual times of the legs that `news` is about, and where a piece on its way is expected next."""
    handler = _HANDLERS.get(news.kind)
    if handler is not None:
        handler(case, legs, news)


def applied(legs: Legs, at: datetime) -> None:
    """Data that leaves home with the application is there at once."""
    for leg in legs:
        if leg.kind != LegKind.DATA or leg.origin != HOME:
            return
        _arrive(leg, at)


def inbound(legs: Legs) -> list[CaseLeg]:
    """Legs of papers by post to the agency."""
    return [leg for leg in legs if leg.kind == LegKind.POST and leg.target != HOME]


def outbound(legs: Legs) -> list[CaseLeg]:
    """Legs of papers by post to the applicant."""
    return [leg for leg in legs if leg.kind == LegKind.POST and leg.target == HOME]


def _arrive(leg: CaseLeg, at: datetime) -> None:
    leg.departed_at = leg.departed_at or at
    leg.arrived_at = leg.arrived_at or at
    leg.expected_at = leg.arrived_at


def _leg_of(legs: Legs, news: News) -> CaseLeg | None:
    """The leg that a piece makes: the one it was seen on, else the next one of its direction."""
    own = next((leg for leg in legs if news.consignment and leg.consignment_id == news.consignment), None)
    if own is not None:
        return own
    ways = inbound(legs) if news.purpose == "materials" else outbound(legs)
    free = [leg for leg in ways if leg.arrived_at is None and leg.consignment_id is None]
    return free[0] if free else next((leg for leg in ways if leg.arrived_at is None), None)


def _accepted(case: Case, legs: Legs, news: News) -> None:
    leg = _leg_of(legs, news)
    if leg is None:
        return
    leg.consignment_id = news.consignment
    if news.purpose == "materials":
        leg.departed_at = leg.departed_at or news.at
        came(legs, news.place or leg.origin, news.at)


def came(legs: Legs, place: str, at: datetime) -> None:
    """The applicant is seen at a place: the walk there is over."""
    for leg in legs:
        if leg.kind == LegKind.PERSON and leg.target == place and leg.arrived_at is None:
            leg.arrived_at = leg.expected_at = at
            return


def _moved(case: Case, legs: Legs, news: News) -> None:
    leg = _leg_of(legs, news)
    if leg is not None and leg.arrived_at is None:
        leg.consignment_id = leg.consignment_id or news.consignment
        leg.departed_at = leg.departed_at or news.at


def _there(case: Case, legs: Legs, news: News) -> None:
    leg = _leg_of(legs, news)
    if leg is not None:
        _arrive(leg, news.at)


def _failed(case: Case, legs: Legs, news: News) -> None:
    leg = _leg_of(legs, news)
    if leg is not None and leg.arrived_at is None:
        leg.expected_at = news.at + ROUND


def _back(case: Case, legs: Legs, news: News) -> None:
    """It came back: the same way lies before it again."""
    leg = _leg_of(legs, news)
    if leg is not None:
        leg.departed_at = leg.arrived_at = leg.expected_at = None
        leg.consignment = None


def _received(case: Case, legs: Legs, news: News) -> None:
    """The window has everything: whatever was on its way there has come."""
    for leg in legs:
        if leg.arrived_at is None and leg.target in {case.window.code, case.hall.code}:
            if leg.kind == LegKind.PERSON and leg.departs > news.at:
                continue
            _arrive(leg, news.at)
    for leg in legs:
        if leg.kind == LegKind.DATA and leg.arrived_at is None and leg.departs <= news.at:
            _arrive(leg, news.at)


def _visited(case: Case, legs: Legs, news: News) -> None:
    came(legs, news.place, news.at)
    if news.place == case.hall.code:
        came(legs, case.window.code, news.at)


def _closed(case: Case, legs: Legs, news: News) -> None:
    """Over: data has gone where it was to go; walks and pieces that were not needed stay without times."""
    for leg in legs:
        if leg.arrived_at is None and (leg.kind == LegKind.DATA or leg.departed_at is not None):
            _arrive(leg, news.at)


_HANDLERS: dict[str, Callable[[Case, Legs, News], None]] = {
    mail.ACCEPTED.code: _accepted,
    mail.DISPATCHED.code: _moved,
    mail.OUT.code: _moved,
    mail.HANDED_IN.code: _there,
    mail.DELIVERED.code: _there,
    mail.ATTEMPT_FAILED.code: _failed,
    mail.RETURNED.code: _back,
    mail.CANCELLED.code: _back,
    kinds.RECEIVED.code: _received,
    kinds.VISITED.code: _visited,
    kinds.COLLECTED.code: _visited,
    kinds.CLOSED.code: _closed,
}

FOLLOWED = [
    mail.ACCEPTED, mail.DISPATCHED, mail.ARRIVED, mail.HANDED_IN, mail.OUT, mail.DELIVERED, mail.ATTEMPT_FAILED,
    mail.SENT_BACK, mail.RETURNED, mail.CANCELLED, kinds.RECEIVED, kinds.ACCEPTED, kinds.NOT_ACCEPTED,
    kinds.CORRECTION_ASKED, kinds.CORRECTION_ANSWERED, kinds.PAUSED, kinds.RESUMED, kinds.EXTENDED, kinds.DECIDED,
    kinds.PRODUCED, kinds.BOUND, kinds.UNBOUND, kinds.VISITED, kinds.COLLECTED, kinds.RETURNED, kinds.WITHDRAWN,
    kinds.CLOSED,
]  # fmt: skip
"""Everything that may change the actual times or the forecast."""
