"""Partners: other systems that call the API, the keys they sign with, and what was refused them."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.places.models import Organisation

USUAL_RATE = 600
"""Requests a minute unless agreed otherwise."""


KEEPERS_SEE = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


class Scope(models.TextChoices):
    CREATE = "cases:create", _("提交申请")
    READ = "cases:read", _("查询自己提交的办件")
    WITHDRAW = "cases:withdraw", _("撤回自己提交的办件")
    WEBHOOKS = "webhooks:manage", _("管理事件推送")
    SCANS = "scans:write", _("报送轨迹")


class PartnerQuerySet(VisibleQuerySet["Partner"]):
    """Administrators see the partners; a partner sees itself."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(*KEEPERS_SEE):
            return self.all()
        if actor.kind == "partner" and actor.id:
            return self.filter(pk=actor.id)
        return self.none()


class Partner(models.Model):
    """A system that calls the API, with what it may do. Its token is not kept, only the token's digest."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    scopes = ArrayField(models.CharField(max_length=30), verbose_name=_("可用接口"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="partners")
    token_digest = models.BinaryField(max_length=32, unique=True)
    token_since = models.DateTimeField()
    rate_per_minute = models.PositiveIntegerField(_("每分钟请求数"), default=USUAL_RATE)
    active = models.BooleanField(default=True)
    registered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(active=True, revoked_at__isnull=True)
                | models.Q(active=False, revoked_at__isnull=False),
                name="gateway_partner_revoked_when_inactive",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_labels(self) -> list[str]:
        """What it may do, in words."""
        return [str(Scope(code).label) if code in Scope.values else code for code in self.scopes]


class Algorithm(models.TextChoices):
    """How a partner signs, by the names of RFC 9421 section 6.2.2."""

    ED25519 = "ed25519", "Ed25519"
    P256 = "ecdsa-p256-sha256", "ECDSA P-256"


class OfPartners(VisibleQuerySet[Any]):
    """Rows of a partner: administrators see them, and the partner its own."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(*KEEPERS_SEE):
            return self.all()
        return self.filter(partner=actor.id) if actor.kind == "partner" and actor.id else self.none()


class PartnerKey(models.Model):
    """A public key a partner signs its writing requests with. The private half never reaches us.

    Several hold at once, so that a partner changes keys without a pause. `keyid` follows from the key itself.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    keyid = models.CharField(max_length=40, unique=True)
    algorithm = models.CharField(max_length=20, choices=Algorithm.choices)
    public_key = models.TextField()
    fingerprint = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = OfPartners.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]

    def __str__(self) -> str:
        return self.keyid


class UsedNonce(models.Model):
    """A nonce a key has signed with, kept until its signature would be too old anyway."""

    internal = "read only by the check that a request is not sent twice"

    key = models.ForeignKey(PartnerKey, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    nonce = models.CharField(max_length=64)
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="gateway_usednonce_once")]

    def __str__(self) -> str:
        return self.nonce


class Allowance(models.Model):
    """How many requests of this minute the web processes have drawn for a partner."""

    internal = "a counter"

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, primary_key=True, related_name="allowance")
    minute = models.BigIntegerField()
    drawn = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.partner_id} {self.minute}"


class RefusedCall(models.Model):
    """How often a partner was refused for one reason on one day; without a partner: nobody knows whose it was."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, null=True, related_name="refused")
    day = models.DateField()
    reason = models.CharField(max_length=20)
    times = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()
    last_detail = models.CharField(max_length=300)

    objects = OfPartners.as_manager()

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "day", "reason"], name="gateway_refusedcall_once_a_day", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day} {self.reason} {self.times}"


from zerotrip.gateway.exports.models import Export, PortalRow  # noqa: E402, F401
from zerotrip.gateway.trackers.models import Subscription, Tracker  # noqa: E402, F401
from zerotrip.gateway.webhooks.models import Message, Webhook  # noqa: E402, F401  # they refer to Partner above
