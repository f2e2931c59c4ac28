"""The town, and an errand under way in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import citizen
from tests.cases.stories import apply_as_company
from tests.town import Town, divisions, town
from zerotrip.cases.models import Case
from zerotrip.ledger.readers import drain

__all__ = ["divisions", "town"]


@pytest.fixture
def applied(clock: Any, town: Town) -> Case:
    """A company in 南昌 has applied and waits for the courier."""
    case = apply_as_company(citizen()[1], town.nc)
    drain()
    return case
