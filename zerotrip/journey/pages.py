"""The desk's pages of coverage: the map with its table, a township, one more service, where the next stations help."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings as installation
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerotrip.catalog import actions as catalog_actions
from zerotrip.catalog import codes
from zerotrip.catalog.models import EDITORS
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, NotFound, Problem
from zerotrip.journey import actions, tasks
from zerotrip.journey.coverage import ask, show, stale
from zerotrip.journey.coverage import run as runs
from zerotrip.journey.coverage.settings import settings
from zerotrip.journey.coverage.values import Effect
from zerotrip.journey.models import PLANNERS, CoverageRun, RunState, StationSearch
from zerotrip.people.access import acting, needs

SERVICES = codes.SERVICE
AT_ONCE = 400
"""Stale rows computed again before the page answers; more are left to the background."""


@needs(*PLANNERS)
@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """The fewest trips on the map and in a table, of all items or one, down to the townships of a county."""
    run, newest = _latest(request), _newest(request)
    item, counter, county = _asked(request)
    context = _frame(run, newest, item=item, counter=counter, county=county) | {"tab": "coverage"}
    if run is not None:
        sums = show.sums_of(run.pk, counter, item)
        names = show.names_of(run.province)
        scale = show.Scale.of(sums.values(), one=bool(item))
        rows = show.lines(sums, names, scale, county)
        whole = show.total(rows)
        context |= {
            "rows": rows,
            "whole": whole,
            "picture": show.picture(run, sums, ask.titles(sums, names, one=bool(item)), scale, county),
            "levels": ask.levels(scale, one=bool(item)),
            "county_name": names.get(county, ""),
            "stale": sum(own.stale for own in sums.values()),
            "items": ask.item_names(run),
            "item_name": ask.item_names(run).get(item, item),
            "outdated": newest is run and ask.outdated(run),
        }
    return render(request, "journey/coverage.html", context)


@needs(*PLANNERS)
@require_GET
def township(request: HttpRequest, code: str) -> HttpResponse:
    """One township: every item with its fewest trips and when it is done, and the ways for one of them."""
    run = _latest(request)
    item, counter, _county = _asked(request)
    names = show.names_of(installation.ZEROTRIP_PROVINCE)
    if run is None or code not in names or len(code) < 9:
        raise NotFound(_("没有这个乡镇的覆盖结果，请先完成一次覆盖计算。"))
    context = _frame(run, None, item=item, counter=counter, county=code[:6]) | {
        "tab": "coverage",
        "code": code,
        "name": names[code],
        "county_name": names.get(code[:6], ""),
        "people": show.people_of(tuple(sorted(show.sums_of(run.pk, counter, "")))).get(code, 0),
        "rows": ask.township_rows(run, code, counter),
        "ways": ask.ways(item, code, run) if item else None,
        "item_name": ask.item_names(run).get(item, item),
        "outlet": ask.outlet_of(code),
    }
    return render(request, "journey/township.html", context)


@needs(*PLANNERS)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Begin, stop or continue a computation."""
    actor, verb = acting(request), request.POST.get("verb", "")
    number = request.POST.get("run", "")
    try:
        if verb == "begin":
            actions.ask_coverage(actor=actor, at=now())
        elif verb in ("stop", "continue") and number.isascii() and number.isdigit() and len(number) < 12:
            act = actions.stop_coverage if verb == "stop" else actions.continue_coverage
            act(int(number), actor=actor, at=now())
        else:
            raise BadInput(_("不知道要做什么，请刷新页面后重试。"))
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect("journey:coverage")


@needs(*PLANNERS)
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """How far the newest computation is: a fragment that asks again while it is going on."""
    newest = _newest(request)
    answer = render(request, "journey/_progress.html", {"newest": newest})
    if newest is None or not newest.unfinished:
        answer["HX-Refresh"] = "true"
    return answer


@needs(*PLANNERS)
@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """What would change if a place offered one more service; and have it offer it."""
    run = _latest(request)
    item, counter, _county = _asked(request)
    data = request.POST if request.method == "POST" else request.GET
    place, service = data.get("place", "")[:40].replace("\0", ""), data.get("service", "")[:20]
    text = request.GET.get("q", "").strip()[:60].replace("\0", "")
    context = _frame(run, None, item=item, counter=counter, county="") | {
        "tab": "what_if", "services": SERVICES, "service": service, "q": text, "place": None,
        "service_name": codes.label(SERVICES, service),
    }  # fmt: skip
    if run is None:
        return render(request, "journey/what_if.html", context)
    if request.method == "POST":
        return _opened(request, place, service)
    if place and service in dict(SERVICES):
        found = ask.what_if(run, place, service, counter=counter)
        context |= {"place": found.site, "found": found, "may_open": acting(request).has(*EDITORS)}
    elif text:
        context["candidates"] = ask.places_called(text, acting(request))
    return render(request, "journey/what_if.html", context)


def _opened(request: HttpRequest, place: str, service: str) -> HttpResponse:
    """The service opened, the rows it may change computed again: at once when they are few."""
    offer = catalog_actions.offer(place, service, actor=acting(request), at=now())
    marked = stale.mark(place, service, since=now())
    run = _latest(request)
    left = runs.refresh(run, limit=AT_ONCE) if run is not None and marked <= AT_ONCE else marked
    sentence = _("已在{place}开通“{service}”。").format(place=offer.place.name, service=codes.label(SERVICES, service))
    if left:
        tasks.refresh_soon()
        sentence += _("受影响的 {n} 项结果正在后台重算。").format(n=left)
    messages.success(request, sentence)
    query = urlencode({"county": offer.place.division_id[:6], "counter": request.POST.get("counter", "")[:1]})
    return redirect(f"{reverse('journey:coverage')}?{query}")


@needs(*PLANNERS)
@require_http_methods(["GET", "POST"])
def stations(request: HttpRequest) -> HttpResponse:
    """Ask where the next stations help most, and see what was asked before."""
    actor, run = acting(request), _latest(request)
    sent, problem = request.POST, None
    if request.method == "POST":
        try:
            count = sent.get("count", "")
            search = actions.seek_stations(
                service=sent.get("service", "")[:20],
                count=int(count) if count.isascii() and count.isdigit() and len(count) < 5 else 0,
                item=sent.get("item", "")[:40],
                prefix=sent.get("prefix", "")[:6],
                counter=sent.get("counter") == "1",
                actor=actor,
                at=now(),
            )
            return redirect("journey:station_search", search_id=search.pk)
        except BadInput as error:
            problem = error
    context = _frame(run, None, item="", counter=False, county="") | {
        "tab": "stations",
        "services": SERVICES,
        "items": ask.item_names(run) if run is not None else {},
        "areas": ask.prefectures(installation.ZEROTRIP_PROVINCE),
        "sent": sent,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "searches": [ask.told(search) for search in StationSearch.objects.visible_to(actor).defer("picks")[:20]],
    }
    return render(request, "journey/stations.html", context, status=problem.status if problem else 200)


@needs(*PLANNERS)
@require_GET
def station_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """The stations found so far, their gains, and where they are."""
    search = None
    if search_id < 2**31:
        search = StationSearch.objects.visible_to(acting(request)).select_related("run").filter(pk=search_id).first()
    if search is None:
        raise NotFound(_("没有这次选址，可能已被清理。请返回选址页。"))
    if request.headers.get("HX-Request") and search.unfinished:
        return render(request, "journey/_search_progress.html", {"search": search})
    context = _frame(search.run, None, item=search.item, counter=search.counter, county="") | {
        "tab": "stations",
        "search": search,
        "told": ask.told(search),
        "picks": ask.picks(search),
        "curve": ask.curve(search),
        "picture": ask.search_picture(search),
    }
    answer = render(request, "journey/station_search.html", context)
    if request.headers.get("HX-Request"):
        answer["HX-Refresh"] = "true"
    return answer


def _latest(request: HttpRequest) -> CoverageRun | None:
    """The latest run that has every row."""
    seen = CoverageRun.objects.visible_to(acting(request)).filter(province=installation.ZEROTRIP_PROVINCE)
    return seen.filter(state=RunState.DONE).first()


def _newest(request: HttpRequest) -> CoverageRun | None:
    """The run asked for last, whatever became of it."""
    return CoverageRun.objects.visible_to(acting(request)).filter(province=installation.ZEROTRIP_PROVINCE).first()


def _asked(request: HttpRequest) -> tuple[str, bool, str]:
    """The item (empty: all), whether for people who do nothing online, and the county, as asked for in the address."""
    item = request.GET.get("item", "")[:40].replace("\0", "")
    county = request.GET.get("county", "")[:6]
    return item, request.GET.get("counter") == "1", county if county.isdigit() and len(county) == 6 else ""


def _frame(
    run: CoverageRun | None, newest: CoverageRun | None, *, item: str, counter: bool, county: str
) -> dict[str, object]:
    """What every page of coverage shows."""
    return {
        "run": run,
        "newest": newest,
        "item": item,
        "counter": counter,
        "county": county,
        "reach": settings().reach,
        "source": ask.population_source(run),
        "nothing": Effect(0, 0, 0, 0),
        "query": urlencode({k: v for k, v in (("item", item), ("counter", "1" if counter else "")) if v}),
    }
