"""Which months of scans lie in files, and what proves that nothing was lost."""

from __future__ import annotations

from django.db import models


class ArchivePart(models.Model):
    """One file of an archived month. Scans that come late for such a month make a further part of it.

    `digest`: SHA-256 over all rows in order, read back from the file before the table was dropped. `restored_groups`
    of `groups` row groups are in the database again; `restored_at` when all of them are.
    """

    internal = "shown to operators by the commands that archive and restore"

    month = models.DateField()
    part = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=80, unique=True)
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)
    first_number = models.CharField(max_length=13, db_collation="C")
    last_number = models.CharField(max_length=13, db_collation="C")
    groups = models.PositiveIntegerField()
    archived_at = models.DateTimeField()
    restored_groups = models.PositiveIntegerField(default=0)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mail_archive_part"
        ordering = ["month", "part"]
        constraints = [models.UniqueConstraint(fields=["month", "part"], name="mail_archive_part_once")]

    def __str__(self) -> str:
        return self.file
