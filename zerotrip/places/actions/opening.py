"""Register organisations, open and close places, change their hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.memo import forget
from zerotrip.core.roles import Role
from zerotrip.core.words import listed
from zerotrip.ledger.frame import action, record
from zerotrip.places import kinds
from zerotrip.places.hours import BadHours, Period, checked
from zerotrip.places.models import (
    DAYS_OFF_BY_KIND,
    DaysOffRule,
    Division,
    OpeningException,
    OpeningHours,
    Organisation,
    OrganisationKind,
    Place,
    PlaceKind,
    PositionSource,
)
from zerotrip.places.wording import day_in_words, refusal, week_in_words
from zerotrip.rules import uscc as uscc_rule
from zerotrip.rules.errors import RuleError

Week = Mapping[int, Iterable[Period]]
"""Opening periods by weekday, 0 Monday … 6 Sunday; a weekday that is missing is closed."""

MANAGERS = frozenset({Role.SYSTEM_ADMIN, Role.BRANCH_MANAGER, Role.PROJECT_MANAGER})
HOURS = MANAGERS | {Role.HALL_CLERK, Role.OUTLET_CLERK}


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place to open. `organisation`, `division` and `parent` are codes.

    Without a position the hall's or the division's is taken over with its source: a seeded one stays marked as seeded.
    """

    code: str
    name: str
    kind: str
    organisation: str
    division: str
    parent: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    position_source: str = PositionSource.SURVEYED
    phone: str = ""
    days_off: str = ""
    week: Week = field(default_factory=dict)


@action("places.open_organisation", roles={Role.SYSTEM_ADMIN, Role.PROJECT_MANAGER})
def open_organisation(
    code: str,
    *,
    name: str,
    kind: str,
    division: str,
    parent: str = "",
    uscc: str = "",
    phone: str = "",
    actor: Actor,
    at: datetime,
) -> Organisation:
    """Register an organisation. Raises BadInput with the fields that are wrong, Conflict for a taken code."""
    fields: dict[str, list[str]] = {}
    if not code.strip() or len(code) > 40:
        fields["code"] = [_("请填写不超过 40 个字符的代码。")]
    if not name.strip() or len(name) > 120:
        fields["name"] = [_("请填写不超过 120 个字的名称。")]
    if kind not in OrganisationKind.values:
        fields["kind"] = [_("请选择机构类型。")]
    if not Division.objects.current().filter(pk=division).exists():
        fields["division"] = [_("没有这个行政区划，请重新选择。")]
    above = Organisation.objects.filter(code=parent).first() if parent else None
    if parent and above is None:
        fields["parent"] = [_("没有这个上级机构，请核对代码。")]
    if uscc:
        try:
            uscc = uscc_rule.validate(uscc)
        except RuleError as error:
            fields["uscc"] = [refusal(error)]
    if fields:
        raise BadInput(_("机构信息有误，请按提示修改。"), fields=fields)
    taken = _("机构代码 {code} 已被使用，请换一个代码。").format(code=code)
    if Organisation.objects.filter(code=code).exists():
        raise Conflict(taken)
    made = Organisation(
        code=code.strip(), name=name.strip(), kind=kind, division_id=division, parent=above, uscc=uscc, phone=phone[:40]
    )
    try:
        made.save(force_insert=True)
    except IntegrityError as error:  # somebody else was quicker
        raise Conflict(taken) from error
    forget()
    record(kinds.ORGANISATION_OPENED, made, organisation=made.name)
    return made


@action("places.open_place", roles=MANAGERS)
def open_place(new: NewPlace, *, actor: Actor, at: datetime) -> Place:
    """Open one place; see `open_places`."""
    return _open([new], actor, at)[0]


@action("places.open_places", roles=MANAGERS)
def open_places(new: Sequence[NewPlace], *, actor: Actor, at: datetime) -> list[Place]:
    """Open many places at once (a few statements whatever their number); all or none.

    A window's hall must exist or stand before it in the list. Raises BadInput naming place and field, Conflict for a
    taken code, NotAllowed outside the actor's divisions.
    """
    if not new:
        raise BadInput(_("没有要启用的场所。"))
    return _open(new, actor, at)


@action("places.change_hours", roles=HOURS)
def change_hours(
    place_code: str, *, week: Week, days_off: str = "", reason: str = "", actor: Actor, at: datetime
) -> Place:
    """Replace the weekly hours of a place, and its rule for days off when given.

    Raises NotFound, NotAllowed for a place that is not the actor's, Conflict for a closed one, BadInput for hours that
    cannot be.
    """
    place = _locked(place_code, actor)
    days = _week(week)
    if days_off and days_off not in DaysOffRule.values:
        raise BadInput(_("请选择休息日安排。"), fields={"days_off": [_("没有这种安排。")]})
    place.opening_hours.all().delete()
    OpeningHours.objects.bulk_create(_rows(place, days))
    if days_off:
        place.days_off = days_off
        place.save(update_fields=["days_off"])
    forget()
    record(kinds.HOURS_CHANGED, place, place=place, hours=week_in_words(days), reason=reason.strip()[:120])
    return place


@action("places.change_day", roles=HOURS)
def change_day(
    place_code: str, *, day: date, periods: Iterable[Period], reason: str, actor: Actor, at: datetime
) -> Place:
    """Set the hours of one date in place of the weekly ones; no periods means closed. Errors as `change_hours`."""
    place = _locked(place_code, actor)
    if not reason.strip():
        raise BadInput(_("请写明调整的原因。"), fields={"reason": [_("必填，例如：防汛停业、延时服务。")]})
    found = _checked(periods)
    place.opening_exceptions.filter(day=day).delete()
    shared = {"place": place, "day": day, "reason": reason.strip()[:120]}
    OpeningException.objects.bulk_create(
        [OpeningException(**shared, opens=p.opens, closes=p.closes) for p in found] or [OpeningException(**shared)]
    )
    text = day_in_words(found)
    forget()
    record(kinds.DAY_CHANGED, place, place=place, day=day.isoformat(), hours=text, reason=reason.strip()[:120])
    return place


@action("places.close_place", roles=MANAGERS)
def close_place(place_code: str, *, reason: str, actor: Actor, at: datetime) -> Place:
    """Take a place out of service. Raises Conflict while windows in it are open or when it is closed already."""
    place = _locked(place_code, actor)
    if not reason.strip():
        raise BadInput(_("请写明停用的原因。"), fields={"reason": [_("必填")]})
    inside = place.windows.filter(active=True).count()
    if inside:
        raise Conflict(
            _("{place} 内还有 {count} 个窗口在用，请先停用这些窗口。").format(place=place.name, count=inside)
        )
    place.active, place.closed_at = False, at
    place.save(update_fields=["active", "closed_at"])
    forget()
    record(kinds.PLACE_CLOSED, place, place=place, reason=reason.strip()[:120])
    return place


def may_manage(actor: Actor, place: Place) -> bool:
    """Whether the place is the actor's: administrators' all are, managers' those in their divisions or organisations,
    clerks' those of their duty and the windows in them."""
    if actor.has(Role.SYSTEM_ADMIN, Role.PROJECT_MANAGER):
        return True
    if actor.has(Role.BRANCH_MANAGER) and _answers_for(actor, place.division_id, place.organisation_id):
        return True
    return place.pk in actor.places or (place.parent_id is not None and place.parent_id in actor.places)


def _answers_for(actor: Actor, division: str, organisation: int | None) -> bool:
    return any(division.startswith(prefix) for prefix in actor.divisions) or organisation in actor.organisations


def _locked(place_code: str, actor: Actor) -> Place:
    visible = Place.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    place = visible.filter(code=place_code).first()
    if place is None:
        raise NotFound(_("没有代码为 {code} 的场所，请核对代码。").format(code=place_code[:40]))
    if not may_manage(actor, place):
        raise NotAllowed(_("{place} 不在您负责的范围内，请联系该场所的负责人。").format(place=place.name))
    if not place.active:
        raise Conflict(_("{place} 已停用，不能再调整。").format(place=place.name))
    return place


def _open(new: Sequence[NewPlace], actor: Actor, at: datetime) -> list[Place]:
    divisions = {d.code: d for d in Division.objects.current().filter(code__in={n.division for n in new})}
    organisations = {o.code: o for o in Organisation.objects.filter(code__in={n.organisation for n in new})}
    parents = {p.code: p for p in Place.objects.filter(code__in={n.parent for n in new if n.parent})}
    taken = sorted(Place.objects.filter(code__in={n.code for n in new}).values_list("code", flat=True))
    if taken or len({n.code for n in new}) < len(new):
        twice = taken or sorted({n.code for n in new if [m.code for m in new].count(n.code) > 1})
        raise Conflict(_("场所代码 {codes} 已被使用，请换一个代码。").format(codes=listed(twice[:5])))
    places: dict[str, Place] = {}
    hours: list[OpeningHours] = []
    for one in new:
        place = _place(one, divisions, organisations, parents | places, at)
        if not (actor.has(Role.SYSTEM_ADMIN, Role.PROJECT_MANAGER)) and not _answers_for(
            actor, one.division, place.organisation_id
        ):
            raise NotAllowed(_("{place} 不在您负责的区域内，不能启用。").format(place=one.name))
        places[one.code] = place
        hours += _rows(place, _week(one.week))
    halls = [p for p in places.values() if p.parent is None]
    rest = [p for p in places.values() if p.parent is not None]
    try:
        Place.objects.bulk_create(halls)
        for place in rest:
            place.parent = place.parent  # takes over the key the hall was given just now
        Place.objects.bulk_create(rest)
    except IntegrityError as error:
        raise Conflict(_("场所代码刚被别人使用，请换一个代码后重试。")) from error
    for row in hours:
        row.place = row.place
    OpeningHours.objects.bulk_create(hours)
    for place in places.values():
        forget()
        record(kinds.PLACE_OPENED, place, place=place)
    return list(places.values())


def _place(
    new: NewPlace,
    divisions: Mapping[str, Division],
    organisations: Mapping[str, Organisation],
    parents: Mapping[str, Place],
    at: datetime,
) -> Place:
    fields: dict[str, list[str]] = {}
    if not new.code.strip() or len(new.code) > 40:
        fields["code"] = [_("请填写不超过 40 个字符的代码。")]
    if not new.name.strip() or len(new.name) > 120:
        fields["name"] = [_("请填写不超过 120 个字的名称。")]
    if new.kind not in PlaceKind.values:
        fields["kind"] = [_("请选择场所类型。")]
    if new.division not in divisions:
        fields["division"] = [_("没有这个行政区划，请重新选择。")]
    if new.organisation not in organisations:
        fields["organisation"] = [_("没有这个机构，请核对代码。")]
    parent = parents.get(new.parent)
    if (new.parent and parent is None) or (new.kind == PlaceKind.WINDOW and parent is None):
        fields["parent"] = [_("窗口必须设在已启用的大厅内，请选择大厅。")]
    elif parent is not None and (parent.parent is not None or not parent.active):
        fields["parent"] = [_("所选大厅已停用，或本身就是窗口，请重新选择。")]
    if (new.lat is None) != (new.lon is None) or not -90 <= (new.lat or 0) <= 90 or not -180 <= (new.lon or 0) <= 180:
        fields["lat"] = [_("经纬度须同时填写，且在有效范围内。")]
    if new.days_off and new.days_off not in DaysOffRule.values:
        fields["days_off"] = [_("没有这种休息日安排。")]
    if fields:
        raise BadInput(_("场所 {place} 的信息有误，请按提示修改。").format(place=new.name or new.code), fields=fields)
    division = divisions[new.division]
    here = parent if parent is not None and new.lat is None else None
    lat, lon, source = (
        (new.lat, new.lon, new.position_source)
        if new.lat is not None
        else (here.lat, here.lon, here.position_source)
        if here is not None
        else (division.lat, division.lon, division.position_source)
    )
    return Place(
        code=new.code.strip(),
        name=new.name.strip(),
        kind=new.kind,
        organisation=organisations[new.organisation],
        division=division,
        parent=parent,
        address=new.address.strip()[:200],
        lat=lat,
        lon=lon,
        position_source=source,
        phone=new.phone.strip()[:40],
        days_off=new.days_off or DAYS_OFF_BY_KIND[new.kind],
        opened_at=at,
    )


def _checked(periods: Iterable[Period]) -> tuple[Period, ...]:
    try:
        return checked(periods)
    except BadHours as error:
        raise BadInput(
            _("开放时间 {hours} 互相重叠，请修改。").format(hours=error), fields={"week": [_("时段重叠")]}
        ) from error


def _week(week: Week) -> dict[int, tuple[Period, ...]]:
    if any(day not in range(7) for day in week):
        raise BadInput(_("开放时间有误，星期应为一至日。"), fields={"week": [_("星期有误")]})
    return {day: _checked(week.get(day, ())) for day in range(7)}


def _rows(place: Place, days: Mapping[int, Iterable[Period]]) -> list[OpeningHours]:
    return [
        OpeningHours(place=place, weekday=day, opens=p.opens, closes=p.closes)
        for day, periods in days.items()
        for p in periods
    ]
