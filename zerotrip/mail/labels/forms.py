"""Forms of labels: print a batch, print one again, void, renumber. What they hold is checked by the actions."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zerotrip.documents.labels import SIZE_150
from zerotrip.mail.labels.models import SIZE_CHOICES
from zerotrip.people.forms import Form
from zerotrip.rules import mail_number

OTHER: Final = "other"
AGAIN: Final[list[tuple[str, str | Promise]]] = [
    ("", _("请选择")),
    ("面单破损", _("面单破损")),
    ("打印不清", _("打印不清")),
    ("卡纸或漏打", _("卡纸或漏打")),
    ("面单脱落", _("面单脱落")),
    (OTHER, _("其他（请写明）")),
]
VOID: Final[list[tuple[str, str | Promise]]] = [
    ("", _("请选择")),
    ("面单破损", _("面单破损")),
    ("打印不清", _("打印不清")),
    ("内容有误", _("内容有误")),
    ("多打了一张", _("多打了一张")),
    (OTHER, _("其他（请写明）")),
]
WRONG: Final[list[tuple[str, str | Promise]]] = [
    ("", _("请选择")),
    ("贴错面单", _("贴错面单")),
    ("面单号码与实物不符", _("面单号码与实物不符")),
    ("一号两件", _("一号两件")),
    (OTHER, _("其他（请写明）")),
]
"""Usual reasons; what is chosen is kept in Chinese, as it is read a year later."""

MOST_TEXT: Final = 20_000
_WHY: Final = {"required": _("请写明原因。"), "invalid_choice": _("请选择列出的原因。")}


class Why(Form):
    """A usual reason, or one in words."""

    reason = forms.ChoiceField(label=_("原因"), choices=AGAIN, error_messages=_WHY)
    note = forms.CharField(label=_("补充说明"), max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", self.__class__.__name__.lower())
        super().__init__(*args, **kwargs)
        self.order_fields(["size", "new_number", "reason", "note"])

    def clean(self) -> dict[str, Any]:
        """`why` is both in one line."""
        sent = super().clean() or {}
        sent["why"] = in_one_line(sent.get("reason", ""), sent.get("note", ""))
        if not sent["why"] and sent.get("reason") == OTHER:
            self.add_error("note", _("请写明原因。"))
        return sent


class Again(Why):
    """Print a label (again)."""

    size = forms.ChoiceField(label=_("面单规格"), choices=SIZE_CHOICES)

    def __init__(self, *args: Any, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needed = needed
        if not needed:
            del self.fields["reason"], self.fields["note"]


class Void(Why):
    """What was printed is not to be used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(label=_("作废原因"), choices=VOID, error_messages=_WHY)


class Renumber(Why):
    """The wrong label was stuck on."""

    new_number = forms.CharField(
        label=_("新邮件号"), max_length=40, required=False, help_text=_("扫描空白面单；留空由系统取下一个号。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(label=_("换号原因"), choices=WRONG, error_messages=_WHY)


class Numbers(Form):
    """Labels of given pieces, on one PDF."""

    size = forms.ChoiceField(label=_("面单规格"), choices=SIZE_CHOICES, initial=str(SIZE_150))
    numbers = forms.CharField(
        label=_("邮件号"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("扫描或粘贴，一行一个，最多 500 个。"),
        error_messages={"required": _("没有要打印的邮件。请扫描邮件号，一行一个。")},
    )
    reason = forms.ChoiceField(
        label=_("补打原因"), choices=AGAIN, required=False, help_text=_("其中有打印过的，须选原因；没打印过的不用。")
    )
    note = forms.CharField(label=_("补充说明"), max_length=100, required=False)

    @property
    def wanted(self) -> list[str]:
        """The numbers as scanned: one a line, or several on a line with commas or spaces between."""
        return numbers_in(self.cleaned_data["numbers"])

    @property
    def why(self) -> str:
        """The reason for those that were printed before."""
        return in_one_line(self.cleaned_data["reason"], self.cleaned_data["note"])


def in_one_line(chosen: str, note: str) -> str:
    """The reason as it is kept: what was chosen, and what was written."""
    said, more = "" if chosen == OTHER else chosen, " ".join(note.split())
    return f"{said}：{more}" if said and more else said or more


def numbers_in(text: str) -> list[str]:
    """The mail numbers in what was scanned or pasted: lines; a line too long for one number is taken word by word.

    >>> numbers_in("1272 4481 51316\\n1272448151323, LZ290346175CN 1272448151330")
    ['1272448151316', '1272448151323', 'LZ290346175CN', '1272448151330']
    """
    found = []
    for line in re.split(r"[\n\r,，;；、]+", text):
        whole = mail_number.compact(line)
        found += [whole] if len(whole) <= 13 else [mail_number.compact(word) for word in line.split()]
    return [number for number in found if number]
