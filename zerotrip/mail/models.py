"""Mail pieces, who holds each of them, counted hand-overs, scans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealedTextField
from zerotrip.core.money import MoneyField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.mail.archive.models import ArchivePart
from zerotrip.mail.bags.models import Bag, BagItem, ManifestBag, Seal
from zerotrip.mail.following.models import ToFollow
from zerotrip.mail.labels.models import Label, LabelBatch, OldNumber
from zerotrip.mail.payments.models import Order, Reconciliation, Refund
from zerotrip.mail.silence.models import SilenceLimit, Watched
from zerotrip.mail.tariffs.models import Agreement, Product, Tariff
from zerotrip.mail.trace.models import Batch, Refused, Scan, Trace
from zerotrip.people.models import Account, Contact
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

__all__ = [
    "Agreement", "ArchivePart", "Bag", "BagItem", "Batch", "Label", "LabelBatch", "ManifestBag", "OldNumber", "Order",
    "Product", "Reconciliation", "Refund", "Refused", "Scan", "Seal", "SilenceLimit", "Tariff", "ToFollow", "Trace",
    "Watched",
]  # fmt: skip
"""Tables that have modules of their own; Django looks for all of them here."""


@dataclass(frozen=True, slots=True)
class Pickup:
    """When a courier is to come: a day and minutes after midnight, Shanghai time."""

    day: date
    from_minute: int
    until_minute: int


class Purpose(models.TextChoices):
    MATERIALS = "materials", gettext_lazy("申请材料")
    RESULT = "result", gettext_lazy("办理结果")
    PAPERS = "papers", gettext_lazy("退还材料")


class State(models.TextChoices):
    REQUESTED = "requested", gettext_lazy("待揽收")
    ACCEPTED = "accepted", gettext_lazy("已收寄")
    IN_TRANSIT = "in_transit", gettext_lazy("运输中")
    ARRIVED = "arrived", gettext_lazy("已到达")
    OUT = "out", gettext_lazy("投递中")
    UNDELIVERED = "undelivered", gettext_lazy("未妥投")
    DELIVERED = "delivered", gettext_lazy("已妥投")
    RETURNING = "returning", gettext_lazy("退回途中")
    RETURNED = "returned", gettext_lazy("已退回")
    CANCELLED = "cancelled", gettext_lazy("已撤销")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return _TONES[self.value]


_TONES = {
    "requested": "wait", "accepted": "go", "in_transit": "move", "arrived": "move", "out": "move",
    "undelivered": "warn", "delivered": "good", "returning": "warn", "returned": "warn", "cancelled": "off",
}  # fmt: skip


class Net(models.TextChoices):
    CITY = "city", gettext_lazy("同城")
    PROVINCE = "province", gettext_lazy("省内")
    NATIONAL = "national", gettext_lazy("省际")


class Payer(models.TextChoices):
    APPLICANT = "applicant", gettext_lazy("申请人支付")
    GOVERNMENT = "government", gettext_lazy("政府统付")
    WINDOW = "window", gettext_lazy("窗口支付")


OFFICERS = (Role.AGENCY_OFFICER, Role.POLICE_REVIEWER, Role.COURT_CLERK, Role.JUDGE)
"""Those who act for an organisation: every place of theirs is theirs."""


class ConsignmentQuerySet(VisibleQuerySet["Consignment"]):
    """Couriers see what they hold and what their outlets collect or deliver; clerks and officers what their places
    hold, send or get; care and branch heads their divisions'. Applicants and partners see theirs through the case."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        seen = Q(pk__in=[])
        if actor.kind != "staff":
            return self.none()
        mine = Holding.objects.filter(consignment=OuterRef("pk"), until__isnull=True)
        if actor.has(Role.COURIER):
            seen |= Q(delivery_place__in=actor.places) | Q(Exists(mine.filter(kind="courier", account=actor.id)))
        if actor.has(Role.OUTLET_CLERK):
            seen |= Q(delivery_place__in=actor.places) | _ends(actor.places)
            seen |= Q(Exists(mine.filter(place__in=actor.places)))
        if actor.has(Role.HALL_CLERK):
            seen |= _ends(actor.places) | Q(sender_place__parent__in=actor.places)
            seen |= Q(recipient_place__parent__in=actor.places)
            seen |= Q(Exists(mine.filter(Q(place__in=actor.places) | Q(place__parent__in=actor.places))))
        if actor.has(*OFFICERS):
            seen |= _ends(actor.places) | Q(sender_place__organisation__in=actor.organisations)
            seen |= Q(recipient_place__organisation__in=actor.organisations)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(delivery_place__division__code__startswith=prefix)
                seen |= Q(sender_place__division__code__startswith=prefix)
                seen |= Q(recipient_place__division__code__startswith=prefix)
        return self.filter(seen)

    def shown(self) -> Self:
        """With everything a row or a page shows, and the present holder."""
        return self.select_related(
            "sender", "recipient", "sender_place", "recipient_place", "delivery_place"
        ).prefetch_related(
            models.Prefetch(
                "holdings",
                Holding.objects.filter(until__isnull=True).select_related("account", "place"),
                to_attr="open_holdings",
            )
        )


def _ends(places: frozenset[int]) -> Q:
    return Q(sender_place__in=places) | Q(recipient_place__in=places)


class Consignment(models.Model):
    """One mail piece, ordered for a case and accepted with a number. Who holds it is in its holdings."""

    number = models.CharField(gettext_lazy("邮件号"), max_length=13, unique=True, null=True)
    purpose = models.CharField(gettext_lazy("用途"), max_length=9, choices=Purpose.choices)
    reference = models.CharField(gettext_lazy("办件编号"), max_length=50)
    state = models.CharField(gettext_lazy("状态"), max_length=11, choices=State.choices, default=State.REQUESTED)
    sender = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    recipient = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    sender_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    recipient_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    delivery_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    """The outlet whose couriers collect it from, or deliver it to, the applicant."""
    net = models.CharField(gettext_lazy("网别"), max_length=8, choices=Net.choices)
    pickup_day = models.DateField(gettext_lazy("揽收日期"), null=True)
    pickup_from = models.PositiveSmallIntegerField(null=True)
    pickup_until = models.PositiveSmallIntegerField(null=True)
    product = models.CharField(gettext_lazy("产品"), max_length=12, choices=Product.choices, default=Product.STANDARD)
    postage = MoneyField(gettext_lazy("邮费"), null=True)
    quote = models.JSONField(null=True)
    """How its price was reckoned at acceptance: parts and the tariff rows they come from (`tariffs.pricing.read`)."""
    payer = models.CharField(gettext_lazy("付费方"), max_length=10, choices=Payer.choices, default=Payer.APPLICANT)
    weight_g = models.PositiveIntegerField(gettext_lazy("重量（克）"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """Attempts that count: those failed through no fault of the addressee's are not counted (handbook 4.6)."""
    ordered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(gettext_lazy("预计送达"), null=True)
    """By when half of all such pieces are there; empty when no timetable spoke of it."""
    promised_p95 = models.DateTimeField(gettext_lazy("承诺送达"), null=True)
    """By when 95 of 100 are there: what is told to people."""

    objects = ConsignmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="mail_consignment_state"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "cancelled"]) | Q(number__isnull=False, accepted_at__isnull=False),
                name="mail_consignment_number_from_acceptance",
            ),
            models.CheckConstraint(
                condition=(Q(sender__isnull=False) | Q(sender_place__isnull=False))
                & (Q(recipient__isnull=False) | Q(recipient_place__isnull=False)),
                name="mail_consignment_has_two_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="mail_consignment_reference"),
            models.Index(fields=["delivery_place", "state"], name="mail_consignment_outlet"),
        ]

    def __str__(self) -> str:
        return self.formatted or f"#{self.pk}"

    @property
    def formatted(self) -> str:
        """The number in groups that a person can read out; empty before acceptance."""
        return mail_number.format(self.number) if self.number else ""

    @property
    def status(self) -> State:
        """The state with its label and tone, for a status pill."""
        return State(self.state)

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)

    @property
    def holding(self) -> Holding | None:
        """The open holding: prefetched by `shown()`, else asked for."""
        rows: list[Holding] | None = getattr(self, "open_holdings", None)
        if rows is None:
            rows = list(self.holdings.filter(until__isnull=True).select_related("account", "place"))
        return rows[0] if rows else None

    @property
    def holder(self) -> str:
        """Who holds it now, in words for staff."""
        held = self.holding
        return held.who if held is not None else (_("寄件人") if self.state == State.REQUESTED else _("无"))

    @property
    def from_text(self) -> str:
        """Where it comes from, masked."""
        return str(self.sender_place) if self.sender_place else str(self.sender)

    @property
    def to_text(self) -> str:
        """Where it goes, masked."""
        return str(self.recipient_place) if self.recipient_place else str(self.recipient)


class ConsignmentPaper(models.Model):
    """One line of the list of contents: what should be inside, and what the courier found."""

    internal = "read through its consignment"

    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="papers")
    name = models.CharField(gettext_lazy("名称"), max_length=120)
    copies = models.PositiveSmallIntegerField(gettext_lazy("份数"))
    found = models.PositiveSmallIntegerField(gettext_lazy("实有"), null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["consignment", "name"], name="mail_paper_once")]

    def __str__(self) -> str:
        return f"{self.name}×{self.copies}"


class HolderKind(models.TextChoices):
    COURIER = "courier", gettext_lazy("揽投员")
    PLACE = "place", gettext_lazy("场所")
    TRANSIT = "transit", gettext_lazy("运输途中")
    ADDRESSEE = "addressee", gettext_lazy("收件人")


class Holding(models.Model):
    """Who held a piece from when until when. One open holding a piece; every change is a hand-over."""

    internal = "read through its consignment"

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="holdings")
    kind = models.CharField(max_length=9, choices=HolderKind.choices)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["consignment"], condition=Q(until__isnull=True), name="mail_one_holder_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(kind="courier", account__isnull=False)
                | Q(kind="place", place__isnull=False)
                | Q(kind__in=["transit", "addressee"]),
                name="mail_holding_says_who",
            ),
        ]
        indexes = [
            models.Index(fields=["account"], condition=Q(until__isnull=True), name="mail_held_by_account"),
            models.Index(fields=["place"], condition=Q(until__isnull=True), name="mail_held_at_place"),
        ]

    def __str__(self) -> str:
        return self.who

    @property
    def who(self) -> str:
        """In words for staff: the courier's name, the place, on the way to a place."""
        if self.kind == HolderKind.COURIER:
            return _("揽投员 {name}").format(name=self.account)
        if self.kind == HolderKind.PLACE:
            return str(self.place)
        if self.kind == HolderKind.TRANSIT:
            return _("运往 {place} 途中").format(place=self.place) if self.place else _("运输途中")
        return _("收件人")


class IdentityCheck(models.Model):
    """A document seen at pickup or delivery: number and name sealed, shown to nobody but by a reading with a reason."""

    internal = "sealed evidence of one hand-over"

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="identity_checks")
    moment = models.CharField(max_length=8, choices=[("pickup", "pickup"), ("delivery", "delivery")])
    id_type = models.CharField(max_length=3)
    id_number = SealedTextField()
    name = SealedTextField()
    relation = models.CharField(max_length=10, default="self")
    at = models.DateTimeField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")


class ManifestState(models.TextChoices):
    OPEN = "open", gettext_lazy("清点中")
    GIVEN = "given", gettext_lazy("待接收")
    CLOSED = "closed", gettext_lazy("已交接")
    DISPUTED = "disputed", gettext_lazy("有差异待处理")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"open": "wait", "given": "move", "closed": "good", "disputed": "bad"}[self.value]


class Escalated(models.TextChoices):
    """To whom a difference that nobody resolves is escalated."""

    MANAGER = "manager", gettext_lazy("分公司负责人")
    CARE = "care", gettext_lazy("客服")


class ManifestQuerySet(VisibleQuerySet["Manifest"]):
    """Both sides see it; a hall also what its windows get and give."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_system:
            return self.all()
        if actor.kind != "staff":
            return self.none()
        seen = Q(pk__in=[])
        if actor.has(Role.COURIER, Role.OUTLET_CLERK, Role.HALL_CLERK, *OFFICERS):
            seen |= Q(giver=actor.id, giver_place__isnull=True)
            seen |= Q(giver_place__in=actor.places) | Q(taker_place__in=actor.places)
        if actor.has(Role.HALL_CLERK):
            seen |= Q(giver_place__parent__in=actor.places) | Q(taker_place__parent__in=actor.places)
        if actor.has(*OFFICERS):
            seen |= Q(giver_place__organisation__in=actor.organisations)
            seen |= Q(taker_place__organisation__in=actor.organisations)
        if actor.has(Role.CARE_AGENT, Role.BRANCH_MANAGER):
            for prefix in actor.divisions:
                seen |= Q(taker_place__division__code__startswith=prefix)
        return self.filter(seen)


class Manifest(models.Model):
    """A counted hand-over of many pieces: the giver counts out, the taker counts in."""

    number = models.CharField(gettext_lazy("清单号"), max_length=16, unique=True)
    giver_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    giver = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    taker_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    carried = models.BooleanField(default=False)
    """Somebody carries it between the two: the pieces are in transit from when they are given."""
    state = models.CharField(
        gettext_lazy("状态"), max_length=8, choices=ManifestState.choices, default=ManifestState.OPEN
    )
    opened_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    differs_since = models.DateTimeField(null=True)
    """When the counts were first found to differ."""
    escalated_to = models.CharField(max_length=7, choices=Escalated.choices, blank=True, default="")
    escalated_at = models.DateTimeField(null=True)
    escalated_why = models.CharField(max_length=160, blank=True, default="")

    objects = ManifestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["taker_place", "state"], name="mail_manifest_taker"),
            models.Index(fields=["giver_place", "state"], name="mail_manifest_giver"),
            models.Index(
                fields=["differs_since"],
                condition=Q(differs_since__isnull=False, escalated_at__isnull=True),
                name="mail_manifest_to_escalate",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> ManifestState:
        """The state with its label and tone, for a status pill."""
        return ManifestState(self.state)

    @property
    def giver_text(self) -> str:
        if self.giver_place is not None:
            return str(self.giver_place)
        return _("揽投员 {name}").format(name=self.giver)


class ManifestLine(models.Model):
    """One piece of a manifest. An extra one may be a piece we do not know: then there is only the scanned number."""

    internal = "read through its manifest"

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="lines")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, null=True, related_name="manifest_lines")
    number = models.CharField(max_length=13)
    bag = models.ForeignKey(Bag, on_delete=models.PROTECT, null=True, related_name="+")
    """The bag it is in; counted with it as long as the bag stays closed."""
    given = models.BooleanField(default=False)
    taken = models.BooleanField(null=True)
    difference = models.CharField(
        max_length=7, default="", choices=[("", ""), ("missing", gettext_lazy("缺")), ("extra", gettext_lazy("多"))]
    )
    resolution = models.CharField(max_length=160, default="")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["manifest", "number"], name="mail_manifest_line_once")]
        indexes = [models.Index(fields=["consignment"], name="mail_manifest_line_piece")]

    def __str__(self) -> str:
        return self.number


class TrackingTry(models.Model):
    """A wrong last-four-digits for a number, counted so that nobody tries all ten thousand."""

    internal = "counted when a tracking page is opened in full"

    number = models.CharField(max_length=13)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["number", "at"], name="mail_tracking_try")]
