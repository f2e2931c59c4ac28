"""Every address of the product with who may open it, read from the resolver and the pages' own declarations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from zerotrip.core.access import PAGES as GROUND_PAGES
from zerotrip.core.roles import STAFF
from zerotrip.people.access import EVERYONE
from zerotrip.people.access import PAGES as ROOM_PAGES

OPEN = frozenset(
    {
        "zerotrip.web.health.health",
        "zerotrip.web.health.metrics",
        "zerotrip.web.live.live",
        "django.views.i18n.set_language",
    }
)
"""Addresses below the rooms, which cannot declare themselves: /live asks for itself who may follow what."""

BY_PREFIX = {"zerotrip.web.pages.design": STAFF}
"""Pages without a declaration of their own, for staff because everything below /desk/ is."""

VALUES = {
    "int": ("1", "0", "99999999999999999999"),
    "uuid": ("0f8fad5b-d9cb-469f-a165-70867728950e",),
    "path": ("a/b", "../x"),
    "slug": ("x",),
}
WORDS = ("x", "JX36010220261123000001Y", "360102", "\u0000", "龘" * 60, "%27%22<script>")
CHOICES = ("xlsx", "csv", "pdf", "1", "x")


@dataclass(frozen=True)
class Address:
    """One address pattern: `name` of its view, `roles` (None: undeclared), and how to fill it in."""

    name: str
    roles: frozenset[str] | None
    fill: Callable[[int], str]

    @property
    def open(self) -> bool:
        return self.name in OPEN or self.roles == EVERYONE


def pages() -> list[Address]:
    """All addresses but the API's, which is walked by its description."""
    return list(_walk(get_resolver().url_patterns, []))


def _walk(patterns: list[Any], before: list[Any]) -> Iterator[Address]:
    for pattern in patterns:
        here = [*before, pattern.pattern]
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "api-v1":
                yield from _walk(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            view = pattern.callback
            name = f"{view.__module__}.{getattr(view, '__qualname__', view)}"
            yield Address(
                name,
                ROOM_PAGES.get(name) or GROUND_PAGES.get(name) or BY_PREFIX.get(name),
                lambda turn, h=here: _filled(h, turn),
            )


def _filled(patterns: list[Any], turn: int) -> str:
    """An address of this pattern; another `turn` gives other values."""
    return "/" + "".join(_part(pattern, turn) for pattern in patterns)


def _part(pattern: Any, turn: int) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda m: _value(m[1] or "str", turn), str(pattern._route))
    if isinstance(pattern, RegexPattern):
        source = str(pattern._regex).lstrip("^").rstrip("$")
        for offset in range(len(CHOICES)):
            choice = CHOICES[(turn + offset) % len(CHOICES)]
            made = re.sub(r"\(\?P<\w+>[^)]*\)", choice, source).replace("\\", "")
            if re.fullmatch(str(pattern._regex), made) or re.match(str(pattern._regex), made):
                return made
        return source
    return ""


def _value(kind: str, turn: int) -> str:
    values = VALUES.get(kind, WORDS)
    return values[turn % len(values)]
