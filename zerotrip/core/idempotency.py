"""The same request twice has one effect and one answer.

The key is claimed in the transaction of the work, so that it exists exactly when the work does. A second request with the
same key waits for the first, then gets its answer; the same key with other content is a Conflict. Refusals are not kept:
what was refused may be mended and sent again with the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.models import IdempotencyKey

KEEP = timedelta(days=7)
"""How long an answer is kept. The longest a courier's phone may stay without signal, with room to spare."""

_CLAIM = """
INSERT INTO core_idempotencykey (scope, key, fingerprint, media_type, location, created_at)
VALUES (%s, %s, %s, '', '', %s) ON CONFLICT (scope, key) DO NOTHING RETURNING id
"""
_FILL = "UPDATE core_idempotencykey SET status = %s, media_type = %s, location = %s, body = %s WHERE id = %s"


def fingerprint(*parts: bytes | str) -> bytes:
    """What must be equal for two requests to be the same one."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()


def answer_once(scope: str, key: str, mark: bytes, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do `work` once for (scope, key), in one transaction with the key, and answer repeats with the first answer.

    Raises BadInput for a key of a wrong shape and Conflict when the key was used for other content.
    """
    if not 8 <= len(key) <= 100 or not key.isprintable():
        raise BadInput(_("幂等键（Idempotency-Key）应为 8 至 100 个可见字符，建议使用 UUID。"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [scope, key, mark, now()])
            claimed = cursor.fetchone()
        if claimed is None:
            return _repeat(scope, key, mark)
        response = work()
        if response.status_code >= 400 or not isinstance(response, HttpResponse):
            transaction.set_rollback(True)
            return response
        with connection.cursor() as cursor:
            media_type, location = response.get("Content-Type", ""), response.get("Location", "")
            cursor.execute(_FILL, [response.status_code, media_type, location, response.content, claimed[0]])
        return response


def _repeat(scope: str, key: str, mark: bytes) -> HttpResponse:
    first = IdempotencyKey.objects.get(scope=scope, key=key)
    if bytes(first.fingerprint) != mark:
        raise Conflict(_("这个请求编号已经用于另一项内容。请刷新页面重新填写，或换一个 Idempotency-Key。"))
    response = HttpResponse(
        bytes(first.body or b""), status=first.status or 200, content_type=first.media_type or "text/html; charset=utf-8"
    )
    if first.location:
        response["Location"] = first.location
    response["Idempotent-Replay"] = "true"
    return response


def request_mark(request: HttpRequest) -> bytes:
    """The fingerprint of a request: method, path, fields and files (the CSRF token aside)."""
    if request.content_type == "multipart/form-data" or request.content_type == "application/x-www-form-urlencoded":
        fields = [f"{k}={v}" for k in sorted(request.POST) if k != "csrfmiddlewaretoken" for v in request.POST.getlist(k)]
        files = [f"{k}:{f.name}:{f.size}" for k in sorted(request.FILES) for f in request.FILES.getlist(k)]
        return fingerprint(request.method or "", request.path, *fields, *files)
    return fingerprint(request.method or "", request.path, request.body)


def forget_old() -> int:
    """Delete answers older than KEEP. Returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=now() - KEEP).delete()[0]
