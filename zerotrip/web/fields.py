"""A Django form field as both desks and phones show it: label, input, help, errors, all tied together."""

from __future__ import annotations

from typing import Any

from django import forms

_CHOICE = (forms.CheckboxSelectMultiple, forms.RadioSelect)


def _kind(widget: forms.Widget) -> str:
    """Which of the field's shapes a widget takes."""
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, _CHOICE):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.ClearableFileInput | forms.FileInput):
        return "file"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "text"
    return "input"


def context(bound: forms.BoundField, *, scan: bool = False, camera: bool = False) -> dict[str, Any]:
    """What web/_form_field.html needs: the input with its classes and ARIA attributes, and the parts around it."""
    widget = bound.field.widget
    kind = _kind(widget)
    key = bound.auto_id or bound.html_name
    described = [f"{key}_help"] * bool(bound.help_text) + [f"{key}_error"] * bool(bound.errors)
    attrs: dict[str, Any] = {}
    if kind not in ("hidden", "choices"):
        attrs["class"] = " ".join(
            filter(None, [str(widget.attrs.get("class", "")), _CLASSES[kind], "zt-scan__input" if scan else ""])
        )
        if described:
            attrs["aria-describedby"] = " ".join(described)
        if bound.errors:
            attrs["aria-invalid"] = "true"
        if scan:
            attrs |= {"data-scan": "", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    return {
        "field": bound,
        "kind": kind,
        "key": key,
        "input": bound.as_widget(attrs=attrs),
        "choices": list(bound) if kind == "choices" else [],
        "described": " ".join(described),
        "multiple": getattr(widget, "allow_multiple_selected", False),
        "accept": widget.attrs.get("accept", ""),
        "required": bound.field.required,
        "scan": scan,
        "camera": camera,
    }


_CLASSES = {
    "check": "zt-check__box",
    "file": "zt-upload__input",
    "select": "zt-input zt-select",
    "text": "zt-input zt-input--text",
    "input": "zt-input",
}
