"""The town's people at their desks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.actors import sign_in
from tests.town import divisions, town
from zerotrip.people.models import Account

__all__ = ["desk", "divisions", "town"]


@pytest.fixture
def desk() -> Callable[[Account], Client]:
    """`desk(account)` is a browser in which somebody is signed in."""
    return lambda account: sign_in(Client(raise_request_exception=True), account)
