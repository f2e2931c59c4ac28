"""Files: what people upload and what the product makes, sealed at rest."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.visibility import VisibleQuerySet


class Grade(models.TextChoices):
    """How far an electronic paper may be trusted (国办函〔2016〕108号; see rules.evidence_grade)."""

    A = "A", _("机构出具，可直接使用")
    B = "B", _("窗口已核对原件，可重复使用")
    C = "C", _("用户上传，须核对原件")
    D = "D", _("用户自制，由用户负责")


class StoredFileQuerySet(VisibleQuerySet["StoredFile"]):
    """A file is seen by who uploaded it; others reach it through the thing it hangs on (`queries.readable`)."""

    def visible_to(self, actor: Actor) -> StoredFileQuerySet:
        if actor.is_system:
            return self.all()
        if actor.id is None:
            return self.none()
        return self.filter(uploader_kind=actor.kind, uploader_id=actor.id, discarded_at__isnull=True)


class StoredFile(models.Model):
    """One file. Its content lies encrypted in the storage; the row keeps what is needed to find, open and prove it.

    `subject_type` and `subject_id` say what it hangs on ("cases.case", "17"); both are empty until it is attached.
    The digests are of the content as kept, in plain. A discarded file keeps its row and digests, not its content.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = SealedTextField()
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    sm3 = models.BinaryField(max_length=32)
    path = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=40)
    grade = models.CharField(max_length=1, choices=Grade.choices, default="", blank=True)
    subject_type = models.CharField(max_length=40, default="", blank=True)
    subject_id = models.CharField(max_length=60, default="", blank=True)
    uploader_kind = models.CharField(max_length=10)
    uploader_id = models.BigIntegerField(null=True)
    stored_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="documents_subject_whole",
                condition=models.Q(subject_type="", subject_id="")
                | ~models.Q(subject_type="") & ~models.Q(subject_id=""),
            ),
            models.CheckConstraint(name="documents_grade_known", condition=models.Q(grade__in=["", *Grade.values])),
        ]
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id"],
                name="documents_file_subject",
                condition=~models.Q(subject_type=""),
            ),
            models.Index(
                fields=["stored_at"],
                name="documents_file_loose",
                condition=models.Q(subject_type="", discarded_at__isnull=True),
            ),
            models.Index(fields=["uploader_kind", "uploader_id"], name="documents_file_uploader"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"

    @property
    def sm3_hex(self) -> str:
        """The SM3 digest (GB/T 32905) in hexadecimal, as papers print it."""
        return bytes(self.sm3).hex()

    @property
    def sha256_hex(self) -> str:
        """The SHA-256 digest in hexadecimal."""
        return bytes(self.sha256).hex()
