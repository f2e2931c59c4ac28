"""A case keeps to its itinerary: what happens sets its legs, the forecast follows, and leaving the promise is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.common import lock, tell
from zerotrip.cases.itinerary import carried_by, legs_of, meaning_of
from zerotrip.cases.itinerary.following import News, applied, happened
from zerotrip.cases.itinerary.reckoning import reckon
from zerotrip.cases.itinerary.rest import merged
from zerotrip.cases.models import Case, CaseLeg, ResultRoute, Visit
from zerotrip.cases.states import BOUND, CLOSED, OPEN_BEFORE_DECISION, READY, SENT
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import Conflict
from zerotrip.core.roles import Role
from zerotrip.journey.itinerary import check
from zerotrip.ledger.frame import action
from zerotrip.places.models import Place

FOLLOWED_FIELDS = ["departed_at", "arrived_at", "expected_at", "consignment"]


def follow(news: News, number: str, at: datetime) -> Case | None:
    """Set the actual times that `news` tells, and the forecast as it stands at `at`; in the caller's transaction.

    An entry is written only when the forecast leaves the promise or comes back to it. None for a case without
    itinerary.
    """
    if not Case.objects.filter(number=number, itinerary__isnull=False).exists():
        return None
    case = lock(number, SYSTEM)
    legs = list(case.legs.select_related("consignment"))
    if news.kind == kinds.APPLIED.code:
        applied(legs, news.at)
    happened(case, legs, news)
    return foretell(case, legs, at)


def foretell(case: Case, legs: list[CaseLeg], at: datetime) -> Case:
    """Reckon the forecast of a locked case anew and keep it, with its legs."""
    itinerary = carried_by(case)
    if itinerary is None and case.state != CLOSED:
        CaseLeg.objects.bulk_update(legs, FOLLOWED_FIELDS)
        return case
    told = None if case.state == CLOSED or itinerary is None else reckon(case, itinerary, legs, at)
    if told is not None:
        for leg, expected in zip(legs, told.moves, strict=True):
            leg.expected_at = expected
    CaseLeg.objects.bulk_update(legs, FOLLOWED_FIELDS)
    case.forecast_at = case.closed_at if case.state == CLOSED else told.finish if told else None
    case.save(update_fields=["forecast_at"])
    assert case.promised_at is not None
    leaves = case.forecast_at is not None and case.forecast_at > case.promised_at
    if leaves != case.at_risk:
        if case.state == CLOSED or case.forecast_at is None:
            case.at_risk = leaves
            case.save(update_fields=["at_risk"])
        else:
            (promise_at_risk if leaves else promise_safe)(case.number, actor=SYSTEM, at=at)
    return case


@action("cases.promise_at_risk", roles={Role.SYSTEM})
def promise_at_risk(number: str, *, actor: Actor, at: datetime) -> Case:
    """The forecast is later than the promise. Said once until it comes back."""
    return _said(number, kinds.PROMISE_AT_RISK, actor, at_risk=True)


@action("cases.promise_safe", roles={Role.SYSTEM})
def promise_safe(number: str, *, actor: Actor, at: datetime) -> Case:
    """The forecast is within the promise again."""
    return _said(number, kinds.PROMISE_SAFE, actor, at_risk=False)


def _said(number: str, kind: Any, actor: Actor, *, at_risk: bool) -> Case:
    case = lock(number, actor)
    assert case.promised_at is not None
    assert case.forecast_at is not None
    case.at_risk = at_risk
    case.save(update_fields=["at_risk"])
    tell(kind, case, **moments(forecast=case.forecast_at, promise=case.promised_at))
    return case


def moments(**named: datetime) -> dict[str, Any]:
    """Times as an entry says them, in both languages: `forecast` and `forecast_en`."""
    said: dict[str, Any] = {}
    for name, moment in named.items():
        there = local(moment)
        said[name] = f"{there.month}月{there.day}日 {there:%H:%M}"
        said[f"{name}_en"] = f"{there.day} {there:%b %H:%M}"
    return said


@action("cases.came", roles={Role.SYSTEM})
def came(number: str, *, place: Place, actor: Actor, at: datetime) -> Case:
    """The applicant has handed the papers in where the itinerary asked for it: that visit counts."""
    case = lock(number, actor)
    Visit.objects.create(case=case, place=place, reason="apply", at=at)
    tell(kinds.VISITED, case, place=place, reason=_("交件"))
    return case


@action("cases.adopt_itinerary", roles={Role.HALL_CLERK, Role.AGENCY_OFFICER, Role.CARE_AGENT})
def adopt_itinerary(number: str, *, itinerary: Mapping[str, Any], actor: Actor, at: datetime) -> Case:
    """Go on by another way from where the case stands; what was promised stays promised.

    Raises BadInput for what is no itinerary, Conflict when the case has none, is over, or its piece is on its way.
    """
    case = lock(number, actor)
    before = carried_by(case)
    if before is None or case.state == CLOSED:
        raise Conflict(_("这个办件没有可以改的路线，或已经办结。"))
    rest = check(itinerary)
    legs = list(case.legs.all())
    kept = [leg for leg in legs if leg.departed_at is not None or leg.arrived_at is not None]
    meaning = meaning_of(rest)
    if meaning.result_route != case.result_route and rest.legs:
        if case.state in {BOUND, SENT} or any(leg.kind == "post" and leg.arrived_at is None for leg in kept):
            raise Conflict(_("邮件已封装或在途中，不能改变结果的领取方式。"))
        if case.state in {*OPEN_BEFORE_DECISION, READY}:
            case.result_route = ResultRoute(meaning.result_route)
    whole = merged(case, before, rest, kept, legs)
    CaseLeg.objects.filter(case=case).exclude(pk__in=[leg.pk for leg in kept]).delete()
    fresh = legs_of(rest, first=max((leg.position for leg in kept), default=0) + 1)
    for leg in fresh:
        leg.case = case
    CaseLeg.objects.bulk_create(fresh)
    case.itinerary = whole.as_json()
    case.save(update_fields=["itinerary", "result_route"])
    foretell(case, [*kept, *fresh], at)
    tell(kinds.ITINERARY_ADOPTED, case, **moments(forecast=case.forecast_at or rest.finish))
    return case


STALE = timedelta(hours=2)
"""A way found so long ago may have missed its first run; it must be looked for again."""
