"""Applying: from what somebody says to a case with a number, its materials and perhaps a courier on the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.cases import kinds
from zerotrip.cases.actions.chosen import Chosen, chosen, take_up, write_legs
from zerotrip.cases.actions.common import tell
from zerotrip.cases.application import Application, PersonApplicant, Slot
from zerotrip.cases.models import Case, CaseMaterial, MaterialsRoute, ResultRoute, Source, Visit
from zerotrip.cases.states import APPLIED, RECEIVED
from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import ItemVersion, Material
from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed
from zerotrip.core.roles import Role
from zerotrip.core.words import listed
from zerotrip.documents import actions as documents
from zerotrip.journey.wording import paper_names
from zerotrip.ledger.frame import action
from zerotrip.mail import actions as mail
from zerotrip.mail.actions import Pickup
from zerotrip.mail.models import Consignment
from zerotrip.people import actions as people
from zerotrip.people.models import Company, Person
from zerotrip.places.models import Place

SERIAL: Final = "cases_serial"
WITHOUT_ITINERARY: Final = (MaterialsRoute.ONLINE, MaterialsRoute.COURIER, MaterialsRoute.HALL)
"""How papers may go without an itinerary; it alone says which outlet or kiosk to come to."""
_SOURCE_OF = {"citizen": Source.PORTAL, "staff": Source.HALL, "partner": Source.API, "system": Source.API}


@action("cases.apply", roles={Role.CITIZEN, Role.HALL_CLERK, Role.PARTNER})
def apply(application: Application, *, actor: Actor, at: datetime) -> Case:
    """Open a case. Returns it, received at once when nothing has to be carried.

    Raises NotFound for an unknown item, BadInput naming the fields that are wrong, Conflict when the item cannot be
    handled the chosen way or in that county. Nothing is kept when it raises.
    """
    version = catalog.get(application.item_code, local(at).date())
    window, hall = _window(version, application.county)
    if actor.kind == "staff" and not actor.is_system and hall.pk not in actor.places:
        raise NotAllowed(_("这个事项由{hall}受理，不在您的岗位所在大厅。").format(hall=hall.name))
    way = chosen(application, version, window, hall, actor=actor, at=at)
    _check_ways(version, application, way)
    plan = [_material(version, row, application, way) for row in version.materials.all()]
    _check_complete(version, plan)
    person, company = _applicant(application, actor, at)
    contact = people.save_contact(
        application.contact.name,
        application.contact.phone,
        application.contact.division,
        application.contact.detail,
        on_document=isinstance(application.applicant, PersonApplicant) and application.applicant.on_document,
        actor=actor,
        at=at,
    )
    carried = application.materials_route == MaterialsRoute.COURIER
    coming = way is not None and way.hand_in is not None
    in_hand = application.materials_route == MaterialsRoute.HALL and not coming
    waits = carried or in_hand or coming
    case = Case(
        number=ids.case_number(
            settings.ZEROTRIP_CASE_PREFIX, application.county, local(at).date(), ids.next_serial(SERIAL)
        ),
        item_id=version.item_id,
        version=version,
        applicant_person=person,
        applicant_company=company,
        account_id=actor.id if actor.kind == "citizen" else None,
        partner_id=actor.id if actor.kind == "partner" else None,
        contact=contact,
        source=_SOURCE_OF.get(actor.kind, Source.API),
        county=application.county[:6],
        hall=hall,
        window=window,
        materials_route=application.materials_route,
        result_route=application.result_route,
        state=APPLIED if waits else RECEIVED,
        holds_papers=in_hand and any(row.route == "hand" and row.originals for row in plan),
        trips_promised=promised_trips(version, application.materials_route, application.result_route),
        applied_at=at,
        received_at=None if waits else at,
    )
    if way is not None:
        take_up(case, way)
    _set_due(case)
    case.save(force_insert=True)
    for row in plan:
        row.case = case
        row.received_at = None if row.route in {"original", "none"} or (coming and row.route == "hand") else at
    CaseMaterial.objects.bulk_create(plan)
    source = str(Source(case.source).label)
    tell(kinds.APPLIED, case, at_hall=in_hand, item=version.name, source=source, item_code=version.item.code)
    if in_hand:
        Visit.objects.create(case=case, place=hall, reason="apply", at=at)
        tell(kinds.VISITED, case, at_hall=True, reason=_("当面申请"))
    for row in plan:
        if row.file_id:
            documents.attach(
                row.file_id, subject_type="cases.case", subject_id=case.pk, case_number=case.number, actor=actor, at=at
            )
    piece = None
    if carried:
        originals = [row for row in plan if row.route == "original"]
        piece = order_pickup(case, application.pickup, originals, actor=actor, at=at)
    elif not waits:
        tell(kinds.RECEIVED, case, at_window=True)
    if way is not None:
        if way.hand_in is not None and application.materials_route == MaterialsRoute.OUTLET:
            piece = _order_hand_in(case, way, actor=actor, at=at)
        write_legs(case, way, piece, at)
    return case


def _order_hand_in(case: Case, way: Chosen, *, actor: Actor, at: datetime) -> Consignment | None:
    """Announce to the outlet what the applicant will bring and the post takes on to the window; None when nothing is
    posted from there.
    """
    posted = [leg for leg in way.itinerary.legs if leg.kind == "post" and leg.origin == way.meaning.hand_in]
    papers = [(paper_names([paper]), 1) for leg in posted for paper in leg.papers]
    if not papers:
        return None
    return mail.order(
        purpose="materials",
        reference=case.number,
        sender=case.contact,
        recipient_place=case.window,
        outlet=way.hand_in,
        papers=papers,
        actor=actor,
        at=at,
    )


def _set_due(case: Case) -> None:
    """The first clock, without asking the database for rows a new case cannot have."""
    if case.received_at is None:
        return
    from zerotrip.cases.clocks import calendar
    from zerotrip.rules.case_clock import CHECK
    from zerotrip.rules.periods import end

    days = calendar()
    case.due = end(local(case.received_at).date(), CHECK.value, CHECK.unit, days)
    case.due_provisional = days.is_provisional(case.due)


def promised_trips(version: ItemVersion, materials_route: str, result_route: str) -> int:
    """How often the applicant will have to come, the chosen way."""
    chosen = (materials_route == MaterialsRoute.HALL) + (result_route == ResultRoute.COLLECT)
    return max(chosen, version.on_site_visits or 0)


def _window(version: ItemVersion, county: str) -> tuple[Place, Place]:
    """The window that is competent, and its hall. The narrowest division wins."""
    window = catalog.competent_window(version.organ_kind, county)
    if window is None or window.parent is None or not county.startswith(version.division_scope[:6]):
        sentence = _("“{item}”在所选地区没有可受理的窗口。请换一个受理地区。").format(item=version.name)
        raise BadInput(sentence, fields={"county": [sentence]})
    return window, window.parent


def _check_ways(version: ItemVersion, application: Application, way: Chosen | None) -> None:
    """The law and the item's own settings rule ways out; say which and why. The planner has asked them already."""
    fields: dict[str, list[str]] = {}
    if way is not None:
        return
    if application.materials_route not in WITHOUT_ITINERARY:
        fields["materials_route"] = [_("请选择材料怎样交：网上提交、快递员上门收取，或交到大厅。")]
    if application.result_route not in {ResultRoute.MAIL, ResultRoute.COLLECT}:
        fields["result_route"] = [_("请选择结果怎样拿：寄给我，或到大厅领取。")]
    remote = application.materials_route in {MaterialsRoute.ONLINE, MaterialsRoute.COURIER}
    if remote and version.on_site_visits:
        why = version.on_site_reason or _("本事项须本人到场")
        fields["materials_route"] = [_("{why}。请选择到大厅办理。").format(why=why.rstrip("。"))]
    elif application.materials_route == MaterialsRoute.COURIER and version.materials_mailable is False:
        fields["materials_route"] = [_("本事项的材料不能邮寄，请网上提交或交到大厅。")]
    if application.result_route == ResultRoute.MAIL and version.result_mailable is False:
        fields["result_route"] = [_("本事项的结果不能邮寄，请选择到大厅领取。")]
    if fields:
        raise BadInput(_("所选的办理方式不适用于这个事项。"), fields=fields)


def _material(version: ItemVersion, row: Material, application: Application, way: Chosen | None) -> CaseMaterial:
    """How one material of the item comes in this case. To a visit that is still to come it is brought along."""
    needs_paper = row.kind == "original" and row.originals > 0
    if row.position in application.uploads:
        route = "upload"
    elif row.position in application.handed_in:
        route = "hand"
    elif row.position in application.left_out:
        route = "shared" if row.shareable else "none"
    elif application.materials_route == MaterialsRoute.COURIER and (needs_paper or not row.shareable):
        route = "original"
    elif row.shareable:
        route = "shared"
    elif way is not None and way.hand_in is not None and row.necessity == "required":
        route = "hand"
    else:
        route = "none"
    return CaseMaterial(
        position=row.position,
        name=row.name,
        originals=row.originals,
        copies=row.copies,
        required=row.necessity == "required",
        route=route,
        file_id=application.uploads.get(row.position),
    )


def _check_complete(version: ItemVersion, plan: Iterable[CaseMaterial]) -> None:
    missing = [row for row in plan if row.required and row.route == "none"]
    if missing:
        names = listed(row.name for row in missing)
        raise BadInput(
            _("还缺这些必交材料：{names}。请上传，或选择由快递员上门收取、交到大厅。").format(names=names),
            fields={f"material_{row.position}": [_("必交材料，请上传或选择其他交法。")] for row in missing},
        )


def _applicant(application: Application, actor: Actor, at: datetime) -> tuple[Person | None, Company | None]:
    who = application.applicant
    try:
        if isinstance(who, PersonApplicant):
            return _person(who, actor, at), None
        company = people.ensure_company(
            who.name, who.uscc, legal_representative=who.legal_representative, actor=actor, at=at
        )
        return _person(who.agent, actor, at) if who.agent else None, company
    except BadInput as error:
        raise BadInput(error.detail, fields={f"applicant_{k}": v for k, v in error.fields.items()}) from error


def _person(who: PersonApplicant, actor: Actor, at: datetime) -> Person:
    return people.ensure_person(
        who.name, who.id_type, who.id_number, phone=who.phone, on_document=who.on_document, actor=actor, at=at
    )


def order_pickup(case: Case, slot: Slot | None, rows: list[CaseMaterial], *, actor: Actor, at: datetime) -> Consignment:
    """Have a courier collect `rows` from the applicant for the window."""
    if slot is None:
        sentence = _("请选择快递员上门取件的日期和时段。")
        raise BadInput(sentence, fields={"pickup": [sentence]})
    if slot.day < local(at).date() or not 0 <= slot.start < slot.end <= 24 * 60:
        sentence = _("取件时段已经过去或不完整，请重新选择。")
        raise BadInput(sentence, fields={"pickup": [sentence]})
    if not rows:
        raise Conflict(_("没有需要上门收取的材料，请改为网上提交。"))
    return mail.order(
        purpose="materials",
        reference=case.number,
        sender=case.contact,
        recipient_place=case.window,
        papers=[(row.name, max(1, row.originals + row.copies)) for row in rows],
        pickup=Pickup(slot.day, slot.start, slot.end),
        actor=actor,
        at=at,
    )
