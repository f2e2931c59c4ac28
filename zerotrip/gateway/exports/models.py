"""Exports asked for, and rows told (or to be told) to the provincial portal."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.people.models import Account

EXPORTERS = (Role.PROJECT_MANAGER, Role.BRANCH_MANAGER)
"""Those who answer for divisions: what they export are the cases they see."""

UNMASKERS = (Role.BRANCH_MANAGER,)
"""Who may have an export with personal data in full, with a reason."""

WATCHERS = (*EXPORTERS, Role.SYSTEM_ADMIN, Role.AUDITOR)


class Form(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    JSON = "json", "JSON"


class ExportState(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在导出")
    DONE = "done", _("可以下载")
    STOPPED = "stopped", _("已停止")
    FAILED = "failed", _("没有完成")
    CLEARED = "cleared", _("文件已清除")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return _TONES[self.value]


class Told(models.TextChoices):
    REQUESTED = "requested", _("等待确认")
    ACCEPTED = "accepted", _("已接收")
    REJECTED = "rejected", _("被退回")
    REPLACED = "replaced", _("已有更新的一版")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return _TONES[self.value]


_TONES = {
    "queued": "wait", "running": "move", "done": "good", "stopped": "off", "failed": "bad", "cleared": "off",
    "requested": "wait", "accepted": "good", "rejected": "bad", "replaced": "off",
}  # fmt: skip


class ExportQuerySet(VisibleQuerySet["Export"]):
    """Those who asked see theirs; auditors see that there were others, never what is in them."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system or actor.has(Role.AUDITOR):
            return self.all()
        if actor.kind == "staff" and actor.has(*EXPORTERS) and actor.id:
            return self.filter(asked_by_id=actor.id)
        return self.none()


class Export(models.Model):
    """A file with the cases applied for from `first` to `last` (both included), as far as `asked_by` sees them."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    first = models.DateField(_("从"))
    last = models.DateField(_("到"))
    form = models.CharField(_("格式"), max_length=4, choices=Form.choices)
    masked = models.BooleanField(default=True)
    reason = models.CharField(max_length=120, default="", blank=True)
    """Why it holds personal data in full."""
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.QUEUED)
    stop_asked = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    """How the tables were filled (`tally.Tally.as_json`)."""
    problem = models.CharField(max_length=300, default="", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    path = models.CharField(max_length=120, default="", blank=True)
    """Where in the storage its sealed content lies."""
    touched_at = models.DateTimeField()
    """When it last got on: one that has been silent for long is taken over."""
    finished_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["asked_by", "-id"], name="gateway_export_mine")]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="gateway_export_days"),
            models.CheckConstraint(condition=Q(masked=True) | ~Q(reason=""), name="gateway_export_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.first}–{self.last} {self.form}"

    @property
    def unfinished(self) -> bool:
        return self.state in (ExportState.QUEUED, ExportState.RUNNING)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def status(self) -> ExportState:
        """The state with its label and tone, for a status pill."""
        return ExportState(self.state)

    @property
    def file_name(self) -> str:
        return f"gbt39046-{self.first:%Y%m%d}-{self.last:%Y%m%d}-{self.form}.zip"


class PortalRowQuerySet(VisibleQuerySet["PortalRow"]):
    """Those who run the product see all, managers those of their divisions; nobody sees the content."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(Role.SYSTEM_ADMIN, Role.AUDITOR):
            return self.all()
        seen = Q(pk__in=[])
        if actor.kind == "staff" and actor.has(*EXPORTERS):
            for prefix in actor.divisions:
                seen |= Q(county__startswith=prefix)
        return self.filter(seen)


class PortalRow(models.Model):
    """One revision of one row for the provincial portal: asked to be taken in, then accepted or rejected.

    (`table`, `key`, `revision`) is what the portal tells repeats by. `content` is what is sent, sealed, and is
    forgotten once it was accepted or replaced; `digest` (keyed) tells whether the row has changed since.
    """

    table = models.CharField(max_length=12)
    key = models.CharField(max_length=80)
    revision = models.PositiveIntegerField()
    case_number = models.CharField(max_length=40)
    county = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32)
    content = SealedTextField(null=True)
    taken_back = models.BooleanField(default=False)
    """The row no longer stands (its mail piece was cancelled)."""
    state = models.CharField(max_length=9, choices=Told.choices, default=Told.REQUESTED)
    queued_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    """When it is sent (again); empty when it is settled."""
    tried_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    sentence = models.CharField(max_length=300, default="", blank=True)
    """What the portal, or the way to it, said last."""

    objects = PortalRowQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["table", "key", "revision"], name="gateway_portal_row_once"),
            models.CheckConstraint(
                condition=Q(state="requested", next_at__isnull=False) | ~Q(state="requested") & Q(next_at__isnull=True),
                name="gateway_portal_row_due_while_requested",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="gateway_portal_due", condition=Q(state="requested")),
            models.Index(
                fields=["queued_at"], name="gateway_portal_open", condition=Q(state__in=["requested", "rejected"])
            ),
            models.Index(fields=["case_number"], name="gateway_portal_case"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key} r{self.revision}"

    @property
    def status(self) -> Told:
        """The state with its label and tone, for a status pill."""
        return Told(self.state)

    @property
    def title(self) -> str:
        """The name of its table."""
        from zerotrip.gateway.exports.tables import BY_CODE

        known = BY_CODE.get(self.table)
        return known.name if known else self.table

    def waiting(self, at: datetime) -> float:
        """For how many seconds it has not been confirmed."""
        return (at - self.queued_at).total_seconds()
