"""What was computed about coverage: runs over the province, their rows, and searches for the next stations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.money import MoneyField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet

PLANNERS = (Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.SYSTEM_ADMIN)
"""Who plans the network of stations: they see coverage and may have it computed."""


class RunState(models.TextChoices):
    QUEUED = "queued", _("等待计算")
    RUNNING = "running", _("计算中")
    STOPPED = "stopped", _("已暂停")
    DONE = "done", _("已完成")
    FAILED = "failed", _("计算失败")


UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
TONES = {"queued": "wait", "running": "go", "stopped": "warn", "done": "good", "failed": "bad"}


class CoverageRunQuerySet(VisibleQuerySet["CoverageRun"]):
    """Planners see every run."""

    def visible_to(self, actor: Actor) -> CoverageRunQuerySet:
        return self.all() if actor.has(*PLANNERS) else self.none()


class CoverageRun(models.Model):
    """One computation of every township × item: errands begun at `start`, each at the applicant's home.

    `done` of `total` townships have their rows. `seconds` is the time spent computing, pauses left out.
    """

    asked_at = models.DateTimeField()
    start = models.DateTimeField(_("办事起点时间"))
    province = models.CharField(max_length=6)
    state = models.CharField(_("状态"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    digest = models.CharField(max_length=64, default="", blank=True)
    """Of what the answer depends on: the items' ways, the places, the timetable; another one makes the run outdated."""
    items = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)
    """When rows were last written: a run that says nothing for long is computed by nobody any more."""
    stop_asked = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, default="", blank=True)

    objects = CoverageRunQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["province"], condition=Q(state__in=["queued", "running"]), name="journey_one_run_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.start:%Y-%m-%d} {self.state}"

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED


class CoverageShape(models.Model):
    """Items of a run whose steps are equal in all that decides a plan: computed once. `services`: what they ask for.

    `items` for applicants who use every way, `counter_items` for those who do nothing online themselves.
    """

    internal = "read with its run"

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="shapes")
    key = models.CharField(max_length=64)
    items = models.JSONField(default=list)
    counter_items = models.JSONField(default=list)
    services = models.JSONField(default=list)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="journey_shape_once")]

    def __str__(self) -> str:
        return "、".join(self.items or self.counter_items)


class CoverageRow(models.Model):
    """A township's best way for a shape: the fewest trips (null: no way), and of those ways the earliest finish.

    `far`: with so few trips one of them goes beyond reach. `bar`: the key of the first step done in person, or of the
    step that cannot be done. `stale`: an offer has changed since, and the row has not been computed again.
    """

    internal = "read with its run"

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="rows")
    shape = models.ForeignKey(CoverageShape, on_delete=models.CASCADE, related_name="rows")
    division = models.ForeignKey("places.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    trips = models.PositiveSmallIntegerField(null=True)
    minutes = models.PositiveIntegerField(null=True)
    price = MoneyField(null=True)
    far = models.BooleanField(default=False)
    bar = models.CharField(max_length=120, default="", blank=True)
    stale = models.BooleanField(default=False)

    class Meta:
        ordering = ("division_id", "shape_id")
        constraints = [
            models.UniqueConstraint(fields=["run", "division", "shape"], name="journey_row_once"),
            models.CheckConstraint(
                condition=Q(trips__isnull=True, minutes__isnull=True) | Q(trips__isnull=False, minutes__isnull=False),
                name="journey_row_trips_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.shape_id} {self.trips}"


class StationSearchQuerySet(VisibleQuerySet["StationSearch"]):
    """Planners see every search."""

    def visible_to(self, actor: Actor) -> StationSearchQuerySet:
        return self.all() if actor.has(*PLANNERS) else self.none()


class StationSearch(models.Model):
    """Where to open the next `count` stations with `service` for the most people saved a trip.

    `picks`: [{"place", "name", "division", "gain", "total"}], best first. `item` empty: all items count. `counter`: for
    applicants who do nothing online themselves.
    """

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="searches")
    asked_at = models.DateTimeField()
    service = models.CharField(max_length=40)
    item = models.CharField(max_length=40, default="", blank=True)
    counter = models.BooleanField(default=False)
    prefix = models.CharField(max_length=6, default="36")
    count = models.PositiveSmallIntegerField()
    state = models.CharField(_("状态"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    equal_weight = models.BooleanField(default=False)
    picks = models.JSONField(default=list)
    problem = models.CharField(max_length=300, default="", blank=True)

    objects = StationSearchQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.service} × {self.count}"

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED
