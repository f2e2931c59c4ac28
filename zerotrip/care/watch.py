"""Exceptions that the trace speaks of: silent, late, lost, contradicted; of pieces of others too, by their number."""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.care.actions import open_trouble, settle_trouble
from zerotrip.care.models import Trouble, TroubleKind
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.mail.models import Consignment, HolderKind, Holding
from zerotrip.places.models import Place, PlaceKind

ROLE_AT: Final = {
    PlaceKind.HALL: Role.HALL_CLERK,
    PlaceKind.WINDOW: Role.AGENCY_OFFICER,
    PlaceKind.OFFICE: Role.AGENCY_OFFICER,
}
"""Who answers for a place of each kind; the outlet's clerk elsewhere."""

SEARCHED: Final = "117"
_KIND: Final = {
    mail.SILENT.code: TroubleKind.SILENT,
    mail.LATE.code: TroubleKind.LATE,
    mail.LOST.code: TroubleKind.LOST,
    mail.ATTEMPT_FAILED.code: TroubleKind.LOST,
    mail.CONTRADICTED.code: TroubleKind.CONTRADICTED,
}
_MOVED: Final = (
    mail.DISPATCHED, mail.ARRIVED, mail.OUT, mail.HANDED_IN, mail.DELIVERED, mail.SENT_BACK, mail.RETURNED,
)  # fmt: skip
_OFFICE: Final = re.compile(r"[A-Z](\d{6})")
"""A county's code within the code of a postal office."""


@reader("care.open_watch", kinds=[mail.SILENT, mail.LATE, mail.LOST, mail.ATTEMPT_FAILED, mail.CONTRADICTED])
def open_watch(entry: Entry) -> None:
    """Give it to those who had the piece last, who were to get it, or to care. One of a kind for a piece at a time."""
    if entry.kind == mail.ATTEMPT_FAILED.code and entry.data.get("reason_code") != SEARCHED:
        return
    kind, number = _KIND[entry.kind], entry.consignment_number
    if Trouble.objects.unsettled().filter(kind=kind, consignment_number=number).exists():
        return
    owner = _owner_of_own(entry, kind) if entry.data.get("consignment") else _owner_of_foreign(entry)
    open_trouble(
        kind,
        entry,
        consignment_number=number,
        case_number=entry.case_number,
        actor=SYSTEM,
        at=now(),
        **owner,
    )


@reader("care.settle_watch", kinds=[mail.HEARD, mail.LATE_ENDED, *_MOVED])
def settle_watch(entry: Entry) -> None:
    """A scan came, or the piece moved: no longer silent, no longer lost. An end: no longer late."""
    over = [TroubleKind.SILENT, TroubleKind.LOST]
    if entry.kind == mail.LATE_ENDED.code:
        over = [TroubleKind.LATE]
    elif entry.kind == mail.HEARD.code:
        over = [TroubleKind.SILENT]
    found = Trouble.objects.unsettled().filter(kind__in=over, consignment_number=entry.consignment_number)
    for trouble in found.exclude(consignment_number="").filter(entry__lt=entry.pk):
        settle_trouble(trouble.pk, how=_("自动结束：{what}").format(what=entry.sentence()), actor=SYSTEM, at=now())


def _at(place: Place) -> dict[str, Any]:
    return {"place": place, "role": ROLE_AT.get(PlaceKind(place.kind), Role.OUTLET_CLERK)}


def _owner_of_own(entry: Entry, kind: TroubleKind) -> dict[str, Any]:
    """Silence: whoever held it last. A search and a broken promise: care. A contradiction: the delivery outlet."""
    rows = Consignment.objects.select_related("delivery_place", "sender_place", "recipient_place")
    piece = rows.get(pk=entry.data["consignment"])
    target = piece.delivery_place or piece.recipient_place or piece.sender_place
    if kind == TroubleKind.SILENT:
        held = Holding.objects.filter(consignment=piece, kind=HolderKind.PLACE).select_related("place")
        last = held.order_by("-since", "-pk").first()
        target = last.place if last is not None else target
    if target is None:
        return _of_division(settings.ZEROTRIP_PROVINCE)
    if kind in (TroubleKind.LOST, TroubleKind.LATE):
        return {"place": target, "role": Role.CARE_AGENT}
    return _at(target)


def _owner_of_foreign(entry: Entry) -> dict[str, Any]:
    """The office it goes to, or was seen at last, if it is a place of ours; else care of the county it lies in."""
    offices = [str(entry.data.get(name) or "") for name in ("target", "office", "origin")]
    places = {place.code: place for place in Place.objects.filter(code__in=[code for code in offices[:2] if code])}
    for office in offices[:2]:
        if office in places:
            return _at(places[office])
    counties = [found[1] for office in offices if (found := _OFFICE.match(office))]
    ours = [county for county in counties if county.startswith(settings.ZEROTRIP_PROVINCE)]
    return _of_division(ours[0] if ours else settings.ZEROTRIP_PROVINCE)


def _of_division(code: str) -> dict[str, Any]:
    return {"place": None, "division": f"{code:0<6}", "role": Role.CARE_AGENT}
