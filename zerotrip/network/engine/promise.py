"""The promise: when a piece handed over now will be there, and how sure that is.

`Network.promise` takes the earliest path through the timetable and pushes the shares of one along its hops
(promise_carry): late arrivals, late sorting, missed connections. p50 and p95 are read off at the end, after the
correction learnt from earlier promises (promise_correction). See docs/concepts/promise.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .gtfs_model import Feed
from .lateness import BINS, Kind, Lateness
from .nets import Net, net_of
from .promise_carry import Known, KnownInLists
from .promise_correction import Corrections
from .promise_lane import NEVER, End, Lane, Path, Ride, Slot
from .promise_shelf import AHEAD, STEP, Laying, Shelf, Window, epoch_of
from .promise_window import COLLECTION, DELIVERY, day_start
from .scan_parts import Parts
from .timetable import FeedEnded, Plan

__all__ = [
    "NEVER", "STEP", "Carried", "Corrections", "End", "FeedEnded", "Leg", "Network", "Piece", "Promise", "Window",
]  # fmt: skip

LANES: Final = 20_000
BACK: Final = (6, 12, 24, 48, 96, 192, 288)
"""Hours before the wished arrival from which `latest` looks for the last departure, one after the other."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One ride or courier round: `run` is its trip_id or round_id; times as published. A round begins and ends at its
    stop (`origin` = `target`)."""

    run: str
    origin: str
    target: str
    departure: datetime
    arrival: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """时限承诺. Times are aware, in the feed's zone, to the full minute (later, never earlier).

    `handover`: the latest moment to hand it over (or order the courier) for this promise. `departure`: of the first run
    or round. `scheduled`: the earliest the timetable allows: with delivery at the door, when that round goes out.
    `arrival`: p50. `arrival_p95`: p95.
    """

    handover: datetime
    departure: datetime
    arrival: datetime
    arrival_p95: datetime
    scheduled: datetime
    net: Net
    legs: tuple[Leg, ...]
    _at: Callable[[float], datetime] = field(repr=False, compare=False)
    _rank: Callable[[datetime], float] = field(repr=False, compare=False)

    def at_level(self, level: float) -> datetime:
        """By when it is there with certainty `level`, over 0 and under 1. Raises FeedEnded past the timetable."""
        return self._at(level)

    def rank(self, moment: datetime) -> float:
        """The level of the distribution at which `moment` lies, uncorrected: what Corrections learns from."""
        return self._rank(moment)


class Carried(NamedTuple):
    """A piece carried, in minutes since the caller's base. `path`: for `Network.told`, equal for equal runs."""

    departs: int
    arrives: int
    surely: int
    path: tuple[str, bool, str, bool, int]


class Piece(NamedTuple):
    """What was found for one piece: where in which window, in seconds since the window's base."""

    window: Window
    lane: Lane
    slot: Slot


class Network:
    """A feed with what is known of its lateness. May be shared between threads."""

    def __init__(
        self,
        feed: Feed | Callable[[], Feed],
        lateness: Lateness | None = None,
        nets: Callable[[str, str], Net] = net_of,
        corrections: Corrections | None = None,
        *,
        plan: Plan | None = None,
        lay: Laying = Parts.laid,
        compiled: bool = True,
        shelf: Shelf | None = None,
    ) -> None:
        """`nets`: the net between two stops. `corrections`: learnt from how earlier promises ended.

        `plan`: that of the feed, if it is at hand; then `feed` may be how to get the rest, which promises do not need.
        `lay`: how to lay out some of its days. `compiled=False` answers without numba, tens of times slower.
        """
        self.lateness = lateness or Lateness()
        self.nets = nets
        self.corrections = corrections or Corrections()
        self._shelf = shelf or Shelf(feed, plan, lay, compiled=compiled)
        self._cdfs: NDArray[np.float64] = np.zeros((0, BINS))
        self._lists: list[list[float]] = []
        self._known = 0
        self._shares: Known | KnownInLists = Known(self._cdfs) if self._shelf.compiled else KnownInLists(self._lists)
        self._lanes: OrderedDict[tuple[int, End, End], Lane] = OrderedDict()

    def knowing(self, lateness: Lateness, corrections: Corrections | None = None) -> Network:
        """The same timetable, already compiled, with other knowledge."""
        shelf = self._shelf
        return Network(shelf.source, lateness, self.nets, corrections or self.corrections, shelf=shelf)

    @property
    def feed(self) -> Feed:
        """All that the feed says."""
        return self._shelf.feed

    @property
    def plan(self) -> Plan:
        """The feed without its days."""
        return self._shelf.plan

    @property
    def keys(self) -> list[tuple[Kind, str]]:
        """The lateness keys in use so far, in order of their numbers."""
        return self._shelf.book.keys

    def net(self, origin: str, target: str) -> Net:
        """The net of a piece between two stops."""
        return self.nets(origin, target)

    def promise(
        self, origin: End, target: End, at: datetime, levels: tuple[float, float] = (0.5, 0.95)
    ) -> Promise | None:
        """The promise for what is handed over (or the courier ordered) at `at`. `levels`: of `arrival`, `arrival_p95`.

        None: not reachable within AHEAD days. Raises FeedEnded for a day outside the timetable, or when the promise
        would need runs past its end; KeyError for a stop that the feed does not have.
        """
        found = self.piece(origin, target, epoch_of(at, self._shelf.zone))
        return None if found is None else self._promise(found, levels)

    def carry(self, origin: End, target: End, at: int, level: float, *, base: datetime) -> Carried | None:
        """The same for planners: minutes since `base`, median and `level`. A later `at` is never answered earlier."""
        start = self._shelf.since(base)
        found = self.piece(origin, target, start + at * 60)
        if found is None:
            return None
        window, slot = found.window, found.slot
        net = self.nets(origin.stop, target.stop)
        median = self.quantile(found, self.corrections.asked(net, 0.5))
        surely = self.quantile(found, self.corrections.asked(net, level))
        if surely == NEVER:
            raise self._ended(window)
        shift = window.base - start
        return Carried(
            (self._departs(window, slot) + shift) // 60, -(-(median + shift) // 60), -(-(surely + shift) // 60),
            (origin.stop, origin.door, target.stop, target.door, slot.until + window.base),
        )  # fmt: skip

    def told(self, path: tuple[str, bool, str, bool, int]) -> Promise | None:
        """The promise behind `Carried.path`, with its legs."""
        origin, collected, target, delivered, epoch = path
        return self.promise(End(origin, collected), End(target, delivered), datetime.fromtimestamp(epoch, UTC))

    def latest(self, origin: End, target: End, by: datetime, level: float = 0.5) -> Promise | None:
        """The promise that leaves last and is there by `by` with certainty `level`; None: none within BACK hours."""
        end = epoch_of(by, self._shelf.zone)
        asked = self.corrections.asked(self.nets(origin.stop, target.stop), level)
        for hours in BACK:
            try:
                found = self.piece(origin, target, end - hours * 3600)
            except FeedEnded:
                continue
            if found is None or self.quantile(found, asked) + found.window.base > end:
                continue
            for after in self._later(found):
                base = after.window.base
                if after.slot.until + base > end or self.quantile(after, asked) + base > end:
                    break
                found = after
            return self._promise(found, (0.5, 0.95))
        return None

    def earliest_scheduled(self, origin: str, target: str, at: datetime) -> datetime | None:
        """When the timetable alone brings it from stop to stop: no lateness, no dwell before the first run."""
        epoch = epoch_of(at, self._shelf.zone)
        window = self._window(epoch)
        index = window.timetable.index
        there = window.scanner.arrival(index[origin], index[target], epoch - window.base)
        return None if there >= NEVER else window.timetable.moment(there)

    def _window(self, epoch: int) -> Window:
        return self._shelf.window(self._shelf.first(epoch))

    def piece(self, origin: End, target: End, epoch: int) -> Piece | None:
        window = self._window(epoch)
        lane = self._lane(window, origin, target)
        slot = self._at(window, lane, epoch - window.base)
        if slot is None:
            reach = window.timetable.first.toordinal() + window.timetable.days - 1
            if reach > self.plan.last_day.toordinal() and self._ever(origin, target):
                raise self._ended(window)
            return None
        return Piece(window, lane, slot)

    def _lane(self, window: Window, origin: End, target: End) -> Lane:
        key = (window.base, origin, target)
        with self._shelf.lock:
            lane = self._lanes.get(key)
            if lane is None or lane.runs is not window.runs:
                for end in (origin, target):
                    if end.stop not in window.timetable.index:
                        raise KeyError(end.stop)
                lane = Lane(window.runs, origin, target, self._shelf.change)
                self._lanes[key] = lane
                if len(self._lanes) > LANES:
                    self._lanes.popitem(last=False)
            else:
                self._lanes.move_to_end(key)
            return lane

    def _ever(self, origin: End, target: End) -> bool:
        """Whether there was a way when the timetable still had AHEAD days to run."""
        day = max(self.plan.first_day, self.plan.last_day - timedelta(AHEAD - 1))
        moment = day_start(day, self._shelf.zone)
        window = self._window(int(moment.timestamp()))
        lane = self._lane(window, origin, target)
        return self._at(window, lane, int(moment.timestamp()) - window.base) is not None

    def _at(self, window: Window, lane: Lane, seconds: int) -> Slot | None:
        with self._shelf.lock:
            return lane.slot(seconds, lambda *asked: _path(window, *asked), self._histograms)

    def _histograms(self) -> Known | KnownInLists:
        """One row of shares for each key of the book, as numbered there."""
        known, keys = self._known, self._shelf.book.keys
        if not self._shelf.compiled:
            self._lists += [self.lateness.cumulated(*key).tolist() for key in keys[len(self._lists) :]]
        elif known < len(keys):
            if len(keys) > len(self._cdfs):
                larger = np.zeros((2 * len(keys), BINS))
                larger[:known] = self._cdfs[:known]
                self._cdfs = larger
            for row in range(known, len(keys)):
                self._cdfs[row] = self.lateness.cumulated(*keys[row])
            self._known = len(keys)
            self._shares = Known(self._cdfs)
        return self._shares

    def quantile(self, piece: Piece, level: float) -> int:
        """Seconds by which it is there, uncorrected; NEVER past the window. Whoever is early may wait: never later than
        from any later slot."""
        known = piece.slot.quantiles
        best = known.get(level)
        if best is None:
            best = self._own_quantile(piece, level)
            if best < NEVER:
                for later in self._later(piece):
                    if later.slot.scheduled >= best:
                        break
                    best = min(best, self._own_quantile(later, level))
            known[level] = best
        return best

    def certainty(self, piece: Piece, seconds: int) -> float:
        """The chance, uncorrected, that it is there by then."""
        best = self._own_certainty(piece, seconds)
        for later in self._later(piece):
            if later.slot.scheduled > seconds:
                break
            best = max(best, self._own_certainty(later, seconds))
        return best

    def rank(self, piece: Piece, seconds: int, share: float = 0.5) -> float:
        """The level at which an arrival lies; where many arrive in the same second (on schedule), `share` of them."""
        there = self.certainty(piece, seconds)
        return there if there == 0.0 else there - (1.0 - share) * (there - self.certainty(piece, seconds - 1))

    def _own_quantile(self, piece: Piece, level: float) -> int:
        runs, slot = piece.lane.runs, piece.slot
        if not slot.hops:
            return slot.scheduled
        there = runs.kernels.quantile(self._shares, *runs.pool[1:], slot.low, slot.mass, min(level, 1.0 - 1e-9))
        return int(there) + slot.walk if there < NEVER else NEVER

    def _own_certainty(self, piece: Piece, seconds: int) -> float:
        runs, slot = piece.lane.runs, piece.slot
        if not slot.hops:
            return float(seconds >= slot.scheduled)
        there = runs.kernels.certainty(self._shares, *runs.pool[1:], slot.low, slot.mass, float(seconds - slot.walk))
        return min(float(there), 1.0)

    def _later(self, piece: Piece) -> Iterator[Piece]:
        """The same with the slots after this one, in order."""
        window, lane, slot = piece
        following: Slot | None = slot
        while following is not None and following.hops:
            following = self._at(window, lane, following.until + 1)
            if following is not None:
                yield Piece(window, lane, following)

    def _departs(self, window: Window, slot: Slot) -> int:
        return int(window.runs.departures[slot.runs[0]]) if slot.runs else slot.until

    def _promise(self, piece: Piece, levels: tuple[float, float]) -> Promise:
        window, lane, slot = piece
        net = self.nets(lane.origin.stop, lane.target.stop)

        def at(level: float) -> datetime:
            there = self.quantile(piece, self.corrections.asked(net, level))
            if there == NEVER:
                raise self._ended(window)
            return self._moment(window, -(-there // 60) * 60)

        def rank(moment: datetime) -> float:
            return self.rank(piece, epoch_of(moment, self._shelf.zone) - window.base)

        runs = window.runs
        legs = tuple(
            Leg(
                runs.name(run), hop[1] if hop[0] in (COLLECTION, DELIVERY) else hop[0], hop[1],
                self._moment(window, int(runs.departures[run])), self._moment(window, runs.ends(hop, run)),
            )
            for hop, run in zip(slot.hops, slot.runs, strict=True)
        )  # fmt: skip
        return Promise(
            self._moment(window, slot.until), self._moment(window, self._departs(window, slot)),
            at(levels[0]), at(levels[1]), self._moment(window, slot.scheduled), net, legs, at, rank,
        )  # fmt: skip

    def _moment(self, window: Window, seconds: int) -> datetime:
        return datetime.fromtimestamp(window.base + seconds, self._shelf.zone)

    def _ended(self, window: Window) -> FeedEnded:
        last = min(self.plan.last_day, window.timetable.first + timedelta(window.timetable.days - 1))
        return FeedEnded(
            f"时刻表的有效期到 {last} 为止，届时邮件可能尚未送达，不能作出承诺。",
            f"The timetable's service ends on {last}, before the piece is sure to have arrived; nothing is promised.",
        )


def _path(window: Window, origin: str, target: str, ready: int) -> Path | None:
    """The earliest path of the timetable."""
    table = window.timetable
    stops = table.stops
    marks = window.scanner.rides(table.index[origin], table.index[target], ready)
    if marks is None:
        return None
    found = marks.tolist()
    walk = found.pop(0)[2] if found[0][0] < 0 else 0
    return Path(tuple(Ride(stops[on], stops[off], gap, bool(dwell)) for on, off, gap, dwell in reversed(found)), walk)
