"""Seals, each number once for ever; bags with what is in them; bags as units of hand-over lists."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.places.models import Place

DESKS = (Role.COURIER, Role.HALL_CLERK, Role.OUTLET_CLERK, Role.AGENCY_OFFICER, Role.POLICE_REVIEWER, Role.COURT_CLERK,
         Role.JUDGE)  # fmt: skip


class BagState(models.TextChoices):
    PACKING = "packing", gettext_lazy("装袋中")
    SEALED = "sealed", gettext_lazy("已封袋")
    OPENED = "opened", gettext_lazy("已开袋")
    REFUSED = "refused", gettext_lazy("封签不符，逐件清点")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"packing": "wait", "sealed": "move", "opened": "good", "refused": "bad"}[self.value]


class BagQuerySet(VisibleQuerySet["Bag"]):
    """Those at the place it was packed at or goes to, those who get it on a list, a hall also of its windows; care and
    branch heads their divisions'."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        if actor.kind != "staff":
            return self.none()
        seen = Q(pk__in=[])
        if actor.has(*DESKS):
            seen |= Q(place__in=actor.places) | Q(target__in=actor.places)
            listed = ManifestBag.objects.filter(bag=OuterRef("pk"), manifest__taker_place__in=actor.places)
            seen |= Q(Exists(listed))
        if actor.has(Role.HALL_CLERK):
            seen |= Q(place__parent__in=actor.places) | Q(target__parent__in=actor.places)
        if actor.organisations and actor.has(*DESKS):
            seen |= Q(place__organisation__in=actor.organisations) | Q(target__organisation__in=actor.organisations)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(place__division__code__startswith=prefix) | Q(target__division__code__startswith=prefix)
        return self.filter(seen)


class Bag(models.Model):
    """总包: pieces in one bag, closed by one seal, for one place. Who holds it is who holds its pieces."""

    code = models.CharField(gettext_lazy("袋号"), max_length=16, unique=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    packed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(gettext_lazy("状态"), max_length=7, choices=BagState.choices, default=BagState.PACKING)
    begun_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = BagQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BagState.values), name="mail_bag_state"),
            models.CheckConstraint(condition=~Q(place=models.F("target")), name="mail_bag_goes_somewhere"),
        ]
        indexes = [
            models.Index(fields=["place", "state"], name="mail_bag_place"),
            models.Index(fields=["target", "state"], name="mail_bag_target"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def status(self) -> BagState:
        """The state with its label and tone, for a status pill."""
        return BagState(self.state)

    @property
    def seal(self) -> Seal | None:
        """The seal it was closed with; none before."""
        return self.seals.order_by("-pk").first()


class BagItem(models.Model):
    """A piece in a bag, from when until when. No piece is in two bags at a time."""

    internal = "read through its bag"

    bag = models.ForeignKey(Bag, on_delete=models.CASCADE, related_name="items")
    consignment = models.ForeignKey("mail.Consignment", on_delete=models.PROTECT, related_name="bag_items")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["consignment"], condition=Q(until__isnull=True), name="mail_in_one_bag_at_a_time"
            ),
            models.UniqueConstraint(fields=["bag", "consignment"], name="mail_bag_item_once"),
        ]


class SealState(models.TextChoices):
    INTACT = "intact", gettext_lazy("完好")
    OPENED = "opened", gettext_lazy("已启封")
    BROKEN = "broken", gettext_lazy("破损或不符")
    VOID = "void", gettext_lazy("已作废")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"intact": "good", "opened": "off", "broken": "bad", "void": "off"}[self.value]


class Seal(models.Model):
    """封签: a numbered seal that cannot be taken off unseen, put on the pouch of a piece or on a bag. Never used again.

    Not intact any more: who, when and why. `opened` by those it was meant for; `broken` is what nobody should find.
    """

    internal = "read through its piece or its bag"

    number = models.CharField(gettext_lazy("封签号"), max_length=20, unique=True)
    consignment = models.ForeignKey("mail.Consignment", on_delete=models.PROTECT, null=True, related_name="seals")
    bag = models.ForeignKey(Bag, on_delete=models.PROTECT, null=True, related_name="seals")
    state = models.CharField(gettext_lazy("状态"), max_length=6, choices=SealState.choices, default=SealState.INTACT)
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    applied_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consignment__isnull=False, bag__isnull=True)
                | Q(consignment__isnull=True, bag__isnull=False),
                name="mail_seal_on_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="intact", ended_at__isnull=True)
                | ~Q(state="intact") & Q(ended_at__isnull=False) & ~Q(reason=""),
                name="mail_seal_says_why_not_intact",
            ),
            models.UniqueConstraint(fields=["consignment"], condition=Q(state="intact"), name="mail_one_seal_a_pouch"),
            models.UniqueConstraint(fields=["bag"], condition=Q(state="intact"), name="mail_one_seal_a_bag"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> SealState:
        """The state with its label and tone, for a status pill."""
        return SealState(self.state)

    @property
    def on(self) -> str:
        """What it was put on, in words."""
        if self.bag is not None:
            return _("总包 {code}").format(code=self.bag.code)
        return _("邮件 {number} 的封套").format(number=self.consignment)


class UnitState(models.TextChoices):
    LISTED = "listed", gettext_lazy("待扫封签")
    TAKEN = "taken", gettext_lazy("封签完好，整袋已收")
    REFUSED = "refused", gettext_lazy("封签不符，逐件清点")
    MISSING = "missing", gettext_lazy("整袋缺")
    KEPT = "kept", gettext_lazy("仍在交出方")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"listed": "wait", "taken": "good", "refused": "bad", "missing": "bad", "kept": "off"}[self.value]


class ManifestBagQuerySet(models.QuerySet["ManifestBag"]):
    def closed(self) -> Self:
        """Those whose pieces are counted, and settled, only together."""
        return self.filter(state__in=CLOSED)


CLOSED = (UnitState.LISTED, UnitState.MISSING)


class ManifestBag(models.Model):
    """A bag on a hand-over list. While it is `listed` or `missing`, its pieces are counted and settled only with it."""

    internal = "read through its manifest"

    manifest = models.ForeignKey("mail.Manifest", on_delete=models.CASCADE, related_name="bags")
    bag = models.ForeignKey(Bag, on_delete=models.PROTECT, related_name="units")
    state = models.CharField(max_length=7, choices=UnitState.choices, default=UnitState.LISTED)
    seen = models.CharField(max_length=20, blank=True, default="")
    """The number on the seal as the taker read it."""
    reason = models.CharField(max_length=160, blank=True, default="")

    objects = ManifestBagQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["manifest", "bag"], name="mail_manifest_bag_once")]

    def __str__(self) -> str:
        return str(self.bag)

    @property
    def status(self) -> UnitState:
        """The state with its label and tone, for a status pill."""
        return UnitState(self.state)
