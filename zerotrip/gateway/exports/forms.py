"""The form of an export. What it holds is checked by the action; it only shapes the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.gateway.exports import models
from zerotrip.people.forms import Form

_DAY = {"required": _("请选择日期。"), "invalid": _("日期应写成 2026-11-24 的样子。")}


def _day(label: Any, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], error_messages=_DAY, **more)


class Ask(Form):
    """Which days, and how."""

    first = _day(_("申请日期从"))
    last = _day(_("到（含当天）"))
    form = forms.ChoiceField(
        label=_("格式"), choices=models.Form.choices, error_messages={"invalid_choice": _("请选择格式。")}
    )
    full = forms.BooleanField(
        label=_("含完整个人信息"),
        required=False,
        help_text=_("姓名、证件号码、电话和地址不隐去；须写明理由，导出和下载都记入台账。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=120,
        required=False,
        help_text=_("只在含完整个人信息时填写，例如：省政务服务办 11 月数据核对，函〔2026〕12号。"),
    )

    def __init__(self, *args: Any, may_unmask: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_unmask:
            del self.fields["full"], self.fields["reason"]
