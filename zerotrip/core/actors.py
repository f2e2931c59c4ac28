"""Who acts. Built once a request (by `people` or `gateway`) and handed to every action and query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from zerotrip.core.roles import Role

ActorKind = Literal["staff", "citizen", "partner", "system", "nobody"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, partner or the system itself, with what it may act for.

    `places` and `organisations` are database ids of the duties held; `divisions` are code prefixes ("36", "3610")
    a manager answers for. An actor without roles may do and see nothing.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    places: frozenset[int] = field(default_factory=frozenset)
    organisations: frozenset[int] = field(default_factory=frozenset)
    divisions: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if "" in self.divisions:
            raise ValueError("an empty division prefix would mean the whole country")

    def has(self, *roles: str) -> bool:
        """True when the actor holds at least one of `roles`; the system holds all."""
        return self.is_system or not self.roles.isdisjoint(roles)

    @property
    def is_system(self) -> bool:
        return self.kind == "system"


SYSTEM = Actor(kind="system", name="系统", roles=frozenset({Role.SYSTEM}))
"""The product itself: readers, jobs, commands."""

NOBODY = Actor(kind="nobody")
"""Somebody who has not signed in."""
