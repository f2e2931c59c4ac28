"""The post as the planner asks it (`engine.model.Post`), over the promise engine of the network.

At home a courier collects and delivers, from and to the outlet that serves the address, in that outlet's next round. A
hall or an agency's window is served by the rounds of its county's centre: it must be open when the couriers set out to
collect and when they deliver, and handing papers over between window and courier takes the configured minutes of its
opening time. An outlet hands its mail in where it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zerotrip.journey.engine.layout import FAR, Openings, first_fit
from zerotrip.journey.engine.model import Carriage
from zerotrip.journey.postage import settings
from zerotrip.network.engine.promise import Carried, End, FeedEnded, Network

TRIES = 20
"""How many collections are looked at for one when the hall is open: more than a week of them."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the post meets a spot: the end of a lane, and the minutes between the spot and there.

    `openings`: when papers can be handed over there; None: at any time.
    """

    end: End
    minutes: int = 0
    openings: Openings | None = None


class ByPost:
    """The post of one problem. Past the end of the timetable nothing is carried; `ended` then has the sentence."""

    __slots__ = ("_base", "_network", "_prices", "_stops", "ended")

    def __init__(self, network: Network, base: datetime, stops: Mapping[str, Stop]) -> None:
        self._network = network
        self._base = base
        self._stops = stops
        self._prices = settings().postage
        self.ended: FeedEnded | None = None

    def send(self, origin: str, target: str, at: int, level: float) -> Carriage | None:
        """A piece from spot to spot; see `engine.model.Post`. `path` is what `Network.told` takes."""
        a, b = self._stops.get(origin), self._stops.get(target)
        if a is None or b is None:
            return None
        try:
            found = self._collected(a, b, at, level)
        except FeedEnded as ended:
            self.ended = ended
            return None
        if found is None:
            return None
        arrives, surely = _handed(b, found.arrives), _handed(b, found.surely)
        if arrives < 0 or surely < 0:
            return None
        net = self._network.net(a.end.stop, b.end.stop)
        departs = max(at, found.departs - (a.minutes if a.openings is None else 0))
        return Carriage(departs, arrives, max(arrives, surely), self._prices[net], net, found.path)

    def until(self, origin: str, at: int, found: Carriage) -> int:
        """The latest moment, not before `at`, at which it is sure that `found` would be sent just so (it answers `at`).

        Whoever hands over by the end of the piece's slot has it carried by the same runs, since nothing later is
        answered earlier. `departs` may be another.
        """
        a, path = self._stops[origin], found.path
        if not isinstance(path, tuple):
            return at
        last = (int(path[-1]) - int(self._base.timestamp())) // 60 - a.minutes
        if a.openings is not None:  # the last moment of an opening period with room left for handing over
            period = bisect_right(a.openings, (last, FAR)) - 1
            last = min(last, a.openings[period][1] - a.minutes) if period >= 0 else at
            if period >= 0 and last < a.openings[period][0]:
                return at
        return max(at, last)

    def _collected(self, a: Stop, b: Stop, at: int, level: float) -> Carried | None:
        """The first piece that leaves when its origin is open; the day after handing over will do."""
        if a.openings is None:
            return self._network.carry(a.end, b.end, at + a.minutes, level, base=self._base)
        ready = _handed(a, at)
        for _ in range(TRIES):
            if ready < 0:
                return None
            found = self._network.carry(a.end, b.end, ready, level, base=self._base)
            if found is None:
                return None
            open_then = first_fit(a.openings, found.departs, 1)
            if open_then == found.departs:
                return found
            ready = open_then
        return None


def _handed(stop: Stop, at: int) -> int:
    """When what is there at `at` has been handed over; -1: never while one looks."""
    if stop.openings is None:
        return at + stop.minutes
    begins = first_fit(stop.openings, at, stop.minutes)
    return begins + stop.minutes if begins >= 0 else -1
