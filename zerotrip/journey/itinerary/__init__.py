"""办事路线 as it is told and kept: typed, as JSON, as the route picture and as a strip of time."""

from zerotrip.journey.itinerary.drawing import Segment, picture, strip
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
