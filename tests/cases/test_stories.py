"""The two errands everything is built for, and the ways they go otherwise. Each ends in a state somebody owns."""

from __future__ import annotations

import pytest

from tests.actors import citizen
from tests.cases import stories as s
from tests.conftest import Clock
from tests.seals import fresh_seal
from tests.town import Town
from zerotrip.cases import actions as cases
from zerotrip.cases.application import Slot
from zerotrip.cases.models import Case, Visit
from zerotrip.cases.queries import get
from zerotrip.cases.states import CASES, OWNERS
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment

pytestmark = pytest.mark.django_db


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_zero_trips_from_the_phone_to_the_result_in_hand(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc)
    assert (case.state, case.trips_promised) == ("applied", 0)
    clock.advance(hours=6)
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    assert fresh(case).state == "received"
    assert fresh(case).due is not None
    clock.advance(days=1)
    s.decide(case, town.nc.market_officer)
    clock.advance(hours=1)
    piece = s.send_home(case, town.nc)
    assert fresh(case).state == "sent"
    clock.advance(hours=3)
    s.deliver(piece, town.nc, "南昌示例食品有限公司")

    view = get(company, case.number)
    assert view.case.state == "closed"
    assert (view.case.outcome, view.trips, view.case.trips_promised) == ("granted", 0, 0)
    assert view.picture.trips == 0
    assert {"post", "agency", "hall"} <= set(view.sides)
    last = [e.kind for e in view.timeline][-1]
    assert last == "cases.closed"
    assert view.timeline[-1].data["trips"] == 0


def test_one_trip_hand_in_once_and_the_rest_is_mailed(clock: Clock, town: Town) -> None:
    case, number = s.apply_in_person(town.fz)
    assert (case.state, case.trips_promised) == ("applied", 1)
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="361002000001")
    piece = s.send_home(case, town.fz, "361002000001")
    s.deliver(piece, town.fz, "周小兰", number)
    closed = get(town.fz.clerk, case.number)
    assert (closed.case.state, closed.trips) == ("closed", 1)
    assert Visit.objects.filter(case=case).count() == 1


def test_a_correction_is_asked_once_and_answered_by_post(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc)
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    problems = [("营业执照", "复印件看不清", "请交清晰的复印件")]
    cases.ask_correction(case.number, problems=problems, actor=town.nc.market_officer, at=now())
    assert OWNERS[fresh(case).state] == "applicant"
    cases.answer_correction(case.number, by="courier", pickup=Slot(today(), 15 * 60, 17 * 60), actor=company, at=now())
    assert fresh(case).state == "applied"
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    assert fresh(case).state == "received"
    with pytest.raises(Conflict) as refusal:
        cases.ask_correction(case.number, problems=problems, actor=town.nc.market_officer, at=now())
    assert "不能再次要求补正" in str(refusal.value.detail)
    assert fresh(case).correction.answered_at is not None


def test_a_withdrawn_application_sends_its_papers_home(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc)
    s.bring_to_window(case, town.nc, town.nc.market.code, town.nc.market_officer)
    cases.withdraw(case.number, reason="暂时不办了", actor=company, at=now())
    assert (fresh(case).state, fresh(case).outcome) == ("ready", "withdrawn")
    piece = s.send_home(case, town.nc, "")
    assert piece.purpose == "papers"
    assert piece.papers.count() >= 2
    s.deliver(piece, town.nc, "南昌示例食品有限公司")
    assert fresh(case).state == "closed"


def test_withdrawn_before_the_courier_came_nothing_travels(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc)
    cases.withdraw(case.number, reason="填错了事项", actor=company, at=now())
    assert (fresh(case).state, fresh(case).outcome) == ("closed", "withdrawn")
    assert Consignment.objects.get(reference=case.number).state == "cancelled"


def test_withdrawn_while_papers_are_on_their_way(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    case = s.apply_as_company(company, town.nc)
    piece = s.collect(case, town.nc)
    cases.withdraw(case.number, reason="不办了", actor=company, at=now())
    assert fresh(case).state == "ready"
    with pytest.raises(Conflict, match="途中"):
        cases.bind(case.number, certificate_number="", seal=fresh_seal(), actor=town.nc.clerk, at=now())
    assert piece.number
    s.hand_over(town.nc.courier, town.nc.clerk, [piece.number], to=town.nc.hall.code)
    s.hand_over(town.nc.clerk, town.nc.market_officer, [piece.number], to=town.nc.market.code, of=town.nc.hall.code)
    back = s.send_home(case, town.nc, "")
    s.deliver(back, town.nc, "南昌示例食品有限公司")
    assert fresh(case).state == "closed"


def test_refused_acceptance_and_negative_decision_go_home_by_post(clock: Clock, town: Town) -> None:
    first, number = s.apply_in_person(town.fz)
    cases.receive(first.number, actor=town.fz.police_officer, at=now())
    with pytest.raises(BadInput):
        cases.refuse_acceptance(first.number, reason=" ", actor=town.fz.police_officer, at=now())
    cases.refuse_acceptance(first.number, reason="不属于本机关职权范围", actor=town.fz.police_officer, at=now())
    assert (fresh(first).state, OWNERS[fresh(first).state]) == ("ready", "hall")
    s.deliver(s.send_home(first, town.fz, ""), town.fz, "周小兰", number)
    assert (fresh(first).state, fresh(first).outcome) == ("closed", "not_accepted")

    second, number = s.apply_in_person(town.fz)
    cases.receive(second.number, actor=town.fz.police_officer, at=now())
    s.decide(second, town.fz.police_officer, granted=False, certificate="不许0002")
    s.deliver(s.send_home(second, town.fz, "不许0002"), town.fz, "周小兰", number)
    assert (fresh(second).state, fresh(second).outcome) == ("closed", "refused")


def test_delivery_fails_then_succeeds(clock: Clock, town: Town) -> None:
    case, number = s.apply_in_person(town.fz)
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="A1B2C3")
    piece = s.send_home(case, town.fz, "A1B2C3")
    assert piece.number
    mail.attempt_failed(piece.number, reason_code="103", actor=town.fz.courier, at=now())
    drain()
    assert fresh(case).state == "sent"
    clock.advance(days=1)
    mail.take_out(piece.number, actor=town.fz.courier, at=now())
    s.deliver(piece, town.fz, "周小兰", number)
    assert fresh(case).state == "closed"


def test_a_returned_result_is_collected_at_the_hall_and_that_trip_counts(clock: Clock, town: Town) -> None:
    case, number = s.apply_in_person(town.fz)
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="A1B2C4")
    piece = s.send_home(case, town.fz, "A1B2C4")
    assert piece.number
    mail.attempt_failed(piece.number, reason_code="103", actor=town.fz.courier, at=now())
    mail.send_back(piece.number, reason_code="103", actor=town.fz.courier, at=now())
    s.hand_over(town.fz.courier, town.fz.clerk, [piece.number], to=town.fz.hall.code, carried=True)
    assert (fresh(case).state, OWNERS[fresh(case).state]) == ("returned", "hall")
    with pytest.raises(Conflict, match="不一致"):
        cases.collect(case.number, id_type="111", id_number=number, name="别人", actor=town.fz.clerk, at=now())
    cases.collect(case.number, id_type="111", id_number=number, name="周小兰", actor=town.fz.clerk, at=now())
    view = get(town.fz.clerk, case.number)
    assert (view.case.state, view.trips) == ("closed", 2)


def test_a_second_decision_and_a_wrong_certificate_are_refused(clock: Clock, town: Town) -> None:
    case, _number = s.apply_in_person(town.fz)
    cases.receive(case.number, actor=town.fz.police_officer, at=now())
    s.decide(case, town.fz.police_officer, certificate="RIGHT1")
    before = Entry.objects.count()
    with pytest.raises(Conflict, match="已有决定"):
        cases.decide(case.number, granted=False, reason="改主意了", actor=town.fz.police_officer, at=now())
    with pytest.raises(Conflict, match="不一致"):
        cases.bind(case.number, certificate_number="WRONG1", seal=fresh_seal(), actor=town.fz.clerk, at=now())
    assert Entry.objects.count() == before
    assert not Consignment.objects.filter(reference=case.number).exists()


def test_who_may_see_and_do_what(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    _other_account, stranger = citizen()
    case = s.apply_as_company(company, town.nc)
    for actor in (stranger, town.fz.clerk, town.fz.market_officer, town.nc.police_officer, town.nc.courier):
        with pytest.raises(NotFound):
            get(actor, case.number)
    assert get(town.nc.clerk, case.number).case == case
    with pytest.raises(NotAllowed):
        cases.accept(case.number, actor=company, at=now())


def test_what_is_wrong_is_named_and_nothing_is_kept(clock: Clock, town: Town) -> None:
    _account, company = citizen()
    with pytest.raises(BadInput) as refusal:
        s.apply_as_company(company, town.nc, pickup=None)
    assert "pickup" in refusal.value.fields
    with pytest.raises(BadInput) as refusal:
        s.apply_as_company(company, town.nc, county="360103")
    assert "county" in refusal.value.fields
    with pytest.raises(NotFound):
        s.apply_as_company(company, town.nc, item_code="NO_SUCH_ITEM")
    assert not Case.objects.exists()
    assert not Consignment.objects.exists()


def test_law_that_demands_presence_rules_the_courier_out(clock: Clock, town: Town) -> None:
    _account, someone = citizen()
    with pytest.raises(BadInput) as refusal:
        s.apply_as_company(someone, town.nc, item_code="ID_FIRST")
    assert "materials_route" in refusal.value.fields


def test_every_state_is_owned_or_final() -> None:
    assert {state for state, owner in OWNERS.items() if not owner} == set(CASES.final)
    assert set(OWNERS) == set(CASES.states)
