"""What has gone wrong, whose turn it is, and what citizens were told."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.ledger.models import Entry
from zerotrip.people.models import Account
from zerotrip.places.models import Place


class TroubleKind(models.TextChoices):
    MANIFEST = "manifest", _("交接数量不符")
    CANCELLED = "cancelled", _("邮件撤销，办件仍在等待")
    UNDELIVERED = "undelivered", _("两次投递未成")
    RETURNED = "returned", _("邮件退回")
    PROMISE = "promise", _("预计晚于承诺")


class TroubleState(models.TextChoices):
    OPEN = "open", _("待处理")
    TAKEN = "taken", _("处理中")
    SETTLED = "settled", _("已处理")


class TroubleQuerySet(VisibleQuerySet["Trouble"]):
    """Staff see what belongs to their place or a window in their hall; care and branch heads all of their divisions."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        seen = Q(pk__in=[])
        if actor.has(Role.HALL_CLERK, Role.OUTLET_CLERK, Role.AGENCY_OFFICER):
            seen |= Q(place_id__in=actor.places) | Q(place__parent_id__in=actor.places)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(place__division__code__startswith=prefix)
        return self.filter(seen)

    def unsettled(self) -> Self:
        """Those somebody must still do something about."""
        return self.exclude(state=TroubleState.SETTLED)


class Trouble(models.Model):
    """异常: something that will not mend itself. It belongs to a place and a role there until it is settled."""

    kind = models.CharField(_("类型"), max_length=12, choices=TroubleKind.choices)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    consignment_number = models.CharField(_("邮件号"), max_length=40, blank=True, default="")
    case_number = models.CharField(_("办件编号"), max_length=40, blank=True, default="")
    manifest_number = models.CharField(_("清单号"), max_length=40, blank=True, default="")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("责任岗位"), max_length=20)
    state = models.CharField(_("状态"), max_length=8, choices=TroubleState.choices, default=TroubleState.OPEN)
    opened_at = models.DateTimeField()
    taken_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=60, blank=True, default="")
    settled_how = models.CharField(_("处理结果"), max_length=200, blank=True, default="")

    objects = TroubleQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "entry"], name="care_trouble_once"),
            models.CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False) & ~Q(settled_how="")
                | ~Q(state="settled") & Q(settled_at__isnull=True),
                name="care_trouble_settled_says_how",
            ),
        ]
        indexes = [models.Index(fields=["place"], name="care_trouble_open", condition=~Q(state="settled"))]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def sentence(self) -> str:
        """What happened, in the language of the reader."""
        return self.entry.sentence()

    @property
    def age(self) -> timedelta:
        """How long it has been waiting, or had to wait."""
        return (self.settled_at or now()) - self.opened_at


class Notice(models.Model):
    """告知: a text message a citizen was sent because of an entry. One for each entry at most."""

    internal = "the fact only; the text is in the outbox, what happened in the timeline of the case"

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    case_number = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    told_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case_number"], name="care_notice_case")]
