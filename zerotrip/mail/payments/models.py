"""Orders and their lines, refunds, what was set aside, and reconciliations."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.money import ZERO, MoneyField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.mail.tariffs.models import WATCHERS, WatchedQuerySet
from zerotrip.people.models import Account


class LineKind(models.TextChoices):
    """What is paid for. Only the first two are the post's revenue; the last is the state's money, kept apart."""

    POSTAGE = "postage", _("邮费")
    INSURANCE = "insurance", _("保价费")
    STATE_FEE = "state_fee", _("代收规费")

    @property
    def nature(self) -> str:
        """Which ledger: `revenue` or `collected` (rules.fees)."""
        return "collected" if self is LineKind.STATE_FEE else "revenue"


class OrderState(models.TextChoices):
    OPEN = "open", _("待支付")
    PAID = "paid", _("已支付")
    CLOSED = "closed", _("已关闭")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"open": "wait", "paid": "good", "closed": "off"}[self.value]


class RefundState(models.TextChoices):
    ASKED = "asked", _("待申请")
    ACCEPTED = "accepted", _("退款中")
    DONE = "done", _("已退款")
    FAILED = "failed", _("退款失败")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"asked": "wait", "accepted": "go", "done": "good", "failed": "warn"}[self.value]


class OrderQuerySet(VisibleQuerySet["Order"]):
    """Citizens see their own, managers their divisions', auditors all."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.has(Role.AUDITOR):
            return self.all()
        if actor.kind == "citizen" and actor.id:
            return self.filter(account_id=actor.id)
        seen = Q(pk__in=[])
        if actor.has(*WATCHERS):
            for prefix in actor.divisions:
                seen |= Q(division__startswith=prefix)
        return self.filter(seen)


class Order(models.Model):
    """What one citizen is asked to pay for one errand, in one go."""

    number = models.CharField(_("订单号"), max_length=32, unique=True)
    reference = models.CharField(_("办件编号"), max_length=50)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    division = models.CharField(max_length=12, default="")
    what = models.CharField(_("名称"), max_length=60)
    amount = MoneyField(_("金额"))
    state = models.CharField(max_length=6, choices=OrderState.choices, default=OrderState.OPEN)
    channel = models.CharField(_("渠道"), max_length=8)
    """The adapter that was in use when it was made."""
    pay_url = models.CharField(max_length=1000, default="")
    pay_qr = models.CharField(max_length=500, default="")
    transaction = models.CharField(_("交易号"), max_length=64, default="")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    billed_on = models.DateField(null=True)
    """The day whose bill names it."""

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="mail_order_amount"),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False) | ~Q(state="paid"), name="mail_order_paid_when"
            ),
            models.UniqueConstraint(
                fields=["channel", "transaction"], condition=~Q(transaction=""), name="mail_order_transaction_once"
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="mail_order_reference"),
            models.Index(fields=["paid_at"], name="mail_order_paid"),
            models.Index(fields=["opened_at"], condition=Q(state="open"), name="mail_order_open"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> OrderState:
        """For a status pill."""
        return OrderState(self.state)


class OrderLine(models.Model):
    """One thing paid for, and whose account it belongs to."""

    internal = "read through its order"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=80)
    """What it pays for, once: a piece's postage, a fee of the errand."""
    kind = models.CharField(max_length=9, choices=LineKind.choices)
    name = models.CharField(max_length=120)
    amount = MoneyField()
    payee = models.CharField(_("收款账户"), max_length=80)
    consignment_id = models.BigIntegerField(null=True)
    live = models.BooleanField(default=True)
    """Its order is open or paid: nothing else may ask for the same, also after a refund."""

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="mail_order_line_amount"),
            models.UniqueConstraint(fields=["key"], condition=Q(live=True), name="mail_order_line_once"),
        ]
        indexes = [models.Index(fields=["consignment_id"], name="mail_order_line_piece")]

    def __str__(self) -> str:
        return self.name

    @property
    def given_back(self) -> Decimal:
        """What has been or is being refunded of it."""
        rows = self.refunds.exclude(refund__state=RefundState.FAILED)
        return rows.aggregate(n=models.Sum("amount"))["n"] or ZERO


class Refund(models.Model):
    """Money given back of a paid order."""

    internal = "read through its order"

    number = models.CharField(max_length=32, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()
    reason = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=RefundState.choices, default=RefundState.ASKED)
    reference = models.CharField(max_length=64, default="")
    failure = models.CharField(max_length=200, default="")
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    billed_on = models.DateField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="mail_refund_amount")]
        indexes = [
            models.Index(fields=["done_at"], name="mail_refund_done"),
            models.Index(fields=["state"], condition=Q(state__in=["asked", "accepted"]), name="mail_refund_open"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> RefundState:
        """For a status pill."""
        return RefundState(self.state)


class RefundLine(models.Model):
    """How much of which line is given back."""

    internal = "read through its refund"

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["refund", "line"], name="mail_refund_line_once")]

    def __str__(self) -> str:
        return f"{self.line} {self.amount}"


class OddityKind(models.TextChoices):
    """What was reported that does not fit what we know; never taken silently."""

    AMOUNT = "amount", _("金额不符")
    UNKNOWN = "unknown", _("没有这个订单")
    TWICE = "twice", _("重复支付")
    AFTER_CLOSE = "after_close", _("关闭后支付")
    REFUND_AMOUNT = "refund_amount", _("退款金额不符")
    REFUND_UNKNOWN = "refund_unknown", _("没有这笔退款")
    REFUND_UNDONE = "refund_undone", _("退款完成后又报失败")


class Oddity(models.Model):
    """Something set aside for a person to settle."""

    kind = models.CharField(max_length=14, choices=OddityKind.choices)
    number = models.CharField(max_length=64)
    """The order or refund number that was reported."""
    transaction = models.CharField(max_length=64, default="")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="oddities")
    expected = MoneyField(null=True)
    reported = MoneyField(null=True)
    channel = models.CharField(max_length=8)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=60, default="")
    how = models.CharField(max_length=120, default="")

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "kind", "number", "transaction"], name="mail_oddity_once")
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(settled_at__isnull=True), name="mail_oddity_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Reconciliation(models.Model):
    """One day's books against the bill; a later run of the same day takes its place."""

    day = models.DateField(unique=True)
    channel = models.CharField(max_length=8)
    ran_at = models.DateTimeField()
    runs = models.PositiveSmallIntegerField(default=1)
    balanced = models.BooleanField()
    matched = models.PositiveIntegerField()
    """Lines that are the same here and there."""
    totals = models.JSONField()
    """Yuan as text: {"ours": {"revenue", "collected", "refund_revenue", …}, "theirs": {"paid", "refunded"}}."""

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("账单有，我方没有")
    MISSING_THERE = "missing_there", _("我方有，账单没有")
    AMOUNT = "amount", _("金额不符")


class Difference(models.Model):
    """One line that is not the same here and there."""

    internal = "read through its reconciliation"

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=13, choices=DifferenceKind.choices)
    flow = models.CharField(max_length=7, choices=[("payment", _("支付")), ("refund", _("退款"))])
    number = models.CharField(max_length=64)
    order_number = models.CharField(max_length=64, default="")
    ours = MoneyField(null=True)
    theirs = MoneyField(null=True)
    revenue = MoneyField(null=True)
    collected = MoneyField(null=True)
    """Our amount by ledger, where we know the order."""

    class Meta:
        ordering = ["flow", "number"]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
