"""Who may open a page of the ground floor. Rooms above `people` use its `needs`, which leads to the sign-in page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.errors import NotAllowed, NotSignedIn

Page = Callable[..., HttpResponseBase]

PAGES: dict[str, frozenset[str]] = {}
"""The roles of every page declared here, by "module.function": read by the policing tests."""


EVERYONE: Final[frozenset[str]] = frozenset({"everyone"})
"""Said of a page that is open to the world."""


def open_to_everyone(page: Page) -> Page:
    """Say that a page needs nobody to be signed in."""
    PAGES[f"{page.__module__}.{getattr(page, '__qualname__', page)}"] = EVERYONE
    return page


def acting(request: HttpRequest) -> Actor:
    """Who asks; NOBODY when not signed in."""
    actor = getattr(request, "actor", NOBODY)
    return actor if isinstance(actor, Actor) else NOBODY


def needs(*roles: str) -> Callable[[Page], Page]:
    """Open a page to those who hold one of `roles`. Raises NotSignedIn for nobody and NotAllowed for others."""
    if not roles:
        raise ValueError("name the roles")
    allowed = frozenset(roles)

    def protect(page: Page) -> Page:
        PAGES[f"{page.__module__}.{page.__qualname__}"] = allowed

        @wraps(page)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = acting(request)
            if actor.kind == "nobody":
                raise NotSignedIn(_("您还没有登录，或停留太久已自动退出。请重新登录。"))
            if not actor.has(*allowed):
                raise NotAllowed(_("您的岗位不能查看这一页。如确有需要，请联系安全管理员调整岗位。"))
            return page(request, *args, **kwargs)

        return checked

    return protect
