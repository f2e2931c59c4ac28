"""Forms of tariffs and security agreements."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.mail.tariffs.actions import HEAVIEST_G, NewTariff
from zerotrip.mail.tariffs.models import CONFIDENCE, Product, TariffNet, TariffPayer
from zerotrip.people.forms import Form

_MONEY: dict[str, Any] = {"max_digits": 7, "decimal_places": 2, "min_value": Decimal(0)}


class TariffForm(Form):
    """A price to be drafted."""

    product = forms.ChoiceField(label=_("产品"), choices=Product.choices)
    net = forms.ChoiceField(label=_("网别"), choices=TariffNet.choices)
    payer = forms.ChoiceField(label=_("付费方"), choices=TariffPayer.choices)
    agreement = forms.CharField(
        label=_("协议编号"), max_length=40, required=False, help_text=_("付费方为“协议价”时填写。")
    )
    first_g = forms.IntegerField(label=_("首重（克）"), min_value=1, max_value=100_000, initial=1000)
    first_price = forms.DecimalField(label=_("首重资费（元）"), **_MONEY)
    step_g = forms.IntegerField(label=_("续重（克）"), min_value=1, max_value=100_000, initial=1000)
    step_price = forms.DecimalField(label=_("每续重资费（元）"), **_MONEY)
    heaviest_g = forms.IntegerField(label=_("限重（克）"), min_value=1, max_value=100_000, initial=HEAVIEST_G)
    insured_rate = forms.DecimalField(
        label=_("保价费率"),
        required=False,
        max_digits=6,
        decimal_places=5,
        help_text=_("保价金额的几分之几，例如 0.005；不填则不能保价。"),
    )
    insured_minimum = forms.DecimalField(label=_("最低保价费（元）"), required=False, **_MONEY)
    valid_from = forms.DateField(
        label=_("施行日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("变更不追溯：最早从明天起。"),
    )
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名、文号，或“配置值，待核”。"))
    confidence = forms.ChoiceField(
        label=_("可信度"), choices=CONFIDENCE, help_text=_("A 官方文本，B 可靠转引，C 单一来源，K 经验值。")
    )

    def new(self) -> NewTariff:
        """What was written, for the action."""
        given = dict(self.cleaned_data)
        given["insured_minimum"] = given["insured_minimum"] or Decimal("0.00")
        return NewTariff(**given)


class AgreementForm(Form):
    """A signed security agreement."""

    number = forms.CharField(label=_("协议编号"), max_length=40)
    organisation = forms.CharField(
        label=_("机构代码"), max_length=40, help_text=_("签约的大厅、法院或部门的机构代码。")
    )
    products = forms.MultipleChoiceField(
        label=_("适用产品"), choices=Product.choices, widget=forms.CheckboxSelectMultiple, initial=[Product.STANDARD]
    )
    share = forms.DecimalField(
        label=_("折扣"),
        max_digits=4,
        decimal_places=3,
        initial=Decimal("1.000"),
        help_text=_("按公布资费付几成，0.85 为八五折；另有协议价的，以协议价为准。"),
    )
    signed_by = forms.CharField(label=_("签订人"), max_length=60)
    valid_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(label=_("到期日期"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("备注"), max_length=200, required=False)
