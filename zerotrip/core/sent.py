"""What was sent to us, byte for byte."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.request import RawPostDataException


def body_of(request: HttpRequest) -> bytes:
    """The body as it was sent; empty for a form in parts, which Django has taken apart already.

    Callers check a signature over these bytes, so that a form in parts is refused like any other unsigned body.
    """
    try:
        return request.body
    except RawPostDataException:
        return b""
