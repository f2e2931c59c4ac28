"""When each unfinished piece is to be looked at next, and how long it may stay silent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Watched(models.Model):
    """An unfinished piece that was announced. It is looked at when `look_at` comes, and rests until then.

    `silent_seen`: the time of the last scan when its silence was recorded; it is scanned again when the trace says a
    later one. `late_noted`: that its promise passed was recorded. Rows go when the piece ends.
    """

    internal = "the watch's own notes; what it finds are entries and exceptions"

    number = models.CharField(max_length=13, primary_key=True, db_collation="C")
    look_at = models.DateTimeField()
    silent_seen = models.DateTimeField(null=True)
    late_noted = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "mail_watched"
        indexes = [models.Index(fields=["look_at"], name="mail_watched_due")]

    def __str__(self) -> str:
        return self.number


class SilenceLimit(models.Model):
    """A threshold that differs from the packaged one: hours without a scan in a stage, for one net or for all ("").

    `working_days`: only hours of working days count, all 24 of them; else every hour does.
    """

    internal = "configuration, for administrators"

    stage = models.CharField(_("状态"), max_length=11)
    net = models.CharField(_("网别"), max_length=8, default="", blank=True)
    hours = models.PositiveSmallIntegerField(_("小时"))
    working_days = models.BooleanField(_("只计工作日"), default=False)

    class Meta:
        db_table = "mail_silence_limit"
        constraints = [models.UniqueConstraint(fields=["stage", "net"], name="mail_silence_limit_once")]

    def __str__(self) -> str:
        return f"{self.stage} {self.net} {self.hours}"
