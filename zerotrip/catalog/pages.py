"""The desk's pages of the catalogue: the list with its figures, an item, what changed, editing, import and export."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerotrip.catalog import actions, codes, queries, show
from zerotrip.catalog.checks import check
from zerotrip.catalog.compare import compare
from zerotrip.catalog.content import content_of
from zerotrip.catalog.forms import DraftForm, ImportForm, PublishForm, WithdrawForm
from zerotrip.catalog.models import EDITORS, ItemVersion, State
from zerotrip.catalog.sheet import MAX_BYTES, to_csv, to_xlsx
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.roles import Role
from zerotrip.people.access import acting, needs, needs_staff
from zerotrip.rules.findings import Severity, blocks

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@needs_staff
def items(request: HttpRequest) -> HttpResponse:
    """The items with the figures everybody asks for: how many need no trip, how many can be mailed, what share."""
    actor = acting(request)
    text, organ, state = (request.GET.get(name, "").strip()[:60] for name in ("q", "organ", "state"))
    found = queries.desk_list(actor, text, state=state, organ=organ)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    figures = queries.summary(today(), organ=organ)
    context = {
        "page_obj": page,
        "rows": [(version, show.length(version)) for version in page],
        "figures": figures,
        "zero_percent": f"{figures.zero_trip_share:.1%}",
        "mailable_percent": f"{figures.mailable_share:.1%}",
        "q": text,
        "organ": organ,
        "state": state,
        "organs": [(kind, codes.label(codes.ORGAN_KIND, kind), n) for kind, n in queries.organs(today()) if kind],
        "states": State.choices,
        "may_edit": actor.has(*EDITORS),
    }
    return render(request, "catalog/items.html", context)


@require_GET
@needs_staff
def item(request: HttpRequest, code: str) -> HttpResponse:
    """One item: a version with its facts, rows and checks, all versions, what happened."""
    actor = acting(request)
    versions = queries.versions(code, actor)
    number = request.GET.get("version", "")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else versions[0].number
    version = queries.get_version(code, wanted, actor)
    findings = check(content_of(version))
    context = {
        "version": version,
        "versions": versions,
        "previous": next((v for v in versions if v.number < version.number), None),
        "groups": show.facts(version),
        "way_rows": show.way_table(version),
        "findings": [(show.sentence(f), f.severity is Severity.ERROR) for f in findings],
        "may_edit": actor.has(*EDITORS),
        "may_publish": actor.has(Role.PROJECT_MANAGER) and version.state == State.DRAFT and not blocks(findings),
        "may_withdraw": actor.has(Role.PROJECT_MANAGER) and version.state == State.PUBLISHED,
        "publish_form": PublishForm(initial={"valid_from": _first_day(version, versions)}),
        "withdraw_form": WithdrawForm(),
        "entries": list(queries.entries(code, actor)[:20]),
        "crumbs": [{"label": _("事项库"), "url": _url("items")}, {"label": version.name}],
    }
    return render(request, "catalog/item.html", context)


def _first_day(version: ItemVersion, versions: list[ItemVersion]) -> date:
    """The day a draft may begin: its own, unless something is published already; then today."""
    published = any(v.state == State.PUBLISHED for v in versions)
    return max(version.valid_from, today()) if published else version.valid_from


def _url(name: str, **kwargs: str | int) -> str:
    return reverse(f"catalog:{name}", kwargs=kwargs)


@require_GET
@needs_staff
def changes(request: HttpRequest, code: str, before: int, after: int) -> HttpResponse:
    """What changed between two versions."""
    actor = acting(request)
    old, new = (queries.get_version(code, number, actor) for number in (before, after))
    context = {
        "old": old,
        "new": new,
        "changes": compare(content_of(old), content_of(new)),
        "crumbs": [
            {"label": _("事项库"), "url": _url("items")},
            {"label": new.name, "url": _url("item", code=code)},
            {"label": _("比较版本")},
        ],
    }
    return render(request, "catalog/changes.html", context)


@require_http_methods(["GET", "POST"])
@needs(*EDITORS)
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Write a draft: the fields of the item; its rows stay as they are."""
    actor = acting(request)
    known = content_of(queries.get_version(code, queries.versions(code, actor)[0].number, actor)) if code else None
    form = DraftForm(request.POST if request.method == "POST" else None, known=known)
    if request.method == "POST" and form.is_valid():
        raw = (known or {}) | form.raw()
        if code:
            raw["code"] = code
        try:
            version = actions.draft_version(raw, actor=actor, at=now())
        except BadInput as problem:
            _show_faults(form, problem)
        else:
            messages.success(request, _("已保存第 {number} 版草稿。").format(number=version.number))
            return redirect(_url("item", code=version.item.code))
    context = {
        "form": form,
        "code": code,
        "crumbs": [{"label": _("事项库"), "url": _url("items")}, {"label": _("编写草稿")}],
    }
    return render(request, "catalog/edit.html", context, status=422 if form.errors else 200)


def _show_faults(form: DraftForm, problem: BadInput) -> None:
    """Put each sentence at its field; those of rows above the form."""
    for name, sentences in problem.fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


@require_POST
@needs(Role.PROJECT_MANAGER)
def publish(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Publish a draft from a day."""
    actor = acting(request)
    form = PublishForm(request.POST)
    if not form.is_valid():
        raise BadInput(
            _("请填写生效日期，如 2026-11-24。"),
            fields={"valid_from": [str(e) for e in form.errors.get("valid_from", [])]},
        )
    version = actions.publish(code, number, valid_from=form.cleaned_data["valid_from"], actor=actor, at=now())
    messages.success(
        request, _("已发布第 {number} 版，自 {day} 起生效。").format(number=version.number, day=version.valid_from)
    )
    return redirect(_url("item", code=code))


@require_POST
@needs(Role.PROJECT_MANAGER)
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Take a published version back."""
    actor = acting(request)
    actions.withdraw(code, number, reason=request.POST.get("reason", ""), actor=actor, at=now())
    messages.success(request, _("已撤下第 {number} 版，不再接受新的申请。").format(number=number))
    return redirect(_url("item", code=code))


@require_POST
@needs(*EDITORS)
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Delete the draft."""
    actor = acting(request)
    actions.discard_draft(code, actor=actor, at=now())
    messages.success(request, _("草稿已删除。"))
    return redirect(_url("items"))


@require_http_methods(["GET", "POST"])
@needs(*EDITORS)
def import_page(request: HttpRequest) -> HttpResponse:
    """Import a sheet; the report names every row that was not taken."""
    actor = acting(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    report = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        report = actions.import_items(
            file.name, file.read(MAX_BYTES + 1), publish_them=form.cleaned_data["publish"], actor=actor, at=now()
        )
    context = {
        "form": form,
        "report": report,
        "counts": report.counts() if report else {},
        "crumbs": [{"label": _("事项库"), "url": _url("items")}, {"label": _("导入")}],
    }
    return render(request, "catalog/import.html", context, status=422 if form.errors else 200)


@require_GET
@needs_staff
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The sheet: of the published items, of the latest versions (`which=latest`), or of one item (`code=`)."""
    actor = acting(request)
    found = queries.for_export(actor, None if request.GET.get("which") == "latest" else today())
    if code := request.GET.get("code", "")[:40].replace("\0", ""):
        found = queries.for_export(actor).filter(item__code=code)
    contents = [content_of(version) for version in found]
    if not contents:
        raise NotFound(_("没有可以导出的事项。"))
    body, media = (to_xlsx(contents), XLSX) if kind == "xlsx" else (to_csv(contents), "text/csv; charset=utf-8")
    response = HttpResponse(body, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="items-{today():%Y%m%d}.{kind}"'
    return response
