"""The itinerary somebody chose, on its way into a case: is it still good, and what does it decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.cases.actions.promise import STALE
from zerotrip.cases.application import Application
from zerotrip.cases.itinerary import Meaning, legs_of, meaning_of, version_of
from zerotrip.cases.itinerary.following import applied
from zerotrip.cases.models import Case, CaseLeg, MaterialsRoute
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.memo import briefly
from zerotrip.journey.itinerary import Itinerary, check
from zerotrip.mail.models import Consignment
from zerotrip.places.models import Place


@dataclass(frozen=True, slots=True)
class Chosen:
    """A checked itinerary. `hand_in`: where the applicant still has to come with the papers, or None."""

    itinerary: Itinerary
    meaning: Meaning
    hand_in: Place | None


def chosen(
    application: Application, version: ItemVersion, window: Place, hall: Place, *, actor: Actor, at: datetime
) -> Chosen | None:
    """The itinerary of the application, None without one.

    Raises Conflict when it was planned for another version or too long ago, BadInput when the application says
    otherwise than the itinerary.
    """
    if application.itinerary is None:
        return None
    itinerary = check(application.itinerary)
    meaning = meaning_of(itinerary)
    if not version_of(itinerary, version):
        raise Conflict(_("这条办事路线是按另一个事项或旧版指南排出的，请重新选择。"))
    if itinerary.begins < at - STALE:
        raise Conflict(_("这条办事路线排出已久，可能赶不上其中的班次，请重新选择。"))
    fields: dict[str, list[str]] = {}
    if application.materials_route != meaning.materials_route:
        fields["materials_route"] = [_("与所选的办事路线不一致，请按路线选择。")]
    if application.result_route != meaning.result_route:
        fields["result_route"] = [_("与所选的办事路线不一致，请按路线选择。")]
    acting = {step.place for step in itinerary.steps if step.actor == "agency" and step.mode in {"window", "hall"}}
    if acting and not acting & {window.code, hall.code}:
        fields["county"] = [_("所选的办事路线由另一个窗口办理，请选择路线中的受理地区。")]
    if fields:
        raise BadInput(_("申请与所选的办事路线不一致。"), fields=fields)
    at_desk = actor.kind == "staff" and meaning.materials_route == MaterialsRoute.HALL
    coming = _place(meaning.hand_in.partition("#")[0]) if meaning.hand_in and not at_desk else None
    if meaning.hand_in and not at_desk and coming is None:
        raise Conflict(_("所选路线要去的场所已停用，请重新选择。"))
    return Chosen(itinerary, meaning, coming)


@briefly(30)
def _place(code: str) -> Place | None:
    return Place.objects.active().filter(code=code).first()


def take_up(case: Case, way: Chosen) -> None:
    """Have a case that is not saved yet carry the itinerary."""
    case.itinerary = way.itinerary.as_json()
    case.trips_promised = way.itinerary.trips
    case.promised_at = way.itinerary.finish_p95
    case.forecast_at = way.itinerary.finish
    case.hand_in = way.hand_in


def write_legs(case: Case, way: Chosen, piece: Consignment | None, at: datetime) -> None:
    """The legs of a saved case, in one statement; `piece` is the first of them that goes by post."""
    legs = legs_of(way.itinerary)
    applied(legs, at)
    for leg in legs:
        leg.case = case
    posted = next((leg for leg in legs if leg.kind == "post"), None)
    if piece is not None and posted is not None:
        posted.consignment = piece
    CaseLeg.objects.bulk_create(legs)
