"""What coverage is made of: the best way of a township for a shape of steps, and what changed between two tables.

Items whose steps are equal in everything that decides a plan share one shape and are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Cell = tuple[str, str]
"""A township and a shape."""


@dataclass(frozen=True, slots=True)
class Best:
    """The fewest trips, and of the ways with so few the earliest finish: minutes from the start, price in fen.

    `trips` None: there is no way. `far`: with so few trips one of them goes to a place beyond reach. `bar`: the first
    step that is done in person, or the one that cannot be done.
    """

    trips: int | None
    minutes: int | None = None
    price: int | None = None
    bar: str = ""
    far: bool = False


Table = dict[Cell, Best]
Evaluate = Callable[[str, str], Best]
"""evaluate(township, shape): the best way, given what places offer."""


@dataclass(frozen=True, slots=True)
class Change:
    """A township and shape whose best way became another."""

    township: str
    shape: str
    before: Best
    after: Best

    @property
    def saved(self) -> int:
        """Trips saved; see `trips_saved`."""
        return trips_saved(self.before, self.after)


def trips_saved(before: Best, after: Best) -> int:
    """How many trips fewer `after` needs than `before`, never below 0.

    A trip beyond reach counts as one more, so that one saves a trip who finds near what was far; where there was no
    way, a way saves one.

    >>> trips_saved(Best(2), Best(0)), trips_saved(Best(None), Best(2)), trips_saved(Best(1), Best(1))
    (2, 1, 0)
    >>> trips_saved(Best(1, far=True), Best(1)), trips_saved(Best(2), Best(1, far=True))
    (1, 0)
    """
    if after.trips is None:
        return 0
    if before.trips is None:
        return 1
    return max(0, before.trips + before.far - after.trips - after.far)


def changes(before: Table, after: Table) -> list[Change]:
    """What differs between two tables, in order of township and shape; only cells that both have."""
    return [
        Change(*cell, before[cell], after[cell])
        for cell in sorted(after)
        if cell in before and _differ(cell, before, after)
    ]


def _differ(cell: Cell, before: Table, after: Table) -> bool:
    a, b = before[cell], after[cell]
    return (a.trips, a.far, a.minutes, a.price) != (b.trips, b.far, b.minutes, b.price)


def what_if(evaluate: Evaluate, table: Table, cells: Iterable[Cell]) -> list[Change]:
    """What would change if cells were as `evaluate` finds them, by computing only `cells`.

    Equal to comparing with a full recomputation as long as `cells` holds every cell that can change.
    """
    return changes(table, {cell: evaluate(*cell) for cell in cells if cell in table})


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes do for people: townships touched, people living there, trips saved (people × items × trips)."""

    townships: int
    people: int
    trips: int
    items: int


def effect(found: Iterable[Change], people: Mapping[str, int], items: Mapping[str, int]) -> Effect:
    """Sum up changes that save trips. `people` by township, `items`: how many items have a shape."""
    saving = [change for change in found if change.saved]
    touched = {change.township for change in saving}
    return Effect(
        townships=len(touched),
        people=sum(people.get(township, 0) for township in touched),
        trips=sum(people.get(c.township, 0) * items.get(c.shape, 0) * c.saved for c in saving),
        items=sum(items.get(shape, 0) for shape in {c.shape for c in saving}),
    )
