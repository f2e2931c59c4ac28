"""The forms of sign-in, profile and staff. What they hold is checked by the actions; they only shape the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.core.errors import Problem
from zerotrip.core.roles import STAFF
from zerotrip.people.wording import ROLE_NAMES
from zerotrip.rules.id_types import IdType

ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"}


class Form(forms.Form):
    """A form that can be told why it was refused."""

    def refused(self, problem: Problem) -> None:
        """Put the sentences of a problem at the fields of a form that was valid so far; the rest stands above it."""
        known = {name: said for name, said in problem.fields.items() if name in self.fields}
        for name, sentences in known.items():
            for sentence in sentences:
                self.add_error(name, sentence)
        if not known:
            self.add_error(None, str(problem.detail))


def _password(name: str, **attributes: Any) -> forms.CharField:
    return forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": name, **attributes}),
        error_messages={"required": _("请填写密码。")},
    )


class SignIn(Form):
    username = forms.CharField(
        label=_("账号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写账号。")},
    )
    password = _password("current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("密码")


class Code(Form):
    code = forms.CharField(
        label=_("6 位口令"),
        max_length=12,
        widget=forms.TextInput(attrs={**ONE_TIME, "autofocus": True}),
        error_messages={"required": _("请填写 6 位数字。")},
    )


class Enrol(Code):
    token = forms.CharField(widget=forms.HiddenInput)


class NewPassword(Form):
    new = _password("new-password")
    again = _password("new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].label = _("新密码")
        self.fields["new"].help_text = _(
            "至少 10 个字符，含大写字母、小写字母、数字、符号中的三类；不能是最近 5 次用过的。"
        )
        self.fields["again"].label = _("再填一次新密码")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("两次填写的新密码不一样。"))
        return data


class ChangePassword(NewPassword):
    field_order = ("password", "new", "again")
    password = _password("current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("现在的密码")


class ReEnrol(Enrol):
    field_order = ("password", "code", "token")
    password = _password("current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("现在的密码")
        self.fields["code"].widget.attrs.pop("autofocus", None)


class Phone(Form):
    phone = forms.CharField(
        label=_("手机号码"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": _("请填写手机号码。")},
    )


class PhoneCode(Code):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("短信验证码")


class Identity(Form):
    name = forms.CharField(
        label=_("姓名"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("请填写证件上的姓名。")},
    )
    id_type = forms.ChoiceField(
        label=_("证件类型"),
        choices=lambda: [(kind.value, kind.zh) for kind in IdType if kind.of_person],
        initial=IdType.RESIDENT_ID.value,
        error_messages={"invalid_choice": _("请选择证件类型。"), "required": _("请选择证件类型。")},
    )
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("请填写证件号码。")},
    )


def _roles() -> list[tuple[str, Any]]:
    return [("", _("请选择岗位")), *((role, name) for role, name in ROLE_NAMES.items() if role in STAFF)]


class DutyForm(Form):
    role = forms.ChoiceField(label=_("岗位"), choices=_roles, error_messages={"required": _("请选择岗位。")})
    place = forms.CharField(
        label=_("所在场所"), required=False, max_length=120, help_text=_("场所代码或全名；揽投员、收寄员、营业员必填。")
    )
    organisation = forms.CharField(
        label=_("所属机构"), required=False, max_length=120, help_text=_("机构代码或全名；部门、公安、法院人员必填。")
    )
    division = forms.CharField(
        label=_("负责区划"), required=False, max_length=12, help_text=_("区划代码；项目经理、负责人、客服必填。")
    )


class Hire(DutyForm):
    field_order = ("username", "name", "phone", "role", "place", "organisation", "division", "password")
    username = forms.CharField(
        label=_("账号"),
        max_length=40,
        help_text=_("3 至 40 位小写字母、数字、点或横线，以字母开头。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写账号。")},
    )
    name = forms.CharField(label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名。")})
    phone = forms.CharField(label=_("手机号码"), required=False, max_length=30)
    password = forms.CharField(
        label=_("初始密码"),
        max_length=128,
        help_text=_("当面交给本人；首次登录时必须修改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写初始密码。")},
    )


class Reset(Form):
    password = forms.CharField(
        label=_("新的初始密码"), max_length=128, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(label=_("原因"), max_length=120, error_messages={"required": _("请写明原因。")})


class Reason(Form):
    reason = forms.CharField(label=_("原因"), max_length=120, error_messages={"required": _("请写明原因。")})
