"""The forms of partners. What they hold is checked by the actions; they only shape the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.gateway.models import USUAL_RATE, Scope
from zerotrip.people.forms import Form


def _scopes() -> list[tuple[str, Any]]:
    return [(scope.value, f"{scope.label} · {scope.value}") for scope in Scope]


class Agreed(Form):
    """What a partner may do, and how often."""

    scopes = forms.MultipleChoiceField(
        label=_("可用接口"),
        choices=_scopes,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一个接口。"), "invalid_choice": _("请从列出的接口中选择。")},
    )
    rate_per_minute = forms.IntegerField(
        label=_("每分钟请求数"),
        initial=USUAL_RATE,
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("请填写每分钟请求数。"), "invalid": _("应为整数。")},
    )


class Register(Agreed):
    field_order = ("name", "scopes", "rate_per_minute")
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请填写名称。")})


class AddKey(Form):
    public_key = forms.CharField(
        label=_("公钥"),
        max_length=4000,
        help_text=_("PEM 格式，Ed25519 或 ECDSA P-256。私钥由合作方自己保管，不要发给我们。"),
        widget=forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off", "placeholder": "-----BEGIN PUBLIC KEY-----"}
        ),
        error_messages={"required": _("请粘贴公钥。")},
    )


class Reason(Form):
    reason = forms.CharField(label=_("原因"), max_length=200, error_messages={"required": _("请写明原因。")})


class RevokeKey(Reason):
    field_order = ("keyid", "reason")
    keyid = forms.ChoiceField(label=_("密钥"), error_messages={"required": _("请选择密钥。")})

    def __init__(self, *args: Any, keyids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keyid"].choices = [(keyid, keyid) for keyid in keyids]  # type: ignore[attr-defined]


class RenewToken(Form):
    """Nothing to fill in."""
