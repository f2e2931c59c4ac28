"""The town, and errands on their way to a courier."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.actors import citizen, sign_in
from tests.cases.stories import apply_as_company
from tests.town import Town, divisions, town
from zerotrip.cases.models import Case
from zerotrip.ledger.readers import drain
from zerotrip.mail.models import Consignment

__all__ = ["divisions", "town"]


@pytest.fixture
def ordered(clock: Any, town: Town) -> tuple[Case, Consignment]:
    """A company in 南昌 has asked for a courier this afternoon."""
    _account, actor = citizen()
    case = apply_as_company(actor, town.nc)
    drain()
    return case, Consignment.objects.get(reference=case.number)


@pytest.fixture
def phone(clock: Any, town: Town) -> Client:
    """The phone of 南昌's courier, signed in."""
    return sign_in(Client(HTTP_USER_AGENT="phone"), town.nc.courier_account)
