"""The form that settles an exception."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.people.forms import Form


class SettleForm(Form):
    """What was done about it."""

    how = forms.CharField(
        label=_("处理结果"),
        max_length=200,
        help_text=_("写明做了什么、结果怎样；不要写姓名、电话等个人信息。"),
        error_messages={"required": _("请写明处理结果。")},
    )
