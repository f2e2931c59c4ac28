"""The short way for what machines ask most: tracking by number with a partner's token.

Such a request needs no session, no form protection, no messages and no page's language cookie, so it is answered before
they are set up; that is half of its cost. Token, rate and document are those of the API (`gateway.auth`,
`gateway.allowance`, `mail.tracked`). Whatever is not exactly such a request, or is to be refused for its token or its
rate, goes the long way and is answered there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import get_language_from_request, override

from zerotrip.core.errors import Problem
from zerotrip.gateway import refusals
from zerotrip.gateway.allowance import PARTNERS
from zerotrip.gateway.auth import caller
from zerotrip.mail import tracked

PREFIX: Final = "/api/v1/tracking/"


class Express:
    """Answers GET /api/v1/tracking/{number} with a bearer token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "GET" or not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        number = request.path_info[len(PREFIX) :]
        kind, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer" or not number or "/" in number or "\0" in number:
            return self.get_response(request)
        found = caller(token)
        left = PARTNERS.spend(found.actor.id, found.rate) if found is not None and found.actor.id else None
        if left is None or not left.allowed:
            return self.get_response(request)
        language = get_language_from_request(request)
        with override(language):
            response = _answer(number)
        own = {"Content-Language": language, "Vary": "Accept-Language", "Content-Length": str(len(response.content))}
        for name, value in (own | left.headers()).items():
            response.headers[name] = value
        return response


def _answer(number: str) -> HttpResponse:
    """As the API's route answers."""
    try:
        return HttpResponse(orjson.dumps(tracked.document(number)), content_type="application/json")
    except Problem as problem:
        return refusals.answer(problem)
