"""What networks over one feed share, whatever they know of lateness: windows of its timetable, and its book of runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from .gtfs_model import Feed
from .promise_carry import PLAIN, kernels
from .promise_window import Book, Runs
from .scan import Scanner
from .scan_parts import Parts
from .timetable import Plan, Timetable

Laying = Callable[[Plan, date, int], tuple[Timetable, Parts | None]]
"""The timetable of so many days from a day on, and its parts."""
STEP: Final = 7
"""Windows begin every seventh day, so that plans over weeks share them."""
AHEAD: Final = 14
"""Days that each window reaches beyond the last day asked of it: what is not there by then is not reachable."""
WINDOWS: Final = 24
"""Windows kept, about 7 MB each: plans with long legal limits ask for weeks far apart."""
QUARTERS: Final = 100_000
"""Quarters of an hour remembered with their windows."""


@dataclass(slots=True)
class Window:
    """Some days of the timetable, with the lanes asked about in them."""

    base: int
    timetable: Timetable
    scanner: Scanner
    runs: Runs


def epoch_of(at: datetime, zone: ZoneInfo) -> int:
    """Unix time; a part of a second counts as a whole one, a naive moment is local time of the feed."""
    return -int(-(at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() // 1)


class Shelf:
    """What networks over one feed share, whatever they know of lateness: the book and the windows of the timetable."""

    def __init__(
        self, feed: Feed | Callable[[], Feed], plan: Plan | None, lay: Laying = Parts.laid, *, compiled: bool = True
    ) -> None:
        self.source = feed
        self.plan = plan = plan or Plan.of(self.feed)
        self.lay = lay
        self.book = Book(plan)
        self.compiled = compiled
        self.zone = ZoneInfo(plan.zone)
        self.lock = threading.RLock()
        self._windows: OrderedDict[int, Window] = OrderedDict()
        self._days: dict[int, int] = {}
        self._base: tuple[datetime | None, int] = (None, 0)

    @cached_property
    def feed(self) -> Feed:
        """All that the feed says; read when first asked for."""
        return self.source() if callable(self.source) else self.source

    def change(self, stop: str) -> int:
        """Seconds needed to get on where one begins."""
        return max(0, int(self.plan.change[self.plan.index[stop]]))

    def since(self, base: datetime) -> int:
        """The Unix time of a planner's base, which asks with the same again and again."""
        known = self._base
        if known[0] is not base:
            known = self._base = (base, epoch_of(base, self.zone))
        return known[1]

    def first(self, epoch: int) -> int:
        """The ordinal number of the day that the window of a moment begins on. Raises FeedEnded."""
        quarter = epoch // 900  # days begin with a quarter of an hour in every time zone
        found = self._days.get(quarter)
        if found is None:
            day = datetime.fromtimestamp(epoch, self.zone).date()
            self.plan.check(day)
            if len(self._days) > QUARTERS:
                self._days.clear()
            found = self._days[quarter] = day.toordinal() - day.toordinal() % STEP
        return found

    def window(self, first: int) -> Window:
        """The window that begins on the day with this ordinal number."""
        with self.lock:
            found = self._windows.get(first)
            if found is None:
                day, days = date.fromordinal(first), STEP + AHEAD
                timetable, parts = self.lay(self.plan, day, days)
                base = int(timetable.base.timestamp())
                scanner = Scanner(timetable, parts, compiled=self.compiled)
                chosen = kernels() if self.compiled else PLAIN
                runs = Runs(self.book, chosen, day, days, base, self.plan.overflow + 1)
                found = self._windows[first] = Window(base, timetable, scanner, runs)
                if len(self._windows) > WINDOWS:
                    self._windows.popitem(last=False)
            else:
                self._windows.move_to_end(first)
            return found
