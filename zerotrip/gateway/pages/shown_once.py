"""A secret that a page shows once, after the redirect that follows the form.

It travels in the administrator's own browser only, in a signed cookie for that page: an answer that held it would be
kept for a week, for the case that the form is sent twice.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

_COOKIE: Final = "zt_fresh_token"
_SECONDS: Final = 60


def lead_to(where: str, secret: str, *, salt: str) -> HttpResponse:
    """A redirect to the page at address `where`, with the secret for it. `salt` names what it is a secret of."""
    response = redirect(where)
    response.set_signed_cookie(
        _COOKIE, secret, salt=salt, max_age=_SECONDS, path=where, httponly=True, samesite="Strict"
    )
    return response


def read(request: HttpRequest, *, salt: str) -> str:
    """The secret that was sent here, empty when there is none (any more)."""
    return str(request.get_signed_cookie(_COOKIE, "", salt=salt, max_age=_SECONDS))


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """It has been shown: the browser drops it."""
    response.delete_cookie(_COOKIE, path=request.path, samesite="Strict")
