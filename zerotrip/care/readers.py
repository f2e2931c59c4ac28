"""Exceptions are opened by what happens to the mail, and close by themselves when what was wrong is right again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zerotrip.care import notices, watch
from zerotrip.care.actions import open_trouble, settle_trouble
from zerotrip.care.models import Trouble, TroubleKind
from zerotrip.care.watch import ROLE_AT
from zerotrip.cases import kinds as cases
from zerotrip.cases.models import Case
from zerotrip.cases.states import APPLIED, CLOSED, OWNERS
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.mail.bags import kinds as bags
from zerotrip.mail.models import Consignment
from zerotrip.places.models import Place, PlaceKind

__all__ = ["notices", "open_troubles", "settle_troubles", "watch"]

OF_LISTS = (TroubleKind.MANIFEST, TroubleKind.ESCALATED)
ESCALATED_TO = {"manager": Role.BRANCH_MANAGER, "care": Role.CARE_AGENT}

ATTEMPTS_FREE = 2
"""Delivery is tried twice free of charge (GB/T 27917, handbook 4.2); then somebody must ask the addressee."""


@reader(
    "care.open_troubles",
    kinds=[
        mail.MANIFEST_DIFFERS,
        mail.MANIFEST_ESCALATED,
        bags.REFUSED,
        bags.SEAL_BROKEN,
        mail.CANCELLED,
        mail.ATTEMPT_FAILED,
        mail.RETURNED,
        cases.PROMISE_AT_RISK,
    ],
)
def open_troubles(entry: Entry) -> None:
    """Give what went wrong to those who must deal with it."""
    {
        mail.MANIFEST_DIFFERS.code: _manifest_differs,
        mail.MANIFEST_ESCALATED.code: _escalated,
        bags.REFUSED.code: _seal_broken,
        bags.SEAL_BROKEN.code: _seal_broken,
        mail.CANCELLED.code: _cancelled,
        mail.ATTEMPT_FAILED.code: _attempt_failed,
        mail.RETURNED.code: _returned,
        cases.PROMISE_AT_RISK.code: _promise_at_risk,
    }[entry.kind](entry)


@reader(
    "care.settle_troubles",
    kinds=[
        mail.MANIFEST_CLOSED,
        mail.DELIVERED,
        mail.SENT_BACK,
        cases.RECEIVED,
        cases.BOUND,
        cases.COLLECTED,
        cases.WITHDRAWN,
        cases.CLOSED,
        cases.PROMISE_SAFE,
    ],
)
def settle_troubles(entry: Entry) -> None:
    """Close what is right again, with the sentence of the entry that made it so."""
    waiting = Trouble.objects.unsettled()
    if entry.kind == mail.MANIFEST_CLOSED.code:
        number = _manifest(entry)
        found = waiting.filter(kind__in=OF_LISTS, manifest_number=number) if number else waiting.none()
    elif entry.kind in {mail.DELIVERED.code, mail.SENT_BACK.code}:
        found = waiting.filter(kind=TroubleKind.UNDELIVERED, consignment_number=entry.consignment_number)
    elif not entry.case_number:
        return
    elif entry.kind in {cases.BOUND.code, cases.COLLECTED.code}:
        found = waiting.filter(kind=TroubleKind.RETURNED, case_number=entry.case_number)
    elif entry.kind == cases.RECEIVED.code:
        found = waiting.filter(kind=TroubleKind.CANCELLED, case_number=entry.case_number)
    elif entry.kind == cases.PROMISE_SAFE.code:
        found = waiting.filter(kind=TroubleKind.PROMISE, case_number=entry.case_number)
    else:
        over = [TroubleKind.CANCELLED, TroubleKind.UNDELIVERED, TroubleKind.PROMISE]
        found = waiting.filter(kind__in=over, case_number=entry.case_number)
    for trouble in found:
        settle_trouble(trouble.pk, how=_("自动结束：{what}").format(what=entry.sentence()), actor=SYSTEM, at=now())


def _manifest(entry: Entry) -> str:
    return str(entry.data.get("manifest", ""))


def _piece(entry: Entry) -> Consignment | None:
    rows = Consignment.objects.select_related("delivery_place", "sender_place", "recipient_place")
    return rows.filter(pk=entry.data.get("consignment") or 0).first()


def _manifest_differs(entry: Entry) -> None:
    number = _manifest(entry)
    place = Place.objects.filter(pk=entry.place_id or 0).first()
    if place is None or Trouble.objects.unsettled().filter(kind=TroubleKind.MANIFEST, manifest_number=number).exists():
        return
    role = ROLE_AT.get(PlaceKind(place.kind), Role.OUTLET_CLERK)
    _open(TroubleKind.MANIFEST, entry, place, role, manifest_number=number)


def _escalated(entry: Entry) -> None:
    """The two sides did not resolve it: those it was escalated to own it. Escalated once more, it changes hands."""
    number, role = _manifest(entry), ESCALATED_TO.get(str(entry.data.get("to")), Role.CARE_AGENT)
    place = Place.objects.filter(pk=entry.place_id or 0).first()
    if place is None:
        return
    before = Trouble.objects.unsettled().filter(kind=TroubleKind.ESCALATED, manifest_number=number)
    for trouble in before:
        settle_trouble(trouble.pk, how=_("自动结束：{what}").format(what=entry.sentence()), actor=SYSTEM, at=now())
    _open(TroubleKind.ESCALATED, entry, place, role, manifest_number=number)


def _seal_broken(entry: Entry) -> None:
    """Somebody may have been inside: care looks into it, where it was found."""
    if place := Place.objects.filter(pk=entry.place_id or 0).first():
        _open(TroubleKind.SEAL, entry, place, Role.CARE_AGENT, manifest_number=_manifest(entry))


def _cancelled(entry: Entry) -> None:
    """Materials that were to be collected and are not: the case would wait for ever."""
    case = Case.objects.select_related("hall").filter(number=entry.case_number, state=APPLIED).first()
    if case is not None:
        _open(TroubleKind.CANCELLED, entry, case.hall, Role.HALL_CLERK)


def _attempt_failed(entry: Entry) -> None:
    if not entry.data.get("counted", True) or entry.data.get("attempt") != ATTEMPTS_FREE:
        return
    piece = _piece(entry)
    if piece is not None and (place := piece.delivery_place or piece.sender_place):
        _open(TroubleKind.UNDELIVERED, entry, place, Role.CARE_AGENT)


def _returned(entry: Entry) -> None:
    piece = _piece(entry)
    place = Place.objects.filter(pk=entry.place_id or 0).first() or (piece.sender_place if piece else None)
    if place is not None:
        _open(TroubleKind.RETURNED, entry, place, ROLE_AT.get(PlaceKind(place.kind), Role.OUTLET_CLERK))


def _promise_at_risk(entry: Entry) -> None:
    """Whose turn it is must look for a quicker rest of the way: the window while it reviews, else the hall's desk."""
    case = Case.objects.select_related("hall", "window").filter(number=entry.case_number).first()
    if case is None or case.state not in OWNERS or case.state == CLOSED:
        return
    if OWNERS[case.state] == "agency":
        _open(TroubleKind.PROMISE, entry, case.window, Role.AGENCY_OFFICER)
    else:
        _open(TroubleKind.PROMISE, entry, case.hall, Role.HALL_CLERK)


def _open(kind: TroubleKind, entry: Entry, place: Place, role: str, **more: Any) -> None:
    open_trouble(
        kind,
        entry,
        place=place,
        role=role,
        consignment_number=entry.consignment_number,
        case_number=entry.case_number,
        actor=SYSTEM,
        at=now(),
        **more,
    )
