"""The planner finds the same best ways as trying every way, and never gets worse by being given more."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pprint import pformat

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.journey.engine.naive import every_end, pareto
from tests.journey.engine.small import RUN, Lanes, hours, options, problems, spots
from zerotrip.journey.engine.model import HOME, Option, Plan, Problem, Step
from zerotrip.journey.engine.search import Standing, plan, rest

QUIET = list(HealthCheck)
many = settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
some = settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
Values = list[tuple[int, int, int]]


def values(found: Plan) -> Values:
    return [(one.trips, one.finish, one.price) for one in found.itineraries]


def no_worse(new: Values, old: Values) -> bool:
    return all(any(all(a <= b for a, b in zip(n, o, strict=True)) for n in new) for o in old)


@many
@given(problem=problems())
def test_the_same_pareto_set_as_trying_every_way(problem: Problem) -> None:
    found = plan(problem)
    note(pformat(problem, width=120))
    assert found.complete
    assert values(found) == pareto(every_end(problem))


@some
@given(problem=problems(), asked=st.integers(0, 6))
def test_stopped_early_it_has_only_ways_that_can_be_gone(problem: Problem, asked: int) -> None:
    left = iter([False] * asked)
    found = plan(problem, stop=lambda: next(left, True))
    assert set(values(found)) <= every_end(problem)
    if found.complete:
        assert values(found) == values(plan(problem))


@some
@given(problem=problems(), data=st.data())
def test_one_more_option_is_never_worse(problem: Problem, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(problem.steps) - 1))
    step = problem.steps[at]
    more = replace(step, options=(*step.options, data.draw(options(step.actor, problem.papers))))
    steps = (*problem.steps[:at], more, *problem.steps[at + 1 :])
    assert no_worse(values(plan(replace(problem, steps=steps))), values(plan(problem)))


@some
@given(problem=problems(), spot=spots("D"))
def test_one_more_place_is_never_worse(problem: Problem, spot: object) -> None:
    more = replace(problem, spots=(*problem.spots, spot))
    assert no_worse(values(plan(more)), values(plan(problem)))


@some
@given(problem=problems(), at=st.integers(0, 2), other=hours())
def test_one_more_opening_period_is_never_worse(problem: Problem, at: int, other: tuple[tuple[int, int], ...]) -> None:
    old = problem.spots[at % len(problem.spots)]
    apart = [p for p in other if all(p[1] <= o or c <= p[0] for o, c in old.openings)]
    new = replace(old, openings=tuple(sorted((*old.openings, *apart))))
    more = replace(problem, spots=tuple(new if spot is old else spot for spot in problem.spots))
    assert no_worse(values(plan(more)), values(plan(problem)))


@some
@given(problem=problems(), run=RUN, data=st.data())
def test_one_more_mail_run_is_never_worse(problem: Problem, run: tuple[int, int], data: st.DataObject) -> None:
    post = problem.post
    assert isinstance(post, Lanes)
    lane = data.draw(st.sampled_from(sorted(post.lanes)))
    runs = tuple(sorted((*post.lanes[lane], (run[0], sum(run)))))
    more = replace(problem, post=replace(post, lanes=post.lanes | {lane: runs}))
    assert no_worse(values(plan(more)), values(plan(problem)))


@some
@given(problem=problems(), later=st.integers(1, 600))
def test_who_begins_earlier_is_done_no_later(problem: Problem, later: int) -> None:
    after = replace(problem, begins=problem.begins + later)
    assert no_worse(values(plan(problem)), values(plan(after)))


@some
@given(problem=problems(), data=st.data())
def test_the_order_of_places_and_options_changes_nothing(problem: Problem, data: st.DataObject) -> None:
    shuffled = replace(
        problem,
        spots=tuple(data.draw(st.permutations(problem.spots))),
        steps=tuple(replace(s, options=tuple(data.draw(st.permutations(s.options)))) for s in problem.steps),
        papers=tuple(data.draw(st.permutations(problem.papers))),
    )
    assert plan(shuffled) == plan(problem)


@some
@given(problem=problems(3), minutes=st.integers(0, 90))
def test_the_rest_after_a_step_is_what_the_plan_had_after_it(problem: Problem, minutes: int) -> None:
    apply = Step("apply", "apply", "person", (Option("online", minutes=minutes),))
    whole = replace(problem, steps=(apply, *problem.steps))
    then = problem.begins + minutes
    papers = tuple((paper, HOME, then) for paper in problem.papers)
    assert values(rest(whole, Standing(1, then, papers))) == values(plan(whole))


@some
@given(problem=problems())
def test_an_itinerary_is_told_without_contradiction(problem: Problem) -> None:
    for way in plan(problem, level=0.9).itineraries:
        assert way.price == sum(fen for _, fen in way.parts)
        assert [done.step for done in way.steps] == [step.key for step in problem.steps]
        assert way.finish == way.steps[-1].ends
        assert way.surely == way.steps[-1].surely >= way.finish
        assert way.trips == max(done.visit for done in way.steps)
        assert all(a.ends <= b.begins and a.surely <= b.surely for a, b in pairwise(way.steps))
        begins = {done.step: done.begins for done in way.steps}
        for move in way.moves:
            assert move.departs <= move.arrives <= move.surely
            if move.target != HOME or move.kind != "person":
                assert move.arrives <= begins[move.before]
        ways_out = [m for m in way.moves if m.kind == "person"]
        assert len(ways_out) == 2 * way.trips
        assert all(a.target == b.origin or b.origin != HOME for a, b in pairwise(ways_out))
        assert all(a.arrives <= b.departs for a, b in pairwise(ways_out))
