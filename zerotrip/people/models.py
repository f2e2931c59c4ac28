"""Accounts and duties; the vault: persons, companies, contacts; one-time codes and text messages."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import BlindIndexField, SealedTextField
from zerotrip.core.roles import ADMINS, STAFF, Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.places.models import Division, Organisation, Place
from zerotrip.rules import masking
from zerotrip.rules.id_types import IdType

CARE = frozenset({Role.CARE_AGENT, Role.BRANCH_MANAGER})


class AccountKind(models.TextChoices):
    STAFF = "staff", _("工作人员")
    CITIZEN = "citizen", _("市民")


class AccountQuerySet(VisibleQuerySet["Account"]):
    """Staff accounts are kept by the security administrator and watched by the others; everyone sees their own."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        own = Q(pk=actor.id) if actor.id and actor.kind in AccountKind.values else Q(pk__in=[])
        return self.filter(own | Q(kind=AccountKind.STAFF)) if actor.has(*ADMINS) else self.filter(own)

    def get_by_natural_key(self, username: str) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """Somebody who signs in: staff by name, password and second factor, citizens by phone and one-time code.

    `name` is what entries call the account: the full name of staff, the masked name of a citizen, whose full name
    is in the vault only.
    """

    kind = models.CharField(_("类型"), max_length=7, choices=AccountKind.choices)
    username = models.CharField(_("账号"), max_length=40, unique=True, null=True)
    name = models.CharField(_("姓名"), max_length=60)
    phone = SealedTextField(null=True)
    phone_index = BlindIndexField(null=True)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField()
    password_until = models.DateTimeField(null=True)
    """From when the password must be changed before anything else; None: not before somebody changes it."""
    totp_secret = SealedTextField(null=True)
    totp_step = models.BigIntegerField(null=True)
    """The 30-second step of the last code used: it and all before it are refused."""
    failed_tries = models.PositiveSmallIntegerField(default=0)
    failures_since = models.PositiveIntegerField(default=0)
    """Wrong tries since the last sign-in, told at the next one."""
    locked_until = models.DateTimeField(null=True)
    last_login_from = models.GenericIPAddressField(null=True)
    previous_login = models.DateTimeField(null=True)
    previous_login_from = models.GenericIPAddressField(null=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="staff", username__isnull=False, phone_index__isnull=True)
                | Q(kind="citizen", username__isnull=True, phone_index__isnull=False),
                name="people_account_found_by_one_thing",
            ),
            models.UniqueConstraint(
                fields=["phone_index"], condition=Q(kind="citizen"), name="people_account_phone_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return masking.phone(self.phone) if self.phone else ""


class OldPassword(models.Model):
    """The hash of a password an account had, so that it is not taken again too soon."""

    internal = "hashes, compared only when a password is changed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    used_until = models.DateTimeField()


class FailedTry(models.Model):
    """A wrong try from an address, so that many accounts cannot be tried from one place. Kept for a day."""

    internal = "counted per address at sign-in"

    address_index = BlindIndexField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address_index", "at"], name="people_failed_try_address")]


class DutyQuerySet(VisibleQuerySet["Duty"]):
    """Duties are kept by the security administrator and watched by the audit administrator; everyone sees their own."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system or actor.has(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
            return self.all()
        return self.filter(account_id=actor.id) if actor.kind == "staff" else self.none()

    def held_at(self, moment: Any) -> Self:
        """Those in force at a moment."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=moment), since__lte=moment)


class Duty(models.Model):
    """A role an account holds somewhere for a time: at a place, for an organisation, or over a division."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(_("岗位"), max_length=20)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    division = models.CharField(_("区划范围"), max_length=12, blank=True, default="")
    """A prefix of division codes: "36", "3610", "361002"."""
    since = models.DateTimeField(_("起"))
    until = models.DateTimeField(_("止"), null=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=sorted(map(str, STAFF))), name="people_duty_role_of_staff"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="people_duty_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(role__in=sorted(map(str, ADMINS)), until__isnull=True),
                name="people_duty_one_administrator",
            ),
        ]
        indexes = [models.Index(fields=["place", "role"], name="people_duty_place")]

    def __str__(self) -> str:
        return f"{self.role} {self.scope}"

    @property
    def scope(self) -> str:
        """Where it holds, for a person to read."""
        parts = [str(part.name) for part in (self.place, self.organisation) if part is not None]
        return " · ".join([*parts, self.division] if self.division else parts) or "—"


class PersonQuerySet(VisibleQuerySet["Person"]):
    """A citizen sees their own record, customer care sees all, masked; others reach a person through a case."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system or actor.has(Role.CARE_AGENT):
            return self.all()
        return self.filter(account_id=actor.id) if actor.kind == "citizen" and actor.id else self.none()


class Person(models.Model):
    """A natural person, in the vault: what names them is sealed, found by the blind index of the document."""

    name = SealedTextField()
    id_type = models.CharField(max_length=3, choices=[(t.value, t.zh) for t in IdType if t.of_person])
    id_number = SealedTextField()
    id_index = BlindIndexField(unique=True)
    phone = SealedTextField(null=True)
    phone_index = BlindIndexField(null=True)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, related_name="person")
    registered_at = models.DateTimeField()

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["phone_index"], name="people_person_phone")]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return masking.name(self.name)

    @property
    def masked_phone(self) -> str:
        return masking.phone(self.phone) if self.phone else ""

    @property
    def masked_id(self) -> str:
        return masking.id_number(self.id_number)

    @property
    def document(self) -> str:
        """The kind of document, in words."""
        kind = IdType.get(self.id_type)
        return kind.zh if kind else self.id_type


class CompanyQuerySet(VisibleQuerySet["Company"]):
    """Name and code of a company are in a public register: staff see all, citizens those they act for."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system or actor.has(*STAFF):
            return self.all()
        return self.filter(agents__account_id=actor.id) if actor.kind == "citizen" and actor.id else self.none()


class Company(models.Model):
    """A legal person or other organisation that applies."""

    name = models.CharField(_("单位名称"), max_length=120)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    legal_representative = SealedTextField(null=True)
    registered_at = models.DateTimeField()

    objects = CompanyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def masked_legal_representative(self) -> str:
        return masking.name(self.legal_representative) if self.legal_representative else ""


class CompanyAgent(models.Model):
    """A citizen's account that acts for a company (经办人)."""

    internal = "read through its company"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="agents")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="companies")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "account"], name="people_company_agent_once")]


class ContactQuerySet(VisibleQuerySet["Contact"]):
    """Owners see their own; care and branch heads those of their divisions; others reach one through a mail piece."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        if actor.kind == "citizen" and actor.id:
            return self.filter(owner_id=actor.id)
        if not actor.has(*CARE):
            return self.none()
        inside = Q(pk__in=[])
        for prefix in actor.divisions:
            inside |= Q(division__code__startswith=prefix)
        return self.filter(inside)

    def update(self, **kwargs: Any) -> int:
        raise TypeError("a contact is a snapshot: save a new one")


class Contact(models.Model):
    """Who and where, as given for one mail piece or case. A snapshot: never changed, a new one is saved instead."""

    name = SealedTextField()
    phone = SealedTextField()
    phone_index = BlindIndexField()
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=120)
    """The division's full name on that day: 江西省南昌市东湖区."""
    detail = SealedTextField()
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="contacts")
    """The citizen whose address book it is in."""
    saved_at = models.DateTimeField()

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["phone_index"], name="people_contact_phone")]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.masked_address}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a contact is a snapshot: save a new one")
        super().save(*args, **kwargs)

    @property
    def address(self) -> str:
        """The whole address, unmasked: for the carrier's own work, never for a screen or label."""
        return f"{self.region}{self.detail}"

    @property
    def masked_name(self) -> str:
        return masking.name(self.name)

    @property
    def masked_phone(self) -> str:
        return masking.phone(self.phone)

    @property
    def masked_address(self) -> str:
        return masking.address(self.address)

    def phone_ends_with(self, four: str) -> bool:
        """True when `four` are the last four digits of the phone."""
        return len(four) == 4 and four.isascii() and four.isdigit() and str(self.phone).endswith(four)


class PhoneCode(models.Model):
    """A one-time code sent to a phone: kept as a keyed hash, good for five minutes and five tries."""

    internal = "read only by people.actions at sign-in"

    phone = SealedTextField()
    phone_index = BlindIndexField()
    address_index = BlindIndexField()
    code_hash = BlindIndexField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_index", "sent_at"], name="people_code_phone"),
            models.Index(fields=["address_index", "sent_at"], name="people_code_address"),
        ]

    @property
    def masked_phone(self) -> str:
        return masking.phone(self.phone)


class TextState(models.TextChoices):
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class TextMessage(models.Model):
    """A text message to send, being sent, or sent. The outbox of the SMS port."""

    internal = "text and phone are sealed; the demo's inbox page reads it by people.queries.demo_inbox"

    phone = SealedTextField()
    text = SealedTextField()
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=6, choices=TextState.choices, default=TextState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    send_before = models.DateTimeField(null=True)
    """After this it is of no use any more and is not sent."""
    sent_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=80, blank=True, default="")
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["queued_at"], name="people_text_open", condition=Q(state="queued"))]

    @property
    def masked_phone(self) -> str:
        return masking.phone(self.phone)
