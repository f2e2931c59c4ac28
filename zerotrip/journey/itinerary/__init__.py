"""办事路线 as it is told and kept: typed, as JSON, as the route picture and as a strip of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerotrip.journey.itinerary.reading import check
from zerotrip.journey.itinerary.types import (
    HOME,
    Constraint,
    Itinerary,
    Leg,
    Part,
    Run,
    Step,
    constraint_json,
    moment,
)

if TYPE_CHECKING:
    from zerotrip.journey.itinerary.drawing import Segment, picture, strip

__all__ = [
    "HOME",
    "Constraint",
    "Itinerary",
    "Leg",
    "Part",
    "Run",
    "Segment",
    "Step",
    "check",
    "constraint_json",
    "moment",
    "picture",
    "strip",
]


def __getattr__(name: str) -> Any:
    """What draws is loaded when something is drawn."""
    if name in ("Segment", "picture", "strip"):
        from zerotrip.journey.itinerary import drawing

        return getattr(drawing, name)
    raise AttributeError(name)
