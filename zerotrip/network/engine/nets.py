"""三网: the city, province and national net a piece belongs to, read from the division codes in its two stops.

Source: the post reports its times by 同城网, 省内网 and 省际网; a division code's first two digits are the province and
its first four the prefecture (GB/T 2260).
Confidence: A for the codes; B for the cut between the nets.

>>> net_of("P360102001", "C360100"), net_of("P360102001", "P361028105"), net_of("P360102001", "C440000")
('city', 'province', 'national')
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

Net = Literal["city", "province", "national"]
NETS: Final[tuple[Net, ...]] = ("city", "province", "national")

_CODED: Final = re.compile(r"[A-Za-z]*(\d{6,})")


@lru_cache(maxsize=65_536)
def net_of(origin: str, target: str) -> Net:
    """The net of a piece between two stops: same prefecture, same province, or beyond.

    A stop is coded when it is letters and then a division code of six digits or more. Between two stops of which one
    has no such code the answer is "province", the middle one: a feed from elsewhere usually covers one region. The
    municipalities (Beijing and its like) have one prefecture each, so all of them is one city.
    """
    one, other = _CODED.match(origin), _CODED.match(target)
    if one is None or other is None:
        return "province"
    a, b = one.group(1), other.group(1)
    if a[:2] != b[:2]:
        return "national"
    return "city" if a[:4] == b[:4] else "province"


def class_of(stop: str) -> str:
    """What sort of place a stop is, by the letters its code begins with ("P", "C" …); "stop" if it has none."""
    return re.match(r"[A-Za-z]*", stop).group(0) or "stop"  # type: ignore[union-attr]


def division_of(stop: str) -> str:
    """The division code inside a stop's code, empty if it has none."""
    found = _CODED.match(stop)
    return found.group(1) if found else ""
