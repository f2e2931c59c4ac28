"""Who calls the API: a partner, reading by its token and writing by its key, or, for reading, somebody signed in.

Token and key are looked up once in 30 seconds and process, so that a call costs no statement for them. A revoked one is
therefore refused everywhere at most 30 seconds later, and at once in the process that revoked it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from zerotrip.core import ids
from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import NotAllowed
from zerotrip.core.roles import Role
from zerotrip.gateway.allowance import PARTNERS, Left
from zerotrip.gateway.models import USUAL_RATE, Partner, Scope
from zerotrip.gateway.signing import refused, verify
from zerotrip.gateway.signing.refused import NotVerified
from zerotrip.people.access import client_address

KEEP: Final = timedelta(seconds=30)
MOST_KEPT: Final = 2000
PREFIX: Final = "zt_"
RATE_OF_NOBODY: Final = 300
"""Requests a minute from one address without a token, counted in each web process."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner as the API needs it."""

    actor: Actor
    scopes: frozenset[str]
    rate: int


_known: OrderedDict[bytes, tuple[datetime, Caller]] = OrderedDict()


def fresh_token() -> str:
    """A token of 192 random bits."""
    return PREFIX + ids.token(24)


def digest(token: str) -> bytes:
    """What is kept of a token. A random token needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def forget(token_digest: bytes) -> None:
    """Look this token up anew at its next use."""
    _known.pop(token_digest, None)


def caller(token: str) -> Caller | None:
    """Whose token this is; None when it is unknown or revoked. At most 30 seconds old."""
    if not token.startswith(PREFIX) or len(token) > 100:
        return None
    key, moment = digest(token), now()
    known = _known.get(key)
    if known and moment - KEEP <= known[0] <= moment:
        return known[1]
    partner = Partner.objects.filter(token_digest=key, active=True).first()
    if partner is None:
        forget(key)
        return None
    found = caller_of(partner)
    _known[key] = (moment, found)
    while len(_known) > MOST_KEPT:
        _known.popitem(last=False)
    return found


def caller_of(partner: Partner) -> Caller:
    """A partner as the API needs it."""
    organisations = frozenset({partner.organisation_id}) if partner.organisation_id else frozenset()
    actor = Actor("partner", partner.pk, partner.name, frozenset({str(Role.PARTNER)}), organisations=organisations)
    return Caller(actor, frozenset(partner.scopes), partner.rate_per_minute)


class Signed(HttpBearer):
    """A partner: its bearer token for reading, its signature for writing. The session of somebody signed in reads."""

    writes = True
    """Whether what is not GET changes something, and so must be signed."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        if self.writes and request.method not in READING:
            return self.by_signature(request)
        if "Authorization" in request.headers:
            found: Actor | None = super().__call__(request)
            return found
        return self.without_token(request)

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = caller(token)
        if found is None:
            refused.note(None, "token", "")
            return None
        return _let_in(request, found)

    def by_signature(self, request: HttpRequest) -> Actor:
        """The partner whose key signed this request; a token that is sent too must be its own. Raises NotVerified."""
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        bearer = caller(token.strip()) if kind.lower() == self.openapi_scheme else None
        try:
            key = verify.verified(request)
            if kind and (bearer is None or bearer.actor.id != key.partner.pk):
                told = _("Authorization 中的令牌不是签名密钥所属合作方的。请去掉令牌，或用同一合作方的令牌和密钥。")
                raise NotVerified("other-partner", told, key.partner.pk)
        except NotVerified as problem:
            whose = problem.partner or (bearer.actor.id if bearer else None)
            refused.note(whose, problem.reason, str(problem.detail))
            raise
        return _let_in(request, caller_of(key.partner))

    def without_token(self, request: HttpRequest) -> Actor | None:
        """The signed-in person, who may only read: a form on another site must not act in their name."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        request.scopes = frozenset({Scope.READ})  # type: ignore[attr-defined]
        return actor if actor.kind != "nobody" and request.method == "GET" else None


class Open(Signed):
    """Public facts and questions, some sent by POST: anybody; yet a token that is sent must be good."""

    writes = False

    def without_token(self, request: HttpRequest) -> Actor:
        """Whoever it is."""
        actor: Actor = getattr(request, "actor", NOBODY)
        return actor


def _let_in(request: HttpRequest, found: Caller) -> Actor:
    request.actor, request.scopes, request.rate = found.actor, found.scopes, found.rate  # type: ignore[attr-defined]
    return found.actor


class Limit(BaseThrottle):
    """So many requests a minute as agreed: a partner's over all web processes, other callers' in each."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}

    def allow_request(self, request: HttpRequest) -> bool:
        """Count this request. False when the minute's requests are used up. What is left goes to `request.left`."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.kind == "partner" and actor.id:
            left = PARTNERS.spend(actor.id, getattr(request, "rate", USUAL_RATE))
            if not left.allowed:
                refused.note(actor.id, "too-many", "")
        else:
            left = self._one_here(request, actor)
        request.left = left  # type: ignore[attr-defined]
        return left.allowed

    def _one_here(self, request: HttpRequest, actor: Actor) -> Left:
        minute = int(now().timestamp() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        nobody = actor.kind == "nobody"
        who = client_address(request) if nobody else f"{actor.kind} {actor.id}"
        self._counts[who] = count = self._counts.get(who, 0) + 1
        rate = RATE_OF_NOBODY if nobody else USUAL_RATE
        return Left(rate, max(0, rate - count), int(self.wait()), count <= rate)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return ceil(60 - now().timestamp() % 60)


def require(request: HttpRequest, scope: Scope) -> Actor:
    """The actor of a request that may do `scope`. Raises NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if scope not in request.scopes:  # type: ignore[attr-defined]
        if actor.kind == "partner":
            refused.note(actor.id, "scope", scope.value)
        raise NotAllowed(
            _("这个令牌不能{what}（需要 {scope}）。请联系平台管理员开通。").format(what=scope.label, scope=scope.value)
        )
    return actor
