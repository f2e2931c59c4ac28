"""The small forms of a case page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.clock import today
from zerotrip.portal import slots
from zerotrip.portal.uploads import Kept


class WithdrawForm(forms.Form):
    """Why the application is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("为什么撤回"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明撤回的理由。")},
    )


class AnswerForm(forms.Form):
    """What was asked for, uploaded or collected by a courier."""

    by = forms.ChoiceField(
        label=gettext_lazy("怎样补交"),
        choices=[("online", gettext_lazy("拍照或上传")), ("courier", gettext_lazy("快递员上门取"))],
        widget=forms.RadioSelect,
        initial="online",
        error_messages={
            "required": gettext_lazy("请选择怎样补交。"),
            "invalid_choice": gettext_lazy("请选择怎样补交。"),
        },
    )
    pickup = forms.ChoiceField(
        label=gettext_lazy("上门取件时间"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("这个时段不能上门，请另选一个时段。")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        wanted: list[tuple[str, str]],
        kept: Mapping[str, Kept],
        offered: list[slots.Slot],
    ) -> None:
        super().__init__(data)
        self.wanted, self.kept = wanted, kept
        pickup = self.fields["pickup"]
        assert isinstance(pickup, forms.ChoiceField)
        pickup.choices = slots.choices(offered, today())
        for name, what in wanted:
            self.fields[f"{name}_file"] = forms.FileField(
                label=what,
                required=False,
                help_text=_("照片或 PDF，最大 10 MB"),
                widget=forms.FileInput(attrs={"accept": "image/*,application/pdf", "data-max-mb": "10"}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("by") == "online":
            for name, what in self.wanted:
                kept = self.kept.get(name, Kept())
                if kept.file is None:
                    self.add_error(f"{name}_file", kept.error or _("请选择“{name}”的照片或 PDF。").format(name=what))
        if data.get("by") == "courier" and not data.get("pickup") and "pickup" not in self.errors:
            self.add_error("pickup", _("请选择快递员上门取件的时间。"))
        return data

    def file_rows(self) -> list[dict[str, Any]]:
        """The upload fields with what was kept, for the page."""
        for name in ("pickup", *(f"{name}_file" for name, _what in self.wanted)):
            self.fields[name].required = True  # as the page shows them; `clean` asks only for what was chosen
        return [
            {"field": self[f"{name}_file"], "kept": self.kept.get(name, Kept()), "name": name}
            for name, _what in self.wanted
        ]

    def uploads(self) -> dict[str, UUID]:
        """The kept files by what they are; two of one name get a number."""
        found: dict[str, UUID] = {}
        if self.cleaned_data["by"] != "online":
            return found
        for name, what in self.wanted:
            file = self.kept[name].file
            if file is not None:
                found[what if what not in found else f"{what}（{len(found) + 1}）"] = file.public_id
        return found

    def slot(self) -> slots.Slot | None:
        """The chosen time, when a courier comes."""
        return slots.Slot.read(self.cleaned_data.get("pickup", "")) if self.cleaned_data["by"] == "courier" else None
