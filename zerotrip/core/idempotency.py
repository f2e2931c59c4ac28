"""The same request twice has one effect and one answer.

The key is claimed in the transaction of the work, so that it exists exactly when the work does. A second
request with the same key waits for the first, then gets its answer; the same key with other content is a
Conflict. Refusals (4xx) are not kept: what was refused may be mended and sent again with the same key. What a
refusing view has written on purpose (a counted wrong password) stays, as it would without a key; an error of
our own (5xx) takes everything with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from zerotrip.core.clock import now
from zerotrip.core.crypto import keyed_digest
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.models import IdempotencyKey

KEEP = timedelta(days=7)
"""How long an answer is kept. The longest a courier's phone may stay without signal, with room to spare."""

_OWN = {"set-cookie", "vary", "content-length", "date"}
"""Headers that belong to one sending, not to the answer."""

_CLAIM = """
INSERT INTO core_idempotencykey (scope, key, fingerprint, headers, created_at)
VALUES (%s, %s, %s, '{}', %s) ON CONFLICT (scope, key) DO NOTHING RETURNING id
"""
_FILL = "UPDATE core_idempotencykey SET status = %s, headers = %s::jsonb, body = %s WHERE id = %s"
_LET_GO = "DELETE FROM core_idempotencykey WHERE id = %s"


def fingerprint(*parts: bytes | str) -> bytes:
    """What must be equal for two requests to be the same one; keyed, as forms hold ID numbers, easily guessed."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return keyed_digest(digest.digest(), "request")


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
        if response.status_code >= 500 or (response.status_code >= 400 and _broken()):
            transaction.set_rollback(True)
            return response
        if response.status_code >= 400:
            _execute(_LET_GO, [claimed[0]])
            return response
        response = _whole(response)
        headers = {name: value for name, value in response.items() if name.lower() not in _OWN}
        _execute(_FILL, [response.status_code, orjson.dumps(headers).decode(), response.content, claimed[0]])
        return response


def _execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _broken() -> bool:
    """True when an error the view swallowed has already ended the transaction."""
    return connection.needs_rollback or connection.connection.info.transaction_status.name == "INERROR"


def _whole(response: HttpResponseBase) -> HttpResponse:
    """An answer whose body can be kept: a streamed one (a file) is read to its end."""
    if isinstance(response, HttpResponse):
        return response
    if not isinstance(response, StreamingHttpResponse) or response.is_async:
        raise TypeError("an endless answer cannot be kept for a repeat")
    whole = HttpResponse(b"".join(response), status=response.status_code)
    for name, value in response.items():
        whole[name] = value
    whole.cookies = response.cookies
    for close in response._resource_closers:  # type: ignore[attr-defined]  # response.close() would also end the request, and with it our transaction
        close()
    return whole


def _repeat(scope: str, key: str, mark: bytes) -> HttpResponse:
    first = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if first is None or bytes(first.fingerprint) != mark:
        raise Conflict(_("这个请求编号已经用于另一项内容。请刷新页面重新填写，或换一个 Idempotency-Key。"))
    response = HttpResponse(bytes(first.body or b""), status=first.status or 200, headers=first.headers)
    response["Idempotent-Replay"] = "true"
    return response


def request_mark(request: HttpRequest) -> bytes:
    """The fingerprint of a request: method, path, fields and files (the CSRF token aside)."""
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        parts: list[bytes | str] = [request.method or "", request.path]
        for name in sorted(request.POST):
            if name != "csrfmiddlewaretoken":
                parts += [name, *request.POST.getlist(name), ""]
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                parts += [name, file.name or "", _digest(file)]
        return fingerprint(*parts)
    return fingerprint(request.method or "", request.path, request.body)


def _digest(file: UploadedFile) -> bytes:  # type: ignore[type-arg]  # not subscriptable at run time
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def forget_old() -> int:
    """Delete answers older than KEEP. Returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=now() - KEEP).delete()[0]
