"""The demo's post opens its centres, puts its timetable into use, and generates its year once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.demo import post, tasks
from zerotrip.network import calibration, loading, queries
from zerotrip.network.models import Feed, LatenessCount, Outcome
from zerotrip.places.actions import open_organisation
from zerotrip.places.models import Place

__all__ = ["divisions"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(divisions: Snapshot, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    divisions.restore()
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    open_organisation("DEMO-POST", name="邮政分公司", kind="post_branch", division="360000", actor=SYSTEM, at=now())
    return post.build(now())


def test_building_again_leaves_everything_as_it_is(feed: Feed) -> None:
    assert feed.state == "active"
    assert Place.objects.filter(kind="centre").count() == 142
    assert post.build(now()).pk == feed.pk
    assert Feed.objects.count() == 1
    hub = Place.objects.get(code="C360000")
    assert queries.stop_of(hub) == "C360000"
    assert feed.stops.exclude(place=None).count() == 142
    assert feed.valid_from <= now().date() <= feed.valid_until


def test_a_generated_year_teaches_and_counts_and_is_named_so(feed: Feed) -> None:
    tasks.year_until_today(pieces=600, lanes=12)
    made = Outcome.objects.filter(generated=True)
    assert sum(row.made for row in made) == 600
    assert {row.net for row in made} == {"city", "province", "national"}
    assert LatenessCount.objects.filter(kind="run").count() > 100
    assert LatenessCount.objects.filter(kind="ranks").count() == 3
    view = calibration.View.of(queries.outcomes(SYSTEM))
    assert view.generated
    assert view.chart is not None
    assert view.whole.kept95 >= 0.8 * view.whole.made
    before = LatenessCount.objects.count()
    tasks.network_year()
    assert LatenessCount.objects.count() == before
