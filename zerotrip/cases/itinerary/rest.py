"""The rest of the way: where an errand stands for the planner, and its itinerary with another rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from zerotrip.cases.itinerary.reckoning import acts_of
from zerotrip.cases.models import Case, CaseLeg
from zerotrip.journey.itinerary import HOME, Itinerary
from zerotrip.journey.queries import Standing


def standing_of(case: Case, itinerary: Itinerary, legs: Sequence[CaseLeg], at: datetime) -> Standing:
    """Which steps are over, and where each paper lies or goes to."""
    acts = acts_of(case, itinerary, legs, list(case.visits.all()))
    done = tuple(act.key for act in acts if act.done is not None)
    papers: dict[str, tuple[str, datetime]] = {}
    for leg in legs:
        for paper in leg.papers:
            if leg.arrived_at is not None:
                papers[paper] = (leg.target, leg.arrived_at)
            elif leg.departed_at is not None:
                papers[paper] = (leg.target, leg.expected_at or leg.arrives)
            elif paper not in papers and (leg.origin == HOME or _came_out(leg, acts)):
                papers[paper] = (leg.origin, at)
    return Standing(done, papers)


def _came_out(leg: CaseLeg, acts: Sequence[object]) -> bool:
    """Whether a paper that has not left yet is there already: a step at its place is over."""
    return any(getattr(act, "place", "") == leg.origin and getattr(act, "done", None) for act in acts)


def merged(case: Case, old: Itinerary, rest: Itinerary, kept: Sequence[CaseLeg], legs: Sequence[CaseLeg]) -> Itinerary:
    """`old` as far as it was gone, then `rest`."""
    acts = acts_of(case, old, legs, list(case.visits.all()))
    over = {act.key for act in acts if act.done is not None} - {step.key for step in rest.steps}
    steps = tuple(step for step in old.steps if step.key in over)
    visits = max((step.visit for step in steps), default=0)
    later = tuple(step._replace(visit=step.visit + visits if step.visit else 0) for step in rest.steps)
    ordered = sorted(old.legs, key=lambda leg: (leg.departs, leg.arrives))
    positions = {leg.position for leg in kept}
    gone = tuple(leg for n, leg in enumerate(ordered, 1) if n in positions)
    return replace(
        old,
        steps=(*steps, *later),
        legs=(*gone, *rest.legs),
        trips=visits + rest.trips,
        finish=max(rest.finish, old.begins),
        finish_p95=max(rest.finish_p95, old.begins),
        constraints=rest.constraints,
        provisional=old.provisional or rest.provisional,
        note=rest.note or old.note,
    ).identified()
