"""A piece is promised by the timetable when it is taken in; whether the promise was kept is counted by lane."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.mail.conftest import Town
from tests.mail.test_stories import deliver
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.demo import network_feed
from zerotrip.ledger.models import SetAside
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions, promising
from zerotrip.mail.models import Consignment
from zerotrip.network import actions as network
from zerotrip.network import loading, queries
from zerotrip.network.engine.promise import End
from zerotrip.network.models import LatenessCount, Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    network_feed.write(folder, date(2026, 11, 1), date(2026, 12, 31))
    return folder


@pytest.fixture
def post(town: Town, clock: Any, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with the demo's timetable in use."""
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    feed = network.import_feed(province, actor=SYSTEM, at=now())
    network.activate(feed.pk, actor=SYSTEM, at=now())
    return town


def brought(town: Town, piece: Consignment, clock: Any) -> None:
    """From the hall to the outlet by a list, two hours on the way, and out with the courier."""
    manifest = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    actions.put(manifest.number, str(piece.number), actor=town.clerk, at=now())
    actions.give(manifest.number, actor=town.clerk, at=now())
    clock.advance(hours=2)
    actions.tick(manifest.number, str(piece.number), actor=town.teller, at=now())
    actions.close(manifest.number, actor=town.teller, at=now())
    actions.take_out(str(piece.number), actor=town.courier, at=now())


def test_without_a_timetable_pieces_are_taken_in_without_a_promise(town: Town) -> None:
    piece = town.result()
    assert piece.accepted_at is not None
    assert piece.promised_at is piece.promised_p95 is None


def test_a_result_is_promised_and_the_promise_is_shown(post: Town, client: Client) -> None:
    piece = post.result()
    piece.refresh_from_db()
    assert piece.accepted_at is not None
    assert piece.promised_at is not None
    assert piece.promised_p95 is not None
    assert piece.accepted_at < piece.promised_at <= piece.promised_p95 < piece.accepted_at + timedelta(days=3)
    said = client.get(f"/t/{piece.number}").content.decode()
    assert "预计" in said
    assert "前送达" in said
    api = client.get(f"/api/v1/tracking/{piece.number}").json()
    assert api["promised_p95"].startswith(piece.promised_p95.astimezone().strftime("%Y"))


def test_what_a_courier_collects_begins_after_his_round(post: Town) -> None:
    piece = post.collected()
    origin, target = promising.ends(piece)
    assert (origin, target) == (End("C360102"), End("C360102", door=True))
    assert piece.promised_p95 is not None


def test_a_kept_and_a_missed_promise_are_counted(post: Town, clock: Any) -> None:
    early, late = post.result(), post.result()
    brought(post, early, clock)
    deliver(post, early)
    drain()
    brought(post, late, clock)
    clock.advance(days=9)
    deliver(post, late)
    drain()
    assert not SetAside.objects.exists()
    row = Outcome.objects.get()
    assert (row.origin, row.target, row.net, row.month) == ("360100", "360100", "city", date(2026, 11, 1))
    assert (row.made, row.kept95) == (2, 1)
    assert not row.generated
    ranks = LatenessCount.objects.get(kind="ranks")
    assert (ranks.key, sum(ranks.counts)) == ("city", 2)


def test_a_delivery_teaches_how_late_the_round_is(post: Town, clock: Any) -> None:
    piece = post.result()
    brought(post, piece, clock)
    deliver(post, piece)
    drain()
    rounds = LatenessCount.objects.get(kind="round")
    assert rounds.key.startswith("delivery/C360102/")
    assert sum(rounds.counts) == 1


def test_a_retired_timetable_promises_nothing_but_counts_what_was_promised(post: Town, clock: Any) -> None:
    piece = post.result()
    feed = queries.feeds(SYSTEM).get()
    network.retire(feed.pk, actor=SYSTEM, at=now())
    brought(post, piece, clock)
    deliver(post, piece)
    drain()
    assert Outcome.objects.get().made == 1
    assert post.result().promised_at is None


def test_a_run_is_seen_between_two_stops(post: Town) -> None:
    from datetime import datetime

    from zerotrip.core.clock import SHANGHAI
    from zerotrip.network import sightings

    left = datetime(2026, 11, 24, 20, 0, tzinfo=SHANGHAI)
    seen = sightings.arrived("C360100", "C360102", left, left + timedelta(hours=10))
    assert seen is not None
    assert seen.kind == "run"
    assert "/C360102/05" in seen.key
    assert timedelta(0) < seen.actual - seen.scheduled < timedelta(hours=1)
    assert sightings.arrived("C360102", "C360102", left, left) is None
