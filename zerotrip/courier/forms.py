"""The forms of the courier's pages. What they hold is checked by `mail.actions`; they only shape the page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zerotrip.core.errors import BadInput, Problem
from zerotrip.mail.codes import REASONS, RELATIONS
from zerotrip.people.forms import Form
from zerotrip.rules.acceptance import ACCEPTED_IDS
from zerotrip.rules.id_types import IdType

OFF = {"autocomplete": "off", "spellcheck": "false"}
LARGEST_SIGNATURE = 400_000
"""Characters of a drawn signature as a data address: a phone's canvas needs about 20 000."""

AT_THE_DOOR = ("103", "105", "115", "123", "124", "101", "122", "102", "118", "126", "104", "108", "116", "114", "130")
"""Reasons a courier meets at the door, commonest first (EMS codes 101 to 130, handbook 4.6)."""
FOR_RETURN = ("104", "102", "122", "118", "126", "123", "124", "101", "103", "112", "130")
"""Reasons for which a piece goes back to its sender."""


def reasons(chosen: Iterable[str]) -> list[tuple[str, Any]]:
    """The chosen reason codes with their words, an empty choice first."""
    return [("", _("请选择原因")), *((code, REASONS[code]) for code in chosen)]


def _id_types() -> list[tuple[str, str]]:
    return [(kind.value, kind.zh) for kind in IdType if kind in ACCEPTED_IDS]


class IdentityForm(Form):
    """The document shown at the door."""

    id_type = forms.ChoiceField(
        label=_("证件类型"),
        choices=_id_types,
        initial=IdType.RESIDENT_ID.value,
        error_messages={"required": _("请选择证件类型。"), "invalid_choice": _("请选择证件类型。")},
    )
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs={**OFF, "autocapitalize": "characters"}),
        error_messages={"required": _("请填写或扫描证件号码。")},
    )


class PickupForm(IdentityForm):
    """Identity, contents one by one, number and weight."""

    id_name = forms.CharField(
        label=_("证件上的姓名"),
        max_length=60,
        widget=forms.TextInput(attrs=OFF),
        error_messages={"required": _("请填写姓名。")},
    )
    original_seen = forms.BooleanField(
        label=_("已当面查验证件原件，人证一致"),
        error_messages={"required": _("须当面查验证件原件；拒绝出示的，不予收寄。")},
    )
    extra = forms.CharField(
        label=_("清单以外的物品"),
        required=False,
        max_length=60,
        help_text=_("没有就留空。有则写下名称，与寄件人当面核对。"),
        widget=forms.TextInput(attrs=OFF),
    )
    weight_g = forms.IntegerField(
        label=_("重量（克）"),
        required=False,
        min_value=1,
        max_value=50_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("请填写克数，例如 120。")},
    )
    number = forms.CharField(
        label=_("邮件号"),
        required=False,
        max_length=30,
        help_text=_("扫描面单；留空则自动取号。"),
        widget=forms.TextInput(attrs=OFF | {"data-scan": "quiet", "data-manual": ""}),
    )

    def __init__(self, papers: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.papers = list(papers)
        for paper in self.papers:
            self.fields[f"paper_{paper.pk}"] = forms.IntegerField(
                label=paper.name,
                min_value=0,
                max_value=999,
                help_text=gettext("清单 {n} 份").format(n=paper.copies),
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages={"required": _("请清点并填写份数，没有填 0。"), "invalid": _("请填写份数。")},
            )

    @property
    def counted(self) -> list[forms.BoundField]:
        """The fields of the checklist."""
        return [self[f"paper_{paper.pk}"] for paper in self.papers]

    def found(self) -> dict[str, int]:
        """What lies in the envelope, by name."""
        counts: dict[str, int] = {}
        for paper in self.papers:
            counts[paper.name] = counts.get(paper.name, 0) + int(self.cleaned_data[f"paper_{paper.pk}"])
        if extra := self.cleaned_data["extra"].strip():
            counts[extra] = counts.get(extra, 0) + 1
        return counts

    def refused(self, problem: Problem) -> None:
        """A sentence about a paper stands at the paper's own field."""
        fields = {
            f"paper_{paper.pk}": problem.fields[paper.name] for paper in self.papers if paper.name in problem.fields
        }
        if fields:
            problem = BadInput(problem.detail, fields={**problem.fields, **fields})
        super().refused(problem)


class DeliverForm(IdentityForm):
    """Who takes the piece, and the signature."""

    relation = forms.ChoiceField(
        label=_("签收人与收件人"), choices=list(RELATIONS.items()), initial="self", widget=forms.RadioSelect
    )
    signer_name = forms.CharField(
        label=_("签收人姓名"),
        max_length=60,
        widget=forms.TextInput(attrs=OFF),
        error_messages={"required": _("请填写签收人姓名。")},
    )
    signature = forms.CharField(required=False, max_length=LARGEST_SIGNATURE, widget=forms.HiddenInput)
    seal_state = forms.ChoiceField(
        label=_("封套上的封签"),
        choices=[("intact", _("完好，号码一致")), ("broken", _("破损或号码不符"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请先查看封签，再交给收件人。"), "invalid_choice": _("请选择封签的情况。")},
    )
    seal = forms.CharField(
        label=_("扫描封签（可不扫）"), required=False, max_length=40, widget=forms.TextInput(attrs=OFF)
    )
    seal_note = forms.CharField(
        label=_("破损或不符的情况"), required=False, max_length=80, widget=forms.TextInput(attrs=OFF)
    )

    def __init__(self, *args: Any, sealed: bool = False, **kwargs: Any) -> None:
        """`sealed`: the pouch bears a seal, which must be looked at."""
        super().__init__(*args, **kwargs)
        self.sealed = sealed
        if not sealed:
            for name in ("seal_state", "seal", "seal_note"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("seal_state") == "broken" and len(data.get("seal_note", "").strip()) < 2:
            self.add_error("seal_note", _("封签破损或不符的，请写明看到的情况。"))
        return data

    def clean_signature(self) -> bytes | None:
        """The drawing as PNG bytes; None when there is none and the typed name stands for it."""
        text = str(self.cleaned_data["signature"])
        if not text:
            return None
        head, _comma, body = text.partition(",")
        try:
            drawn = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            drawn = b""
        if head != "data:image/png;base64" or not drawn.startswith(b"\x89PNG\r\n\x1a\n"):
            raise forms.ValidationError(_("签名没有传完整，请重新签一次。"))
        return drawn


class FailedForm(Form):
    """Why the piece could not be handed over."""

    reason_code = forms.ChoiceField(
        label=_("原因"),
        choices=reasons(AT_THE_DOOR),
        error_messages={"required": _("请选择原因。"), "invalid_choice": _("请选择原因。")},
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=120, help_text=_("不要写姓名、电话等个人信息。"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason_code") == "130" and not data.get("note"):
            self.add_error("note", _("原因选“其他”时，请写明情况。"))
        return data


class SendBackForm(Form):
    """Why the piece goes back to its sender."""

    reason_code = forms.ChoiceField(
        label=_("退回原因"),
        choices=reasons(FOR_RETURN),
        error_messages={"required": _("请选择原因。"), "invalid_choice": _("请选择原因。")},
    )


class ReasonForm(Form):
    """A reason in words."""

    reason = forms.CharField(label=_("原因"), max_length=120, error_messages={"required": _("请写明原因。")})


class ScanForm(Form):
    """A number, typed or scanned."""

    number = forms.CharField(
        label=_("扫描或输入邮件号"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("邮件号")}),
        error_messages={"required": _("请扫描或输入邮件号。")},
    )


class TakerForm(Form):
    """To whom pieces are handed over."""

    place = forms.ChoiceField(
        label=_("交给"), widget=forms.RadioSelect, error_messages={"required": _("请选择接收方。")}
    )

    def __init__(self, places: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(places)
