"""What has gone wrong, whose turn it is, and what citizens were told."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.memo import briefly
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.ledger.models import Entry
from zerotrip.people.models import Account
from zerotrip.places.models import Division, Place


@briefly(600)
def division_name(code: str) -> str:
    """The name of a division, its code if it is not known."""
    return Division.objects.filter(code__in=[code, f"{code:0<6}"]).values_list("name", flat=True).first() or code


class TroubleKind(models.TextChoices):
    MANIFEST = "manifest", _("交接数量不符")
    ESCALATED = "escalated", _("交接差异升级")
    SEAL = "seal", _("封签破损或不符")
    CANCELLED = "cancelled", _("邮件撤销，办件仍在等待")
    UNDELIVERED = "undelivered", _("两次投递未成")
    RETURNED = "returned", _("邮件退回")
    PROMISE = "promise", _("预计晚于承诺")
    SILENT = "silent", _("邮件长时间无轨迹")
    LATE = "late", _("邮件超过承诺时间")
    LOST = "lost", _("邮件下落不明")
    CONTRADICTED = "contradicted", _("轨迹与现状矛盾")


class TroubleState(models.TextChoices):
    OPEN = "open", _("待处理")
    TAKEN = "taken", _("处理中")
    SETTLED = "settled", _("已处理")


class TroubleQuerySet(VisibleQuerySet["Trouble"]):
    """Staff see what belongs to their place or a window in their hall; care and branch heads all of their divisions,
    also what no place of ours answers for."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        seen = Q(pk__in=[])
        if actor.has(Role.HALL_CLERK, Role.OUTLET_CLERK, Role.AGENCY_OFFICER):
            seen |= Q(place_id__in=actor.places) | Q(place__parent_id__in=actor.places)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(place__division__code__startswith=prefix) | Q(division__startswith=prefix)
        return self.filter(seen)

    def unsettled(self) -> Self:
        """Those somebody must still do something about."""
        return self.exclude(state=TroubleState.SETTLED)


class Trouble(models.Model):
    """异常: something that will not mend itself. It belongs to a place and a role there until it is settled.

    A piece of others may be at no place of ours: then it belongs to a role in a division.
    """

    kind = models.CharField(_("类型"), max_length=12, choices=TroubleKind.choices)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    consignment_number = models.CharField(_("邮件号"), max_length=40, blank=True, default="")
    case_number = models.CharField(_("办件编号"), max_length=40, blank=True, default="")
    manifest_number = models.CharField(_("清单号"), max_length=40, blank=True, default="")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    division = models.CharField(max_length=12, blank=True, default="", db_default="")
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
            models.CheckConstraint(
                condition=Q(place__isnull=False) | ~Q(division=""), name="care_trouble_belongs_somewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["place"], name="care_trouble_open", condition=~Q(state="settled")),
            models.Index(
                fields=["consignment_number"],
                name="care_trouble_of_piece",
                condition=~Q(state="settled") & ~Q(consignment_number=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def where(self) -> str:
        """The place, or the division, that must deal with it."""
        return self.place.name if self.place is not None else division_name(self.division)

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
