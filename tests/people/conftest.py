"""A hall with a window, an outlet, and the people who keep accounts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.actors import staff
from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.people.models import Account
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.models import Organisation, Place

__all__ = ["divisions"]


@pytest.fixture(autouse=True)
def province(db: None, divisions: Snapshot) -> None:
    """The divisions, loaded for each story of this room."""
    divisions.restore()


@pytest.fixture
def agency(db: None, clock: Any) -> Organisation:
    return open_organisation(
        "gov-3601", name="南昌市市场监管局", kind="agency", division="360100", actor=SYSTEM, at=now()
    )


@pytest.fixture
def hall(agency: Organisation) -> Place:
    """南昌's service hall, with the agency's window and an outlet nearby."""
    open_organisation(
        "post-3601", name="南昌市邮政分公司", kind="post_branch", division="360100", actor=SYSTEM, at=now()
    )
    return open_places(
        [
            NewPlace("hall-3601", "南昌市政务服务中心", "hall", "post-3601", "360102"),
            NewPlace("win-3601-1", "企业登记窗口", "window", "gov-3601", "360102", parent="hall-3601"),
            NewPlace("out-3601-1", "阳明路邮政支局", "outlet", "post-3601", "360102"),
        ],
        actor=SYSTEM,
        at=now(),
    )[0]


@pytest.fixture
def clerk(hall: Place) -> tuple[Account, Actor]:
    return staff(Role.HALL_CLERK, hall, name="陈静")


@pytest.fixture
def keeper(db: None, clock: Any) -> tuple[Account, Actor]:
    """The security administrator."""
    return staff(Role.SECURITY_ADMIN, name="周安")


@pytest.fixture
def phone() -> Client:
    """A browser on a phone."""
    return Client(HTTP_USER_AGENT="phone")
