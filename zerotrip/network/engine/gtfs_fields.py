"""Reading single values of a feed: times, days, numbers. Each returns None when the text is not one.

Source: GTFS Schedule Reference, "Field types".
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

LONGEST: Final = 14 * 86400
"""Seconds a time, a transfer or a headway may have: longer than any line-haul; more is a slip of the pen."""
_TIME: Final = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_DATE: Final = re.compile(r"\d{8}", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)

FILES: Final[dict[str, tuple[str, ...]]] = {
    "agency": ("agency_name", "agency_url", "agency_timezone"),
    "stops": ("stop_id",),
    "routes": ("route_id", "route_type"),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
    "calendar": (
        "service_id",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "start_date", "end_date",
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers": ("from_stop_id", "to_stop_id"),
    "feed_info": ("feed_publisher_name", "feed_publisher_url", "feed_lang"),
    "rounds": ("round_id", "stop_id", "kind", "service_id", "start_time", "end_time"),
}  # fmt: skip
"""The files read, with the columns they must have. `rounds` is ours."""

REQUIRED: Final = ("agency", "stops", "routes", "trips", "stop_times")
WEEKDAYS: Final = FILES["calendar"][1:8]


def time(text: str) -> int | None:
    """Seconds of the service day.

    >>> time("25:10:00"), time("7:05:30"), time("12:60:00"), time("999:00:00")
    (90600, 25530, None, None)
    """
    match = _TIME.fullmatch(text)
    if not match:
        return None
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    return seconds if seconds <= LONGEST else None


def clock(seconds: int) -> str:
    """The way back.

    >>> clock(90600)
    '25:10:00'
    """
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def day(text: str) -> date | None:
    """A day written YYYYMMDD, of the years 1900 to 2200.

    >>> day("20260229"), day("20261231"), day("2026123")
    (None, datetime.date(2026, 12, 31), None)
    """
    if not _DATE.fullmatch(text):
        return None
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None


def whole(text: str) -> int | None:
    """A whole number from 0, of at most nine digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


def choice(text: str, largest: int) -> int | None:
    """A code from 0 to `largest`; an empty field is 0."""
    number = whole(text or "0")
    return number if number is not None and number <= largest else None


def degrees(text: str, largest: int) -> float | None:
    """A coordinate within ±`largest`."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -largest <= value <= largest else None
