"""Who may open a page.

    @needs(Role.HALL_CLERK)
    def hall(request: HttpRequest) -> HttpResponse: ...

Each page says it, `PAGES` remembers it, and a test walks every address with every role.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.errors import NotAllowed, NotSignedIn
from zerotrip.core.roles import STAFF, Role

Page = Callable[..., HttpResponseBase]

EVERYONE: Final[frozenset[str]] = frozenset({"everyone"})
"""Said of a page that is open to the world."""

PAGES: dict[str, frozenset[str]] = {}
"""The roles of every page, by "module.function": read by the policing tests."""


def needs(*roles: str) -> Callable[[Page], Page]:
    """Open a page to those who hold one of `roles`. Others are asked to sign in, or told that they may not."""
    if not roles:
        raise ValueError("name the roles, or use open_to_everyone")
    allowed = frozenset(roles)

    def protect(page: Page) -> Page:
        _enter(page, allowed)

        @wraps(page)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = acting(request)
            if actor.kind == "nobody":
                return ask_to_sign_in(request, citizen=allowed == {Role.CITIZEN})
            if not actor.has(*allowed):
                raise NotAllowed(_("您的岗位不能查看这一页。如确有需要，请联系安全管理员调整岗位。"))
            return page(request, *args, **kwargs)

        return checked

    return protect


def needs_staff(page: Page) -> Page:
    """Open a page to everybody who is signed in as staff, also without a duty today."""
    _enter(page, STAFF)

    @wraps(page)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = acting(request)
        if actor.kind == "nobody":
            return ask_to_sign_in(request)
        if actor.kind != "staff":
            raise NotAllowed(_("这一页供工作人员使用。"))
        return page(request, *args, **kwargs)

    return checked


def open_to_everyone(page: Page) -> Page:
    """Say that a page needs nobody to be signed in."""
    _enter(page, EVERYONE)
    return page


def acting(request: HttpRequest) -> Actor:
    """Who asks; NOBODY when not signed in."""
    actor = getattr(request, "actor", NOBODY)
    return actor if isinstance(actor, Actor) else NOBODY


def ask_to_sign_in(request: HttpRequest, *, citizen: bool = False) -> HttpResponseBase:
    """To the sign-in page and back. Raises NotSignedIn for htmx, the API and whoever else does not follow a page."""
    if wants_no_page(request):
        raise NotSignedIn(_("您还没有登录，或停留太久已自动退出。请重新登录。"))
    address = reverse("people:sign_in_phone" if citizen else "people:sign_in")
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _before(request)
    return HttpResponseRedirect(f"{address}?{urlencode({'next': back})}" if back else address)


def wants_no_page(request: HttpRequest) -> bool:
    """True for the API, htmx fragments and callers that ask for JSON."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or "HX-Request" in request.headers or "json" in accept.split(",")[0]


def safe_next(request: HttpRequest, address: str) -> str:
    """`address` when it lies on this site, else nothing: no sign-in page leads elsewhere."""
    good = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if good and "\\" not in address else ""


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: behind N trusted proxies (settings.ZEROTRIP_PROXIES) the N-th hop from the right."""
    proxies = int(getattr(settings, "ZEROTRIP_PROXIES", 0))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    address = hops[-proxies] if proxies and len(hops) >= proxies else request.META.get("REMOTE_ADDR", "")
    return address if _is_address(address) else ""


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _before(request: HttpRequest) -> str:
    return safe_next(request, request.headers.get("Referer", ""))


def _enter(page: Page, roles: frozenset[str]) -> None:
    name = f"{page.__module__}.{getattr(page, '__qualname__', page)}"
    if name in PAGES:
        raise ValueError(f"the page {name} is declared twice")
    PAGES[name] = roles
