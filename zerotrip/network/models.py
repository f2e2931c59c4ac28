"""Timetables that were imported, how late runs, places and rounds were, and how promises were kept."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.visibility import PublicQuerySet
from zerotrip.places.models import Place


class FeedState(models.TextChoices):
    IMPORTED = "imported", _("已导入")
    ACTIVE = "active", _("使用中")
    RETIRED = "retired", _("已停用")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"imported": "wait", "active": "good", "retired": "off"}[self.value]


class FeedQuerySet(PublicQuerySet["Feed"]):
    """A timetable is public."""

    def active(self) -> Self:
        return self.filter(state=FeedState.ACTIVE)


class Feed(models.Model):
    """A timetable as it was imported: its files (a zip of GTFS) and what is asked of it without opening them.

    Runs and calls stay in the files: they are only ever used all together, by the engine (docs/decisions).
    """

    name = models.CharField(_("名称"), max_length=120)
    version = models.CharField(_("版本"), max_length=60, blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64, unique=True)
    state = models.CharField(_("状态"), max_length=8, choices=FeedState.choices, default=FeedState.IMPORTED)
    valid_from = models.DateField(_("有效起始"))
    valid_until = models.DateField(_("有效截止"))
    zone = models.CharField(_("时区"), max_length=40)
    counts = models.JSONField(default=dict)
    """How many stops, lines, runs, calls, services, rounds, and connections on its busiest week's days."""
    report = models.JSONField(default=list)
    """Findings of the import: {severity, file, row, zh, en}."""
    body = models.BinaryField()
    imported_at = models.DateTimeField(_("导入时间"))
    activated_at = models.DateTimeField(_("启用时间"), null=True)
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="network_one_active_feed"),
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_until")), name="network_feed_validity"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @property
    def status(self) -> FeedState:
        """The state with its label and tone, for a status pill."""
        return FeedState(self.state)


class FeedStop(models.Model):
    """A stop of a timetable, and the place it is; `place` is empty for a stop that no place has the code of."""

    internal = "read through its feed"

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="stops")
    code = models.CharField(_("代码"), max_length=60)
    name = models.CharField(_("名称"), max_length=200)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["feed", "code"], name="network_stop_once")]

    def __str__(self) -> str:
        return self.name


class LatenessCount(models.Model):
    """How often a run, place or round was how late in one month: one number a bin of the engine's histogram.

    Kind `ranks`: at which level of its own distribution the promises of a net ended (the engine's corrections).
    """

    internal = "read as a whole, by the engine"

    kind = models.CharField(max_length=5, choices=[(word, word) for word in ("run", "place", "round", "ranks")])
    key = models.CharField(max_length=160)
    month = models.DateField()
    """Its first day."""
    counts = ArrayField(models.FloatField())
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "month"], name="network_lateness_once"),
        ]
        indexes = [models.Index(fields=["changed_at"], name="network_lateness_changed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.month:%Y-%m}"


class NetName(models.TextChoices):
    CITY = "city", _("同城网")
    PROVINCE = "province", _("省内网")
    NATIONAL = "national", _("省际网")


class OutcomeQuerySet(PublicQuerySet["Outcome"]):
    """How promises were kept is no secret."""


class Outcome(models.Model):
    """Promises whose end is known, by lane (city to city; beyond the province by province) and month of the promise.

    `generated`: from a demo's generated year, not from real pieces.
    """

    origin = models.CharField(_("始发"), max_length=6)
    target = models.CharField(_("到达"), max_length=6)
    net = models.CharField(_("网别"), max_length=8, choices=NetName.choices)
    month = models.DateField(_("月份"))
    generated = models.BooleanField(default=False)
    made = models.PositiveIntegerField(_("承诺件数"), default=0)
    kept50 = models.PositiveIntegerField(_("中位时限达成"), default=0)
    kept95 = models.PositiveIntegerField(_("承诺时限达成"), default=0)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        ordering = ["month", "origin", "target"]
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "target", "net", "month", "generated"], name="network_outcome_once"
            ),
            models.CheckConstraint(
                condition=Q(kept50__lte=F("kept95"), kept95__lte=F("made")), name="network_outcome_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin}–{self.target} {self.month:%Y-%m}"
