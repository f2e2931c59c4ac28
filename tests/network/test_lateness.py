"""What is known of lateness: begins with a belief, listens to what is seen, and fills gaps from above."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerotrip.core.clock import SHANGHAI
from zerotrip.network.engine.lateness import (
    BINS,
    CONFIDENCE,
    EDGES,
    PRIORS,
    Kind,
    Lateness,
    Observation,
    bin_of,
    place_key,
    round_key,
    run_key,
    unit_of,
)  # fmt: skip
from zerotrip.network.engine.nets import net_of

EIGHT = datetime(2026, 11, 24, 8, tzinfo=SHANGHAI)
MORNING = run_key("province", "L361000", "C361000", 8)
EVENING = run_key("province", "L361000", "C361000", 20)
OTHER = run_key("province", "L360400", "C360400", 8)
KEYS: list[tuple[Kind, str]] = [
    ("run", MORNING), ("run", EVENING), ("run", run_key("city", "T1", "P1", 9)), ("place", place_key("C361000")),
    ("place", place_key("P361028105")), ("round", round_key("collection", "P361028105", 30600, 36000)),
    ("round", round_key("delivery", "P361028105", 30600, 41400)),
]  # fmt: skip


def seen(key: str, minutes: float, times: int = 1, kind: Kind = "run") -> list[Observation]:
    return [Observation(kind, key, EIGHT, EIGHT + timedelta(minutes=minutes))] * times


def on_time(lateness: Lateness, key: str) -> float:
    return float(lateness.cumulated("run", key)[0])


def test_before_anything_is_seen_the_belief_holds() -> None:
    lateness = Lateness()
    assert lateness.cumulated("run", MORNING).tolist() == PRIORS["run", "province"].tolist()
    assert lateness.seen("run", MORNING) == 0
    assert on_time(lateness, run_key("national", "N1", "C440000", 5)) < on_time(lateness, run_key("city", "T", "P1", 5))


def test_a_run_seen_as_often_as_the_belief_is_worth_counts_for_half() -> None:
    lateness = Lateness().learn(seen(MORNING, 22, int(CONFIDENCE)))
    above = lateness.cumulated("run", "province/L361000/C361000")
    own = np.where(np.arange(BINS) >= bin_of(22), 1.0, 0.0)
    assert lateness.cumulated("run", MORNING) == pytest.approx((own + above) / 2)


def test_what_one_hour_shows_helps_the_other_hours_of_its_route_and_less_the_other_routes() -> None:
    before, after = Lateness(), Lateness().learn(seen(MORNING, 100, 50))
    assert on_time(after, MORNING) < on_time(after, EVENING) < on_time(after, OTHER) < on_time(before, OTHER)
    assert on_time(after, run_key("city", "T1", "P1", 8)) == on_time(before, run_key("city", "T1", "P1", 8))


def test_an_early_arrival_is_punctual() -> None:
    assert Lateness().learn(seen(MORNING, -40)).to_rows()[0][2][0] == 1


def test_more_than_two_days_late_counts_as_two_days() -> None:
    assert Lateness().learn(seen(MORNING, 9999)).to_rows()[0][2][-1] == 1


def test_a_delivery_is_a_place_in_its_round() -> None:
    key = round_key("delivery", "P361028105", 30600, 41400)
    assert unit_of("round", key) == 180
    lateness = Lateness().learn(seen(key, 90, kind="round"))  # half of three hours
    assert lateness.to_rows()[0][2][bin_of(30)] == 1


def test_a_round_past_midnight_has_its_length() -> None:
    assert unit_of("round", round_key("delivery", "C440000", 8 * 3600, 49 * 3600)) == 41 * 60


def test_learning_finds_the_truth() -> None:
    dice = np.random.default_rng(5)
    minutes = np.where(dice.random(4000) < 0.3, 0.0, 18 * np.exp(0.5 * dice.standard_normal(4000)))
    real = np.array([(minutes <= edge).mean() for edge in EDGES])

    def error(times: int) -> float:
        some = [Observation("run", MORNING, EIGHT, EIGHT + timedelta(minutes=m)) for m in minutes[:times]]
        return float(np.abs(Lateness().learn(some).cumulated("run", MORNING) - real).max())

    assert error(0) > 0.25
    assert error(0) > error(40) > error(400) > error(4000)
    assert error(4000) < 0.02


def test_old_observations_fade() -> None:
    fresh = Lateness().learn(seen(MORNING, 60, 100))
    faded = fresh.aged(0.1)
    assert faded.seen("run", MORNING) == pytest.approx(10)
    assert on_time(fresh, MORNING) < on_time(faded, MORNING) < on_time(Lateness(), MORNING)


def test_what_is_stored_comes_back() -> None:
    lateness = (
        Lateness()
        .learn([*seen(MORNING, 12, 3), *seen(place_key("C361000"), 30, kind="place"), *seen(OTHER, 0)])
        .aged(0.9)
    )
    for back in (Lateness.from_rows(lateness.to_rows()), Lateness.from_arrays(lateness.to_arrays())):
        assert back.to_rows() == lateness.to_rows()
        assert back.cumulated("run", MORNING).tolist() == lateness.cumulated("run", MORNING).tolist()
    assert Lateness.from_arrays(Lateness().to_arrays()).counts == {}


@pytest.mark.parametrize("row", [("train", MORNING, [1.0] * BINS), ("run", MORNING, [1.0])])
def test_rows_of_something_else_are_refused(row: tuple[str, str, list[float]]) -> None:
    with pytest.raises(ValueError):
        Lateness.from_rows([row])


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.floats(-100, 5000)), max_size=60), st.randoms())
def test_shares_always_rise_to_one_and_the_order_of_learning_does_not_matter(
    some: list[tuple[tuple[Kind, str], float]], dice: object
) -> None:
    batch = [one for (kind, key), late in some for one in seen(key, late, kind=kind)]
    shuffled = list(batch)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    lateness, again = Lateness().learn(batch), Lateness().learn(shuffled[:20]).learn(shuffled[20:])
    for kind, key in KEYS:
        shares = lateness.cumulated(kind, key)
        assert (np.diff(shares) >= 0).all()
        assert shares[0] >= 0
        assert shares[-1] == pytest.approx(1)
        assert again.cumulated(kind, key) == pytest.approx(shares)


def test_the_nets() -> None:
    assert net_of("P360102014", "C360100") == "city"
    assert net_of("P360102014", "C360000") == "province"
    assert net_of("C360000", "C360000") == "city"
    assert net_of("C110000", "P360102014") == "national"
    assert net_of("stop 12", "P360102014") == "province"
