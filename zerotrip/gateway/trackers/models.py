"""Outside trackers, the numbers they follow, and how pushing to them goes."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.gateway.models import Partner

SEE = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.AUDITOR)


class TrackerScope(models.TextChoices):
    QUERY = "query", _("实时查询")
    SUBSCRIBE = "subscribe", _("订阅推送")


class OfTrackers(VisibleQuerySet[Any]):
    """Trackers and their subscriptions: administrators see them, and a partner its own."""

    path = "partner"

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(*SEE):
            return self.all()
        return self.filter(**{self.path: actor.id}) if actor.kind == "partner" and actor.id else self.none()


class OfSubscriptions(OfTrackers):
    """The same, seen through the tracker."""

    path = "tracker__partner"


class Tracker(models.Model):
    """A partner's access to the 快递100-compatible endpoints: `customer` names it, `key` signs and subscribes.

    The key is needed in clear to check a signature, so it is sealed, not digested; `key_digest` finds it.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="trackers")
    customer = models.CharField(_("公司编号"), max_length=32, unique=True)
    key = SealedTextField(_("授权 key"))
    key_digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=12, choices=TrackerScope.choices), verbose_name=_("可用接口"))
    active = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = OfTrackers.as_manager()

    class Meta:
        ordering = ["partner__name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(active=True, closed_at__isnull=True) | Q(active=False, closed_at__isnull=False),
                name="gateway_tracker_closed_when_inactive",
            )
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.customer[:8]}"


class Following(models.TextChoices):
    """`status` of a push, and one state of our own: what could not be delivered for days."""

    POLLING = "polling", _("跟踪中")
    SHUTDOWN = "shutdown", _("已结束")
    ABORT = "abort", _("已中止")
    ASIDE = "aside", _("送不到，已搁置")


class Subscription(models.Model):
    """A number a tracker follows. One row is pushed by one process at a time, so a number's pushes come in order.

    `mark` is what was last pushed (`answers.mark`), empty before the first. `due_at`: something waits to be pushed;
    `leased_until`: somebody is pushing it. `closing`: why following ends without an end of the piece.
    """

    tracker = models.ForeignKey(Tracker, on_delete=models.PROTECT, related_name="subscriptions")
    number = models.CharField(_("邮件号"), max_length=13, db_collation="C")
    company = models.CharField(_("快递公司编码"), max_length=20)
    callback_url = models.CharField(_("回调地址"), max_length=500)
    salt = SealedTextField(null=True)
    detail = models.CharField(max_length=2, default="", blank=True)
    """The `resultv2` of the request."""
    lang = models.CharField(max_length=2, default="zh")
    state = models.CharField(_("状态"), max_length=8, choices=Following.choices, default=Following.POLLING)
    since = models.DateTimeField(_("订阅时间"))
    mark = models.CharField(max_length=90, default="", blank=True)
    changed_at = models.DateTimeField()
    closing = models.CharField(max_length=40, default="", blank=True)
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(_("未送达原因"), max_length=300, default="", blank=True)
    pushes = models.PositiveIntegerField(_("已推送"), default=0)
    pushed_at = models.DateTimeField(null=True)

    objects = OfSubscriptions.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tracker", "number"], condition=Q(state="polling"), name="gateway_followed_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="gateway_subscription_due"),
            models.Index(
                fields=["number"],
                condition=Q(due_at__isnull=True, state__in=["polling", "shutdown"]),
                name="gateway_subscription_watched",
            ),
            models.Index(fields=["state", "tracker"], name="gateway_subscription_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.host}"

    @property
    def host(self) -> str:
        """The receiver without path and query, which may hold what is nobody's business."""
        return self.callback_url.split("//", 1)[-1].split("/", 1)[0].split("?", 1)[0]
