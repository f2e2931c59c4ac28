"""The agency's desk: from the queue to the decision, with the applicant's data masked until a reason is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.actors import citizen, staff
from tests.cases import stories as s
from tests.conftest import Clock
from tests.town import Town
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.people.models import Account

pytestmark = pytest.mark.django_db
Desk = Callable[[Account], Client]


@pytest.fixture
def case(clock: Clock, town: Town) -> Case:
    """A driving licence that was asked for at 抚州's desk and is at the window."""
    made, _number = s.apply_in_person(town.fz)
    return cases.receive(made.number, actor=town.fz.police_officer, at=now())


def do(client: Client, case: Case, verb: str, **sent: str) -> None:
    answer = client.post(f"/desk/cases/{case.number}", {"verb": verb, **sent})
    assert answer.status_code == 302, answer.content.decode()


def test_an_officer_takes_a_case_to_its_result(case: Case, town: Town, desk: Desk) -> None:
    officer = desk(town.fz.police_account)
    assert case.number in officer.get("/desk/agency").content.decode()
    page = officer.get(f"/desk/cases/{case.number}").content.decode()
    for shown in ("行政许可法", "受理", "一次性告知补正", "不予受理", "材料", "经过"):
        assert shown in page
    assert "作出决定" not in page, "only what may be done now"
    do(officer, case, "accept")
    do(officer, case, "start_review", opinion="")
    do(officer, case, "decide", granted="yes", reason="")
    do(officer, case, "produce", certificate_number="361002000001")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("ready", "granted")
    for kind in ("receipt", "acceptance", "decision"):
        assert officer.get(f"/desk/cases/{case.number}/papers/{kind}.pdf").content.startswith(b"%PDF")
    assert officer.get(f"/desk/cases/{case.number}/papers/refusal.pdf").status_code == 404


def test_correction_is_told_once_with_everything(case: Case, town: Town, desk: Desk) -> None:
    officer = desk(town.fz.police_account)
    address = f"/desk/cases/{case.number}"
    answer = officer.post(address, {"verb": "ask_correction", "pick_0": "on", "problem_0": "没有签名"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有签名" in page
    assert "怎样补正" in page
    do(officer, case, "ask_correction", pick_0="on", problem_0="没有签名", remedy_0="请本人签名")
    case.refresh_from_db()
    assert case.state == "correcting"
    page = officer.get(address).content.decode()
    assert "请本人签名" in page
    assert officer.get(address + "/papers/correction.pdf").content.startswith(b"%PDF")
    clerk = desk(town.fz.clerk_account)
    do(clerk, case, "answer_correction")
    again = officer.post(address, {"verb": "ask_correction", "pick_0": "on", "problem_0": "还有", "remedy_0": "再补"})
    assert again.status_code == 409
    assert "已经告知过一次补正" in again.content.decode()
    assert "还有" in again.content.decode()


def test_a_negative_decision_needs_its_reason(case: Case, town: Town, desk: Desk) -> None:
    officer = desk(town.fz.police_account)
    do(officer, case, "accept")
    do(officer, case, "start_review")
    answer = officer.post(f"/desk/cases/{case.number}", {"verb": "decide", "granted": "no", "reason": ""})
    assert answer.status_code == 422
    assert "必须说明理由" in answer.content.decode()
    do(officer, case, "decide", granted="no", reason="不符合规定的条件")
    answer = officer.post(f"/desk/cases/{case.number}", {"verb": "decide", "granted": "yes"})
    assert answer.status_code == 409, "a second decision is refused"


def test_special_procedure_extension_and_refusal(case: Case, town: Town, desk: Desk) -> None:
    officer = desk(town.fz.police_account)
    do(officer, case, "accept")
    do(officer, case, "start_review")
    bad = officer.post(f"/desk/cases/{case.number}", {"verb": "pause", "kind": "inspection", "needed_days": "很多"})
    assert bad.status_code == 422
    do(officer, case, "pause", kind="inspection", needed_days="15", reason="现场核查")
    assert "计时暂停" in officer.get(f"/desk/cases/{case.number}").content.decode()
    do(officer, case, "resume")
    do(officer, case, "extend", reason="案情复杂，负责人已批准")
    case.refresh_from_db()
    assert case.extended_at is not None


def test_the_name_is_masked_until_a_reason_is_given(case: Case, town: Town, desk: Desk, clock: Clock) -> None:
    officer = desk(town.fz.police_account)
    address = f"/desk/cases/{case.number}"
    page = officer.get(address).content.decode()
    assert "周小兰" not in page
    assert "演示巷5号1单元302室" not in page
    assert officer.post(address + "/show", {"field": "person.name", "reason": ""}).status_code == 422
    answer = officer.post(
        address + "/show",
        {"field": "person.name", "reason": "核对申请书上的签名", "_once": "11111111-2222-3333-4444-555555555555"},
    )
    assert answer.status_code == 302
    assert "周小兰" in officer.get(answer["Location"]).content.decode()
    assert Entry.objects.filter(case_number=case.number, data__reason="核对申请书上的签名").count() == 1
    clerk = desk(town.fz.clerk_account)
    assert "周小兰" not in clerk.get(answer["Location"]).content.decode(), "what one may see is not for another"
    officer = desk(town.fz.police_account)
    clock.advance(minutes=2)
    assert "周小兰" not in officer.get(answer["Location"]).content.decode(), "after a minute it is masked again"


def test_a_case_page_costs_the_same_however_long_its_timeline(case: Case, town: Town, desk: Desk, clock: Clock) -> None:
    officer = desk(town.fz.police_account)
    address = f"/desk/cases/{case.number}"
    officer.get(address)

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert officer.get(address).status_code == 200
        besides = ("django_session", "duties_now", "SAVEPOINT", "UPDATE")
        return len([q["sql"] for q in caught if not any(word in q["sql"] for word in besides)])

    before = statements()
    do(officer, case, "accept")
    do(officer, case, "start_review")
    for n in range(12):
        clock.advance(minutes=1)
        do(officer, case, "pause", kind="inspection", needed_days="3", reason=f"核查{n}")
        do(officer, case, "resume")
    assert before <= 8
    assert statements() <= 8


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.COURIER])
def test_desks_are_for_those_who_work_there(case: Case, town: Town, desk: Desk, role: str) -> None:
    account, _actor = staff(role, town.fz.outlet if role == Role.COURIER else None)
    client = desk(account)
    assert client.get("/desk/").status_code == 200
    for address in ("/desk/hall", "/desk/hall/new", "/desk/hall/bind", "/desk/agency", f"/desk/cases/{case.number}"):
        assert client.get(address).status_code == 403
    assert client.post("/desk/hall/manifest", {"taker": "x"}).status_code == 403


def test_nobody_and_citizens_are_kept_out(case: Case, town: Town, desk: Desk) -> None:
    assert Client().get("/desk/")["Location"].startswith("/sign-in")
    account, _actor = citizen()
    client = desk(account)
    assert client.get("/desk/").status_code == 403
    assert client.get(f"/desk/cases/{case.number}").status_code == 403


def test_malformed_input_is_answered_not_broken(case: Case, town: Town, desk: Desk) -> None:
    officer = desk(town.fz.police_account)
    address = f"/desk/cases/{case.number}"
    assert officer.post(address, {"verb": "fly"}).status_code == 422
    assert officer.post(address, {}).status_code == 422
    assert officer.get(address + "/files/none").status_code == 404
    assert officer.get(address + "/papers/none.pdf").status_code == 404
    assert officer.get(address, {"shown": "%%%"}).status_code == 200
    assert officer.get("/desk/agency", {"only": "nothing"}).status_code == 200
    assert officer.get("/desk/cases/" + "9" * 300).status_code == 404


def test_home_shows_what_waits_for_me(case: Case, town: Town, desk: Desk) -> None:
    page = desk(town.fz.police_account).get("/desk/").content.decode()
    assert case.number in page
    assert "先办这些" in page
    assert case.number not in desk(town.fz.market_account).get("/desk/").content.decode(), "another window's case"
