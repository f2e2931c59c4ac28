"""State machines as tables: who may do what, from where, on what evidence, and what the citizen is told.

A room keeps one table; its actions step through it and the diagrams of the documentation are drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zerotrip.core.errors import Conflict

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: `verb` takes a thing from any of `sources` to `target`."""

    verb: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    label: Text
    evidence: Text = ""
    told: Text = ""


def transition(
    verb: str,
    sources: str | Iterable[str],
    target: str,
    *,
    roles: Iterable[str],
    label: Text,
    evidence: Text = "",
    told: Text = "",
) -> Transition:
    """Write one row of the table; a single source may be given as a string."""
    froms = frozenset([sources] if isinstance(sources, str) else sources)
    return Transition(verb, froms, target, frozenset(roles), label, evidence, told)


@dataclass(frozen=True)
class Machine:
    """A named set of states (code → label) and transitions."""

    name: str
    states: Mapping[str, Text]
    transitions: tuple[Transition, ...]
    initial: str
    final: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for row in self.transitions:
            unknown = (row.sources | {row.target}) - set(self.states)
            if unknown:
                raise ValueError(f"{self.name}: {row.verb} names unknown states {sorted(unknown)}")
            if row.sources & self.final:
                raise ValueError(f"{self.name}: {row.verb} leaves a final state")

    def rows(self, verb: str) -> list[Transition]:
        """The arrows of `verb`. Raises KeyError when there is none."""
        found = [row for row in self.transitions if row.verb == verb]
        if not found:
            raise KeyError(f"{self.name} has no verb {verb}")
        return found

    def roles(self, verb: str) -> frozenset[str]:
        """Everybody whose role may do `verb` in some state."""
        return frozenset().union(*(row.roles for row in self.rows(verb)))

    def row(self, state: str, verb: str) -> Transition:
        """The arrow of `verb` out of `state`. Raises Conflict, with a sentence, when there is none."""
        rows = self.rows(verb)
        for row in rows:
            if state in row.sources:
                return row
        allowed = "、".join(str(self.states[s]) for s in self.states if any(s in row.sources for row in rows))
        raise Conflict(
            _("当前状态是“{state}”，不能{verb}；只有在“{allowed}”时才可以。请刷新页面查看最新进展。").format(
                state=self.states.get(state, state), verb=rows[0].label, allowed=allowed
            ),
            state=state,
        )

    def step(self, state: str, verb: str) -> str:
        """Where `verb` leads from `state`. Raises Conflict when it may not be done there."""
        return self.row(state, verb).target

    def verbs(self, state: str, roles: Iterable[str]) -> list[Transition]:
        """What somebody with `roles` can do in `state`, in the table's order."""
        held = frozenset(roles)
        return [row for row in self.transitions if state in row.sources and row.roles & held]
