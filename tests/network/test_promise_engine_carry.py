"""The shares pushed from run to run, against a simulation with dice that knows nothing of shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerotrip.network.engine.lateness import BINS, EDGES
from zerotrip.network.engine.promise_carry import NEVER, PLAIN, Kernels, Known, KnownInLists, kernels, late_by, ready_by


@dataclass
class Line:
    """Hops in a row: `dep`, `arr` of all runs, hop h from starts[h] to ends[h]."""

    known: Known | KnownInLists
    dep: Any
    arr: Any
    row: Any
    unit: Any
    starts: Any
    ends: Any
    gaps: Any
    places: Any
    kernels: Kernels

    def spread(self) -> tuple[int, Any, float]:
        found: tuple[int, Any, float] = self.kernels.spread(
            self.known, self.dep, self.arr, self.row, self.unit, self.starts, self.ends, self.gaps, self.places, 0
        )
        return found

    def certainty(self, low: int, mass: Any, moment: float) -> float:
        return float(self.kernels.certainty(self.known, self.arr, self.row, self.unit, low, mass, moment))

    def quantile(self, low: int, mass: Any, level: float) -> int:
        return int(self.kernels.quantile(self.known, self.arr, self.row, self.unit, low, mass, level))


def line(seed: int, *, days: int = 12) -> Line:
    """One to five hops with one to six runs a day, lateness of all sorts, with and without sorting."""
    dice = np.random.default_rng(seed)
    cdfs = np.cumsum(dice.dirichlet(np.full(BINS, 0.25), size=8), axis=1)
    cdfs /= cdfs[:, -1:]
    hops = int(dice.integers(1, 6))
    dep, arr, starts, ends = [], [], [], []
    for _ in range(hops):
        times = np.unique(dice.integers(0, 1440, dice.integers(1, 7))) * 60
        leaves = np.concatenate([times + day * 86400 for day in range(days)])
        arrives = np.maximum.accumulate(leaves + dice.integers(600, 20000, len(leaves))) + np.arange(len(leaves))
        starts.append(sum(map(len, dep)))
        dep.append(leaves)
        arr.append(arrives)
        ends.append(sum(map(len, dep)))
    count = ends[-1]
    return Line(
        Known(cdfs), np.concatenate(dep), np.concatenate(arr), dice.integers(0, 8, count),
        dice.choice([60.0, 60.0, 180.0], count), np.array(starts), np.array(ends),
        dice.integers(0, 3600, hops), dice.integers(-1, 8, hops), kernels(),
    )  # fmt: skip


def thrown(made: Line, row: int, dice: np.random.Generator) -> float:
    """A lateness in units, drawn from histogram `row`."""
    b = int(np.searchsorted(made.known.cdfs[row], dice.random(), side="left"))
    return 0.0 if b == 0 else float(EDGES[b - 1] + dice.random() * (EDGES[b] - EDGES[b - 1]))


def carried(made: Line, dice: np.random.Generator) -> float:
    """One piece, by dice: when it is there; infinity when the runs end before."""
    run = 0
    there = made.arr[0] + made.unit[0] * thrown(made, made.row[0], dice)
    for h in range(1, len(made.starts)):
        ready = there + made.gaps[h]
        if made.places[h] >= 0:
            ready += 60 * thrown(made, made.places[h], dice)
        later = [k for k in range(made.starts[h], made.ends[h]) if made.dep[k] >= ready]
        if not later:
            return float("inf")
        run = later[0]
        there = made.arr[run] + made.unit[run] * thrown(made, made.row[run], dice)
    return float(there)


@pytest.mark.parametrize("seed", range(12))
def test_shares_agree_with_dice(seed: int) -> None:
    made = line(seed)
    low, mass, _ = made.spread()
    dice = np.random.default_rng(1000 + seed)
    there = np.sort([carried(made, dice) for _ in range(3000)])
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99):
        moment = there[int(share * 3000)]
        if np.isfinite(moment):
            real = float((there <= moment).mean())
            assert made.certainty(low, mass, moment) == pytest.approx(real, abs=0.035)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_nothing_is_lost_on_the_way_but_what_the_timetable_ends_for(seed: int, days: int) -> None:
    made = line(seed, days=days)
    low, mass, lost = made.spread()
    assert (mass >= 0).all()
    assert mass.sum() + lost == pytest.approx(1, abs=1e-9)
    assert (
        made.certainty(low, mass, 1e9) == pytest.approx(1 - lost, abs=1e-9) if len(mass) else lost == pytest.approx(1)
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0.01, 0.99), min_size=2, max_size=6))
def test_a_higher_level_is_never_earlier_and_is_exactly_where_the_shares_reach_it(
    seed: int, levels: list[float]
) -> None:
    made = line(seed)
    low, mass, _ = made.spread()
    earliest = made.arr[low] if len(mass) else 0
    before = 0
    for level in sorted(levels):
        there = made.quantile(low, mass, level)
        assert there >= before
        before = there
        if there < NEVER:
            assert there >= earliest
            assert made.certainty(low, mass, there) >= level > made.certainty(low, mass, there - 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 0.99))
def test_compiled_or_not_the_shares_are_the_same(seed: int, level: float) -> None:
    made = line(seed)
    lists = {
        name: getattr(made, name).tolist() for name in ("dep", "arr", "row", "unit", "starts", "ends", "gaps", "places")
    }
    plain = replace(made, known=KnownInLists(made.known.cdfs.tolist()), kernels=PLAIN, **lists)
    low, mass, lost = made.spread()
    other, others, gone = plain.spread()
    assert (low, mass.tolist(), lost) == (other, others.tolist(), gone)
    assert made.quantile(low, mass, level) == plain.quantile(low, mass.tolist(), level)


def test_of_runs_that_leave_and_arrive_together_it_is_always_the_same_one() -> None:
    together = np.full(40, 36000), np.full(40, 39600), np.zeros(40, np.int64), np.array([0, 2]), np.array([0, 86400])
    one, other = (made.lay(*together) for made in (PLAIN, kernels()))
    assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_a_missed_connection_costs_the_wait_for_the_next_run() -> None:
    """Seven of ten arrive on schedule, three an hour late; the connection leaves at once, the next a day later."""
    cdfs = np.zeros((2, BINS))
    cdfs[0, :] = 0.7
    cdfs[0, EDGES >= 60] = 1.0
    cdfs[1, :] = 1.0
    hour, day = 3600, 86400
    made = Line(
        Known(cdfs),
        np.array([0, hour, day + hour]), np.array([hour, 2 * hour, day + 2 * hour]), np.array([0, 1, 1]),
        np.full(3, 60.0), np.array([0, 1]), np.array([1, 3]), np.array([0, 0]), np.array([-1, -1]), kernels(),
    )  # fmt: skip
    low, mass, lost = made.spread()
    assert (low, lost) == (1, 0)
    assert mass == pytest.approx([0.7, 0.3])
    assert made.quantile(low, mass, 0.7) == 2 * hour
    assert made.quantile(low, mass, 0.71) == day + 2 * hour


def test_sorting_and_arriving_late_add_up() -> None:
    cdfs = np.zeros((1, BINS))
    cdfs[0, EDGES >= 60] = 1.0  # evenly between fifty minutes and an hour
    known = KnownInLists(cdfs.tolist())
    assert ready_by(known, 0, 60.0, 0, 100 * 60.0) == pytest.approx(0)
    assert ready_by(known, 0, 60.0, 0, 110 * 60.0) == pytest.approx(0.5, abs=0.01)
    assert ready_by(known, 0, 60.0, 0, 120 * 60.0) == pytest.approx(1)
    assert late_by(known, 0, 55.0) == pytest.approx(0.5)
    assert late_by(known, 0, -1.0) == 0
