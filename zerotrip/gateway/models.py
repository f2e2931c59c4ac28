"""Partners: other systems that call the API."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.places.models import Organisation

USUAL_RATE = 600
"""Requests a minute unless agreed otherwise."""


class Scope(models.TextChoices):
    CREATE = "cases:create", _("提交申请")
    READ = "cases:read", _("查询自己提交的办件")
    WITHDRAW = "cases:withdraw", _("撤回自己提交的办件")


class PartnerQuerySet(VisibleQuerySet["Partner"]):
    """Administrators see the partners; a partner sees itself."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
            return self.all()
        if actor.kind == "partner" and actor.id:
            return self.filter(pk=actor.id)
        return self.none()


class Partner(models.Model):
    """A system that calls the API, with what it may do. Its token is not kept, only the token's digest."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("可用接口"))
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
