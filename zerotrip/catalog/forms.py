"""The desk's forms of the catalogue. What is good content is decided by `content.clean`, never here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zerotrip.catalog import content
from zerotrip.catalog.models import ItemVersion, ServiceItem
from zerotrip.catalog.sheet import JOIN

_LONG = 300


class ImportForm(forms.Form):
    """A sheet, and whether to publish what it holds."""

    file = forms.FileField(
        label=_("实施清单文件"),
        help_text=_("XLSX 或 CSV，第一行是中文标题。可先导出一份作为模板。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    publish = forms.BooleanField(label=_("导入后直接发布"), required=False)


class PublishForm(forms.Form):
    """From which day a version is valid."""

    valid_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class WithdrawForm(forms.Form):
    """Why a version is taken back."""

    reason = forms.CharField(label=_("撤下原因"), max_length=200)


class DraftForm(forms.Form):
    """The fields of an item as texts; rows (materials, fees, bases, sources) are edited in the sheet."""

    def __init__(self, *args: Any, known: content.Content | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = known or {}
        for field in content.fields():
            if field.name == "name_initials":
                continue
            self.fields[field.name] = _input(field)
            if field.name in known:
                self.initial[field.name] = _initial(known[field.name])

    def raw(self) -> dict[str, Any]:
        """What was filled in, for `content.clean`."""
        return dict(self.cleaned_data)


def _initial(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return value
    return "" if value is None else value


def _input(field: content.Field) -> forms.Field:
    model = ServiceItem if field.name == "code" else ItemVersion
    known = model._meta.get_field(field.name)
    label, choices = known.verbose_name, getattr(known, "choices", None) or []  # type: ignore[union-attr]
    if field.holds == "codes":
        listed = [(code, name) for code, name in field.choices]
        return forms.MultipleChoiceField(
            label=label, choices=listed, required=False, widget=forms.CheckboxSelectMultiple
        )
    if field.holds == "code":
        return forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)
    if field.holds == "yes":
        answers = [("", _("不知道")), ("是", _("是")), ("否", _("否"))]
        return forms.ChoiceField(label=label, choices=answers, required=False)
    if field.holds == "words":
        return _Words(label=label, required=False, help_text=_("多项用分号隔开"))
    if field.holds == "day":
        widget: forms.Widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    else:
        widget = forms.Textarea(attrs={"rows": 3}) if field.longest > _LONG else forms.TextInput()
    return forms.CharField(label=label, required=field.required, widget=widget, max_length=field.longest or None)


class _Words(forms.CharField):
    """Several words, joined by semicolons in the input."""

    def prepare_value(self, value: Any) -> Any:
        return JOIN.join(value) if isinstance(value, list) else value
