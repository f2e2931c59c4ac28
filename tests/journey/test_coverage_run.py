"""The coverage of a small province: computed, stopped and continued, kept up to date with what places offer."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest

from tests.actors import staff
from tests.conftest import Clock
from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.catalog.actions import offer, stop_offering
from zerotrip.core import memo
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import Conflict, NotAllowed
from zerotrip.core.roles import Role
from zerotrip.journey import actions
from zerotrip.journey.coverage import planner as planners
from zerotrip.journey.coverage import run as runs
from zerotrip.journey.coverage.fewest import Remembered
from zerotrip.journey.coverage.planner import Planner
from zerotrip.journey.coverage.search import Contexts
from zerotrip.journey.coverage.values import Best, changes, what_if
from zerotrip.journey.engine.model import HOME
from zerotrip.journey.engine.search import plan
from zerotrip.journey.models import CoverageRow, CoverageRun, RunState
from zerotrip.journey.problem import assemble
from zerotrip.journey.problem_post import ByPost
from zerotrip.journey.spots import offering
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain

__all__ = ["divisions", "post_town"]

ITEMS = ("DL_EXPIRY", "DL_AGE", "MARRY", "HF_BUY", "CO_SIMPLE")
MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def small(post_town: PostTown, monkeypatch: pytest.MonkeyPatch) -> Planner:
    """Three townships in two counties and a few items, whatever the province has."""
    load = planners.load

    def few(province: str, start: datetime) -> Planner:
        whole = load(province, start)
        shapes = {
            key: replace(
                shape,
                items=tuple(code for code in shape.items if code in ITEMS),
                counter_items=tuple(code for code in shape.counter_items if code in ITEMS),
            )
            for key, shape in whole.shapes.items()
            if {*shape.items, *shape.counter_items} & set(ITEMS)
        }
        keep = tuple(sorted((post_town.city, post_town.near, post_town.far)))
        rows = [whole.townships.index(code) for code in keep]
        return replace(whole, shapes=shapes, townships=keep, away=whole.away[rows])

    monkeypatch.setattr(planners, "load", few)
    return few("36", MONDAY)


def manager() -> Actor:
    return staff(Role.PROJECT_MANAGER)[1]


def computed(actor: Actor | None = None) -> CoverageRun:
    run = actions.ask_coverage(actor=actor or SYSTEM, at=now(), queue=False)
    return runs.compute(run.pk)


def test_what_is_remembered_of_the_post_is_what_it_would_answer(small: Planner) -> None:
    """Pieces between all spots of an errand, asked at many moments in any order, in and out of hours."""
    dice = random.Random(7)
    for township in small.townships:
        for shape in small.shapes.values():
            problem = assemble(shape.errand, small.world.homes[township], MONDAY, small.network, offering()).problem
            assert isinstance(problem.post, ByPost)
            remembered = Remembered(problem.post, {})
            spots = [HOME, *(spot.key for spot in problem.spots)]
            pairs = [(one, two) for one in spots for two in spots if one != two]
            for origin, target in dice.sample(pairs, min(8, len(pairs))):
                for at in dice.choices(range(problem.begins, problem.begins + 12 * 1440), k=25):
                    ours = remembered.send(origin, target, at, 0.5)
                    found = problem.post.send(origin, target, at, 0.5)
                    assert (ours is None) == (found is None)
                    if ours and found:
                        assert (ours.arrives, ours.surely, ours.price) == (found.arrives, found.surely, found.price)


def test_a_run_knows_the_fewest_trips_of_every_township_for_every_item(small: Planner) -> None:
    run = computed(manager())
    assert (run.state, run.done, run.total, run.items) == (RunState.DONE, 3, 3, len(ITEMS))
    assert run.start == MONDAY
    table = runs.table_of(run)
    assert set(table) == {(township, shape) for township in small.townships for shape in small.shapes}
    held = {code: key for key, shape in small.shapes.items() for code in shape.items}
    assert table[small.townships[0], held["DL_EXPIRY"]].trips == 0
    assert table[small.townships[0], held["MARRY"]].trips is None, "no window in this town is competent for it"
    said = [entry.kind for entry in Entry.objects.filter(kind__startswith="journey.").order_by("id")]
    assert said == ["journey.coverage_asked", "journey.coverage_done"]


def test_a_row_is_what_the_planner_would_answer(small: Planner) -> None:
    for township in small.townships:
        for key, shape in small.shapes.items():
            built = assemble(shape.errand, small.world.homes[township], MONDAY, small.network, offering())
            first = plan(built.problem, level=0.5).itineraries
            best = small.evaluate(township, key, offering())
            assert best.trips == (first[0].trips if first else None), (township, shape.items)
            if first and not first[0].trips:
                assert best.minutes == first[0].finish - built.problem.begins, (township, shape.items)
                assert not best.far
            elif first and best.minutes is not None:
                assert best.minutes >= first[0].finish - built.problem.begins


def test_a_run_that_is_stopped_goes_on_where_it_was(small: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    evaluate = Planner.evaluate

    def counted(self: Planner, township: str, *rest: object) -> Best:
        asked.append(township)
        return evaluate(self, township, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Planner, "evaluate", counted)
    seen: list[tuple[int, int]] = []
    run = actions.ask_coverage(actor=SYSTEM, at=now(), queue=False)
    run = runs.compute(run.pk, told=lambda done, total: seen.append((done, total)), halt=lambda: True)
    assert (run.state, run.done) == (RunState.STOPPED, 1)
    assert seen == [(0, 3), (1, 3)]
    assert CoverageRow.objects.count() == len(small.shapes)
    actions.continue_coverage(run.pk, actor=manager(), at=now(), queue=False)
    run = runs.compute(run.pk)
    assert (run.state, run.done) == (RunState.DONE, 3)
    assert len(asked) == 3 * len(small.shapes), "nothing was computed twice"


def test_one_run_at_a_time_and_only_for_planners(small: Planner, clock: Clock) -> None:
    run = actions.ask_coverage(actor=manager(), at=now(), queue=False)
    with pytest.raises(Conflict):
        actions.ask_coverage(actor=manager(), at=now(), queue=False)
    clerk = Actor(kind="staff", id=1, roles=frozenset({Role.HALL_CLERK}))
    with pytest.raises(NotAllowed):
        actions.ask_coverage(actor=clerk, at=now(), queue=False)
    assert actions.stop_coverage(run.pk, actor=manager(), at=now()).state == RunState.STOPPED
    actions.continue_coverage(run.pk, actor=manager(), at=now(), queue=False)
    CoverageRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
    assert runs.compute(run.pk).state == RunState.RUNNING, "somebody else is at it"
    clock.advance(minutes=5)
    assert runs.compute(run.pk).state == RunState.DONE, "nobody was any more"


def test_without_a_timetable_it_says_so_and_can_be_continued(small: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    few = planners.load

    def broken(province: str, start: datetime) -> Planner:
        raise Conflict("没有时刻表")

    monkeypatch.setattr(planners, "load", broken)
    run = computed()
    assert (run.state, run.problem) == (RunState.FAILED, "没有时刻表")
    monkeypatch.setattr(planners, "load", few)
    actions.continue_coverage(run.pk, actor=SYSTEM, at=now(), queue=False)
    assert runs.compute(run.pk).state == RunState.DONE


@pytest.mark.parametrize("service", ["police_post", "exam_machine", "gov_post"])
def test_what_if_is_what_a_full_recomputation_finds(small: Planner, post_town: PostTown, service: str) -> None:
    before = runs.table_of(computed())
    site = small.site(f"P{post_town.far}")
    more = small.offering_more(site, service)
    found = what_if(small.under(more), before, small.cells(site, service))
    full = {cell: small.evaluate(*cell, more) for cell in before}
    assert found == changes(before, full)
    if service == "police_post":
        assert any(change.saved for change in found), "the far township saves a long way"
    for change in found:
        assert small.differ(change.township, change.shape, offering(), more)


@pytest.mark.parametrize("service", ["police_post", "exam_machine", "gov_post", "kiosk_police"])
def test_the_short_cut_counts_as_the_planner_does(small: Planner, post_town: PostTown, service: str) -> None:
    asking = small.asking(service)
    for code in (post_town.far, post_town.near, post_town.city):
        site = small.site(f"P{code}")
        more = small.offering_more(site, service)
        told = {(township, shape): best for township, shape, best in Contexts(small, service, asking).around(site)}
        for cell in small.cells(site, service):
            best = small.evaluate(*cell, more)
            short = told.get(cell) or small.evaluate(*cell, offering())  # else: it makes no difference
            assert (short.trips, short.far) == (best.trips, best.far), (code, small.shapes[cell[1]].items)


def test_rows_follow_what_places_offer(small: Planner, post_town: PostTown, clock: Clock) -> None:
    run = computed()
    before = runs.table_of(run)
    clock.advance(hours=1)
    offer(f"P{post_town.far}", "police_post", actor=SYSTEM, at=now())
    drain()
    assert run.rows.filter(stale=True).exists()
    assert runs.refresh(run) == 0
    after = runs.table_of(run)
    assert any(change.saved and change.township == post_town.far for change in changes(before, after))
    memo.forget()
    assert after == {cell: small.evaluate(*cell, offering()) for cell in before}, "as if all had been computed anew"
    stop_offering(f"P{post_town.far}", "police_post", actor=SYSTEM, at=now())
    drain()
    runs.refresh(run)
    assert runs.table_of(run) == before


def test_stations_are_sought_where_they_save_most(small: Planner, post_town: PostTown) -> None:
    from zerotrip.journey.coverage import search as searches

    computed()
    asked = actions.seek_stations(service="police_post", count=5, actor=manager(), at=now(), queue=False)
    told: list[int] = []
    search = searches.compute(asked.pk, told=lambda done, total: told.append(done))
    assert search.state == RunState.DONE
    assert search.picks[0]["place"] == f"P{post_town.far}", "the only outlet without it"
    assert [pick["gain"] for pick in search.picks] == sorted((pick["gain"] for pick in search.picks), reverse=True)
    assert told == list(range(1, len(search.picks) + 1))
    assert not search.equal_weight
