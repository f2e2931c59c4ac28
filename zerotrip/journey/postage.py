"""What a plan reckons with that no law or timetable says: postage by net, the way to a place, hand-over, how far ahead.

All of it is configuration in `data/planning.json`, each with where it comes from and how sure that is. Postage there is
what Guangzhou charges for licences (confidence B), not a published tariff of this province: 配置值，待核.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zerotrip.core.money import yuan
from zerotrip.places.hours import minutes

FILE = Path(__file__).resolve().parent / "data" / "planning.json"
KM_PER_MINUTE = 1 / 60


@dataclass(frozen=True, slots=True)
class Near:
    """How many of the nearest places are considered for each service that is needed, by mode; `reach`: minutes one way
    to an outlet or machine that still counts.
    """

    reach: int
    outlets: int
    kiosks: int
    halls: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The configured values. Money in fen, times in minutes."""

    postage: dict[str, int]
    road_factor: float
    speed_kmh: float
    fixed_minutes: int
    near: Near
    hand_over: int
    agency_closes: int
    horizon_days: int
    horizon_factor: int
    horizon_most: int

    def away(self, km: float) -> int:
        """Minutes one way to a place `km` away as the crow flies.

        >>> settings().away(0.0), settings().away(25.0)
        (15, 75)
        """
        return self.fixed_minutes + round(km * self.road_factor / (self.speed_kmh * KM_PER_MINUTE))


def fen(amount: Any) -> int:
    """Yuan as whole fen.

    >>> fen("20.00")
    2000
    """
    return int(yuan(amount) * 100)


@cache
def settings() -> Settings:
    """What `data/planning.json` says."""
    told = json.loads(FILE.read_text(encoding="utf-8"))
    way, near, horizon = told["way"], told["near"], told["horizon"]
    return Settings(
        postage={net: fen(told["postage"][net]) for net in ("city", "province", "national")},
        road_factor=way["road_factor"],
        speed_kmh=way["speed_kmh"],
        fixed_minutes=way["fixed_minutes"],
        near=Near(near["reach"], near["outlets"], near["kiosks"], near["halls"]),
        hand_over=told["hand_over"]["minutes"],
        agency_closes=minutes(told["agency"]["closes"]),
        horizon_days=horizon["days"],
        horizon_factor=horizon["factor"],
        horizon_most=horizon["most"],
    )
