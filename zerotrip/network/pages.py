"""The desk's pages of the timetable and of how promises were kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, NotFound, Problem, Unavailable
from zerotrip.core.roles import Role
from zerotrip.network import actions, calibration, queries
from zerotrip.network.actions.feeds import MANAGERS
from zerotrip.network.drawing import network_map
from zerotrip.network.models import Feed, NetName
from zerotrip.people.access import acting, needs
from zerotrip.places.models import Place

WATCHERS = (Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.SYSTEM_ADMIN, Role.CARE_AGENT)
PAGE = 50
MOST_FINDINGS = 30


@require_GET
@needs(*WATCHERS)
def home(request: HttpRequest) -> HttpResponse:
    """The timetable in use, the runs of one place on a day, the lines on the map, and what was imported before."""
    actor = acting(request)
    feeds = list(queries.feeds(actor)[:20])
    active = next((feed for feed in feeds if feed.state == "active"), None)
    asked, day, problem = request.GET.get("place", "")[:40].strip(), today(), None
    board: Board | None = None
    try:
        day = _day(request.GET.get("day", "")[:10])
        if active is not None and asked:
            board = Board(asked, day, actor)
    except (BadInput, NotFound, Unavailable) as error:
        problem = error
    context = {
        "feeds": feeds,
        "active": active,
        "findings": [_worded(finding) for finding in (active.report if active else [])][:MOST_FINDINGS],
        "asked": asked,
        "day": day,
        "board": board,
        "map": network_map(board.stop if board else "") if active else None,
        "may_manage": actor.has(*MANAGERS),
        "ends_soon": active is not None and (active.valid_until - today()).days < 30,
        "problem": problem,
        "crumbs": [{"label": _("邮路时刻")}],
    }
    return render(request, "network/home.html", context, status=problem.status if problem else 200)


class Board:
    """The runs that call at a stop on a day, with the names of where they come from and go to."""

    def __init__(self, asked: str, day: date, actor: Actor) -> None:
        self.stop = queries.place_or_division(asked)
        self.visits = queries.visits(self.stop, day)
        stops = queries.current().feed.stops
        self.name = stops[self.stop].name
        self.rows = [(visit, stops[visit.origin].name, stops[visit.target].name) for visit in self.visits]
        self.place = Place.objects.visible_to(actor).filter(code=self.stop).first()
        self.rounds = [
            (one, clock_of(one.start), clock_of(one.end))
            for one in sorted(queries.rounds_at(self.stop, day), key=lambda one: one.start)
        ]


def clock_of(seconds: int) -> str:
    """Seconds of a service day as a clock shows them, with the days after it.

    >>> clock_of(30600), clock_of(111600)
    ('08:30', '07:00 +1')
    """
    days, rest = divmod(seconds, 86400)
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}" + (f" +{days}" if days else "")


def _day(text: str) -> date:
    if not text:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("日期应写成 2026-11-24 这样。")) from error


def _worded(finding: dict[str, object]) -> dict[str, object]:
    """A finding with its sentence in the language of the reader."""
    from django.utils.translation import get_language

    english = (get_language() or "").startswith("en")
    return {**finding, "sentence": finding["en"] if english else finding["zh"]}


@require_POST
@needs(*MANAGERS)
def activate(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Put a timetable into use."""
    return _change(request, actions.activate, feed_id, _("已启用。"))


@require_POST
@needs(*MANAGERS)
def retire(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Take a timetable out of use."""
    return _change(request, actions.retire, feed_id, _("已停用。没有启用的时刻表时，不再作出时限承诺。"))


def _change(request: HttpRequest, verb: Callable[..., Feed], feed_id: int, said: str) -> HttpResponse:
    moment: datetime = now()
    try:
        verb(min(feed_id, 2**62), actor=acting(request), at=moment)
    except NotFound:
        raise
    except Problem as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, said)
    return redirect("network:home")


@require_GET
@needs(*WATCHERS)
def punctuality(request: HttpRequest) -> HttpResponse:
    """What was promised against what was kept: by net and month, and lane by lane."""
    actor = acting(request)
    problem: Problem | None = None
    month, net = None, request.GET.get("net", "")[:8]
    try:
        month = queries.month_of(request.GET.get("month", "")[:7])
        if net and net not in NetName.values:
            raise BadInput(_("没有这种网别。"))
    except BadInput as error:
        problem, net = error, ""
    rows = queries.outcomes(actor)
    view = calibration.View.of(rows, month=month, net=net)
    context = {
        "view": view,
        "page_obj": Paginator(view.lanes, PAGE).get_page(request.GET.get("page")),
        "months": view.months,
        "month": month,
        "net": net,
        "nets": NetName.choices,
        "problem": problem,
        "crumbs": [{"label": _("时限达成")}],
    }
    return render(request, "network/punctuality.html", context, status=problem.status if problem else 200)
