"""Every refusal of the API as an RFC 9457 problem document, with a sentence a person understands for each field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from zerotrip.core.errors import BadInput, NotAllowed, NotFound, NotSignedIn, Problem, TooMany
from zerotrip.core.words import listed
from zerotrip.gateway.signing.refused import ACCEPTED, NotVerified

JSON = "application/problem+json; charset=utf-8"


class ProblemOut(Schema):
    """RFC 9457 problem details. `detail` is a sentence for a person; `errors` has sentences by field."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}


REFUSED = {
    400: ProblemOut,
    401: ProblemOut,
    403: ProblemOut,
    404: ProblemOut,
    409: ProblemOut,
    422: ProblemOut,
    429: ProblemOut,
}
"""What every operation may answer beside its result."""


def answer(problem: Problem) -> HttpResponse:
    """The problem document of `problem`."""
    return HttpResponse(orjson.dumps(problem.as_dict(), default=str), status=problem.status, content_type=JSON)


def install(api: NinjaAPI) -> None:
    """Answer everything the API framework or an action refuses with a problem document."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Http404, _nothing)
    api.add_exception_handler(ValueError, _value)
    api.add_exception_handler(DataError, _value)


def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    response = answer(error)
    if isinstance(error, NotVerified):
        response["Accept-Signature"] = ACCEPTED
    return response


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(invalid(error.errors))


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(_framework(error))


def _nothing(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(NotFound(_("没有这个内容。请核对编号。")))


def _value(request: HttpRequest, error: Any) -> HttpResponse:
    if "NUL" not in str(error):
        raise error  # our own mistake: it is logged and answered with its number
    return answer(BadInput(_("内容含有不能保存的字符（空字符），请删除后重试。")))


def _framework(error: HttpError) -> Problem:
    if isinstance(error, AuthenticationError):
        return NotSignedIn(_("缺少令牌，或令牌无效、已停用。请在 Authorization 标头中发送“Bearer 令牌”。"))
    if isinstance(error, Throttled):
        return TooMany(_("请求太频繁，已超过约定的每分钟次数。请在 Retry-After 所说的秒数之后再试。"))
    if error.status_code == 403:
        return NotAllowed(_("没有权限。"))
    problem = BadInput(_("请求内容不能识别：正文应为 UTF-8 编码的 JSON，且不含空字符。"))
    problem.status = error.status_code if 400 <= error.status_code < 500 else 400
    return problem


def invalid(errors: list[dict[str, Any]]) -> BadInput:
    """What schema validation found, as sentences by field ("contact.phone", "materials.0.position")."""
    fields: dict[str, list[str]] = {}
    for error in errors:
        fields.setdefault(_field(error.get("loc", ())), []).append(sentence(error))
    named = listed(list(fields)[:5])
    return BadInput(_("请求有误，请检查：{fields}。").format(fields=named), fields=fields)


def _field(location: tuple[Any, ...] | list[Any]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "form", "file"} and len(parts) > 2:
        parts = parts[2:]
    elif len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts)[:200] or "body"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda c: _("必须填写。"),
    "string_too_long": lambda c: _("最多 {n} 个字符。").format(n=c["max_length"]),
    "string_too_short": lambda c: _("至少 {n} 个字符。").format(n=c["min_length"]),
    "string_pattern_mismatch": lambda c: _("格式不对，应符合 {pattern}。").format(pattern=c["pattern"]),
    "string_type": lambda c: _("应为文字。"),
    "string_unicode": lambda c: _("应为 UTF-8 文字。"),
    "literal_error": lambda c: _("只能是 {expected}。").format(expected=str(c["expected"]).replace(" or ", " / ")),
    "enum": lambda c: _("只能是 {expected}。").format(expected=str(c["expected"]).replace(" or ", " / ")),
    "union_tag_invalid": lambda c: _("只能是 {expected}。").format(expected=c["expected_tags"]),
    "union_tag_not_found": lambda c: _("必须填写 {name}。").format(name=c["discriminator"].strip("'")),
    "greater_than_equal": lambda c: _("不能小于 {n}。").format(n=c["ge"]),
    "less_than_equal": lambda c: _("不能大于 {n}。").format(n=c["le"]),
    "greater_than": lambda c: _("应大于 {n}。").format(n=c["gt"]),
    "less_than": lambda c: _("应小于 {n}。").format(n=c["lt"]),
    "too_long": lambda c: _("最多 {n} 项。").format(n=c["max_length"]),
    "too_short": lambda c: _("至少 {n} 项。").format(n=c["min_length"]),
    "extra_forbidden": lambda c: _("没有这个栏目，请删除或改正名称。"),
}
_BY_START: tuple[tuple[str, Callable[[], str]], ...] = (
    ("int", lambda: _("应为整数。")),
    ("float", lambda: _("应为数字。")),
    ("decimal", lambda: _("应为数字。")),
    ("bool", lambda: _("应为 true 或 false。")),
    ("datetime", lambda: _("应为带时区的时间，例如 2026-11-24T09:10:00+08:00。")),
    ("date", lambda: _("应为日期，例如 2026-11-24。")),
    ("time", lambda: _("应为时刻，例如 09:30。")),
    ("list", lambda: _("应为列表。")),
    ("dict", lambda: _("应为对象。")),
    ("model", lambda: _("应为对象。")),
    ("uuid", lambda: _("应为文件编号（UUID）。")),
)


def sentence(error: dict[str, Any]) -> str:
    """One finding of schema validation as a sentence in the caller's language."""
    kind, context = str(error.get("type", "")), error.get("ctx") or {}
    if kind in _SENTENCES:
        return _SENTENCES[kind](context)
    if kind in {"value_error", "assertion_error"} and isinstance(context.get("error"), Problem):
        return str(context["error"].detail)
    return next((say() for start, say in _BY_START if kind.startswith(start)), _("填写有误。"))
