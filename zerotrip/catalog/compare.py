"""What changed from one version of an item to another."""

from __future__ import annotations

from dataclasses import dataclass

from zerotrip.catalog.content import Content, fields, heading_of, part_fields
from zerotrip.catalog.models import PARTS
from zerotrip.catalog.sheet import written

_NAMES = {"ways": ("step", "mode"), "bars": ("step", "reason")}
"""What names a row where its first field alone does not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field or row before and after; empty before: added, empty after: removed."""

    heading: str
    before: str
    after: str


def compare(before: Content, after: Content) -> list[Change]:
    """Every difference, in the order of the sheet. Rows are matched by their first field (the name)."""
    changes = [
        Change(field.heading, written(field, before[field.name]), written(field, after[field.name]))
        for field in fields()
        if before[field.name] != after[field.name]
    ]
    for part in PARTS:
        changes += _rows(part, before[part], after[part])
    return changes


def _rows(part: str, before: list[Content], after: list[Content]) -> list[Change]:
    if before == after:
        return []
    known = part_fields(part)
    changes = []
    old = _by_name(part, before)
    new = _by_name(part, after)
    for key in [*old, *(key for key in new if key not in old)]:
        one, other = old.get(key), new.get(key)
        if one == other:
            continue
        said = [
            "；".join(f"{f.heading} {written(f, row[f.name])}" for f in known if written(f, row[f.name])) if row else ""
            for row in (one, other)
        ]
        changes.append(Change(heading_of(part), said[0], said[1]))
    if not changes:
        shown = [" → ".join(str(row[known[0].name]) for row in rows) for rows in (before, after)]
        changes.append(Change(heading_of(part), shown[0], shown[1]))
    return changes


def _by_name(part: str, rows: list[Content]) -> dict[tuple[str, int], Content]:
    """Rows by name, and by their count where a name occurs twice."""
    names = _NAMES.get(part) or (part_fields(part)[0].name,)
    found: dict[tuple[str, int], Content] = {}
    for row in rows:
        name, n = " ".join(row[each] for each in names), 0
        while (name, n) in found:
            n += 1
        found[name, n] = row
    return found
