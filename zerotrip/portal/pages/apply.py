"""Applying: one form, everything typed is kept until it is accepted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.cases import actions as cases
from zerotrip.cases.itinerary.cards import card
from zerotrip.catalog import queries as catalog
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotFound, Problem
from zerotrip.core.roles import Role
from zerotrip.journey.itinerary import Itinerary
from zerotrip.people import queries as people
from zerotrip.people.access import acting, needs
from zerotrip.people.models import Account, Contact, Person
from zerotrip.places.models import Level
from zerotrip.places.picker import DivisionPicker
from zerotrip.portal import guide, halls, slots, uploads
from zerotrip.portal.application import ME, PERSON, UPLOAD, ApplicationForm, material_name
from zerotrip.portal.plans import found, moment_of

LONGEST: Final = timedelta(hours=1)
"""How long a chosen way may wait for the form to be filled in."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CITIZEN)
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """The application form of an item, for a chosen way or without one. Without one, items that need a visit lead back
    to their guide; a way that is no longer good leads back to the choice.
    """
    actor, at = acting(request), now()
    version = catalog.get(code, today())
    way: Itinerary | None = None
    if request.GET.get("plan"):
        try:
            way = _chosen(request, code, at)
        except Problem as gone:
            messages.warning(request, str(gone.detail))
            return redirect(f"{reverse('portal:plan', args=[version.item.code])}?{_where(request)}")
    if version.on_site_visits and way is None:
        messages.info(request, _("这个事项须本人到大厅办理，请看下面的办理地点。"))
        return redirect("portal:item", code=version.item.code)
    account = Account.objects.visible_to(actor).filter(pk=actor.id or 0).first()
    if account is None:
        raise NotFound(_("没有这个账号，请重新登录。"))
    me = people.my_person(actor=actor)
    last = Contact.objects.visible_to(actor).order_by("-pk").first()
    known = way.division if way is not None else last.division_id if last else ""
    picker = DivisionPicker.read(request.POST, actor=actor, code=known)
    kept = {}
    if request.method == "POST":
        names = [material_name(row) for row in version.materials.all()]
        kept = uploads.keep(names, request.POST, request.FILES, actor=actor, at=at)
    shared: dict[str, Any] = {
        "version": version,
        "halls": halls.competent(version, actor=actor) if way is None else halls.of(way, version, actor=actor),
        "way": way,
        "offered": slots.offered(at, actor=actor, division=picker.code),
        "me": me.masked_name if me else "",
        "kept": kept,
    }
    if request.method != "POST" or picker.stepping:
        typed = _typed(request) if request.method == "POST" else _known(version, account, me, last)
        return _show(request, ApplicationForm(initial=typed, **shared), picker, actor)
    form = ApplicationForm(request.POST, **shared)
    problem = _missing(picker)
    good = form.is_valid()
    if problem is not None:
        form.add_error(None, str(problem.detail))
        picker.errors.extend(problem.fields.get(picker.name, []))
    elif good:
        try:
            case = cases.apply(form.application(picker.code, me, str(account.phone)), actor=actor, at=at)
        except (BadInput, Conflict) as refusal:
            form.refused(refusal)
            picker.errors.extend(refusal.fields.get("division", []))
        else:
            messages.success(
                request, _("申请已提交。办件编号 {number}，随时可以在这里查看进展。").format(number=case.number)
            )
            return redirect("portal:case", number=case.number)
    return _show(request, form, picker, actor, status=422)


def _chosen(request: HttpRequest, code: str, at: datetime) -> Itinerary:
    """The way in the address, found again. Raises Conflict when it is no longer offered or was found too long ago."""
    asked = moment_of(request.GET.get("at", ""), at)
    if asked < at - LONGEST:
        raise Conflict(_("选办法的时间已过，班次可能有变，请重新选择一次。"))
    return found(code, request.GET.get("from", "")[:12], asked, request.GET["plan"])


def _where(request: HttpRequest) -> str:
    return urlencode({"division": request.GET.get("from", "")[:12]})


def _missing(picker: DivisionPicker) -> Problem | None:
    try:
        picker.require(Level.COUNTY)
    except BadInput as problem:
        return problem
    return None


def _show(
    request: HttpRequest, form: ApplicationForm, picker: DivisionPicker, actor: Actor, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "version": form.version,
        "rows": form.rows(),
        "picker": picker,
        "money": guide.money(form.version),
        "open": len(form.fields["hall"].choices) > 0 and bool(form.fields["hall"].choices),  # type: ignore[attr-defined]
        "may_collect": any(way == "courier" for row in form.rows() for way, _label in row.way.field.choices),  # type: ignore[attr-defined]
        "me_chosen": form["who"].value() == ME,
        "card": card(form.way) if form.way is not None else None,
        "meaning": form.meaning,
        "again": _where(request),
        "tab": "items",
    }
    return render(request, "portal/apply.html", context, status=status)


def _known(version: ItemVersion, account: Account, me: Person | None, last: Contact | None) -> dict[str, Any]:
    """What we know already, so that nobody types it again."""
    phone = str(account.phone or "")
    known: dict[str, Any] = {"phone": phone, "agent_phone": phone}
    if guide.for_person(version):
        known["who"] = ME if me else PERSON
    if me:
        known["agent_name"] = str(me.name)
    if last:
        known["detail"] = str(last.detail)
    return known


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed so far, when somebody without script asks for the next list of divisions."""
    typed: dict[str, Any] = {name: value for name, value in request.POST.items() if not name.startswith("division")}
    for name in request.FILES:
        typed[f"{name.removesuffix('_file')}_way"] = UPLOAD
    return typed
