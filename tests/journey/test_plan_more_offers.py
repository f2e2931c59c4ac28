"""More outlets that offer more never make an answer worse."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.catalog import queries as catalog
from zerotrip.core.clock import SHANGHAI
from zerotrip.journey.engine.search import plan
from zerotrip.journey.problem import build
from zerotrip.journey.spots import Offering, world

__all__ = ["divisions", "post_town"]

AT = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
ITEMS = ("DL_EXPIRY", "DL_LOST", "VH_LICENSE", "CO_SETUP", "FOOD_LICENSE")
SERVICES = ("police_post", "gov_post", "licence_print", "exam_machine", "kiosk_police", "kiosk_gov")


def test_one_more_service_at_one_more_place_never_makes_the_best_answer_worse(post_town: PostTown) -> None:
    among = world()
    places = [site.id for site in among.sites if site.kind in ("outlet", "hall")]
    versions = {item: catalog.get(item, AT.date()) for item in ITEMS}
    homes = [post_town.city, post_town.near, post_town.far, "361002"]
    one = st.tuples(st.sampled_from(places), st.sampled_from(SERVICES))

    def ends(item: str, home: str, rows: set[tuple[int, str]]) -> list[tuple[int, int, int]]:
        offers = {place: frozenset(s for p, s in rows if p == place) for place, _service in rows}
        built = build(versions[item], home, AT, offers=Offering(among, offers))
        return [(found.trips, found.finish, found.price) for found in plan(built.problem).itineraries]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(ITEMS), st.sampled_from(homes), st.sets(one, max_size=8), one)
    def never_worse(item: str, home: str, rows: set[tuple[int, str]], more: tuple[int, str]) -> None:
        before, after = ends(item, home, rows), ends(item, home, rows | {more})
        for way in before:
            assert any(all(a <= b for a, b in zip(now, way, strict=True)) for now in after)

    never_worse()
