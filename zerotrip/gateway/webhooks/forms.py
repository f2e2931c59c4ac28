"""The forms of webhooks. What they hold is checked by the actions; they only shape the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.gateway.webhooks import actions
from zerotrip.gateway.webhooks.models import Digest
from zerotrip.people.forms import Form

ROOMS = (("cases.*", _("办件进展 · cases.*")), ("mail.*", _("邮件进展 · mail.*")))
"""What a person chooses from; single kinds are chosen by the partner itself, through the API."""


class Register(Form):
    """Whose, where to, what."""

    partner = forms.ChoiceField(
        label=_("合作方"),
        error_messages={"required": _("请选择合作方。"), "invalid_choice": _("请从列出的合作方中选择。")},
    )
    url = forms.CharField(
        label=_("接收地址"),
        max_length=500,
        help_text=_("合作方系统的 https 地址，例如 https://example.cn/hooks。"),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写接收地址。"), "max_length": _("地址不超过 500 个字符。")},
    )
    types = forms.MultipleChoiceField(
        label=_("推送什么"),
        required=False,
        choices=ROOMS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就全部推送。只要个别几种的，由合作方通过接口登记。"),
        error_messages={"invalid_choice": _("请从列出的种类中选择。")},
    )
    digest = forms.ChoiceField(
        label=_("签名算法"), choices=Digest.choices, error_messages={"invalid_choice": _("请选择签名算法。")}
    )

    def __init__(self, *args: Any, partners: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("请选择合作方")), *((name, name) for name in partners)]
        self.fields["partner"].choices = choices  # type: ignore[attr-defined]


class Replay(Form):
    since = forms.IntegerField(
        label=_("从序号"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("从这一条起，送过的也再按顺序送一遍。"),
        error_messages={
            "required": _("请填写序号。"),
            "invalid": _("序号应为整数。"),
            "min_value": _("序号从 1 开始。"),
        },
    )


class Rotate(Form):
    hours = forms.IntegerField(
        label=_("原密钥继续有效（小时）"),
        initial=actions.OVERLAP,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("这段时间里每条消息同时有新旧两个签名，合作方换好之前不会漏收。0 表示立即失效。"),
        error_messages={"required": _("请填写小时数。"), "invalid": _("小时数应为整数。")},
    )


class Pause(Form):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("暂停期间发生的事照常排队，恢复后按顺序补送。"),
        error_messages={"required": _("请写明原因。")},
    )


class Remove(Form):
    sure = forms.BooleanField(
        label=_("我已确认：排队和送过的消息一并删除，不能恢复"),
        error_messages={"required": _("请先勾选确认。")},
    )


class Plain(Form):
    """Nothing to fill in."""
