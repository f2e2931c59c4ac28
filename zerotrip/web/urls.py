"""Every address of the product. A room keeps its own; this page says under which prefix they stand."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from zerotrip.gateway.api import api
from zerotrip.web import health, live, pages

handler400 = "zerotrip.web.errors.bad_request"
handler403 = "zerotrip.web.errors.not_allowed"
handler404 = "zerotrip.web.errors.not_found"
handler500 = "zerotrip.web.errors.server_error"

_ROOMS = [
    "people", "ledger", "places", "network", "catalog", "journey", "mail", "courier", "counter", "care",
    "gateway", "demo", "portal",
]  # fmt: skip

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("live", live.live, name="live"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include(([path("desk/operations/design", pages.design, name="design")], "web"))),
    path("api/v1/", api.urls),
    *[path("", include(f"zerotrip.{room}.urls")) for room in _ROOMS],
]
