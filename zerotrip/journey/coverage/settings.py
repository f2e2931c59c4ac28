"""What coverage reckons with beside what plans do: how far is within reach, when errands begin, how much is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files

from zerotrip.core.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class CoverageSettings:
    """`reach`: minutes one way to an outlet or machine that still counts. `runs`: computations kept."""

    reach: int
    weekday: int
    begins: time
    runs: int

    def start_after(self, day: date) -> datetime:
        """The standard start: the first such weekday after `day`, aware (Asia/Shanghai).

        >>> settings().start_after(date(2026, 11, 24)).isoformat()
        '2026-11-30T09:00:00+08:00'
        """
        ahead = (self.weekday - day.weekday() - 1) % 7 + 1
        return datetime.combine(day + timedelta(days=ahead), self.begins, tzinfo=SHANGHAI)


@cache
def settings() -> CoverageSettings:
    """What `data/coverage.json` says; every value there is configuration, 配置值，待核."""
    told = json.loads(files("zerotrip.journey").joinpath("data", "coverage.json").read_text(encoding="utf-8"))
    return CoverageSettings(
        reach=told["reach"]["minutes"],
        weekday=told["start"]["weekday"],
        begins=time.fromisoformat(told["start"]["time"]),
        runs=told["keep"]["runs"],
    )
