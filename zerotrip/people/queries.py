"""What can be asked about accounts, duties and applicants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.crypto import blind_index
from zerotrip.core.errors import NotFound
from zerotrip.core.roles import Role
from zerotrip.people.models import (
    Account,
    AccountKind,
    AccountQuerySet,
    Company,
    Contact,
    ContactQuerySet,
    Duty,
    DutyQuerySet,
    Person,
    PersonQuerySet,
    TextMessage,
)
from zerotrip.rules import mobile
from zerotrip.rules.errors import RuleError
from zerotrip.rules.id_types import IdType


@dataclass(frozen=True, slots=True)
class DutyNow:
    """A duty in force, as the session needs it."""

    role: str
    place: int | None
    place_name: str
    organisation: int | None
    division: str


@dataclass(frozen=True, slots=True)
class Acting:
    """An account with the duties it holds at a moment."""

    account: Account
    duties: tuple[DutyNow, ...]

    @property
    def actor(self) -> Actor:
        """Who this account acts as; an account that is closed or holds no duty has no roles."""
        account = self.account
        if account.kind == AccountKind.CITIZEN:
            roles = frozenset({str(Role.CITIZEN)}) if account.is_active else frozenset()
            return Actor(kind="citizen", id=account.pk, name=account.name, roles=roles)
        duties = self.duties if account.is_active else ()
        return Actor(
            kind="staff",
            id=account.pk,
            name=account.name,
            roles=frozenset(d.role for d in duties),
            places=frozenset(d.place for d in duties if d.place is not None),
            organisations=frozenset(d.organisation for d in duties if d.organisation is not None),
            divisions=frozenset(d.division for d in duties if d.division),
        )


# One statement brings the account and its duties, because every page of a signed-in person pays for it.
_DUTIES_NOW = """
(SELECT json_agg(json_build_array(d.role, d.place_id, p.name, d.organisation_id, d.division) ORDER BY d.id)
 FROM people_duty d LEFT JOIN places_place p ON p.id = d.place_id
 WHERE d.account_id = people_account.id AND d.since <= %s AND (d.until IS NULL OR d.until > %s))
"""


def acting(account_id: int, moment: datetime) -> Acting | None:
    """The account with the duties it holds at `moment`, in one statement; None when there is no such account."""
    found = (
        Account.objects.filter(pk=account_id)
        .defer("phone", "totp_secret")
        .annotate(duties_now=RawSQL(_DUTIES_NOW, [moment, moment]))
        .first()
    )
    if found is None:
        return None
    raw: Any = getattr(found, "duties_now", None)
    rows = json.loads(raw) if isinstance(raw, str) else raw or []
    return Acting(found, tuple(DutyNow(role, place, name or "", org, div) for role, place, name, org, div in rows))


def actor_of(account: Account, moment: datetime | None = None) -> Actor:
    """Who an account acts as at `moment` (now). For the demo, tests and jobs that act in somebody's name."""
    known = acting(account.pk, moment or now())
    if known is None:
        raise NotFound(_("没有这个账号。"))
    return known.actor


def staff_accounts(*, actor: Actor, text: str = "") -> AccountQuerySet:
    """Staff accounts by name or username, open ones first."""
    found = Account.objects.visible_to(actor).filter(kind=AccountKind.STAFF)
    for word in text.split()[:4]:
        found = found.filter(name__icontains=word) | found.filter(username__icontains=word)
    return found.order_by("-is_active", "username")


def staff_account(account_id: int, *, actor: Actor) -> Account:
    """One staff account. Raises NotFound."""
    found = Account.objects.visible_to(actor).filter(pk=account_id, kind=AccountKind.STAFF).first()
    if found is None:
        raise NotFound(_("没有这个工作账号，请从人员列表重新进入。"))
    return found


def duties(account_id: int, *, actor: Actor) -> DutyQuerySet:
    """The duties of an account, present ones first."""
    chosen = Duty.objects.visible_to(actor).filter(account_id=account_id)
    return chosen.select_related("place", "organisation").order_by("-until", "-since", "pk")


def on_duty(role: str, *, place: int, actor: Actor) -> QuerySet[Account]:
    """Who holds `role` at a place now: for colleagues at that place, and heads of branches."""
    if not (actor.is_system or place in actor.places or actor.has(Role.BRANCH_MANAGER, Role.SECURITY_ADMIN)):
        return Account.objects.none()
    held = Duty.objects.held_at(now()).filter(role=role, place_id=place).values("account_id")
    return Account.objects.filter(pk__in=held, is_active=True).order_by("name", "pk")


def my_person(*, actor: Actor) -> Person | None:
    """The real-name record of the citizen who asks."""
    return (
        Person.objects.visible_to(actor).filter(account_id=actor.id or 0).first() if actor.kind == "citizen" else None
    )


def person_by_document(id_type: str, id_number: str, *, actor: Actor) -> Person | None:
    """The person with this document, however it is spaced or typed; None when unknown or not for this actor."""
    kind = IdType.get(id_type)
    if kind is None:
        return None
    return Person.objects.visible_to(actor).filter(id_index=id_index(kind, id_number)).first()


def persons_by_phone(phone: str, *, actor: Actor) -> PersonQuerySet:
    """The persons with this phone, however it is written."""
    return Person.objects.visible_to(actor).filter(phone_index=phone_index(phone))


def contacts(*, actor: Actor) -> ContactQuerySet:
    """The address book of a citizen, newest first."""
    return Contact.objects.visible_to(actor).filter(owner_id=actor.id or 0).order_by("-pk")


def company(uscc: str, *, actor: Actor) -> Company | None:
    """The company with this code, when the actor may know it."""
    return Company.objects.visible_to(actor).filter(uscc=uscc.strip().upper()).first()


def demo_inbox(limit: int = 30) -> list[TextMessage]:
    """The newest text messages, unsealed: only where everything is a demo. Raises NotFound elsewhere."""
    if not settings.ZEROTRIP_DEMO:
        raise NotFound(_("只有演示环境才有演示收件箱。"))
    return list(TextMessage.objects.order_by("-pk")[:limit])


def phone_index(phone: str) -> bytes:
    """The blind index of a phone, equal for every way to write it."""
    return blind_index(mobile.compact(phone), "phone")


def id_index(kind: IdType, number: str) -> bytes:
    """The blind index of a document; documents that carry the resident number count as one."""
    from zerotrip.rules import other_id

    try:
        plain = other_id.compact(number)
    except RuleError:
        plain = number
    return blind_index(plain, "id resident" if kind.has_resident_form else f"id {kind.value}")
