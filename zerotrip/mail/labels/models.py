"""Every printing of a label, batches of them, and numbers that are no longer stuck on anything."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.documents.labels import SIZE_130, SIZE_150, SIZE_180
from zerotrip.people.models import Account
from zerotrip.places.models import Place

PRINTERS = (Role.COURIER, Role.HALL_CLERK, Role.OUTLET_CLERK)
"""Those who accept pieces print their labels."""

SIZE_CHOICES = [(str(size), f"{size} mm") for size in (SIZE_150, SIZE_180, SIZE_130)]


class BatchState(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在排版")
    DONE = "done", _("可以打印")
    STOPPED = "stopped", _("已停止")
    FAILED = "failed", _("没有完成")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"queued": "wait", "running": "move", "done": "good", "stopped": "off", "failed": "bad"}[self.value]


class LabelBatchQuerySet(VisibleQuerySet["LabelBatch"]):
    """Who asked for it, and those who print at the same place."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        if actor.kind != "staff" or not actor.has(*PRINTERS):
            return self.none()
        return self.filter(Q(asked_by=actor.id) | Q(place__in=actor.places))


class LabelBatch(models.Model):
    """Many labels as one PDF. What was asked for, what became of each, and where its file lies."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    size = models.CharField(_("规格"), max_length=8, choices=SIZE_CHOICES)
    numbers = models.JSONField()
    """The mail numbers asked for, in their order."""
    reason = models.CharField(_("补打原因"), max_length=120, default="", blank=True)
    """Why those of them that have a label already are printed again."""
    state = models.CharField(max_length=7, choices=BatchState.choices, default=BatchState.QUEUED)
    stop_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    """How many of them were looked at."""
    printed = models.PositiveIntegerField(default=0)
    sheets = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    """(number, sentence) of each that was not printed."""
    problem = models.CharField(max_length=300, default="", blank=True)
    file_id = models.UUIDField(null=True)
    opened = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField()
    """When it last got on: one that has been silent for long is taken over."""
    finished_at = models.DateTimeField(null=True)

    objects = LabelBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="mail_labelbatch_mine"),
            models.Index(fields=["place", "-id"], name="mail_labelbatch_place"),
        ]

    def __str__(self) -> str:
        return f"{self.size} ×{self.total}"

    @property
    def total(self) -> int:
        return len(self.numbers)

    @property
    def unfinished(self) -> bool:
        return self.state in (BatchState.QUEUED, BatchState.RUNNING)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def status(self) -> BatchState:
        """The state with its label and tone, for a status pill."""
        return BatchState(self.state)


class LabelQuerySet(VisibleQuerySet["Label"]):
    """With its piece."""

    def visible_to(self, actor: Actor) -> Self:
        from zerotrip.mail.models import Consignment

        return self.filter(consignment__in=Consignment.objects.visible_to(actor).values("pk"))


class Label(models.Model):
    """One printing. `serial` counts a piece's printings; all but the first say why; a void one counts for nothing."""

    consignment = models.ForeignKey("mail.Consignment", on_delete=models.PROTECT, related_name="printings")
    number = models.CharField(_("邮件号"), max_length=13)
    """The number it bears."""
    serial = models.PositiveSmallIntegerField(_("次数"))
    size = models.CharField(_("规格"), max_length=8, choices=SIZE_CHOICES)
    reason = models.CharField(_("补打原因"), max_length=120, default="", blank=True)
    batch = models.ForeignKey(LabelBatch, on_delete=models.PROTECT, null=True, related_name="labels")
    sheet = models.PositiveSmallIntegerField(_("第几张"), null=True)
    """The page of the batch's PDF on which it begins, from 1."""
    slip = models.JSONField(null=True)
    """What a court's letter said on its slip beyond the piece itself, masked (`data.Slip`)."""
    printed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    printed_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    void_reason = models.CharField(_("作废原因"), max_length=120, default="", blank=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["consignment", "serial"], name="mail_label_serial"),
            models.CheckConstraint(condition=Q(serial=1) | ~Q(reason=""), name="mail_label_again_says_why"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""), name="mail_label_void_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.serial})"

    @property
    def void(self) -> bool:
        return self.voided_at is not None


class OldNumber(models.Model):
    """A number that a piece bore before it was given another one. It stays findable and is never given out again."""

    internal = "read through its piece"

    number = models.CharField(_("原邮件号"), max_length=13, unique=True)
    consignment = models.ForeignKey("mail.Consignment", on_delete=models.PROTECT, related_name="old_numbers")
    reason = models.CharField(_("原因"), max_length=120)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number


def printed(*, void: bool | None = False, piece: str = "pk") -> Exists:
    """Whether a piece has a printing that counts (`void=True`: a void one; None: any), for a filter or annotation."""
    rows: models.QuerySet[Any] = Label.objects.filter(consignment=OuterRef(piece))
    return Exists(rows if void is None else rows.filter(voided_at__isnull=not void))
