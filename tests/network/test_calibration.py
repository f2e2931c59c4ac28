"""A year of the demo province: are promises kept as often as they say? The truth of that year is not the prior."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zerotrip.demo import network_feed
from zerotrip.network.engine import gtfs, simulate
from zerotrip.network.engine.lateness import PRIORS
from zerotrip.network.engine.nets import NETS
from zerotrip.network.engine.promise import Network
from zerotrip.network.engine.simulate import Year

FIRST = date(2026, 1, 1)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder: Path = tmp_path_factory.mktemp("province")
    network_feed.write(folder, FIRST, date(2027, 2, 28))
    return Network(gtfs.read(folder))


@pytest.fixture(scope="module")
def year(network: Network) -> Year:
    return simulate.generate(network, FIRST, 365, pieces=24_000, count=120)


def test_of_the_p95_promises_of_the_year_94_to_96_of_100_are_kept(year: Year) -> None:
    for net in ("", *NETS):
        half, nearly = year.kept(net)
        print(f"{net or 'all':9}{year.made(net):7} promises  p50 kept {half:.1%}  p95 kept {nearly:.1%}")
    assert year.made() >= 24_000 - 10 * year.skipped
    assert year.skipped < 20
    assert 0.94 <= year.kept()[1] <= 0.96
    for net in NETS:
        assert year.made(net) > 3_000
        assert 0.93 <= year.kept(net)[1] <= 0.97, net


def test_of_the_p50_promises_about_half_are_kept(year: Year) -> None:
    """A little more: who is promised the scheduled time is on time or not, there is nothing in between."""
    assert 0.47 <= year.kept()[0] <= 0.58


def test_the_first_month_knows_only_the_prior_and_later_months_know_better(year: Year) -> None:
    january = [one for one in year.outcomes if one.month == FIRST]
    share = sum(one.kept95 for one in january) / sum(one.made for one in january)
    assert share < 0.92
    assert year.kept(since=date(2026, 3, 1))[1] > 0.94


def test_what_was_seen_is_not_what_was_believed(year: Year) -> None:
    assert set(year.lateness) >= {date(2026, month, 1) for month in range(1, 13)}
    june = year.lateness[date(2026, 6, 1)]
    assert june.seen("run", "province") > 1_000
    assert june.seen("round", "delivery") > 1_000
    assert abs(june.cumulated("run", "province")[0] - PRIORS["run", "province"][0]) > 0.02


def test_the_same_seed_gives_the_same_year_and_another_seed_another(network: Network) -> None:
    one, again, other = (simulate.generate(network, FIRST, 14, pieces=600, count=30, seed=seed) for seed in (1, 1, 2))
    assert one.outcomes == again.outcomes
    assert one.outcomes != other.outcomes
    assert one.corrections.to_rows() == again.corrections.to_rows()


def test_lanes_are_counted_by_city(year: Year) -> None:
    cities = simulate.by_lane(year.outcomes, lambda stop: stop[1:5])
    assert sum(made for made, _, _ in cities.values()) == year.made()
    assert all(kept50 <= kept95 <= made for made, kept50, kept95 in cities.values())
