"""Rows of the tariff and security agreements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zerotrip.core.actors import Actor
from zerotrip.core.money import MoneyField
from zerotrip.core.roles import Role
from zerotrip.core.visibility import VisibleQuerySet
from zerotrip.mail.tariffs.pricing import Rates
from zerotrip.places.models import Organisation

WATCHERS = (Role.PROJECT_MANAGER, Role.BRANCH_MANAGER, Role.AUDITOR)
"""Who looks after the money: they see tariffs, agreements, payments and reconciliations."""


class Product(models.TextChoices):
    STANDARD = "ems_standard", _("EMS 标快")
    SPECIAL = "ems_special", _("特快专递")
    COURT = "court", _("法院专递")


class TariffPayer(models.TextChoices):
    """Whose price it is; those of one agreement are that agreement's alone."""

    APPLICANT = "applicant", _("申请人支付")
    GOVERNMENT = "government", _("政府统付")
    WINDOW = "window", _("窗口支付")
    AGREEMENT = "agreement", _("协议价")


class TariffNet(models.TextChoices):
    CITY = "city", _("同城")
    PROVINCE = "province", _("省内")
    NATIONAL = "national", _("省际")


class TariffState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    DROPPED = "dropped", _("已作废")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"draft": "wait", "published": "good", "dropped": "off"}[self.value]


CONFIDENCE = [("A", "A"), ("B", "B"), ("C", "C"), ("K", "K")]


class WatchedQuerySet(VisibleQuerySet):  # type: ignore[type-arg]  # one for several models
    """Those who look after the money see all rows: a price belongs to no one place."""

    def visible_to(self, actor: Actor) -> Self:
        return self.all() if actor.has(*WATCHERS) else self.none()


class AgreementState(models.TextChoices):
    SIGNED = "signed", _("生效")
    ENDED = "ended", _("已终止")

    @property
    def tone(self) -> str:
        """How a status pill is coloured."""
        return {"signed": "good", "ended": "off"}[self.value]


class Agreement(models.Model):
    """安全协议: a bulk sender's pieces need no document each (快递暂行条例 22, 31), at a price that was agreed."""

    number = models.CharField(_("协议编号"), max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    products = models.JSONField(_("适用产品"))
    share = models.DecimalField(_("折扣"), max_digits=4, decimal_places=3, default=Decimal(1))
    """What is to be paid of the public price where the agreement has no price of its own: 0.850 is 15 % off."""
    signed_by = models.CharField(_("签订人"), max_length=60)
    valid_from = models.DateField(_("生效日期"))
    valid_until = models.DateField(_("到期日期"))
    """The last day."""
    state = models.CharField(max_length=6, choices=AgreementState.choices, default=AgreementState.SIGNED)
    note = models.CharField(_("备注"), max_length=200, default="", blank=True)
    signed_at = models.DateTimeField()

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "number"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_until")), name="mail_agreement_days"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="mail_agreement_share"),
        ]
        indexes = [models.Index(fields=["organisation", "valid_until"], name="mail_agreement_organisation")]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> AgreementState:
        """For a status pill."""
        return AgreementState(self.state)

    @property
    def product_names(self) -> str:
        """The products it covers, in words."""
        return "、".join(str(Product(one).label) for one in self.products)


class Tariff(models.Model):
    """One dated price: a product on a net for a kind of payer, by weight. Never changed once it is in force."""

    product = models.CharField(_("产品"), max_length=12, choices=Product.choices)
    net = models.CharField(_("网别"), max_length=8, choices=TariffNet.choices)
    payer = models.CharField(_("付费方"), max_length=10, choices=TariffPayer.choices)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="tariffs")
    first_g = models.PositiveIntegerField(_("首重（克）"))
    first_price = MoneyField(_("首重资费"))
    step_g = models.PositiveIntegerField(_("续重（克）"))
    step_price = MoneyField(_("每续重资费"))
    heaviest_g = models.PositiveIntegerField(_("限重（克）"), default=30_000)
    insured_rate = models.DecimalField(_("保价费率"), max_digits=7, decimal_places=5, null=True)
    insured_minimum = MoneyField(_("最低保价费"), default=Decimal("0.00"))
    valid_from = models.DateField(_("施行日期"))
    valid_until = models.DateField(_("截止日期"), null=True)
    """The last day; empty while nothing follows."""
    state = models.CharField(max_length=9, choices=TariffState.choices, default=TariffState.DRAFT)
    source = models.CharField(_("依据"), max_length=200)
    confidence = models.CharField(_("可信度"), max_length=1, choices=CONFIDENCE)
    note = models.CharField(_("备注"), max_length=200, default="", blank=True)
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["product", "payer", "net", "agreement", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_from__lte=F("valid_until")), name="mail_tariff_days"
            ),
            models.CheckConstraint(
                condition=Q(first_g__gt=0, step_g__gt=0, heaviest_g__gte=F("first_g"))
                & Q(first_price__gte=0, step_price__gte=0, insured_minimum__gte=0),
                name="mail_tariff_amounts",
            ),
            models.CheckConstraint(
                condition=Q(payer="agreement", agreement__isnull=False)
                | ~Q(payer="agreement") & Q(agreement__isnull=True),
                name="mail_tariff_of_agreement",
            ),
        ]
        indexes = [models.Index(fields=["product", "net", "payer", "valid_from"], name="mail_tariff_key")]

    def __str__(self) -> str:
        whose = self.agreement.number if self.agreement is not None else self.get_payer_display()
        return f"{self.get_product_display()} · {self.get_net_display()} · {whose}"

    @property
    def status(self) -> TariffState:
        """For a status pill."""
        return TariffState(self.state)

    def in_force(self, day: date) -> bool:
        """Whether it is the price of this day."""
        begun = self.valid_from <= day
        return self.state == TariffState.PUBLISHED and begun and (self.valid_until is None or day <= self.valid_until)

    @property
    def rates(self) -> Rates:
        """What the arithmetic needs of it."""
        return Rates(
            self.first_g,
            self.first_price,
            self.step_g,
            self.step_price,
            self.heaviest_g,
            self.insured_rate,
            self.insured_minimum,
            self.pk,
        )
