"""Errors a person reads: what is wrong and what to do (RFC 9457 problem details).

Raise them anywhere below a page or the API; one middleware turns them into a page, a fragment or
`application/problem+json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Problem(Exception):
    """An answer that is not the one hoped for.

    `detail` is a sentence for the person at the screen; `fields` maps a field's name to its sentences.
    """

    status = 500
    slug = "problem"
    title: str | Promise = _("出了问题")

    def __init__(
        self, detail: str | Promise, *, fields: Mapping[str, Sequence[str | Promise]] | None = None, **extra: Any
    ) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.fields = {name: [str(s) for s in sentences] for name, sentences in (fields or {}).items()}
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        """The problem document of RFC 9457, with `errors` per field."""
        document: dict[str, Any] = {
            "type": f"/docs/problems#{self.slug}",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail),
        }
        if self.fields:
            document["errors"] = self.fields
        return document | self.extra


class BadInput(Problem):
    """What was sent cannot be understood or is not valid; `fields` says where."""

    status, slug, title = 422, "bad-input", _("填写有误")


class NotSignedIn(Problem):
    """Nobody is signed in, or the token is unknown."""

    status, slug, title = 401, "not-signed-in", _("请先登录")


class NotAllowed(Problem):
    """The actor's roles do not allow this."""

    status, slug, title = 403, "not-allowed", _("没有权限")


class NotFound(Problem):
    """It does not exist, or this actor may not know that it does."""

    status, slug, title = 404, "not-found", _("没有找到")


class Conflict(Problem):
    """The thing is in a state that does not allow this now."""

    status, slug, title = 409, "conflict", _("现在不能这样做")


class TooLarge(Problem):
    """More than is taken in one go."""

    status, slug, title = 413, "too-large", _("内容太大")


class TooMany(Problem):
    """Too many tries in a short time."""

    status, slug, title = 429, "too-many", _("操作太频繁")


class Unavailable(Problem):
    """Something this needs is not reachable now; nothing was changed."""

    status, slug, title = 503, "unavailable", _("暂时无法办理")
