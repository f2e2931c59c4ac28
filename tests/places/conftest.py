"""A province with a branch, a hall and an outlet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.hours import Period
from zerotrip.places.models import Organisation, Place

__all__ = ["divisions"]

OFFICE = (Period.of("08:30", "12:00"), Period.of("13:30", "17:30"))
WORKDAYS = dict.fromkeys(range(5), OFFICE)
DAILY = dict.fromkeys(range(7), (Period.of("09:00", "17:00"),))


@pytest.fixture
def province(db: None, divisions: Snapshot) -> None:
    """The divisions, loaded."""
    divisions.restore()


@pytest.fixture
def branch(province: None) -> Organisation:
    return open_organisation(
        "post-3610", name="抚州市邮政分公司", kind="post_branch", division="361000", actor=SYSTEM, at=now()
    )


@pytest.fixture
def agency(province: None) -> Organisation:
    return open_organisation(
        "gov-3610", name="抚州市市场监管局", kind="agency", division="361000", actor=SYSTEM, at=now()
    )


@pytest.fixture
def hall(branch: Organisation, agency: Organisation) -> Place:
    """抚州's service hall with one window, and an outlet in 资溪."""
    made = open_places(
        [
            NewPlace("hall-3610", "抚州市政务服务中心", "hall", "post-3610", "361002", week=WORKDAYS),
            NewPlace("win-3610-1", "企业登记窗口", "window", "gov-3610", "361002", parent="hall-3610", week=WORKDAYS),
            NewPlace("out-361028", "资溪邮政支局", "outlet", "post-3610", "361028105", address="高田街1号", week=DAILY),
        ],
        actor=SYSTEM,
        at=now(),
    )
    return made[0]


@pytest.fixture
def manager() -> Actor:
    """The head of 抚州's branch."""
    return Actor(
        kind="staff", id=7, name="分公司负责人", roles=frozenset({Role.BRANCH_MANAGER}), divisions=frozenset({"3610"})
    )


@pytest.fixture
def at() -> Callable[[], datetime]:
    return now
