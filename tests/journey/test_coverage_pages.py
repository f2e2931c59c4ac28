"""The desk's pages of coverage, as a project manager uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.actors import sign_in, staff
from tests.conftest import Clock
from tests.journey.post_town import PostTown, divisions, post_town
from tests.journey.test_coverage_run import computed, small
from zerotrip.catalog.actions import offer
from zerotrip.catalog.queries import offers
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.journey import pages, tasks
from zerotrip.journey.coverage import search as searches
from zerotrip.journey.coverage import stale
from zerotrip.journey.coverage.planner import Planner
from zerotrip.journey.models import CoverageRun, RunState, StationSearch
from zerotrip.ledger.readers import drain

__all__ = ["divisions", "post_town", "small"]

MAP = "/desk/projects/coverage"


@pytest.fixture
def desk(post_town: PostTown) -> Client:
    """A project manager's browser."""
    client = Client()
    return sign_in(client, staff(Role.PROJECT_MANAGER)[0])


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:500]
    return str(answer.content.decode())


def figure(page: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}">([^<]*)', page)
    assert found, name
    return found[1]


def queued() -> int:
    """How often computing again is asked of the background and not yet begun."""
    return ProcrastinateJob.objects.filter(task_name="journey.refresh", status="todo").count()


def test_before_the_first_run_the_page_says_what_to_do(desk: Client) -> None:
    assert "开始全省计算" in text(desk.get(MAP))
    assert "去计算" in text(desk.get(f"{MAP}/what-if"))
    assert "去计算" in text(desk.get(f"{MAP}/stations"))


def test_a_run_is_begun_followed_and_stopped(desk: Client, small: Planner) -> None:
    desk.post(f"{MAP}/run", {"verb": "begin"})
    run = CoverageRun.objects.get()
    assert run.state == RunState.QUEUED
    page = text(desk.get(MAP))
    assert "hx-trigger" in page
    assert "开始全省计算" not in page
    assert "HX-Refresh" not in desk.get(f"{MAP}/progress").headers
    assert "正在进行" in text(desk.post(f"{MAP}/run", {"verb": "begin"}, follow=True))
    desk.post(f"{MAP}/run", {"verb": "stop", "run": run.pk})
    assert desk.get(f"{MAP}/progress").headers["HX-Refresh"] == "true"
    assert "接着算" in text(desk.get(MAP))
    desk.post(f"{MAP}/run", {"verb": "continue", "run": run.pk})
    assert CoverageRun.objects.get().state == RunState.QUEUED


def test_the_map_and_the_table_lead_from_the_province_to_a_township(
    desk: Client, small: Planner, post_town: PostTown
) -> None:
    computed()
    page = text(desk.get(MAP))
    assert page.count("<circle") >= 3
    assert "临川区" in page
    assert figure(page, "zero").endswith("%")
    county = text(desk.get(MAP, {"county": "361002", "item": "DL_AGE"}))
    assert county.count(f"{MAP}/t/") >= 2
    assert figure(county, "mean") == "1.00"
    one = text(desk.get(f"{MAP}/t/{post_town.far}", {"item": "DL_EXPIRY"}))
    assert "zt-route" in one, "the ways are drawn"
    assert "远路" in one
    assert desk.get(f"{MAP}/t/999999999").status_code == 404


def test_a_service_is_tried_and_opened_and_the_map_changes(
    desk: Client, small: Planner, post_town: PostTown, clock: Clock
) -> None:
    computed()
    clock.advance(minutes=5)
    before = figure(text(desk.get(MAP, {"county": "361002"})), "far")
    outlet = post_town.outlet(post_town.far)
    asked = {"place": outlet.code, "service": "police_post"}
    found = text(desk.get(f"{MAP}/what-if", {"q": outlet.name, "service": "police_post"}))
    assert f"place={outlet.code}" in found
    page = text(desk.get(f"{MAP}/what-if", asked))
    assert int(figure(page, "people")) > 0
    assert "1 次（远路） → 1 次" in page
    assert "police_post" not in offers().get(outlet.pk, set()), "asking changes nothing"
    after = desk.post(f"{MAP}/what-if", asked, follow=True)
    assert "police_post" in offers()[outlet.pk]
    assert float(figure(text(after), "far").rstrip("%")) < float(before.rstrip("%"))
    assert "已经开办" in text(desk.get(f"{MAP}/what-if", asked))


def test_what_is_too_much_to_compute_at_once_is_computed_in_the_background(
    desk: Client, small: Planner, post_town: PostTown, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = computed()
    clock.advance(minutes=5)
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    before = figure(text(desk.get(MAP, {"county": "361002"})), "far")
    asked = {"place": post_town.outlet(post_town.far).code, "service": "police_post"}
    assert "后台重算" in text(desk.post(f"{MAP}/what-if", asked, follow=True))
    assert queued() == 1
    drain()
    assert queued() == 1, "the offer's entry asks for no second one"
    tasks.refresh()
    assert not run.rows.filter(stale=True).exists()
    after = figure(text(desk.get(MAP, {"county": "361002"})), "far")
    assert float(after.rstrip("%")) < float(before.rstrip("%"))


def test_rows_marked_by_the_page_are_computed_though_the_reader_finds_none_to_mark(
    desk: Client, small: Planner, post_town: PostTown, clock: Clock
) -> None:
    clock.advance(minutes=5)
    run = computed()
    clock.advance(minutes=5)
    place = post_town.outlet(post_town.far).code
    offer(place, "police_post", actor=SYSTEM, at=now())
    assert stale.mark(place, "police_post", since=now())
    assert queued() == 0
    drain()
    assert queued() == 1
    tasks.refresh()
    assert not run.rows.filter(stale=True).exists()


def test_stations_are_asked_for_and_shown(desk: Client, small: Planner, post_town: PostTown) -> None:
    computed()
    assert desk.post(f"{MAP}/stations", {"service": "police_post", "count": "0"}).status_code == 422
    answer = desk.post(f"{MAP}/stations", {"service": "police_post", "count": "3"})
    search = StationSearch.objects.get()
    assert answer["Location"] == f"{MAP}/stations/{search.pk}"
    assert "还在算" in text(desk.get(answer["Location"]))
    searches.compute(search.pk)
    page = text(desk.get(answer["Location"]))
    assert post_town.outlet(post_town.far).name in page
    assert "polyline" in page
    assert "3 个“警邮代办”" in text(desk.get(f"{MAP}/stations"))


@pytest.mark.parametrize("role", [Role.HALL_CLERK, Role.COURIER])
def test_others_may_not_look(post_town: PostTown, role: str) -> None:
    client = sign_in(Client(), staff(role, post_town.town.nc.hall)[0])
    assert client.get(MAP).status_code == 403
