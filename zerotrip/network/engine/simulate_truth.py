"""How late everything really is in the generated year: invented, seeded, and not what the prior believes.

Each run, place and round has a character of its own (drawn from the name of its route, place or outlet); each day has a
severity: weather that comes for a few days, the weeks before the Spring Festival, the shopping days of June and
November. Severity hits everything of a day alike, which is what makes the far tail thicker than any distribution that
was learnt run by run.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .compiling import compiled
from .lateness import Kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DOOR: Final = 1.0
"""In `Truth.door`: a delivery round, whose lateness is a place in the round."""

PEAKS: Final[tuple[tuple[int, int, int, float], ...]] = ((1, 25, 14, 0.5), (6, 16, 6, 0.35), (11, 9, 12, 0.6))
"""Invented peaks of the year: month, day, how many days, severity."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The real parameters by row number of the book: share on time, median and spread of the late, rounds to doors.

    For a door: `punctual` is the share within the round, `median` how long the courier takes, as a share of the round.
    """

    punctual: Floats
    median: Floats
    spread: Floats
    door: Floats

    def with_keys(self, keys: list[tuple[Kind, str]], seed: int) -> Truth:
        """The same with the rows that the book has numbered since."""
        fresh = np.array([_character(kind, key, seed) for kind, key in keys[len(self.door) :]]).reshape(-1, 4)
        return Truth(*(np.concatenate([old, fresh[:, at]]) for at, old in enumerate(self.columns())))

    def columns(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The four arrays."""
        return self.punctual, self.median, self.spread, self.door

    @classmethod
    def empty(cls) -> Truth:
        """Nothing numbered yet."""
        return cls(*(np.zeros(0) for _ in range(4)))


def _character(kind: Kind, key: str, seed: int) -> tuple[float, float, float, float]:
    own = np.random.default_rng(zlib.crc32(f"{seed}/{kind}/{key}".encode()))
    family = np.random.default_rng(zlib.crc32(f"{seed}/{kind}/{key.rpartition('/')[0]}".encode()))
    factor = float(np.exp(0.35 * family.standard_normal() + 0.2 * own.standard_normal()))
    shift = float(0.08 * family.standard_normal() + 0.04 * own.standard_normal())
    if kind == "round" and key.startswith("delivery/"):
        return min(0.995, 0.965 + shift / 6), min(0.95, 0.75 * factor**0.3), 0.8, DOOR
    if kind == "round":
        return min(0.95, 0.72 + shift), 9 * factor, 0.8, 0.0
    if kind == "place":
        return min(0.95, 0.78 + shift), 11 * factor, 0.8, 0.0
    punctual, median = {"city": (0.62, 9.0), "national": (0.52, 42.0)}.get(key.split("/")[0], (0.55, 15.0))
    return min(0.95, punctual + shift), median * factor, 0.85, 0.0


def severities(first: date, days: int, seed: int) -> Floats:
    """The severity of each day: 0 an ordinary one, 1 a very bad one."""
    dice = np.random.default_rng(seed)
    found = 0.12 * np.abs(dice.standard_normal(days))
    at = 0
    while at < days:
        if dice.random() < 0.035:
            length = int(dice.integers(1, 4))
            found[at : at + length] += dice.uniform(0.35, 0.9)
            at += length
        at += 1
    for n in range(days):
        day = first + timedelta(n)
        for month, begin, length, severity in PEAKS:
            if 0 <= (day - date(day.year, month, begin)).days < length:
                found[n] += severity
    return np.minimum(found, 1.2)


@compiled
def chance(seed: int, one: int, two: int, three: int) -> float:
    """A number in (0, 1), always the same for the same four (splitmix64)."""
    state = np.uint64(seed)
    for value in (one, two, three):
        state = state + np.uint64(value) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return (float(state >> np.uint64(11)) + 0.5) / 9007199254740992.0


@compiled
def lateness(truth: Any, row: int, severity: float, seed: int, one: int, two: int) -> Any:
    """How late `row` really is, in its units, for the event named by the numbers `one` and `two`."""
    punctual, median, spread, door = truth
    luck = chance(seed, one, two, 1)
    if door[row] > 0.5:
        if luck < punctual[row] - 0.05 * severity:
            return 60.0 * (0.04 + (median[row] - 0.04) * chance(seed, one, two, 2) ** 0.9 + (1.0 - median[row]) * luck)
        return 60.0 - 45.0 * np.log(chance(seed, one, two, 2))
    if luck < punctual[row] * (1.0 - 0.35 * severity):
        return 0.0
    normal = np.sqrt(-2.0 * np.log(chance(seed, one, two, 2))) * np.cos(2.0 * np.pi * chance(seed, one, two, 3))
    return min(median[row] * np.exp(spread[row] * normal) * (1.0 + 1.2 * severity), 2600.0)
