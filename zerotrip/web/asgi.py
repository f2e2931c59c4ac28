"""ASGI entry: live events in production, everything in the demo."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
_django = get_asgi_application()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Django, behind a guard that refuses an oversized body before a byte of it is read to disk."""
    from django.conf import settings

    if scope["type"] == "http":
        headers = dict(scope.get("headers") or [])
        length = headers.get(b"content-length", b"0").decode("latin-1")
        if not length.isdecimal() or len(length) > 15 or int(length) > settings.ZEROTRIP_LARGEST_REQUEST:
            await _refuse(send)
            return
        receive = _counted(receive, settings.ZEROTRIP_LARGEST_REQUEST)
    await _django(scope, receive, send)


def _counted(receive: Any, limit: int) -> Any:
    """`receive`, cut off once a body without a stated length has sent more than `limit` bytes."""
    seen = 0

    async def counted() -> Any:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= limit else {"type": "http.disconnect"}

    return counted


async def _refuse(send: Any) -> None:
    import orjson

    from zerotrip.web.errors import JSON
    from zerotrip.web.middleware import too_large

    body = orjson.dumps(too_large().as_dict(), default=str)
    headers = [(b"content-type", JSON.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
