"""How a table was filled: how often each element was said, and why not where it was not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from zerotrip.gateway.exports.tables import TABLES, Table
from zerotrip.gateway.exports.values import WHY, Unsayable


@dataclass
class Tally:
    """Counts of one run over all tables; `incomplete` names rows left out because a required element is missing."""

    rows: Counter[str] = field(default_factory=Counter)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsaid: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    incomplete: list[str] = field(default_factory=list)

    MOST_NAMED = 100

    def say(self, table: Table, row: Any, *, masked: bool) -> list[str] | None:
        """The row's elements in order, an empty text for what cannot be said; None when a required one is missing."""
        texts: list[str] = []
        missing = ""
        for element in table.elements:
            try:
                texts.append(element.say(row, masked=masked))
            except Unsayable as why:
                texts.append("")
                self.unsaid[table.code, element.name, str(why)] += 1
                if element.required:
                    missing = missing or element.name
            else:
                self.said[table.code, element.name] += 1
        if missing:
            self.left_out[table.code] += 1
            if len(self.incomplete) < self.MOST_NAMED:
                self.incomplete.append(f"{table.title} {getattr(row, table.key)}：{missing}")
            return None
        self.rows[table.code] += 1
        return texts

    def lines(self) -> list[tuple[str, int, str, int, int, str]]:
        """(table, number, element, said, empty, reasons) of every element, in the order of the standard."""
        found = []
        for table in TABLES:
            for element in table.elements:
                reasons = {
                    why: n for (code, name, why), n in self.unsaid.items() if (code, name) == (table.code, element.name)
                }
                empty = sum(reasons.values())
                words = "；".join(f"{WHY.get(why, why)} {n}" for why, n in sorted(reasons.items()))
                if empty and not element.source and element.note:
                    words = element.note
                said = self.said[table.code, element.name]
                found.append((table.title, element.number, element.name, said, empty, words))
        return found

    def as_json(self) -> dict[str, Any]:
        """What is kept with the export."""
        return {
            "rows": {table.code: self.rows[table.code] for table in TABLES},
            "left_out": dict(self.left_out),
            "incomplete": self.incomplete,
            "elements": [list(line) for line in self.lines()],
        }
