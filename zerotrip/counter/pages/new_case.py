"""An application in person: the clerk finds the item, sees the document, ticks the papers, and the applicant leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zerotrip.cases import actions as cases
from zerotrip.cases.application import Application, CompanyApplicant, ContactIn, PersonApplicant
from zerotrip.catalog import queries as catalog
from zerotrip.catalog import show
from zerotrip.catalog.models import ItemVersion, Material
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, Problem
from zerotrip.core.roles import Role
from zerotrip.counter import forms
from zerotrip.people.access import acting, needs
from zerotrip.places.models import Level, Place, PlaceKind
from zerotrip.places.picker import DivisionPicker

MOST_ITEMS = 30


@dataclass(frozen=True, slots=True)
class Paper:
    """A material of the item and what the clerk ticked for it."""

    material: Material
    chosen: str
    error: str = ""

    @property
    def field(self) -> str:
        return f"paper_{self.material.position}"


@needs(Role.HALL_CLERK)
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest) -> HttpResponseBase:
    """Search the item first; with `?item=` the form of the application."""
    actor = acting(request)
    hall = hall_of(actor)
    code = request.GET.get("item", "")
    if not code:
        return _items(request, hall)
    version = catalog.get(code, today())
    if request.method != "POST":
        picker = DivisionPicker.read({}, actor=actor, code=hall.division_id)
        return _form(request, hall, version, forms.NewCase(), picker, _papers(version, {}))
    return _apply(request, hall, version)


def _apply(request: HttpRequest, hall: Place, version: ItemVersion) -> HttpResponseBase:
    actor, sent = acting(request), request.POST
    form = forms.NewCase(sent)
    picker = DivisionPicker.read(sent.dict(), actor=actor)
    papers = _papers(version, sent)
    if picker.stepping:
        # not kept as an answer, for it shows what was typed
        return _form(request, hall, version, forms.NewCase(initial=sent.dict()), picker, papers, status=422)
    division = ""
    try:
        division = picker.require(Level.COUNTY)
    except BadInput as problem:
        picker.errors.extend(problem.fields.get("division", [str(problem.detail)]))
    unticked = [Paper(p.material, "", _("请选择")) if not p.chosen else p for p in papers]
    whole = form.is_valid() and division and all(p.chosen for p in papers)
    if not whole:
        if any(p.error for p in unticked):
            form.add_error(None, _("请逐项点清材料：原件、复印件，还是没带。"))
        return _form(request, hall, version, form, picker, unticked, status=422)
    try:
        case = cases.apply(_application(version, hall, form.cleaned_data, division, papers), actor=actor, at=now())
    except (BadInput, Conflict) as problem:
        form.refused(_at_fields(problem))
        picker.errors.extend(problem.fields.get("division", []))
        missing = {key.removeprefix("material_"): said[0] for key, said in problem.fields.items() if said}
        papers = [Paper(p.material, p.chosen, missing.get(str(p.material.position), "")) for p in papers]
        return _form(request, hall, version, form, picker, papers, status=problem.status)
    messages.success(request, _("已收件：{item}，办件编号 {number}。").format(item=version.name, number=case.number))
    return redirect(reverse("counter:case", args=[case.number]) + "?new=1")


def _application(
    version: ItemVersion, hall: Place, sent: Mapping[str, Any], division: str, papers: list[Paper]
) -> Application:
    person = PersonApplicant(sent["name"], sent["id_type"], sent["id_number"], sent["phone"], on_document=True)
    company = sent["applicant"] == forms.COMPANY
    return Application(
        item_code=version.item.code,
        county=hall.division_id[:6],
        source="hall",
        applicant=CompanyApplicant(sent["company"], sent["uscc"], agent=person) if company else person,
        contact=ContactIn(
            sent["recipient"] or sent["name"], sent["recipient_phone"] or sent["phone"], division, sent["detail"]
        ),
        materials_route="hall",
        result_route=sent["result_route"],
        handed_in=frozenset(p.material.position for p in papers if p.chosen != forms.MISSING),
    )


def _at_fields(problem: Problem) -> Problem:
    """The problem with the fields of the action named as on this form: bare ones are the recipient's."""
    if isinstance(problem, Conflict):
        return problem
    ours = {"name": "recipient", "phone": "recipient_phone"}
    fields = {
        key.removeprefix("applicant_") if key.startswith("applicant_") else ours.get(key, key): said
        for key, said in problem.fields.items()
    }
    return BadInput(problem.detail, fields=fields)


def hall_of(actor: Actor) -> Place:
    """The hall where the clerk works. Raises NotAllowed for a duty elsewhere."""
    found = Place.objects.visible_to(actor).filter(pk__in=actor.places, kind=PlaceKind.HALL).order_by("pk").first()
    if found is None:
        raise NotAllowed(_("您的岗位不在政务服务大厅，不能在这里收件。请联系安全管理员调整岗位。"))
    return found


def _papers(version: ItemVersion, sent: Mapping[str, str]) -> list[Paper]:
    known = {forms.HANDED_IN, forms.COPIED, forms.MISSING}
    rows = []
    for material in version.materials.all():
        chosen = sent.get(f"paper_{material.position}", "")
        rows.append(Paper(material, chosen if chosen in known else ""))
    return rows


def _items(request: HttpRequest, hall: Place) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:60]
    found = list(catalog.search(text, on=today())[: MOST_ITEMS + 1])
    if len(found) == 1 and text and request.GET.get("go"):
        return redirect(reverse("counter:new") + f"?item={found[0].item.code}")
    context = {
        "q": text,
        "items": found[:MOST_ITEMS],
        "more": len(found) > MOST_ITEMS,
        "place_name": hall.name,
        "crumbs": _crumbs(),
    }
    return render(request, "counter/new_item.html", context)


def _form(
    request: HttpRequest,
    hall: Place,
    version: ItemVersion,
    form: forms.NewCase,
    picker: DivisionPicker,
    papers: list[Paper],
    *,
    status: int = 200,
) -> HttpResponse:
    choices: list[tuple[str, str | Promise]] = [
        (forms.HANDED_IN, _("原件")),
        (forms.COPIED, _("复印件")),
        (forms.MISSING, _("没带")),
    ]
    context = {
        "item": version,
        "legal_limit": show.length(version),
        "promised_limit": show.length(version, "promised_limit"),
        "form": form,
        "picker": picker,
        "papers": papers,
        "choices": choices,
        "place_name": hall.name,
        "crumbs": [*_crumbs(), {"label": version.name, "url": ""}],
    }
    return render(request, "counter/new_case.html", context, status=status)


def _crumbs() -> list[dict[str, str]]:
    return [
        {"label": _("大厅收寄台"), "url": reverse("counter:hall")},
        {"label": _("当面申请"), "url": reverse("counter:new")},
    ]
