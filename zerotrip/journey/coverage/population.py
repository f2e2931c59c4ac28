"""How many people live in each township, as far as public figures tell.

The packaged table has the seventh national census (1 November 2020) by city under the province, the finest level found
with a source. A figure of a division is spread evenly over its townships that have none of their own; a table with
county or township figures is used the same way and is the more exact.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

SOURCE = "江西省第七次全国人口普查公报（第一号），江西省统计局，2021-05-26"


@cache
def packaged() -> Mapping[str, int]:
    """The packaged figures: people by division code of six digits."""
    text = files("zerotrip.journey").joinpath("data", "population.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["division"]: int(row["people"]) for row in rows}


def spread(townships: Iterable[str], figures: Mapping[str, int]) -> dict[str, int]:
    """People by township; every township 1 when `figures` say nothing about any of them.

    A township takes its figure from the smallest division that has one (itself, county, city, province), shared evenly
    with the others that take theirs from the same. What finer figures already say is not counted twice.

    >>> spread(["360102001", "360102002", "360121001"], {"360100": 900, "360121": 300})
    {'360102001': 300, '360102002': 300, '360121001': 300}
    """
    codes = sorted(set(townships))
    holders: dict[str, list[str]] = {}
    for code in codes:
        holder = next((division for division in _above(code) if division in figures), "")
        holders.setdefault(holder, []).append(code)
    if set(holders) <= {""}:
        return dict.fromkeys(codes, 1)
    finer: dict[str, int] = {}
    for division, number in figures.items():
        above = next((d for d in _above(division)[1:] if d in figures), "")
        finer[above] = finer.get(above, 0) + number
    people: dict[str, int] = {}
    for holder, members in holders.items():
        share, rest = divmod(max(0, figures.get(holder, 0) - finer.get(holder, 0)), len(members))
        people.update({code: share + (number < rest) for number, code in enumerate(members)})
    return dict(sorted(people.items()))


def _above(code: str) -> list[str]:
    """The division itself and those it lies in, smallest first; codes of the place-name table (9, 6 digits)."""
    line = [code, code[:6], f"{code[:4]}00", f"{code[:2]}0000"]
    return list(dict.fromkeys(line))


def by_equal_weight(figures: Mapping[str, int], townships: Iterable[str]) -> bool:
    """True when no figure covers any of the townships: then each counts the same, and pages say so."""
    return not any(division in figures for code in townships for division in _above(code))
