"""The post as the planner asks it (`engine.model.Post`), over the promise engine of the network.

At home a courier collects and delivers, from and to the outlet that serves the address, in that outlet's next round. A
hall or an agency's window is served by the rounds of its county's centre; between window and courier lie the configured
minutes of handing over. An outlet hands its mail in where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zerotrip.journey.engine.model import Carriage
from zerotrip.journey.postage import settings
from zerotrip.network.engine.promise import End, FeedEnded, Network


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the post meets a spot: the end of a lane, and the minutes between the spot and there."""

    end: End
    minutes: int = 0


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
            found = self._network.carry(a.end, b.end, at + a.minutes, level, base=self._base)
        except FeedEnded as ended:
            self.ended = ended
            return None
        if found is None:
            return None
        departs = max(at, found.departs - a.minutes)
        arrives = found.arrives + b.minutes
        net = self._network.net(a.end.stop, b.end.stop)
        return Carriage(departs, arrives, max(arrives, found.surely + b.minutes), self._prices[net], net, found.path)
