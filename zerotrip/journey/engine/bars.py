"""Why there is no better way: what forces the visits of the best itinerary, or stops an errand altogether."""

from __future__ import annotations

from typing import Final

from zerotrip.journey.engine.layout import Layout
from zerotrip.journey.engine.model import AT_HOME, Bar, Itinerary

NOBODY: Final = "附近没有地方提供这种办法"
"""Reason of a bar without a law: an option exists, and no spot offers it."""
OUT_OF_REACH: Final = "在可安排的日期内来不及，或材料送不到"
"""Reason of a bar without a law: spots offer it, but not in time, or a paper cannot get there."""
NO_WAY: Final = "这个环节没有任何办理方式"
"""Reason of a bar without a law: the step has no option at all."""


def bars_of(layout: Layout, itineraries: tuple[Itinerary, ...], reached: int) -> tuple[Bar, ...]:
    """The bars of steps done by a visit in the first itinerary; without one, of the step where every way ended.

    Bars of the problem come first, in their order; then, for such a step, what nobody near offers.
    """
    problem = layout.problem
    if itineraries:
        stuck = {done.step for done in itineraries[0].steps if done.visit}
    elif reached < layout.length:
        empty = [i for i in range(reached, layout.length) if not layout.ways[i]]
        stuck = {problem.steps[i].key for i in empty or [reached]}
    else:
        stuck = set()
    bars = [bar for bar in problem.bars if bar.step in stuck]
    for i, step in enumerate(problem.steps):
        if step.key not in stuck:
            continue
        open_to = {way.option for way in layout.ways[i]}
        missing = tuple(sorted({o.mode for o in step.options if o not in open_to and o.mode not in AT_HOME}))
        if not step.options:
            bars.append(Bar(step.key, (), NO_WAY))
        elif missing:
            bars.append(Bar(step.key, missing, NOBODY))
        if step.options and not itineraries and layout.ways[i]:
            bars.append(Bar(step.key, tuple(sorted({o.mode for o in open_to})), OUT_OF_REACH))
    return tuple(bars)
