"""Organisations, places and their hours in the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from zerotrip.core.actors import NOBODY, SYSTEM, Actor
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.places import queries
from zerotrip.places.actions import (
    NewPlace,
    change_day,
    change_hours,
    close_place,
    open_organisation,
    open_place,
    open_places,
)
from zerotrip.places.hours import Period
from zerotrip.places.models import OpeningHours, Organisation, Place
from zerotrip.places.wording import week_in_words

pytestmark = pytest.mark.django_db

OFFICE = (Period.of("08:30", "12:00"), Period.of("13:30", "17:30"))


def outlet(code: str = "out-1", division: str = "361028105", **more: object) -> NewPlace:
    return NewPlace(code, f"网点 {code}", "outlet", "post-3610", division, **more)  # type: ignore[arg-type]


def test_an_organisation_is_checked_before_it_is_registered(province: None) -> None:
    with pytest.raises(BadInput) as refused:
        open_organisation("", name=" ", kind="shop", division="1", uscc="123", parent="x", actor=SYSTEM, at=now())
    assert set(refused.value.fields) == {"code", "name", "kind", "division", "uscc", "parent"}


def test_a_code_is_given_once(branch: Organisation) -> None:
    with pytest.raises(Conflict):
        open_organisation(branch.code, name="另一个", kind="agency", division="361000", actor=SYSTEM, at=now())
    open_place(outlet(), actor=SYSTEM, at=now())
    with pytest.raises(Conflict, match="out-1"):
        open_place(outlet(), actor=SYSTEM, at=now())
    with pytest.raises(Conflict, match="out-2"):
        open_places([outlet("out-2"), outlet("out-2")], actor=SYSTEM, at=now())


def test_a_window_stands_in_a_hall(hall: Place) -> None:
    window = queries.place("win-3610-1", actor=NOBODY)
    assert window.parent == hall
    assert (window.lat, window.lon) == (hall.lat, hall.lon)
    assert [w.code for w in queries.windows(hall, actor=NOBODY)] == ["win-3610-1"]
    for parent in ("", "nowhere", "win-3610-1"):
        new = NewPlace("win-x", "窗口", "window", "gov-3610", "361002", parent=parent)
        with pytest.raises(BadInput) as refused:
            open_place(new, actor=SYSTEM, at=now())
        assert "parent" in refused.value.fields
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=window.pk).update(parent=None)


def test_a_township_outlet_keeps_the_mark_of_its_seeded_position(hall: Place) -> None:
    assert queries.place("out-361028", actor=NOBODY).position_source == "seeded"
    assert hall.position_source == "polygon"


def test_many_places_open_in_a_few_statements(
    branch: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    week = dict.fromkeys(range(7), OFFICE)
    with django_assert_max_num_queries(14):
        open_places([outlet(f"out-{n}", week=week) for n in range(200)], actor=SYSTEM, at=now())
    assert OpeningHours.objects.filter(place__code="out-199").count() == 14
    assert Entry.objects.filter(kind="places.place_opened").count() == 200


def test_one_wrong_place_opens_none(branch: Organisation) -> None:
    wrong = [
        outlet("b", division="999999"),
        outlet("c", lat=28.0),
        outlet("d", lat=99.0, lon=1.0),
        outlet("e", days_off="never"),
        NewPlace("f", "", "castle", "nobody", "361002"),
        outlet("g", week={0: (Period(0, 60), Period(30, 90))}),
        outlet("h", week={7: (Period(0, 60),)}),
    ]
    for one in wrong:
        with pytest.raises(BadInput):
            open_places([outlet("a"), one], actor=SYSTEM, at=now())
    with pytest.raises(BadInput):
        open_places([], actor=SYSTEM, at=now())
    assert not Place.objects.filter(code="a").exists()


def test_the_hall_is_open_in_office_hours(hall: Place) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

    assert queries.opening_periods(hall, date(2026, 11, 24)) == OFFICE
    assert queries.opening_periods(hall, date(2026, 10, 1)) == ()
    assert queries.is_open(hall, moment("2026-11-24 08:30"))
    assert not queries.is_open(hall, moment("2026-11-24 12:30"))
    opening = queries.next_opening(hall, moment("2026-11-27 17:30"))
    assert opening is not None
    assert opening.opens == moment("2026-11-30 08:30")


def test_hours_of_all_places_take_two_queries(hall: Place, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    chosen = list(Place.objects.all())
    with django_assert_num_queries(2):
        assert len(queries.hours_of(chosen)) == 3


def test_changed_hours_are_recorded_in_words(hall: Place, manager: Actor) -> None:
    week = {**dict.fromkeys(range(5), (Period.of("09:00", "17:00"),)), 5: (Period.of("09:00", "12:00"),)}
    change_hours("hall-3610", week=week, days_off="holidays", actor=manager, at=now())
    entry = Entry.objects.latest("id")
    assert entry.sentence() == (
        "分公司负责人 调整 抚州市政务服务中心 的开放时间：周一至周五 09:00–17:00；周六 09:00–12:00；周日 休息"
    )
    assert queries.opening_periods(queries.place("hall-3610", actor=NOBODY), date(2026, 11, 28)) == (
        Period.of("09:00", "12:00"),
    )


def test_one_day_can_be_changed_and_changed_back(hall: Place, manager: Actor) -> None:
    flood = date(2026, 11, 25)
    change_day("hall-3610", day=flood, periods=(), reason="防汛", actor=manager, at=now())
    assert queries.opening_periods(hall, flood) == ()
    change_day("hall-3610", day=flood, periods=OFFICE[:1], reason="上午恢复", actor=manager, at=now())
    assert queries.opening_periods(hall, flood) == OFFICE[:1]
    with pytest.raises(BadInput):
        change_day("hall-3610", day=flood, periods=(), reason=" ", actor=manager, at=now())


def test_nobody_changes_somebody_elses_hours(hall: Place) -> None:
    elsewhere = Actor("staff", 8, "", frozenset({Role.BRANCH_MANAGER}), divisions=frozenset({"3607"}))
    clerk = Actor("staff", 9, "", frozenset({Role.HALL_CLERK}), places=frozenset({hall.pk + 9999}))
    citizen = Actor("citizen", 1, "", frozenset({Role.CITIZEN}))
    for actor in (elsewhere, clerk, citizen, NOBODY):
        with pytest.raises(NotAllowed):
            change_hours("hall-3610", week={}, actor=actor, at=now())
        with pytest.raises(NotAllowed):
            close_place("hall-3610", reason="停用", actor=actor, at=now())
    with pytest.raises(NotAllowed):
        open_place(outlet(), actor=elsewhere, at=now())
    with pytest.raises(NotFound):
        change_hours("nowhere", week={}, actor=SYSTEM, at=now())


def test_the_clerk_of_a_hall_changes_its_hours_and_its_windows(hall: Place) -> None:
    clerk = Actor("staff", 9, "大厅坐席", frozenset({Role.HALL_CLERK}), places=frozenset({hall.pk}))
    change_hours("hall-3610", week={0: OFFICE}, actor=clerk, at=now())
    change_hours("win-3610-1", week={0: OFFICE}, actor=clerk, at=now())
    with pytest.raises(NotAllowed):
        close_place("hall-3610", reason="停用", actor=clerk, at=now())


def test_a_hall_closes_after_its_windows(hall: Place, manager: Actor) -> None:
    with pytest.raises(Conflict, match="1 个窗口"):
        close_place("hall-3610", reason="搬迁", actor=manager, at=now())
    close_place("win-3610-1", reason="搬迁", actor=manager, at=now())
    closed = close_place("hall-3610", reason="搬迁", actor=manager, at=now())
    assert not queries.is_open(closed, datetime(2026, 11, 24, 9, tzinfo=SHANGHAI))
    assert queries.next_opening(closed, now()) is None
    with pytest.raises(Conflict):
        close_place("hall-3610", reason="再次", actor=manager, at=now())
    with pytest.raises(Conflict):
        change_hours("hall-3610", week={}, actor=manager, at=now())
    assert "hall-3610" not in [p.code for p in queries.places(actor=NOBODY)]
    assert "hall-3610" in [p.code for p in queries.places(actor=NOBODY, only_active=False)]


def test_places_are_found_by_kind_division_and_words(hall: Place) -> None:
    def codes(**by: str) -> list[str]:
        return [p.code for p in queries.places(actor=NOBODY, **by)]  # type: ignore[arg-type]

    assert codes(kind="hall") == ["hall-3610"]
    assert codes(division="3610") == ["hall-3610", "out-361028", "win-3610-1"]
    assert (
        codes(division="361028") == codes(text="资溪") == codes(text="gaotian") == codes(text="zixi") == ["out-361028"]
    )
    assert codes(division="3607") == []
    with pytest.raises(BadInput):
        codes(kind="castle")
    with pytest.raises(BadInput):
        codes(division="36x")


def test_the_nearest_outlet(hall: Place) -> None:
    near = queries.nearest(["outlet", "hall"], actor=NOBODY, division_code="361028")
    assert [n.place.code for n in near] == ["out-361028", "hall-3610"]
    assert near[0].km < near[1].km
    assert near[0].seeded
    by_position = queries.nearest(["hall"], actor=NOBODY, position=(hall.lat or 0, hall.lon or 0))
    assert by_position[0].km == 0
    with pytest.raises(BadInput):
        queries.nearest(["hall"], actor=NOBODY)
    with pytest.raises(NotFound):
        queries.nearest(["hall"], actor=NOBODY, division_code="000000")


def test_what_happens_tomorrow_cannot_be_recorded_today(hall: Place, manager: Actor) -> None:
    with pytest.raises(BadInput):
        change_hours("hall-3610", week={}, actor=manager, at=now() + timedelta(days=1))


def test_a_week_in_words() -> None:
    assert week_in_words({}) == "周一至周日 休息"
    assert week_in_words({0: OFFICE}) == "周一 08:30–12:00 13:30–17:30；周二至周日 休息"
