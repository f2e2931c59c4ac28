"""The forms of the desks. What they hold is checked by the actions; they only shape the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zerotrip.people.forms import Form
from zerotrip.rules.case_clock import Excluded
from zerotrip.rules.id_types import IdType

LONGEST = 500
PERSON, COMPANY = "person", "company"
HANDED_IN, COPIED, MISSING = "original", "copy", "missing"

_CODE = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


def _in_words(member: Any) -> str:
    return str(member.en if (get_language() or "").startswith("en") else member.zh)


def _documents() -> list[tuple[str, str]]:
    return [(kind.value, _in_words(kind)) for kind in IdType if kind.of_person]


def _procedures() -> list[tuple[str, str]]:
    return [(kind.value, _in_words(kind)) for kind in Excluded]


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": str(rows)})


class Scan(Form):
    """One code: a case, a mail piece or a certificate."""

    q = forms.CharField(
        label=_("扫描或输入办件编号、邮件号、证照编号"),
        max_length=80,
        error_messages={"required": _("请扫描或输入号码。")},
    )


class Nothing(Form):
    """A verb that needs no more than the click."""


class Reason(Form):
    reason = forms.CharField(
        label=_("原因"), max_length=300, widget=_text(2), error_messages={"required": _("请写明原因。")}
    )


class Refusal(Form):
    reason = forms.CharField(
        label=_("不予受理的理由"),
        max_length=1000,
        widget=_text(),
        help_text=_("写进不予受理决定书，当事人会读到。"),
        error_messages={"required": _("请写明不予受理的理由。")},
    )


class Review(Form):
    opinion = forms.CharField(label=_("审查意见"), max_length=500, required=False, widget=_text(2))


class Pause(Form):
    kind = forms.ChoiceField(label=_("特别程序"), choices=_procedures, error_messages={"required": _("请选择程序。")})
    needed_days = forms.IntegerField(
        label=_("需要的天数"),
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("请写明需要多少天。"), "invalid": _("请填写天数，如 15。")},
    )
    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=_text(2), error_messages={"required": _("请写明理由。")}
    )


class Extend(Form):
    reason = forms.CharField(
        label=_("延长的理由"),
        max_length=300,
        widget=_text(2),
        help_text=_("经本机关负责人批准，并告知申请人（行政许可法第四十二条）。"),
        error_messages={"required": _("请写明延长的理由。")},
    )


class Decision(Form):
    granted = forms.ChoiceField(
        label=_("决定"),
        choices=[("yes", _("准予")), ("no", _("不予"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择准予或不予。")},
    )
    reason = forms.CharField(
        label=_("理由"), max_length=1000, required=False, widget=_text(), help_text=_("不予的，必须说明理由。")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("granted") == "no" and not (data.get("reason") or "").strip():
            self.add_error("reason", _("作出不予的决定，必须说明理由（行政许可法第三十八条）。"))
        return data


class Certificate(Form):
    certificate_number = forms.CharField(
        label=_("证照或文书编号"),
        max_length=80,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("请填写编号。")},
    )


class Identity(Form):
    id_type = forms.ChoiceField(label=_("证件类型"), choices=_documents, initial=IdType.RESIDENT_ID.value)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("请核验证件并填写号码。")},
    )
    name = forms.CharField(label=_("证件上的姓名"), max_length=100, error_messages={"required": _("请填写姓名。")})


class Reveal(Form):
    field = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("查看理由"),
        max_length=120,
        help_text=_("会记入审计记录。"),
        error_messages={"required": _("请写明查看的理由。")},
    )


class Bind(Form):
    """Four scans: case, certificate, seal, label."""

    case = forms.CharField(
        label=_("办件编号"),
        max_length=60,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("请扫描办件编号。")},
    )
    certificate = forms.CharField(
        label=_("证照编号"), max_length=80, required=False, widget=forms.TextInput(attrs=_CODE)
    )
    seal = forms.CharField(
        label=_("封签号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_CODE),
        help_text=_("把材料装入封套，贴好新封签，再扫描封签上的条码。"),
    )
    mail = forms.CharField(
        label=_("邮件号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
        help_text=_("用预印面单的请扫描；留空按回车，由系统分配号码。"),
    )


class NewCase(Form):
    """An application at the desk. The clerk has seen the document, so a name is taken as it stands there."""

    applicant = forms.ChoiceField(
        label=_("申请人"),
        choices=[(PERSON, _("个人")), (COMPANY, _("单位"))],
        initial=PERSON,
        widget=forms.RadioSelect,
    )
    company = forms.CharField(label=_("单位名称"), max_length=120, required=False)
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=30, required=False, widget=forms.TextInput(attrs=_CODE)
    )
    name = forms.CharField(
        label=_("姓名（单位填经办人）"), max_length=100, error_messages={"required": _("请填写证件上的姓名。")}
    )
    id_type = forms.ChoiceField(label=_("证件类型"), choices=_documents, initial=IdType.RESIDENT_ID.value)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs=_CODE),
        error_messages={"required": _("请核验证件并填写号码。")},
    )
    phone = forms.CharField(
        label=_("手机号码"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": _("请填写手机号码。")},
    )
    result_route = forms.ChoiceField(
        label=_("结果怎样交给申请人"),
        choices=[("mail", _("寄给申请人")), ("collect", _("到大厅领取"))],
        initial="mail",
        widget=forms.RadioSelect,
    )
    recipient = forms.CharField(label=_("收件人"), max_length=100, required=False, help_text=_("与申请人相同时留空。"))
    recipient_phone = forms.CharField(label=_("收件人电话"), max_length=30, required=False)
    detail = forms.CharField(
        label=_("街道、门牌、楼栋和房间号"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写详细地址。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("applicant") == COMPANY:
            for name, sentence in (("company", _("请填写单位名称。")), ("uscc", _("请填写统一社会信用代码。"))):
                if not data.get(name):
                    self.add_error(name, sentence)
        return data
