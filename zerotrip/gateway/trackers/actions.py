"""What can be done with trackers: open, renew the key, close; follow a number; send again what was set aside."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.gateway import outgoing
from zerotrip.gateway.models import Partner
from zerotrip.gateway.trackers import kinds
from zerotrip.gateway.trackers.models import Following, Subscription, Tracker, TrackerScope
from zerotrip.ledger.frame import action, record

KEEPERS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})


def digest(key: str) -> bytes:
    """What finds a key. A random key needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _fresh_key() -> str:
    return secrets.token_hex(16)


@action("gateway.open_tracker", roles=KEEPERS)
def open_tracker(
    partner: str, scopes: Collection[str] = tuple(TrackerScope.values), *, actor: Actor, at: datetime
) -> tuple[Tracker, str]:
    """Give a partner (by name) access to the 快递100-compatible endpoints. Returns it with its key.

    `customer` of the tracker is public, the key is not. Raises NotFound, BadInput for unknown scopes.
    """
    if not scopes or set(scopes) - set(TrackerScope.values):
        raise BadInput(_("请选择可用接口。"), fields={"scopes": [_("请选择可用接口。")]})
    owner = Partner.objects.visible_to(actor).filter(name=partner, active=True).first()
    if owner is None:
        raise NotFound(_("没有名为“{name}”的合作方，或已停用。").format(name=partner))
    key = _fresh_key()
    tracker = Tracker.objects.create(
        partner=owner,
        customer=secrets.token_hex(16).upper(),
        key=key,
        key_digest=digest(key),
        scopes=sorted(set(scopes)),
        opened_at=at,
    )
    record(kinds.OPENED, tracker, partner=owner.name, customer=tracker.customer)
    return tracker, key


@action("gateway.renew_tracker_key", roles=KEEPERS)
def renew_key(customer: str, *, actor: Actor, at: datetime) -> str:
    """Give a tracker a new key; the former one is void at once. Raises NotFound, Conflict when it is closed."""
    tracker, key = _locked(customer, actor), _fresh_key()
    tracker.key, tracker.key_digest = key, digest(key)
    tracker.save(update_fields=["key", "key_digest"])
    record(kinds.KEY_RENEWED, tracker, partner=tracker.partner.name)
    return key


@action("gateway.close_tracker", roles=KEEPERS)
def close_tracker(customer: str, *, reason: str, actor: Actor, at: datetime) -> Tracker:
    """End a tracker's access at once; what it followed is not pushed any more. Raises NotFound, BadInput, Conflict."""
    if not 2 <= len(reason.strip()) <= 200:
        raise BadInput(_("请说明停用的原因，2 至 200 个字。"), fields={"reason": [_("2 至 200 个字。")]})
    tracker = _locked(customer, actor)
    tracker.active, tracker.closed_at = False, at
    tracker.save(update_fields=["active", "closed_at"])
    open_ = tracker.subscriptions.filter(state=Following.POLLING)
    open_.update(state=Following.ABORT, due_at=None, leased_until=None)
    record(kinds.CLOSED, tracker, partner=tracker.partner.name, reason=reason.strip())
    return tracker


@dataclass(frozen=True, slots=True)
class Wish:
    """A number to be followed, as it was asked for."""

    number: str
    company: str
    callback_url: str
    salt: str | None = None
    detail: str = ""
    lang: str = "zh"


def follow(tracker: Tracker, wish: Wish, *, at: datetime) -> Subscription:
    """Follow a number for a tracker. What is known of it is pushed at once.

    Not an action: numbers are followed by the thousand, and following one changes nothing but what is pushed.
    Raises BadInput for an address that is not sent to, Conflict when the tracker follows the number already.
    """
    where = outgoing.check(wish.callback_url)
    try:
        with transaction.atomic():
            return Subscription.objects.create(
                tracker=tracker,
                number=wish.number,
                company=wish.company,
                callback_url=where,
                salt=wish.salt,
                detail=wish.detail,
                lang=wish.lang,
                since=at,
                changed_at=at,
            )
    except IntegrityError as error:
        raise Conflict(_("重复订阅：邮件 {number} 正在跟踪中。").format(number=wish.number)) from error


@action("gateway.set_tracker_push_aside", roles={Role.SYSTEM})
def set_aside(subscription: Subscription, *, actor: Actor, at: datetime) -> None:
    """Give a push up that could not be delivered for days."""
    subscription.state, subscription.due_at, subscription.leased_until = Following.ASIDE, None, None
    subscription.save(update_fields=["state", "due_at", "leased_until"])
    told: Mapping[str, Any] = {"host": subscription.host[:120], "partner": subscription.tracker.partner.name}
    record(
        kinds.SET_ASIDE,
        subscription,
        number=subscription.number,
        tries=subscription.tries,
        trouble=subscription.trouble,
        **told,
    )


@action("gateway.push_to_tracker_again", roles=KEEPERS)
def send_again(customer: str, *, actor: Actor, at: datetime) -> int:
    """Push everything that was set aside for a tracker once more. Returns how many. Raises NotFound, Conflict.

    A number that the tracker has meanwhile subscribed anew stays aside: it is pushed anyway.
    """
    tracker = _locked(customer, actor)
    again = tracker.subscriptions.filter(state=Following.POLLING).values("number")
    aside = tracker.subscriptions.filter(state=Following.ASIDE).exclude(number__in=again)
    newest = aside.order_by("number", "-pk").distinct("number").values("pk")
    count = Subscription.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(
        state=Following.POLLING, due_at=at, tries=0, changed_at=at
    )
    record(kinds.SENT_AGAIN, tracker, partner=tracker.partner.name, count=count)
    return count


def _locked(customer: str, actor: Actor) -> Tracker:
    rows = Tracker.objects.visible_to(actor).select_related("partner")
    found: Tracker | None = (
        rows.select_for_update(no_key=True, of=("self",)).filter(customer=customer.strip().upper()).first()
    )
    if found is None:
        raise NotFound(_("没有这个公司编号。"))
    if not found.active:
        raise Conflict(_("这个公司编号已停用。"))
    return found
