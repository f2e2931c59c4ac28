"""Forms of money: a refund by line, and what was done about something set aside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.core.money import format_yuan
from zerotrip.mail.payments.models import Order
from zerotrip.people.forms import Form

REASONS = [
    ("", _("请选择")),
    ("时限延误，退还邮费", _("时限延误，退还邮费")),
    ("申请人撤回，尚未收寄", _("申请人撤回，尚未收寄")),
    ("重复支付", _("重复支付")),
    ("收费有误", _("收费有误")),
]


class RefundForm(Form):
    """How much of each line goes back; only lines of which something is left."""

    reason = forms.ChoiceField(label=_("退款原因"), choices=REASONS)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {}
        for line in order.lines.all():
            left = line.amount - line.given_back
            if left > 0:
                self.lines[f"line_{line.pk}"] = line.pk
                self.fields[f"line_{line.pk}"] = forms.DecimalField(
                    label=line.name,
                    required=False,
                    min_value=Decimal(0),
                    max_value=left,
                    max_digits=9,
                    decimal_places=2,
                    initial=Decimal("0.00"),
                    help_text=_("最多 {left}").format(left=format_yuan(left)),
                )
        self.order_fields([*self.lines, "reason"])

    def amounts(self) -> dict[int, Decimal]:
        """Yuan by line."""
        return {pk: self.cleaned_data[name] or Decimal(0) for name, pk in self.lines.items()}


class SettleForm(Form):
    """What was done about something set aside."""

    how = forms.CharField(label=_("处理结果"), max_length=120)
    take = forms.BooleanField(label=_("记入原订单（之后可以退款）"), required=False)
