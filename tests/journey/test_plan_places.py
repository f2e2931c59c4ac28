"""Which places a plan considers."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.catalog.actions import offer
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound
from zerotrip.journey.postage import settings
from zerotrip.journey.problem_days import legal_days
from zerotrip.journey.spots import Needs, Offering, chosen, home, offering, place_code, world
from zerotrip.places.actions import NewPlace, close_place, open_places

__all__ = ["divisions", "post_town"]

POLICE: Needs = (("outlet", ("police_post",)), ("window", ("",)))


def codes(post_town: PostTown, needs: Needs = POLICE, offered: Offering | None = None) -> list[str]:
    lived = home(post_town.far)
    assert lived is not None
    return [place_code(one.key) for one in chosen(offered or offering(), lived, needs, "traffic_police")]


def test_the_nearest_that_offer_it_the_county_seat_and_the_competent_window(post_town: PostTown) -> None:
    assert set(codes(post_town)) >= {f"P{post_town.near}", "outlet-fz", "police-fz"}
    assert "police-nc" not in codes(post_town)
    assert f"P{post_town.far}" not in codes(post_town)


def test_an_outlet_that_begins_to_offer_it_is_considered_at_once(post_town: PostTown) -> None:
    offer(f"P{post_town.far}", "police_post", actor=SYSTEM, at=now())
    assert codes(post_town)[0] == f"P{post_town.far}"


def test_a_place_that_was_closed_is_not_considered_any_more(post_town: PostTown) -> None:
    close_place(f"P{post_town.near}", reason="装修", actor=SYSTEM, at=now())
    assert f"P{post_town.near}" not in codes(post_town)


def test_one_that_offers_two_services_is_not_hidden_by_nearer_ones_that_offer_one(post_town: PostTown) -> None:
    both = (("outlet", ("exam_machine", "police_post")),)
    near = [
        NewPlace(code=f"N{n}", name=f"近处{n}", kind="outlet", organisation="post", division=post_town.far)
        for n in range(2 * settings().near.outlets)
    ]
    opened = open_places(near, actor=SYSTEM, at=now())
    offers = {place.pk: frozenset({("exam_machine", "police_post")[n % 2]}) for n, place in enumerate(opened)}
    offers[post_town.outlet(post_town.near).pk] = frozenset({"exam_machine", "police_post"})
    assert f"P{post_town.near}" in codes(post_town, both, Offering(world(), offers))


def test_an_unknown_division_is_not_found_and_a_province_is_nobodys_home(post_town: PostTown) -> None:
    assert home("360000") is None
    with pytest.raises(NotFound, match="123456"):
        home("123456")


def test_a_working_day_begins_to_count_on_the_day_after(post_town: PostTown) -> None:
    clock = legal_days(date(2026, 9, 28), 60)  # a Monday; 1 to 7 October off, Saturday 10 October worked in exchange
    day = 1440
    assert clock.close(9 * 60, 1) == day + 17 * 60
    assert clock.close(2 * day, 1) == 10 * day + 17 * 60
    assert clock.close(2 * day, 3) == 12 * day + 17 * 60
