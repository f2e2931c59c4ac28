"""How a version is shown: labelled facts in groups, in the language of the reader. Nothing here asks the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from zerotrip.catalog import codes
from zerotrip.catalog.models import Bar, ItemVersion, Way
from zerotrip.core.words import listed
from zerotrip.rules.findings import Finding

GROUPS: tuple[tuple[str | Promise, str], ...] = (
    (
        gettext_lazy("出门几次"),
        "on_site_visits on_site_reason materials_mailable result_mailable handling_forms online kiosk bookable scope "
        "online_url online_depth in_hall",
    ),
    (
        gettext_lazy("时限与结果"),
        "legal_limit promised_limit case_kind special_procedure result_name result_type quantity_limit",
    ),
    (
        gettext_lazy("事项"),
        "aliases item_type exercise_level themes service_objects basic_code implementation_code handling_code "
        "division_scope",
    ),
    (
        gettext_lazy("部门"),
        "organ_name organ_kind organ_nature delegated_by places_and_hours consult_phone supervise_phone",
    ),
    (gettext_lazy("收费"), "charges charge_basis online_payment"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value. `configured`: a local decision without a source yet, shown as "配置值，待核"."""

    label: str
    text: str
    configured: bool = False


def facts(version: ItemVersion) -> list[tuple[str, list[Fact]]]:
    """Groups of facts; what is not known is shown as a dash."""
    return [(str(title), [_fact(version, name) for name in names.split()]) for title, names in GROUPS]


def _fact(version: ItemVersion, name: str) -> Fact:
    if name in ("legal_limit", "promised_limit"):
        label = version._meta.get_field(f"{name}_value").verbose_name  # type: ignore[union-attr]
        return Fact(str(label), limit(version, name) or "—", version.is_configured(f"{name}_value"))
    label = version._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return Fact(str(label), said(version, name) or "—", version.is_configured(name))


def said(row: Any, name: str) -> str:
    """A field's value in words; empty when it is not known."""
    value = getattr(row, name)
    if name in codes.WORD_LISTS:
        return listed(codes.label(codes.WORD_LISTS[name], code) for code in value)
    if isinstance(value, list):
        return listed(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "on_site_visits" and value is not None:
        return ngettext("{n} 次", "{n} 次", value).format(n=value)
    if value in (None, ""):
        return ""
    if row._meta.get_field(name).choices:
        return str(getattr(row, f"get_{name}_display")())
    return value.isoformat() if isinstance(value, date) else str(value)


def limit(version: ItemVersion, name: str = "legal_limit") -> str:
    """A limit in words, "20 个工作日（…）"; empty when it is not known."""
    text = length(version, name)
    if not text:
        return ""
    note = getattr(version, f"{name}_note")
    return _("{text}（{note}）").format(text=text, note=note) if note else text


def length(version: ItemVersion, name: str = "legal_limit") -> str:
    """A limit's length alone, "20 个工作日"; empty when it is not known."""
    value = getattr(version, f"{name}_value")
    if value is None:
        return ""
    working = getattr(version, f"{name}_unit") == "working_day"
    return _working_days(value) if working else _calendar_days(value)


def _working_days(n: int) -> str:
    return ngettext("{n} 个工作日", "{n} 个工作日", n).format(n=n)


def _calendar_days(n: int) -> str:
    return ngettext("{n} 个自然日", "{n} 个自然日", n).format(n=n)


@dataclass(frozen=True, slots=True)
class Line:
    """What a mode means for a step: a way with its time and papers, or what rules it out."""

    mode: str
    way: Way | None = None
    times: tuple[str, ...] = ()
    needs: str = ""
    gives: str = ""
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step: who does it, and a line for each mode the version speaks of."""

    key: str
    name: str
    actor: str
    lines: list[Line]


def way_table(version: ItemVersion) -> list[StepRow]:
    """The ways of a version, step by step: first those that are open, then those that are ruled out."""
    ways, bars = list(version.ways.all()), list(version.bars.all())
    rows = []
    for key in dict.fromkeys(way.step for way in ways):
        mine = [way for way in ways if way.step == key]
        lines = [Line(_mode(w.mode), w, times(w), said(w, "needs"), said(w, "gives")) for w in mine]
        lines += [Line(listed(map(_mode, bar.modes)), bar=bar) for bar in bars if bar.step == key]
        rows.append(StepRow(key, mine[0].step_name, mine[0].get_actor_display(), lines))
    return rows


def _mode(code: str) -> str:
    return codes.label(codes.MODE, code)


def times(way: Way) -> tuple[str, ...]:
    """How long a way takes, in words; empty when it says nothing."""
    parts: list[str] = []
    if way.calendar_days:
        parts.append(_calendar_days(way.calendar_days))
    if way.working_days:
        parts.append(_working_days(way.working_days))
    if way.minutes:
        parts.append(_("{n} 分钟").format(n=way.minutes))
    if way.queue:
        parts.append(_("等候约 {n} 分钟").format(n=way.queue))
    return tuple(parts)


def sentence(finding: Finding) -> str:
    """A finding of the checks in the language of the reader."""
    return finding.en if (get_language() or "zh").startswith("en") else finding.zh
