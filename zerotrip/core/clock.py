"""The one place that reads the clock.

Everything else takes a time as an argument or asks here, so that tests and the demo can set the time.
Times are timezone-aware, kept in UTC and shown in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_shift: timedelta = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _shift


def local(moment: datetime) -> datetime:
    """`moment` on the wall clock of Asia/Shanghai. Raises ValueError when it is naive."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on a timeline")
    return moment.astimezone(SHANGHAI)


def today() -> date:
    """The present calendar day in Asia/Shanghai."""
    return local(now()).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment`, for tests and for building a demo past."""
    global _frozen
    if moment.tzinfo is None:
        raise ValueError("freeze the clock at an aware moment")
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


def set_frozen(moment: datetime | None) -> None:
    """Hold the clock at `moment` until told otherwise; None lets it run again."""
    global _frozen
    if moment is not None and moment.tzinfo is None:
        raise ValueError("freeze the clock at an aware moment")
    _frozen = None if moment is None else moment.astimezone(UTC)
