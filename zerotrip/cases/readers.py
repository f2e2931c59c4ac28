"""How a case follows what the post does with its papers."""

from __future__ import annotations

from zerotrip.cases import actions, kinds
from zerotrip.cases.actions.promise import follow as follow_itinerary
from zerotrip.cases.itinerary.following import FOLLOWED, News
from zerotrip.cases.models import Case
from zerotrip.cases.states import BOUND, SENT
from zerotrip.core.actors import SYSTEM
from zerotrip.core.memo import briefly
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import reader
from zerotrip.mail import kinds as mail
from zerotrip.places.models import Place


@reader(
    "cases.mail_follow",
    kinds=[mail.ACCEPTED, mail.HANDED_IN, mail.DISPATCHED, mail.OUT, mail.DELIVERED, mail.RETURNED],
)
def follow(entry: Entry) -> None:
    """Brought to the outlet: a visit. Papers handed in: received. The result dispatched, delivered or returned: sent,
    closed, back at the hall."""
    case = Case.objects.filter(number=entry.case_number).first()
    if case is None:
        return  # a consignment of another line of business
    purpose = entry.data.get("purpose")
    if purpose == "materials":
        if entry.kind == mail.HANDED_IN.code:
            actions.papers_came(case.number, actor=SYSTEM, at=entry.at)
        elif entry.kind == mail.ACCEPTED.code and case.hand_in is not None and entry.place_id == case.hand_in_id:
            actions.came(case.number, place=case.hand_in, actor=SYSTEM, at=entry.at)
        return
    if entry.kind in {mail.DISPATCHED.code, mail.OUT.code} and case.state == BOUND:
        actions.send(case.number, actor=SYSTEM, at=entry.at)
    elif entry.kind == mail.DELIVERED.code and case.state in {BOUND, SENT}:
        actions.close_delivered(case.number, actor=SYSTEM, at=entry.at)
    elif entry.kind == mail.RETURNED.code and case.state in {BOUND, SENT}:
        actions.come_back(case.number, actor=SYSTEM, at=entry.at)


@reader("cases.keep_itinerary", kinds=[kinds.APPLIED, *FOLLOWED])
def keep_itinerary(entry: Entry) -> None:
    """Every scan and every decision sets the actual times of its leg and the forecast."""
    if entry.case_number:
        news = News.of(entry, _code(entry.place_id) if entry.place_id else "")
        follow_itinerary(news, entry.case_number, max(entry.at, entry.learned_at))


@briefly(600)
def _code(place_id: int) -> str:
    return Place.objects.filter(pk=place_id).values_list("code", flat=True).first() or ""
