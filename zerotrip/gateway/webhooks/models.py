"""Who wants to be told, and every message: waiting, delivered, set aside."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.gateway.models import Partner

KEEPERS: Final = (Role.SYSTEM_ADMIN,)
"""Staff who may change the webhooks of a partner, besides the partner itself."""

WATCHERS: Final = (Role.SYSTEM_ADMIN, Role.AUDITOR)
"""Staff who see all webhooks."""

TRIES_KEPT: Final = 20
"""Of each message the last so many tries can be read: two whole schedules of retries."""


class Digest(models.TextChoices):
    SHA256 = "sha256", _("HMAC-SHA256（标准）")
    SM3 = "sm3", _("HMAC-SM3（国密）")


class WebhookState(models.TextChoices):
    ACTIVE = "active", _("在用")
    PAUSED = "paused", _("已暂停")
    FAILED = "failed", _("多日送不到，已暂停")
    GONE = "gone", _("接收方已停用")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return _TONES[self.value]


class MessageState(models.TextChoices):
    WAITING = "waiting", _("待送")
    DELIVERED = "delivered", _("已送达")
    SET_ASIDE = "set_aside", _("已搁置")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return _TONES[self.value]


_TONES: Final = {
    "active": "good", "paused": "wait", "failed": "bad", "gone": "bad",
    "waiting": "wait", "delivered": "good", "set_aside": "off",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Try:
    """How one try to deliver a message went. `status`: None when no answer came; `trouble`: empty when it went well."""

    at: datetime
    status: int | None
    seconds: float
    trouble: str


class WebhookQuerySet(VisibleQuerySet["Webhook"]):
    """A partner sees its own; the system administrator and the auditor see all."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(*WATCHERS):
            return self.filter(removed_at__isnull=True)
        if actor.kind == "partner" and actor.id:
            return self.filter(partner_id=actor.id, removed_at__isnull=True)
        return self.none()


class Webhook(models.Model):
    """An address that a partner's messages go to, in the order of their sequence numbers, one at a time.

    `last_sequence` is the last number given out; messages up to `forgotten_through` are deleted. A process that is
    sending holds `lease` until `leased_until`; while the endpoint rests until `next_at`, nobody holds it.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(_("接收地址"), max_length=500)
    types = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("事件类型"))
    """Kinds of events ("mail.delivered") or all of a room ("mail.*"); none means all."""
    digest = models.CharField(_("签名算法"), max_length=8, choices=Digest.choices, default=Digest.SHA256)
    secret = SealedTextField()
    former_secret = SealedTextField(null=True)
    former_until = models.DateTimeField(null=True)
    state = models.CharField(_("状态"), max_length=8, choices=WebhookState.choices, default=WebhookState.ACTIVE)
    state_since = models.DateTimeField()
    state_reason = models.CharField(max_length=300, default="", blank=True)
    last_sequence = models.BigIntegerField(default=0)
    forgotten_through = models.BigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    slow = models.BooleanField(default=False)
    """The last try failed or took long: such endpoints together use at most half of the senders."""
    next_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    turn_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    registered_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["partner__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "url"], name="gateway_webhook_once", condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(former_secret__isnull=True, former_until__isnull=True)
                | Q(former_secret__isnull=False, former_until__isnull=False),
                name="gateway_webhook_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def wants(self, kind: str) -> bool:
        """True when messages of this kind are subscribed to."""
        return not self.types or kind in self.types or f"{kind.split('.')[0]}.*" in self.types

    def secrets_at(self, moment: datetime) -> list[str]:
        """The secrets that sign now, the present one first; two during a rotation."""
        former = self.former_secret if self.former_until and moment < self.former_until else None
        return [self.secret, former] if former else [self.secret]

    @property
    def rotating(self) -> bool:
        """The former secret still signs too."""
        return self.former_until is not None and now() < self.former_until

    @property
    def host(self) -> str:
        """The receiver without path and query, which may hold what is nobody's business."""
        return self.url.split("//", 1)[-1].split("/", 1)[0].split("?", 1)[0]

    @property
    def status(self) -> WebhookState:
        """The state with its label and tone, for a status pill."""
        return WebhookState(self.state)


class MessageQuerySet(VisibleQuerySet["Message"]):
    """Seen by whoever sees the webhook."""

    def visible_to(self, actor: Actor) -> Self:
        return self.filter(webhook__in=Webhook.objects.visible_to(actor))


class Message(models.Model):
    """One event for one webhook. `body` is sent byte for byte the same at every try.

    `last_*`, `answer` and `trouble` are how the last try went, `tries` how the last TRIES_KEPT of them went.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sequence = models.BigIntegerField(_("序号"))
    message_id = models.CharField(max_length=40, unique=True)
    entry_id = models.BigIntegerField(null=True)
    type = models.CharField(_("事件类型"), max_length=60)
    case_number = models.CharField(_("办件编号"), max_length=40, default="", blank=True)
    body = models.TextField()
    made_at = models.DateTimeField()
    state = models.CharField(_("状态"), max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    attempts = models.PositiveIntegerField(_("次数"), default=0)
    """Tries since it last began to wait."""
    last_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_seconds = models.FloatField(null=True)
    answer = models.CharField(max_length=300, default="", blank=True)
    trouble = models.CharField(max_length=300, default="", blank=True)
    tries = models.JSONField(default=list)
    delivered_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["webhook_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "sequence"], name="gateway_message_numbered"),
            models.UniqueConstraint(
                fields=["webhook", "entry_id"], name="gateway_message_once", condition=Q(entry_id__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "sequence"], name="gateway_message_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def status(self) -> MessageState:
        """The state with its label and tone, for a status pill."""
        return MessageState(self.state)

    @property
    def history(self) -> list[Try]:
        """Its tries, the last first."""
        return [Try(datetime.fromisoformat(at), *rest) for at, *rest in reversed(self.tries)]

    def keep(self, one: Try) -> None:
        """Add a try to those kept; the oldest gives way."""
        kept = [one.at.isoformat(), one.status, one.seconds, one.trouble]
        self.tries = [*self.tries, kept][-TRIES_KEPT:]
