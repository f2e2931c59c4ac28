"""Files as HTTP answers that cannot run anything in the reader's browser."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.utils.http import content_disposition_header

SHOWN: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})
"""What a browser may show in place; anything else is downloaded."""

_CLOSED: Final = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
_PDF: Final = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
"""A browser's PDF reader does not open inside a sandbox; it runs no script of the page."""


def file_response(content: bytes, name: str, media_type: str, *, download: bool = False) -> HttpResponse:
    """`content` under `name` (any language). Never sniffed, never cached by others, and without rights of its own."""
    shown = media_type in SHOWN and not download
    response = HttpResponse(content, content_type=media_type if shown else "application/octet-stream")
    safe = "".join(c for c in name if c.isprintable() and c not in '/\\"') or "file"
    response["Content-Disposition"] = content_disposition_header(not shown, safe) or "attachment"
    response["Content-Length"] = str(len(content))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _PDF if shown and media_type == "application/pdf" else _CLOSED
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
