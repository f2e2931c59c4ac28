"""Problems as answers: `application/problem+json` for machines and htmx, a page for people."""

from __future__ import annotations

import secrets

import orjson
import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from zerotrip.core.errors import Conflict, NotAllowed, NotFound, Problem

log = structlog.get_logger(__name__)
JSON = "application/problem+json; charset=utf-8"


def wants_json(request: HttpRequest) -> bool:
    """True for the API, htmx fragments and callers that ask for JSON."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or "HX-Request" in request.headers or "json" in accept.split(",")[0]


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer that tells `problem` to whoever asked."""
    if wants_json(request):
        return HttpResponse(orjson.dumps(problem.as_dict(), default=str), status=problem.status, content_type=JSON)
    return render(request, "web/problem.html", {"problem": problem}, status=problem.status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, NotFound(_("没有这个页面。请检查网址，或从首页重新进入。")))


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, NotAllowed(_("您没有权限查看这一页。")))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    from zerotrip.core.errors import BadInput

    problem = BadInput(_("这个请求不完整或格式不对，请返回上一页重试。"))
    problem.status = 400
    return answer(request, problem)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    problem = NotAllowed(_("页面停留太久，安全校验已过期。请返回上一页刷新后再提交。"))
    return answer(request, problem)


class Broken(Conflict):
    """Our own mistake: it has a number under which it is in the log."""

    status, slug = 500, "broken"


def server_error(request: HttpRequest) -> HttpResponse:
    reference = secrets.token_hex(4)
    log.error("unhandled error", reference=reference, path=request.path)
    problem = Broken(
        _("系统出错了，您的内容没有被改动。请稍后重试；若仍不行，请把编号 {n} 告诉工作人员。").format(n=reference)
    )
    return (
        HttpResponse(orjson.dumps(problem.as_dict(), default=str), status=500, content_type=JSON)
        if wants_json(request)
        else render(request, "web/problem.html", {"problem": problem}, status=500)
    )
