"""What surrounds every request: size limit, security headers, problems turned into answers, forms that count once."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.errors import BadInput, Problem, TooLarge
from zerotrip.core.idempotency import answer_once, request_mark
from zerotrip.web.errors import answer

Next = Callable[[HttpRequest], HttpResponseBase]


class SizeLimit:
    """Refuses a request that says it is too large before reading it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 15 or int(length) > settings.ZEROTRIP_LARGEST_REQUEST:
            return answer(request, too_large())
        return self.get_response(request)


def too_large() -> TooLarge:
    """What a request over the limit is told."""
    limit = settings.ZEROTRIP_LARGEST_REQUEST // 1048576
    return TooLarge(_("一次提交的内容不能超过 {limit} MB。请分几次上传，或压缩图片后重试。").format(limit=limit))


class SecurityHeaders:
    """Content security policy and permissions for every answer."""

    POLICY = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    )

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class WrongMethod(Problem):
    """The address exists, but not for this method."""

    status, slug, title = 405, "wrong-method", gettext_lazy("请求方式不对")


class Problems:
    """Turns a Problem raised anywhere below into a page, a fragment or a problem document."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 405 or "Allow" not in response.headers:
            return response
        told = answer(request, WrongMethod(_("这个网址不接受 {method} 请求。").format(method=request.method)))
        told["Allow"] = response["Allow"]
        return told

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Problem):
            return answer(request, error)
        if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
            return _unreadable(request, error)
        if isinstance(error, ValueError | DataError) and "NUL" in str(error):
            return answer(request, BadInput(_("填写的内容含有不能保存的字符（空字符），请删除后重试。")))
        return None


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to a form that is more than we read."""
    if isinstance(error, RequestDataTooBig):
        return answer(request, too_large())
    return answer(request, BadInput(_("一次提交的栏目太多，请分几次提交。")))


class OnceOnly:
    """A page form carries a number (`{% once %}`): sent twice, it counts once and gets the first answer."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or request.path.startswith("/api/"):
            return self.get_response(request)
        try:
            key = request.POST.get("_once", "")
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
            request._mark_post_parse_error()  # type: ignore[attr-defined]  # as Django does before it answers
            return _unreadable(request, error)
        if not key:
            return self.get_response(request)
        scope = f"page:{request.user.pk or request.session.session_key or 'anonymous'}"
        try:
            return answer_once(scope[:80], key, request_mark(request), lambda: self.get_response(request))
        except Problem as problem:
            return answer(request, problem)
