"""The network in use: kept in the process and on disk, and the stop that each place and division hangs on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.conftest import Clock
from zerotrip.core import memo
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import NotFound, Unavailable
from zerotrip.demo import network_feed
from zerotrip.network import actions, loading, queries
from zerotrip.network.engine.kept import kept
from zerotrip.network.engine.lateness import Observation, place_key
from zerotrip.network.engine.promise import End
from zerotrip.network.engine.timetable import Timetable
from zerotrip.network.models import Feed, LatenessCount

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    network_feed.write(folder, date(2026, 11, 1), date(2026, 12, 31))
    return folder


@pytest.fixture
def feed(province: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """The demo timetable in use, with a cache folder of its own."""
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    monkeypatch.setattr(loading, "_networks", {})
    made = actions.import_feed(province, actor=SYSTEM, at=now())
    return actions.activate(made.pk, actor=SYSTEM, at=now())


def test_a_piece_from_a_village_to_the_far_end_of_the_province_has_a_promise(feed: Feed) -> None:
    ordered = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
    origin, target = "P360733100", "P360481001"
    found = queries.promise(End(origin, door=True), End(target, door=True), ordered)
    assert found is not None
    assert found.net == queries.net_of(origin, target) == "province"
    assert ordered < found.departure < found.arrival <= found.arrival_p95 < ordered + timedelta(days=6)
    assert found.legs[0].origin == origin
    assert found.legs[-1].target == target


def test_the_next_process_finds_it_on_disk(
    feed: Feed, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    queries.current()
    assert sorted(p.name.split("-")[0] for p in tmp_path.iterdir()) == ["feed", "plan_in_use"]
    loading._networks.clear()
    memo.forget()
    with django_assert_max_num_queries(2):
        queries.current()
    with django_assert_max_num_queries(0):
        queries.current()


def test_a_command_finds_the_days_laid_out_by_the_one_before(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Nothing is read of the feed then, nor laid out; the answer is that of the compiled network."""
    asked = End("P360733100"), End("P360481001", door=True), datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
    answer = queries.current().promise(*asked)
    first = queries.current(compiled=False).promise(*asked)
    loading._networks.clear()
    monkeypatch.delattr(Timetable, "build")
    (whole,) = tmp_path.glob("feed-*")
    whole.unlink()
    with django_assert_max_num_queries(0):
        second = queries.current(compiled=False).promise(*asked)
    assert answer is not None
    assert answer == first == second
    assert len(answer.legs) > 2


def test_what_is_broken_on_disk_is_made_again(feed: Feed, tmp_path: Path) -> None:
    asked = End("P360733100"), End("P360481001"), datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
    answer = queries.current(compiled=False).promise(*asked)
    files = sorted(tmp_path.iterdir())
    assert [path.name.split("-")[0] for path in files] == ["feed", "plan_in_use", "window"]
    for path in files:
        whole = path.read_bytes()
        for broken in (b"", b"nonsense", whole[: len(whole) // 2], whole[:-1], whole[:16] + b"9 9\n" + whole[20:]):
            path.write_bytes(broken)
            loading._networks.clear()
            assert queries.current(compiled=False).promise(*asked) == answer
            assert queries.current(compiled=False).feed.digest == feed.digest
            assert kept(path)


def test_the_same_timetable_under_another_key_is_still_read(feed: Feed, tmp_path: Path) -> None:
    """A network lives as long as its content is in use; the row it came from may be another by then."""
    network = queries.current()
    (whole,) = tmp_path.glob("feed-*")
    whole.unlink()
    feed.stops.all().delete()
    Feed.objects.filter(pk=feed.pk).update(id=feed.pk + 1000)
    assert network.feed.digest == feed.digest


def test_what_was_learnt_is_known_to_the_network(feed: Feed) -> None:
    seen = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    key = place_key("C360000")
    before = queries.current().lateness.seen("place", key)
    batch = [Observation("place", key, seen, seen + timedelta(minutes=n)) for n in (0, 3, 30)]
    for _again in range(2):
        actions.observe(batch, actor=SYSTEM, at=now())
    memo.forget()
    assert before == 0
    assert queries.current().lateness.seen("place", key) == 6
    row = LatenessCount.objects.get()
    assert (row.key, row.month, sum(row.counts)) == (key, date(2026, 11, 1), 6)
    assert queries.current().feed is loading.network(feed.digest).feed


def test_places_and_divisions_hang_on_stops(feed: Feed) -> None:
    hangs = {
        "360733100": "P360733100", "360733": "C360733", "360700": "C360700", "360000": "C360000",
        "440106": "C440000", "110000": "C110000", "360733999": "C360733",
    }  # fmt: skip
    assert {code: queries.stop_of_division(code) for code in hangs} == hangs


def test_without_a_timetable_or_outside_it_there_is_a_sentence(feed: Feed) -> None:
    with pytest.raises(Unavailable, match="2026-12-31"):
        queries.current(date(2027, 1, 2))
    with pytest.raises(Unavailable):
        queries.promise(End("C360100"), End("C360700"), datetime(2027, 6, 1, tzinfo=SHANGHAI))
    with pytest.raises(NotFound):
        queries.place_or_division("nowhere")
    actions.retire(feed.pk, actor=SYSTEM, at=now())
    with pytest.raises(Unavailable):
        queries.current()


def test_the_runs_of_a_place_on_a_day(feed: Feed) -> None:
    tuesday = queries.visits("P360733100", date(2026, 11, 24))
    sunday = queries.visits("P360733100", date(2026, 11, 22))
    assert len(tuesday) >= len(sunday) > 0
    assert all(v.arrives and v.departs and v.arrives <= v.departs for v in tuesday)
    with pytest.raises(NotFound):
        queries.visits("nowhere", date(2026, 11, 24))
