"""Every address of the product. A room keeps its own; this page says under which prefix they stand."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from zerotrip.web import health, live, pages

handler400 = "zerotrip.web.errors.bad_request"
handler403 = "zerotrip.web.errors.not_allowed"
handler404 = "zerotrip.web.errors.not_found"
handler500 = "zerotrip.web.errors.server_error"

_ROOMS = ["people", "ledger", "places", "catalog", "mail", "cases", "courier", "counter", "care", "demo", "portal"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("live", live.live, name="live"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include(([path("desk/operations/design", pages.design, name="design")], "web"))),
    *[
        path("", include(f"zerotrip.{room}.urls"))
        for room in _ROOMS
        if find_spec(f"zerotrip.{room}") and find_spec(f"zerotrip.{room}.urls")
    ],
]

if find_spec("zerotrip.gateway") and find_spec("zerotrip.gateway.api"):
    from zerotrip.gateway.api import api

    urlpatterns.append(path("api/v1/", api.urls))
