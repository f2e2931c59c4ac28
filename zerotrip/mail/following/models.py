"""Which of our own pieces were scanned outside and have not followed yet."""

from __future__ import annotations

from django.db import models


class ToFollow(models.Model):
    """A number whose piece must follow its trace. A row a delivery of scans: none is ever merged into one being read.

    `tries` and `error` tell of a piece that could not follow; after some tries it waits for somebody to look.
    """

    internal = "a queue: rows live for seconds"

    number = models.CharField(max_length=13, db_collation="C")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=300, default="", db_default="", blank=True)

    class Meta:
        db_table = "mail_to_follow"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number
