"""What every test may use. Each run has a throw-away database server, with settings no real one should have."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from zerotrip.core import clock as clock_module
from zerotrip.core import memo
from zerotrip.core.clock import SHANGHAI


class Clock:
    """The clock, held still; move it as the story goes on."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def set(self, moment: datetime) -> datetime:
        """Hold the clock at `moment` (a naive one is taken as Shanghai time)."""
        self.now = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        clock_module.set_frozen(self.now)
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by days=, hours=, minutes=, seconds=."""
        return self.set(self.now + timedelta(**by))


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Tuesday 24 November 2026, ten past nine in the morning, until moved."""
    yield Clock(datetime(2026, 11, 24, 9, 10, tzinfo=SHANGHAI))
    clock_module.set_frozen(None)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Each test has a database of its own: what a process remembers or has counted belongs to the last one."""
    memo.forget()
    if counted := sys.modules.get("zerotrip.gateway.signing.refused"):
        counted.forget()


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the repository."""
    return Path(__file__).resolve().parent.parent


# Playwright's sync API runs an event loop in the test's thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
