"""What couriers have to do: one row for each pickup and each attempt to deliver."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.mail.models import Consignment
from zerotrip.people.models import Account
from zerotrip.places.models import Place


class TaskKind(models.TextChoices):
    PICKUP = "pickup", _("上门揽收")
    DELIVERY = "delivery", _("上门投递")


class TaskState(models.TextChoices):
    OPEN = "open", _("待办")
    DONE = "done", _("已完成")
    CANCELLED = "cancelled", _("已取消")
    FAILED = "failed", _("未成功")


class TaskQuerySet(VisibleQuerySet["Task"]):
    """Couriers see their own and those of their outlet nobody has taken; clerks their outlet's; managers divisions'."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        seen = Q(pk__in=[])
        if actor.has(Role.COURIER) and actor.id:
            seen |= Q(courier_id=actor.id) | Q(outlet_id__in=actor.places, courier__isnull=True)
        if actor.has(Role.OUTLET_CLERK):
            seen |= Q(outlet_id__in=actor.places)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(outlet__division__code__startswith=prefix)
        return self.filter(seen)

    def open(self) -> Self:
        """Those still to be done."""
        return self.filter(state=TaskState.OPEN)


class Task(models.Model):
    """One errand of a courier. `courier` is empty until somebody of the outlet takes it."""

    kind = models.CharField(_("类型"), max_length=8, choices=TaskKind.choices)
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="tasks")
    outlet = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    courier = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=1)
    due_from = models.DateTimeField(null=True)
    due_until = models.DateTimeField(null=True)
    state = models.CharField(_("状态"), max_length=9, choices=TaskState.choices, default=TaskState.OPEN)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_from", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["consignment", "kind", "attempt"], name="courier_task_once"),
            models.UniqueConstraint(
                fields=["consignment", "kind"], condition=Q(state="open"), name="courier_task_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="courier_task_closed_when_not_open",
            ),
        ]
        indexes = [
            models.Index(fields=["outlet", "courier"], name="courier_task_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.consignment_id}"
