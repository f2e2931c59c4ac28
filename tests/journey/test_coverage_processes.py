"""The coverage computed in processes of their own: they read everything for themselves, only the parent writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journey.post_town import PostTown, divisions, post_town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.journey import actions
from zerotrip.journey.coverage import planner as planners
from zerotrip.journey.coverage import run as runs
from zerotrip.journey.models import RunState

__all__ = ["divisions", "post_town"]


@pytest.mark.django_db(transaction=True)
def test_processes_of_their_own_find_the_same(
    transactional_db: None, post_town: PostTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one township of each of two counties, all items."""
    start = actions.settings().start_after(now().date())
    whole = planners.load("36", start)
    keep = tuple(sorted((post_town.city, post_town.far)))
    two = replace(whole, townships=keep, away=whole.away[[whole.townships.index(code) for code in keep]])
    monkeypatch.setattr(planners, "load", lambda province, start: two)
    run = actions.ask_coverage(actor=SYSTEM, at=now(), queue=False)
    run = runs.compute(run.pk, processes=2)
    assert (run.state, run.problem, run.done) == (RunState.DONE, "", 2)
    table, evaluate = runs.table_of(run), two.under()
    assert len(table) == 2 * len(two.shapes)
    for cell in list(table)[::11]:
        again = evaluate(*cell)
        assert (table[cell].trips, table[cell].minutes) == (again.trips, again.minutes)
