"""The desk's pages of the timetable and of kept promises, and the promise over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.conftest import Clock
from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.demo import network_feed
from zerotrip.network import actions, calibration, loading, queries
from zerotrip.network.actions import Kept
from zerotrip.network.models import Feed

__all__ = ["divisions"]

pytestmark = pytest.mark.django_db
Desk = Callable[[str], Client]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    network_feed.write(folder, date(2026, 11, 1), date(2026, 12, 31))
    return folder


@pytest.fixture
def country(db: None, divisions: Snapshot, clock: Clock) -> None:
    """The divisions are loaded."""
    divisions.restore()


@pytest.fixture
def desk(country: None) -> Desk:
    """Somebody of a role, signed in."""

    def signed_in(role: str) -> Client:
        client = Client()
        sign_in(client, staff(role)[0])
        return client

    return signed_in


@pytest.fixture
def feed(country: None, province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(loading, "_folder", lambda: tmp_path)
    made = actions.import_feed(province, actor=SYSTEM, at=now())
    return actions.activate(made.pk, actor=SYSTEM, at=now())


def test_without_a_timetable_the_page_says_what_to_do(desk: Desk) -> None:
    page = desk(Role.PROJECT_MANAGER).get("/desk/network/").content.decode()
    assert "还没有启用时刻表" in page
    assert "import-gtfs" in page


def test_the_timetable_at_a_glance(desk: Desk, feed: Feed) -> None:
    client = desk(Role.BRANCH_MANAGER)
    page = client.get("/desk/network/", {"place": "360733"}).content.decode()
    assert "会昌邮件处理中心（演示）" in page
    assert "B360733-1" in page
    assert f'data-figure="connections">{feed.counts["connections"]}' in page
    assert page.count("<polyline") > 500
    assert "停用" not in page.split('class="zt-main"')[1]  # a branch head looks, and changes nothing
    for wrong, status in (({"place": "nowhere"}, 404), ({"day": "tomorrow"}, 422)):
        answer = client.get("/desk/network/", wrong)
        assert answer.status_code == status
        assert 'role="alert"' in answer.content.decode()


def test_a_manager_retires_and_activates(desk: Desk, feed: Feed) -> None:
    client = desk(Role.PROJECT_MANAGER)
    client.post(f"/desk/network/{feed.pk}/retire")
    feed.refresh_from_db()
    assert feed.state == "retired"
    page = client.post(f"/desk/network/{feed.pk}/retire", follow=True).content.decode()
    assert "已经停用" in page
    client.post(f"/desk/network/{feed.pk}/activate")
    feed.refresh_from_db()
    assert feed.state == "active"
    assert client.post("/desk/network/99999999999999999999/activate").status_code == 404
    assert desk(Role.CARE_AGENT).post(f"/desk/network/{feed.pk}/retire").status_code == 403


def test_promised_against_kept_by_lane(desk: Desk) -> None:
    client = desk(Role.PROJECT_MANAGER)
    assert "还没有结果" in client.get("/desk/network/punctuality").content.decode()
    october, november = date(2026, 10, 5), date(2026, 11, 5)
    actions.add_outcomes(
        [
            Kept("P360733100", "C360102", october, 1000, 510, 952),
            Kept("C360733", "P360102014", november, 1000, 500, 900),
            Kept("C360733", "C440000", november, 20, 10, 19),
        ],
        generated=True,
        actor=SYSTEM,
        at=now(),
    )
    page = client.get("/desk/network/punctuality").content.decode()
    assert "赣州" in page
    assert "南昌" in page
    assert "广东" in page
    assert "92.6%" in page
    assert "承诺过早" in page
    assert "不是真实邮件" in page
    narrowed = client.get("/desk/network/punctuality", {"month": "2026-10", "net": "province"}).content.decode()
    assert "95.2%" in narrowed
    assert "广东" not in narrowed.split("按线路")[1]
    assert client.get("/desk/network/punctuality", {"month": "May"}).status_code == 422


def test_the_verdict_on_a_lane_considers_how_few_pieces_there_were() -> None:
    share = calibration.Share
    assert share(10_000, 5_000, 9_500).verdict == "good"
    assert share(10_000, 5_000, 9_000).verdict == "late"
    assert share(10_000, 5_000, 9_900).verdict == "slack"
    assert share(20, 10, 20).verdict == "few"
    assert share(20, 10, 18).verdict == "few"
    assert share(0, 0, 0).percent95 == 0


def test_the_promise_over_the_api(feed: Feed, client: Client) -> None:
    asked = {"from": "360733100", "to": "360102", "at": "2026-11-24T10:00:00", "delivered": "true"}
    answer = client.get("/api/v1/promises", asked)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["from"], found["to"], found["net"]) == ("P360733100", "C360102", "province")
    assert found["at"] <= found["departure"] < found["arrival"] <= found["arrival_p95"]
    assert set(found["legs"][0]) == {"run", "from", "to", "departure", "arrival"}
    wrong = [
        ({"to": "nowhere"}, 404), ({"at": "yesterday"}, 422), ({"at": "2031-01-01T00:00:00"}, 503),
        ({"at": "0001-01-01T00:00:00"}, 422),
    ]  # fmt: skip
    for change, status in wrong:
        refused = client.get("/api/v1/promises", asked | change)
        assert refused.status_code == status, change
        assert refused.headers["Content-Type"].startswith("application/problem+json")


def test_outcomes_of_the_same_lane_add_up(clock: Clock) -> None:
    for _again in range(2):
        actions.add_outcomes([Kept("C360100", "C360700", date(2026, 11, 3), 2, 1, 2)], actor=SYSTEM, at=now())
    (row,) = queries.outcomes(SYSTEM)
    assert (row.made, row.kept50, row.kept95, row.month) == (4, 2, 4, date(2026, 11, 1))
