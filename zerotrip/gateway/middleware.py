"""Tells every caller of the API how much of its rate is left."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from zerotrip.gateway.allowance import Left
from zerotrip.gateway.signing import refused


class RateLimitHeaders:
    """Adds the RateLimit headers to answers of the API, and writes refusals that were counted and wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        left = getattr(request, "left", None)
        if isinstance(left, Left):
            for name, value in left.headers().items():
                response[name] = value
            refused.flush(refused.EVERY)
        return response
