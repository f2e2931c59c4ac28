"""The desk's pages of divisions and places, and the picker's fragment."""

from __future__ import annotations

import re
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zerotrip.core.access import acting, needs, open_to_everyone
from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Problem
from zerotrip.core.roles import STAFF
from zerotrip.places import actions, codes, queries
from zerotrip.places.actions.opening import HOURS, MANAGERS, may_manage
from zerotrip.places.hours import BadHours, Opening, parse_periods
from zerotrip.places.map import province_map
from zerotrip.places.models import DaysOffRule, Division, Level, Place, PlaceKind
from zerotrip.places.picker import DivisionPicker, search
from zerotrip.places.wording import WEEKDAYS, day_in_words, refusal
from zerotrip.rules.errors import BeyondHorizon

PAGE = 50
MOST_DOTS = 3000


@needs(*STAFF)
@require_GET
def divisions(request: HttpRequest) -> HttpResponse:
    """A division, what lies below it with counts, and the map."""
    actor = acting(request)
    home = codes.normal(settings.ZEROTRIP_PROVINCE)
    text = request.GET.get("q", "").strip()[:100]
    wanted = request.GET.get("parent", "")
    here = (
        queries.division(wanted, actor=actor) if wanted else Division.objects.visible_to(actor).filter(pk=home).first()
    )
    below = list(queries.children(here.code, actor=actor)) if here else []
    counts = queries.counts(below, actor=actor)
    rows = [{"division": d, "counts": counts[d.code]} for d in below]
    inside = queries.places(actor=actor, division=here.code).order_by("kind", "code") if here else Place.objects.none()
    context = {
        "here": here,
        "path": queries.ancestors(here, actor=actor) if here else [],
        "former": here.former_names.all() if here else [],
        "rows": rows,
        "below": Level(below[0].level).label if below else "",
        "with_townships": bool(below) and below[0].level < Level.TOWNSHIP,
        "places": inside[:20] if here and here.level >= Level.COUNTY else [],
        "q": text,
        "found": search(text, actor=actor, home=settings.ZEROTRIP_PROVINCE),
        "map": _map(actor, here, home),
    }
    return render(request, "places/divisions.html", context)


@needs(*STAFF)
@require_GET
def place_list(request: HttpRequest) -> HttpResponse:
    """Places by kind, division and words."""
    actor = acting(request)
    kind, division = request.GET.get("kind", "")[:12], request.GET.get("division", "")[:12]
    text = request.GET.get("q", "").strip()[:100]
    everything = request.GET.get("all") == "1"
    problem: Problem | None = None
    try:
        found = queries.places(actor=actor, kind=kind, division=division, text=text, only_active=not everything)
    except BadInput as error:
        problem, found = error, Place.objects.none()
    page = Paginator(found.order_by("code"), PAGE).get_page(request.GET.get("page"))
    names = queries.full_names((p.division_id for p in page), actor=actor)
    context = {
        "page_obj": page,
        "rows": [(place, names[place.division_id]) for place in page],
        "kinds": PlaceKind.choices,
        "kind": kind,
        "division": division,
        "q": text,
        "all": everything,
        "problem": problem,
    }
    return render(request, "places/places.html", context, status=problem.status if problem else 200)


@needs(*STAFF)
@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, code: str) -> HttpResponse:
    """One place: what it is, its hours, and forms to change them."""
    actor = acting(request)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            _change(request, code, actor)
            return redirect("places:place", code=code)
        except BadInput as error:
            problem = error
    here = queries.place(code, actor=actor)
    return render(
        request, "places/place.html", _shown(request, here, actor, problem), status=problem.status if problem else 200
    )


@open_to_everyone
@require_http_methods(["GET", "POST"])
def pick(request: HttpRequest) -> HttpResponse:
    """The division picker's fragment after a choice or a search. Open to everyone: divisions are public."""
    data = request.POST if request.method == "POST" else request.GET
    name = request.GET.get("name", "division")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise BadInput(_("栏目名称有误，请刷新页面后重试。"))
    picker = DivisionPicker.read({**data.dict(), f"{name}_ask": "1"}, actor=acting(request), name=name)
    return render(request, "places/_division_picker.html", {"picker": picker})


def _change(request: HttpRequest, code: str, actor: Actor) -> None:
    form = request.POST
    verb = form.get("verb", "")
    if verb == "hours":
        fields: dict[str, list[str]] = {}
        week = {}
        for day in range(7):
            try:
                week[day] = parse_periods(form.get(f"day_{day}", ""))
            except BadHours:
                fields[f"day_{day}"] = [_("请写成“08:30-12:00，13:30-17:30”，时段不能重叠；休息请留空。")]
        if fields:
            raise BadInput(_("开放时间填写有误，请按提示修改。"), fields=fields)
        days_off, reason = form.get("days_off", ""), form.get("reason", "")
        actions.change_hours(code, week=week, days_off=days_off, reason=reason, actor=actor, at=now())
    elif verb == "day":
        try:
            on = date.fromisoformat(form.get("day", ""))
            periods = parse_periods(form.get("periods", ""))
        except BadHours as error:
            sentence = _("请写成“09:00-12:00”，多个时段用逗号分开；休息请留空。")
            raise BadInput(_("时段填写有误。"), fields={"periods": [sentence]}) from error
        except ValueError as error:
            raise BadInput(_("请选择日期。"), fields={"day": [_("日期有误，请重新选择。")]}) from error
        actions.change_day(code, day=on, periods=periods, reason=form.get("reason", ""), actor=actor, at=now())
    elif verb == "close":
        actions.close_place(code, reason=form.get("reason", ""), actor=actor, at=now())
    else:
        raise BadInput(_("不知道要做什么，请刷新页面后重试。"))


def _shown(request: HttpRequest, here: Place, actor: Actor, problem: Problem | None) -> dict[str, object]:
    hours = queries.hours_of([here])[here.pk]
    sent = request.POST if problem else {}
    errors = problem.fields if problem else {}
    week = [
        {
            "day": day,
            "name": WEEKDAYS[day],
            "text": day_in_words(hours.week[day]),
            "value": sent.get(f"day_{day}", "，".join(str(p).replace("–", "-") for p in hours.week[day])),
            "errors": errors.get(f"day_{day}", []),
        }
        for day in range(7)
    ]
    special = [
        {"day": day, "text": day_in_words(periods)}
        for day, periods in sorted(hours.exceptions.items())
        if day >= today()
    ]
    opening, beyond = _next(here)
    return {
        "here": here,
        "full_name": queries.full_name(here.division_id, actor=actor),
        "week": week,
        "special": special,
        "windows": queries.windows(here, actor=actor),
        "opening": opening,
        "open_now": opening is not None and opening.opens <= now(),
        "beyond": beyond,
        "rules": DaysOffRule.choices,
        "problem": problem,
        "sent": sent,
        "errors": errors,
        "may_change": here.active and actor.has(*HOURS) and may_manage(actor, here),
        "may_close": here.active and actor.has(*MANAGERS) and may_manage(actor, here),
    }


def _next(here: Place) -> tuple[Opening | None, str]:
    try:
        return queries.next_opening(here, now()), ""
    except BeyondHorizon as error:
        return None, refusal(error)


def _map(actor: Actor, here: Division | None, home: str) -> dict[str, object] | None:
    drawn = province_map()
    if (
        here is None
        or not any(codes.within(shape.code, home) for shape in drawn.shapes)
        or not codes.within(here.code, home)
    ):
        return None
    chosen = here.code if here.level == Level.COUNTY else here.code[:6] if here.level == Level.TOWNSHIP else ""
    positions = (
        Place.objects.visible_to(actor)
        .active()
        .in_prefix(codes.prefix(home))
        .filter(lat__isnull=False, parent__isnull=True)
        .values_list("lat", "lon")[:MOST_DOTS]
    )
    return {
        "drawn": drawn,
        "dots": drawn.dots((lat, lon) for lat, lon in positions if lat is not None and lon is not None),
        "inside": here.prefix if here.level == Level.PREFECTURE else "",
        "chosen": chosen,
    }
