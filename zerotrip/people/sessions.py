"""The session of somebody who signs in: first pending, then theirs, then idle and over.

A pending session belongs to nobody: it only remembers whose first factor was right, for ten minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from zerotrip.core.clock import now
from zerotrip.people.models import Account
from zerotrip.people.queries import Acting, acting

PENDING: Final = "zt_pending"
PROVEN: Final = "zt_proven"
SEEN: Final = "zt_seen"
PENDING_FOR: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last request is remembered: once a minute, so that most pages write nothing."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Whose first factor was right, whether the second was too, and where to go afterwards."""

    account: int
    second: bool
    next: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a session is worth: who acts, or that it has just ended by idling."""

    acting: Acting | None
    idled: bool = False


def begin(request: HttpRequest, account: Account) -> None:
    """Sign `account` in: a new session key, nothing of the former session, a new CSRF token."""
    request.session.flush()
    request.session[SESSION_KEY] = str(account.pk)
    request.session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    request.session[PROVEN] = True
    request.session[SEEN] = _seconds(now())
    rotate_token(request)


def keep(request: HttpRequest, account: Account) -> None:
    """Let this session live on after its account's password changed; the account's other sessions end."""
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()


def end(request: HttpRequest) -> None:
    """Sign out: the session is deleted."""
    request.session.flush()


def remember(request: HttpRequest, account: Account, *, second: bool, back: str) -> None:
    """Remember that the first factor (and the `second`) was right."""
    request.session.cycle_key()
    request.session[PENDING] = {"account": account.pk, "at": _seconds(now()), "second": second, "next": back}


def pending(request: HttpRequest) -> Pending | None:
    """Whose first factor was right in this session; None when none was or it was too long ago."""
    raw: Any = request.session.get(PENDING)
    if not isinstance(raw, dict) or _seconds(now()) - raw["at"] > PENDING_FOR.total_seconds():
        return None
    return Pending(raw["account"], raw["second"], raw["next"])


def known(request: HttpRequest) -> Known:
    """Whose session this is, with one statement for the account and its duties. Ends it when it has idled too long."""
    key = request.session.get(SESSION_KEY)
    if key is None or not request.session.get(PROVEN):
        return Known(None)
    moment = now()
    found = acting(int(key), moment)
    if found is None or not found.account.is_active or not _same_password(request, found.account):
        request.session.flush()
        return Known(None)
    quiet = _seconds(moment) - int(request.session.get(SEEN, 0))
    if quiet > settings.ZEROTRIP_IDLE_MINUTES[str(found.account.kind)] * 60:
        request.session.flush()
        return Known(None, idled=True)
    if quiet >= SEEN_EVERY.total_seconds():
        request.session[SEEN] = _seconds(moment)
    return Known(found)


def _same_password(request: HttpRequest, account: Account) -> bool:
    return constant_time_compare(request.session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
