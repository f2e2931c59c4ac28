"""The case page that all staff share: where it stands, what is in it, and the verbs the actor may do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zerotrip.cases import queries as cases
from zerotrip.cases.models import CaseMaterial
from zerotrip.cases.queries import CaseView
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, Problem
from zerotrip.core.roles import Role
from zerotrip.counter import forms, notices, queries, reveal, verbs
from zerotrip.counter.pages import way
from zerotrip.documents.actions import confirm_original
from zerotrip.documents.models import StoredFile
from zerotrip.documents.papers import paper_pdf
from zerotrip.documents.queries import of_subjects, readable
from zerotrip.documents.responses import file_response
from zerotrip.people.access import acting, needs
from zerotrip.people.forms import Form
from zerotrip.rules import evidence_grade

STAFF = (Role.HALL_CLERK, Role.AGENCY_OFFICER, Role.CARE_AGENT, Role.BRANCH_MANAGER, Role.PROJECT_MANAGER, Role.AUDITOR)
FILES = "cases.case"
"""What the files of a case hang on."""


SIDES: dict[str, tuple[str | Promise, str]] = {
    "applicant": (gettext_lazy("申请人"), "person"),
    "post": (gettext_lazy("邮政"), "post"),
    "agency": (gettext_lazy("部门"), "office"),
    "hall": (gettext_lazy("大厅"), "office"),
}
"""Who can have a case, and in which colour the timeline shows it."""


@dataclass(frozen=True, slots=True)
class Side:
    """How long one side had the case."""

    name: str
    duration: timedelta
    kind: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A material of the case with its file, if it has one."""

    material: CaseMaterial
    file: StoredFile | None

    @property
    def to_confirm(self) -> bool:
        """An upload nobody has compared with its original yet."""
        return self.file is not None and self.file.grade == evidence_grade.Grade.C


@needs(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """One case. A POST does the verb it names; what is refused comes back with nothing typed lost."""
    actor = acting(request)
    view = cases.get(actor, number)
    if request.method != "POST":
        return _page(request, view)
    verb = request.POST.get("verb", "")
    names = [material.name for material in view.materials]
    form = verbs.build(verb, request.POST, materials=names)
    if not form.is_valid():
        return _page(request, view, sent=verb, form=form, status=422)
    try:
        verbs.VERBS[verb].do(view.case.number, form.cleaned_data, actor, now())
    except (BadInput, Conflict) as problem:
        form.refused(problem)
        return _page(request, cases.get(actor, number), sent=verb, form=form, status=problem.status)
    messages.success(request, _("已完成：{verb}。").format(verb=verbs.VERBS[verb].button))
    return redirect("counter:case", number=view.case.number)


@needs(*STAFF)
@require_POST
def show(request: HttpRequest, number: str) -> HttpResponseBase:
    """One masked value of the applicant, with a reason that is recorded."""
    actor = acting(request)
    view = cases.get(actor, number)
    form = forms.Reveal(request.POST, auto_id="id_reveal_%s")
    if form.is_valid():
        try:
            sent = form.cleaned_data
            token = reveal.reveal(view.case, sent["field"], sent["reason"], actor=actor, at=now())
        except BadInput as problem:
            form.refused(problem)
        else:
            address = reverse("counter:case", args=[view.case.number])
            return redirect(f"{address}?{urlencode({'shown': token})}#applicant")
    return _page(request, view, revealing=form, status=422)


@needs(*STAFF)
@require_safe
def file(request: HttpRequest, number: str, file_id: str) -> HttpResponse:
    """A material's file, in place. `?download=1` saves it instead."""
    view = cases.get(acting(request), number)
    content = readable(file_id, subject_type=FILES, subject_ids=[view.case.pk])
    return file_response(content.body, content.name, content.media_type, download=request.GET.get("download") == "1")


@needs(Role.AGENCY_OFFICER, Role.HALL_CLERK)
@require_POST
def confirm(request: HttpRequest, number: str, file_id: str) -> HttpResponseBase:
    """The window has compared a file with its original."""
    actor = acting(request)
    view = cases.get(actor, number)
    try:
        confirm_original(
            file_id,
            subject_type=FILES,
            subject_ids=[view.case.pk],
            case_number=view.case.number,
            actor=actor,
            at=now(),
        )
    except Conflict as problem:
        return _page(request, view, problem=problem, status=problem.status)
    messages.success(request, _("已记下：与原件核对一致。"))
    return redirect(reverse("counter:case", args=[view.case.number]) + "#materials")


@needs(*STAFF)
@require_safe
def notice(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """A paper of the case as a PDF."""
    actor = acting(request)
    view = cases.get(actor, number)
    address = request.build_absolute_uri(_public_address(view.case.number))
    paper = notices.paper(view, kind, case_url=address, actor=actor, at=now())
    name = f"{notices.NAMES[kind]}-{view.case.number}.pdf"
    return file_response(paper_pdf(paper), name, "application/pdf")


def _page(
    request: HttpRequest,
    view: CaseView,
    *,
    sent: str = "",
    form: Form | None = None,
    revealing: forms.Reveal | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = acting(request)
    case = view.case
    allowed = [] if actor.has(Role.AUDITOR) and not actor.has(Role.HALL_CLERK, Role.AGENCY_OFFICER) else view.verbs
    shown = reveal.shown(request.GET.get("shown", ""), case, actor=actor, at=now()) if "shown" in request.GET else {}
    context = {
        "view": view,
        "case": case,
        "row": queries.rows([case])[0],
        "outcome_tone": queries.OUTCOME_TONES.get(str(case.outcome), "plain"),
        "due": queries.end_of(case.due),
        "clocks": _clocks(view),
        "sides": [Side(str(SIDES[side][0]), spent, SIDES[side][1]) for side, spent in view.sides.items()],
        "papers": _papers(view),
        "problems": list(view.correction.problems.all()) if view.correction else [],
        "facts": reveal.facts(case, shown),
        "reveal": revealing,
        "offered": verbs.offered(allowed, [m.name for m in view.materials], sent=sent, form=form),
        "may_bind": any(row.verb == "bind" for row in allowed),
        "notices": notices.available(view),
        "may_change_way": case.itinerary is not None and case.open and actor.has(*way.WHO),
        "clerk": actor.has(Role.HALL_CLERK),
        "may_confirm": actor.has(Role.AGENCY_OFFICER, Role.HALL_CLERK),
        "problem": problem,
        "english": (get_language() or "").startswith("en"),
        "new": request.GET.get("new") == "1",
        "crumbs": _crumbs(request, case.number),
    }
    return render(request, "counter/case.html", context, status=status)


def _papers(view: CaseView) -> list[Paper]:
    files: dict[UUID, StoredFile] = {}
    if any(material.file_id for material in view.materials):
        files = {stored.public_id: stored for stored in of_subjects(FILES, [view.case.pk])}
    return [Paper(material, files.get(material.file_id) if material.file_id else None) for material in view.materials]


def _clocks(view: CaseView) -> list[dict[str, object]]:
    """The clocks that run or ran, the present one first."""
    reading, current = view.clocks.reading, view.clocks.current
    if reading is None:
        return []
    named = (
        (_("核对材料"), reading.check),
        (_("法定办结"), reading.decision),
        (_("承诺办结"), reading.promise),
        (_("制证送达"), reading.service),
    )
    rows: list[dict[str, object]] = [
        {"label": label, "clock": clock, "due": queries.end_of(clock.due), "current": clock is current}
        for label, clock in named
        if clock is not None
    ]
    return sorted(rows, key=lambda row: not row["current"])


def _public_address(number: str) -> str:
    """What the QR code of a paper opens: the applicant's page of the case."""
    try:
        return reverse("portal:case", args=[number])
    except NoReverseMatch:
        return reverse("counter:case", args=[number])


def _crumbs(request: HttpRequest, number: str) -> list[dict[str, str]]:
    actor = acting(request)
    desk = {"label": _("工作台"), "url": reverse("counter:home")}
    if actor.has(Role.AGENCY_OFFICER):
        desk = {"label": _("部门窗口"), "url": reverse("counter:agency")}
    elif actor.has(Role.HALL_CLERK):
        desk = {"label": _("大厅收寄台"), "url": reverse("counter:hall")}
    return [desk, {"label": number, "url": ""}]
