"""The trace: scans by the million, one row of status a number, and what could not be taken in."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.mail.trace import sql

WATCHERS = (Role.SYSTEM_ADMIN, Role.AUDITOR)
"""Who sees what was delivered and what could not be taken in."""


class Scan(models.Model):
    """One tracking event. The table is partitioned by month; its key is what makes two scans the same one."""

    internal = "read through its piece"

    pk = models.CompositePrimaryKey("number", "code", "at", "office")
    number = models.CharField(_("邮件号"), max_length=13, db_collation="C")
    code = models.CharField(_("操作码"), max_length=6, db_collation="C")
    at = models.DateTimeField(_("时间"))
    office = models.CharField(_("机构"), max_length=40, db_collation="C")
    operator = models.CharField(_("操作人"), max_length=60)
    reason = models.CharField(_("未妥投原因"), max_length=3)
    attributes = models.TextField(_("附加信息"))

    class Meta:
        db_table = "mail_scan"

    def __str__(self) -> str:
        return f"{self.number} {self.code}"


class Trace(models.Model):
    """What the scans of a number add up to (`trace.summary.Summary`), and what was announced of the piece.

    `known`: the piece was announced; scans of numbers nobody announced wait here until it is.
    """

    internal = "read through its piece"

    number = models.CharField(_("邮件号"), max_length=13, primary_key=True, db_collation="C")
    known = models.BooleanField(default=False)
    product = models.CharField(_("产品"), max_length=20, default="", blank=True)
    origin = models.CharField(_("寄件机构"), max_length=40, default="", blank=True)
    target = models.CharField(_("投递机构"), max_length=40, default="", blank=True)
    net = models.CharField(_("网别"), max_length=8, default="", blank=True)
    weight_g = models.PositiveIntegerField(_("重量（克）"), null=True)
    announced_at = models.DateTimeField(_("登记时间"), null=True)
    promised_at = models.DateTimeField(_("时限承诺"), null=True)

    last = models.CharField(max_length=70, null=True, db_collation="C")
    ended = models.CharField(max_length=70, null=True, db_collation="C")
    ends = models.PositiveSmallIntegerField(default=0)
    back = models.CharField(max_length=70, null=True, db_collation="C")
    failed = models.CharField(max_length=70, null=True, db_collation="C")
    attempts = models.PositiveSmallIntegerField(default=0)
    seen = models.DateTimeField(null=True)
    scans = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    stage = models.GeneratedField(
        expression=RawSQL(sql.STAGE, []), output_field=models.CharField(max_length=11), db_persist=True
    )
    after_end = models.GeneratedField(
        expression=RawSQL(sql.AFTER_END, []), output_field=models.BooleanField(), db_persist=True
    )

    class Meta:
        db_table = "mail_trace"

    def __str__(self) -> str:
        return self.number


class BatchQuerySet(VisibleQuerySet["Batch"]):
    """Those who run the installation, and auditors."""

    def visible_to(self, actor: Actor) -> Self:
        return self.all() if actor.has(*WATCHERS) else self.none()


class Batch(models.Model):
    """One delivery of rows, a request or a file: how many were new, known already, refused.

    The counts are written in the transaction of the rows they count. `offset` (bytes) and `lines` say how far a file
    has been read; without `finished_at` it goes on from there when it is given again.
    """

    source = models.CharField(_("来源"), max_length=200)
    kind = models.CharField(_("内容"), max_length=12)
    digest = models.BinaryField(max_length=32)
    accepted = models.PositiveBigIntegerField(_("新收"), default=0)
    duplicates = models.PositiveBigIntegerField(_("重复"), default=0)
    rejected = models.PositiveBigIntegerField(_("未接收"), default=0)
    unknown = models.PositiveBigIntegerField(_("不认识的操作码"), default=0)
    """Rows whose code nobody knows: they are kept all the same."""
    lines = models.PositiveBigIntegerField(default=0)
    offset = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["digest"], name="mail_batch_digest")]

    def __str__(self) -> str:
        return f"{self.source} {self.lines}"


class RefusedQuerySet(VisibleQuerySet["Refused"]):
    """Seen with its batch; its text is read by an action, with a reason."""

    def visible_to(self, actor: Actor) -> Self:
        return self.all() if actor.has(*WATCHERS) else self.none()


class Refused(models.Model):
    """A row that could not be taken in, with its line and the reason; kept until somebody has looked."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="refused")
    line = models.PositiveBigIntegerField(_("行号"))
    sentence = models.CharField(_("原因"), max_length=200)
    row = SealedTextField(_("原文"))
    settled_at = models.DateTimeField(null=True)
    how = models.CharField(_("处理"), max_length=120, default="")

    objects = RefusedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch"], condition=Q(settled_at__isnull=True), name="mail_refused_open")]

    def __str__(self) -> str:
        return f"{self.line}: {self.sentence}"
