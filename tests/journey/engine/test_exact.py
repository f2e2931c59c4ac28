"""The planner finds the same best ways as trying every way, and never gets worse by being given more."""

from __future__ import annotations

from pprint import pformat

from hypothesis import HealthCheck, given, note, settings

from tests.journey.engine.naive import every_end, pareto
from tests.journey.engine.small import problems
from zerotrip.journey.engine.model import Plan, Problem
from zerotrip.journey.engine.search import plan

many = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def values(found: Plan) -> list[tuple[int, int, int]]:
    return [(one.trips, one.finish, one.price) for one in found.itineraries]


@many
@given(problem=problems())
def test_the_same_pareto_set_as_trying_every_way(problem: Problem) -> None:
    found = plan(problem)
    assert found.complete
    note(pformat(problem, width=200))
    assert values(found) == pareto(every_end(problem))
