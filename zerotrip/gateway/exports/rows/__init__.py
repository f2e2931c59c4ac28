"""What our cases say to each table of the standard: plain properties that `tables.py` names as sources.

A property answers None for what we do not know; nothing is guessed to fill a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zerotrip.gateway.exports.rows.applying import Applying, Handing
from zerotrip.gateway.exports.rows.deciding import STEPS, Accepting, Completing, Pausing, steps
from zerotrip.gateway.exports.rows.posting import Posting
from zerotrip.gateway.exports.rows.whole import MAIL_KINDS, Whole

__all__ = ["MAIL_KINDS", "STEPS", "Whole", "rows_of"]


def rows_of(whole: Whole) -> Iterator[tuple[str, Any]]:
    """Every row of a case as (code of the table, row), in the order of the tables."""
    yield "application", Applying(whole)
    for material in whole.materials:
        yield "materials", Handing(whole, material)
    if whole.case.accepted_at:
        yield "acceptance", Accepting(whole)
    for step in steps(whole):
        yield "steps", step
    for pause in whole.pauses:
        yield "special", Pausing(whole, pause)
    if whole.case.extended_at:
        yield "special", Pausing(whole, None)
    if whole.case.decided_at:
        yield "completion", Completing(whole)
    for payment in whole.payments:
        yield "payments", payment
    for piece in whole.pieces:
        yield "logistics", Posting(whole, piece)
