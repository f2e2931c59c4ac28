"""A case follows the way its applicant chose: legs as planned and as they went, a forecast, a promise kept or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.actors import citizen, resident_number, staff
from tests.cases import itineraries as ways
from tests.cases import stories as s
from tests.conftest import Clock
from tests.town import Town
from zerotrip.care.models import Trouble
from zerotrip.cases import actions as cases
from zerotrip.cases.application import Application, ContactIn, PersonApplicant
from zerotrip.cases.models import Case, CaseLeg, Visit
from zerotrip.cases.queries import get
from zerotrip.cases.tasks import watch
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.journey.itinerary import Itinerary
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment

pytestmark = pytest.mark.django_db


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def legs(case: Case) -> list[CaseLeg]:
    return list(CaseLeg.objects.filter(case=case).order_by("position"))


def said(case: Case) -> list[str]:
    kinds = ("cases.promise_at_risk", "cases.promise_safe")
    return list(
        Entry.objects.filter(case_number=case.number, kind__in=kinds).order_by("pk").values_list("kind", flat=True)
    )


def apply_as_person(
    town: Town, way: Itinerary, materials: str, item: str = "DL_EXPIRY", **changes: Any
) -> tuple[Any, Case]:
    """A citizen of 临川 applies by a chosen way."""
    _account, actor = citizen()
    values = {
        "item_code": item,
        "county": town.fz.county,
        "source": "portal",
        "applicant": PersonApplicant("周小兰", "111", resident_number()),
        "contact": ContactIn("周小兰", "13900002222", town.fz.county, "演示巷5号1单元302室"),
        "materials_route": materials,
        "result_route": "mail",
        "itinerary": way.as_json(),
    } | changes
    return actor, cases.apply(Application(**values), actor=actor, at=now())


def test_the_case_carries_its_legs_and_they_get_their_times(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    way = ways.by_courier(town.nc, s.food_item(), town.nc.market)
    case = s.apply_as_company(company, town.nc, itinerary=way.as_json())
    drain()
    case = fresh(case)
    assert (case.trips_promised, case.promised_at, case.forecast_at) == (0, way.finish_p95, way.finish)
    incoming, outgoing = legs(case)
    assert incoming.consignment is not None
    assert incoming.departed_at is None
    clock.set(ways.moment(0, "14:20"))
    piece = s.collect(case, town.nc)
    drain()
    assert legs(case)[0].departed_at == now()
    clock.set(ways.moment(1, "09:40"))
    assert piece.number
    s.hand_over(town.nc.courier, town.nc.clerk, [piece.number], to=town.nc.hall.code)
    s.hand_over(town.nc.clerk, town.nc.market_officer, [piece.number], to=town.nc.market.code, of=town.nc.hall.code)
    assert legs(case)[0].arrived_at == now()
    assert not fresh(case).at_risk
    clock.set(ways.after(2, "15:00", now()))
    s.decide(case, town.nc.market_officer)
    drain()
    assert fresh(case).forecast_at < way.finish
    result = s.send_home(case, town.nc)
    outgoing = legs(case)[1]
    assert (outgoing.consignment_id, outgoing.departed_at) == (result.pk, now())
    view = get(company, case.number)
    assert view.picture is not None
    assert view.picture.stations[-1].at == fresh(case).forecast_at < way.finish, "at home it comes as early as it comes"
    clock.advance(hours=3)
    s.deliver(result, town.nc, "南昌示例食品有限公司")
    done = fresh(case)
    assert (done.state, done.forecast_at, done.at_risk) == ("closed", done.closed_at, False)
    assert all(leg.arrived_at for leg in legs(case))
    assert said(case) == []


def test_leaving_the_promise_is_said_once_owned_and_taken_back(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    way = ways.by_courier(town.nc, s.food_item(), town.nc.market)
    case = s.apply_as_company(company, town.nc, itinerary=way.as_json())
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    clock.set(ways.after(1, "10:00", now()))
    problems = [("营业执照", "复印件看不清", "请交清晰的复印件")]
    cases.ask_correction(case.number, problems=problems, actor=town.nc.market_officer, at=now())
    drain()
    clock.set(ways.after(3, "11:00", now()))
    cases.answer_correction(case.number, by="hall", actor=town.nc.clerk, at=now())
    drain()
    drain()
    assert fresh(case).at_risk
    assert said(case) == ["cases.promise_at_risk"]
    trouble = Trouble.objects.get(case_number=case.number)
    assert (trouble.kind, trouble.role, trouble.place) == ("promise", Role.AGENCY_OFFICER, town.nc.market)
    cases.accept(case.number, actor=town.nc.market_officer, at=now())
    drain()
    assert said(case) == ["cases.promise_at_risk"]
    assert "晚于承诺" in get(company, case.number).timeline[-2].sentence()
    cases.start_review(case.number, actor=town.nc.market_officer, at=now())
    cases.decide(case.number, granted=True, actor=town.nc.market_officer, at=now())
    cases.produce(case.number, certificate_number="赣食0001", actor=town.nc.market_officer, at=now())
    drain()
    assert said(case) == ["cases.promise_at_risk", "cases.promise_safe"]
    assert not fresh(case).at_risk
    assert Trouble.objects.get(pk=trouble.pk).state == "settled"


def test_one_trip_to_the_outlet_and_the_post_takes_it_on(clock: Clock, town: Town) -> None:
    way = ways.by_outlet(town.fz, "DL_EXPIRY", town.fz.police)
    actor, case = apply_as_person(town, way, "outlet")
    assert (case.state, case.hand_in, case.trips_promised) == ("applied", town.fz.outlet, 1)
    assert not Visit.objects.exists()
    piece = Consignment.objects.get(reference=case.number)
    assert (piece.delivery_place, piece.pickup_day) == (town.fz.outlet, None)
    drain()
    clock.set(ways.moment(0, "14:05"))
    _account, desk = staff(Role.OUTLET_CLERK, town.fz.outlet)
    mail.accept(
        piece.pk, id_type="111", id_number=resident_number(), id_name="周小兰", found={"网点受理卷": 1},
        place_code=town.fz.outlet.code, actor=desk, at=now(),
    )  # fmt: skip
    drain()
    assert Visit.objects.get(case=case).place == town.fz.outlet
    walk, _home, carried, _back = legs(case)
    assert walk.arrived_at == carried.departed_at == now()
    clock.set(ways.moment(1, "09:50"))
    piece.refresh_from_db()
    assert piece.number
    s.hand_over(desk, town.fz.clerk, [piece.number], to=town.fz.hall.code, of=town.fz.outlet.code)
    s.hand_over(town.fz.clerk, town.fz.police_officer, [piece.number], to=town.fz.police.code, of=town.fz.hall.code)
    drain()
    assert fresh(case).state == "received"
    assert legs(case)[2].arrived_at == now()
    s.decide(case, town.fz.police_officer, certificate="361002000009")
    s.deliver(s.send_home(case, town.fz, "361002000009"), town.fz, "周小兰")
    view = get(actor, case.number)
    assert (view.case.state, view.trips, view.case.trips_promised) == ("closed", 1, 1)


def test_one_trip_to_the_window_begins_when_the_applicant_comes(clock: Clock, town: Town) -> None:
    way = ways.by_hall(town.fz, "DL_EXPIRY", town.fz.police)
    _actor, case = apply_as_person(town, way, "hall")
    drain()
    assert (case.state, case.hand_in, Visit.objects.count()) == ("applied", town.fz.police, 0)
    assert not case.materials.filter(route="hand", received_at__isnull=False).exists()
    clock.set(ways.moment(1, "09:40"))
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    drain()
    assert Visit.objects.get(case=case).place == town.fz.police
    assert fresh(case).state == "received"
    assert legs(case)[0].arrived_at == now()
    assert fresh(case).forecast_at <= way.finish


def test_an_itinerary_must_fit_the_application(clock: Clock, town: Town) -> None:
    way = ways.by_hall(town.fz, "DL_EXPIRY", town.fz.police)
    with pytest.raises(BadInput) as refusal:
        apply_as_person(town, way, "online")
    assert "materials_route" in refusal.value.fields
    with pytest.raises(BadInput) as refusal:
        apply_as_person(town, way, "hall", county=town.nc.county)
    assert "county" in refusal.value.fields
    with pytest.raises(Conflict, match="旧版"):
        apply_as_person(town, way, "hall", item="DL_LOST")
    with pytest.raises(BadInput, match="完整"):
        apply_as_person(town, way, "hall", itinerary={"id": "x"})
    clock.advance(hours=3)
    with pytest.raises(Conflict, match="重新选择"):
        apply_as_person(town, way, "hall")
    assert not Case.objects.exists()


def test_another_rest_of_the_way_is_adopted_and_the_promise_stands(clock: Clock, town: Town) -> None:
    way = ways.by_courier(town.nc, s.food_item(), town.nc.market)
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc, itinerary=way.as_json())
    clock.set(ways.moment(1, "09:50"))
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    before = legs(case)
    rest = ways.rest_by_post(way, hours=30)
    cases.adopt_itinerary(case.number, itinerary=rest.as_json(), actor=town.nc.clerk, at=now())
    drain()
    after = legs(case)
    assert [leg.pk for leg in after][:1] == [before[0].pk]
    assert after[-1].arrives == before[-1].arrives + timedelta(hours=30)
    assert fresh(case).promised_at == way.finish_p95
    assert fresh(case).forecast_at == after[-1].arrives
    assert fresh(case).at_risk
    with pytest.raises(BadInput):
        cases.adopt_itinerary(case.number, itinerary={}, actor=town.nc.clerk, at=now())


def test_creating_asks_little_more_with_an_itinerary(clock: Clock, town: Town) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    _account, company = citizen()
    way = ways.by_courier(town.nc, s.food_item(), town.nc.market).as_json()
    s.apply_as_company(company, town.nc)
    s.apply_as_company(company, town.nc, itinerary=way)
    with CaptureQueriesContext(connection) as plain:
        s.apply_as_company(company, town.nc)
    with CaptureQueriesContext(connection) as chosen:
        s.apply_as_company(company, town.nc, itinerary=way)
    # numbers come in blocks of twenty: one statement that falls to either
    asked = [[q for q in each.captured_queries if "nextval('cases_serial'" not in q["sql"]] for each in (plain, chosen)]
    assert len(asked[1]) <= len(asked[0]) + 1


def test_what_has_no_paper_is_told_online_and_closes(clock: Clock, town: Town) -> None:
    way = ways.all_online(town.fz, "DL_EXPIRY", town.fz.police)
    actor, case = apply_as_person(town, way, "online", result_route="online", handed_in=frozenset(range(9)))
    assert case.state == "received"
    s.decide(case, town.fz.police_officer, certificate="361002000010")
    drain()
    view = get(actor, case.number)
    assert (view.case.state, view.trips) == ("closed", 0)
    assert view.picture.now == 2 * (len(view.picture.stations) - 1)


def test_a_result_handed_over_in_the_same_visit_is_one_trip(clock: Clock, town: Town) -> None:
    way = ways.at_once(town.fz, "DL_EXPIRY", town.fz.police)
    number = resident_number()
    who = PersonApplicant("周小兰", "111", number)
    _actor, case = apply_as_person(town, way, "hall", result_route="collect", applicant=who)
    clock.set(ways.moment(1, "09:40"))
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="361002000011")
    cases.collect(case.number, id_type="111", id_number=number, name="周小兰", actor=town.fz.clerk, at=now())
    drain()
    closed = get(town.fz.clerk, case.number)
    assert (closed.case.state, closed.trips, closed.case.trips_promised, closed.case.at_risk) == ("closed", 1, 1, False)


def test_silence_is_noticed(clock: Clock, town: Town) -> None:
    way = ways.by_hall(town.fz, "DL_EXPIRY", town.fz.police)
    _actor, case = apply_as_person(town, way, "hall")
    drain()
    assert watch() == 0
    clock.set(way.finish_p95 + timedelta(hours=1))
    assert watch() == 1
    drain()
    assert fresh(case).at_risk
    assert said(case) == ["cases.promise_at_risk"]
    assert watch() == 0 or said(case) == ["cases.promise_at_risk"]


def test_an_itinerary_of_an_older_release_breaks_nothing(clock: Clock, town: Town) -> None:
    way = ways.by_hall(town.fz, "DL_EXPIRY", town.fz.police)
    actor, case = apply_as_person(town, way, "hall")
    Case.objects.filter(pk=case.pk).update(itinerary={"id": "of another time"})
    drain()
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    drain()
    view = get(actor, case.number)
    assert view.case.state == "received"
    assert view.picture.stations
