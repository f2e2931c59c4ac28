"""Pages open to everybody: home, search, the guide of an item."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zerotrip.catalog import queries, show
from zerotrip.catalog.models import ItemVersion
from zerotrip.core.clock import today
from zerotrip.people.access import acting, open_to_everyone
from zerotrip.portal import guide, halls, mine

PAGE = 20
HIGHLIGHTS = 6


@require_safe
@open_to_everyone
def home(request: HttpRequest) -> HttpResponse:
    """The front door: one search box, my open errands, themes, what needs no trip, the figures."""
    figures = queries.summary(today())
    best = list(queries.search(on=today(), zero_trip=True, mailable=True)[:HIGHLIGHTS])
    context = {
        "figures": figures,
        "mailable_percent": f"{figures.mailable_share:.0%}",
        "zero_percent": f"{figures.zero_trip_share:.0%}",
        "themes": guide.themes(queries.themes(today())),
        "highlights": [_card(version) for version in best],
        "cases": mine.open_cases(acting(request), most=3),
        "tab": "home",
    }
    return render(request, "portal/home.html", context)


@require_safe
@open_to_everyone
def items(request: HttpRequest) -> HttpResponse:
    """Items by words and filters."""
    text, theme, whom = (request.GET.get(name, "").strip()[:60].replace("\0", "") for name in ("q", "theme", "for"))
    zero, mailable = request.GET.get("zero") == "1", request.GET.get("mail") == "1"
    found = queries.search(
        text,
        on=today(),
        theme=theme,
        service_object=whom if whom in ("1", "2") else "",
        zero_trip=zero or None,
        mailable=mailable or None,
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "cards": [_card(version) for version in page],
        "q": text,
        "theme": theme,
        "whom": whom,
        "zero": zero,
        "mail": mailable,
        "person_query": _asked(request, "1"),
        "company_query": _asked(request, "2"),
        "anyone_query": _asked(request, ""),
        "filtered": bool(theme or whom or zero or mailable),
        "themes": guide.themes(queries.themes(today())),
        "tab": "items",
    }
    return render(request, "portal/items.html", context)


@require_safe
@open_to_everyone
def item(request: HttpRequest, code: str) -> HttpResponse:
    """The guide of one item. Raises NotFound when it is not published."""
    version = queries.get(code, today())
    context = {
        "version": version,
        "trips": guide.trips(version),
        "post": guide.post_sentence(version),
        "picture": guide.picture(version),
        "days": guide.days(version),
        "quick_days": guide.quick_days(version),
        "money": guide.money(version),
        "papers": guide.papers(version),
        "halls": halls.competent(version, actor=acting(request))[:20] if version.on_site_visits else [],
        "whom": show.said(version, "service_objects"),
        "visits_configured": version.is_configured("on_site_visits"),
        "materials_configured": version.is_configured("materials"),
        "configured_mail": version.is_configured("materials_mailable") or version.is_configured("result_mailable"),
        "tab": "items",
    }
    return render(request, "portal/item.html", context)


def _asked(request: HttpRequest, whom: str) -> str:
    """The present search for another kind of applicant."""
    query = request.GET.copy()
    for name in ("for", "page"):
        query.pop(name, None)
    if whom:
        query["for"] = whom
    return "?" + query.urlencode()


def _card(version: ItemVersion) -> dict[str, object]:
    return {
        "version": version,
        "trips": guide.trips(version),
        "post": guide.post_sentence(version),
        "days": guide.quick_days(version),
    }
