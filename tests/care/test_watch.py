"""Cases and exceptions follow what the post scans outside, and what it fails to scan."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.actors import sign_in, staff
from tests.cases import stories
from tests.mail.outside import announce, minutes, scanned, send
from tests.seals import fresh_seal
from tests.town import Town
from zerotrip.care.models import Trouble
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.roles import Role
from zerotrip.courier.models import Task
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail.models import Consignment
from zerotrip.mail.silence.watch import watch

pytestmark = pytest.mark.django_db


def outside(number: object, *scans: tuple[Any, ...]) -> None:
    scanned(number, scans)


def bound(town: Town, case: Case) -> Consignment:
    """The result is in an envelope with a number, at the hall's desk."""
    nc = town.nc
    stories.bring_to_window(case, nc, nc.market.code, nc.market_officer)
    stories.decide(case, nc.market_officer)
    return cases.bind(case.number, certificate_number="赣食0001", seal=fresh_seal(), actor=nc.clerk, at=now())


def test_a_result_delivered_by_outside_scans_alone_closes_the_case_without_a_trip(
    clock: Any, town: Town, applied: Case
) -> None:
    piece = bound(town, applied)
    drain()
    at, hall, out = clock.advance(hours=30), town.nc.hall.code, town.nc.outlet.code
    send(piece.number, [("305", at - minutes(900), hall), ("954", at - minutes(800), "C360100")])
    outside(piece.number, ("306", at - minutes(120), out), ("702", at - minutes(60), out), ("704", at, out))
    applied.refresh_from_db()
    assert (applied.state, applied.closed_at) == ("closed", at)
    assert applied.visits.count() == 0
    assert Entry.objects.get(kind="cases.closed").data["trips"] == 0
    assert not Task.objects.open().exists()
    assert not Trouble.objects.exists()


def test_one_scan_is_enough_to_close_it(clock: Any, town: Town, applied: Case) -> None:
    piece = bound(town, applied)
    drain()
    outside(piece.number, ("704", clock.advance(hours=30), town.nc.outlet.code))
    applied.refresh_from_db()
    assert applied.state == "closed"


def test_a_scan_after_the_end_belongs_to_the_outlet_that_delivered(clock: Any, town: Town, applied: Case) -> None:
    piece = bound(town, applied)
    out = town.nc.outlet.code
    outside(piece.number, ("704", clock.advance(hours=30), out))
    outside(piece.number, ("702", clock.advance(hours=3), out))
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.place, trouble.role) == ("contradicted", town.nc.outlet, Role.OUTLET_CLERK)
    assert (trouble.case_number, trouble.consignment_number) == (applied.number, piece.number)
    outside(piece.number, ("702", clock.advance(hours=3), out))
    assert Trouble.objects.count() == 1, "while nobody has settled it, it stays one exception"


def test_silence_belongs_to_who_held_it_and_ends_by_itself(clock: Any, town: Town, applied: Case) -> None:
    piece = bound(town, applied)
    clock.advance(hours=25)
    watch()
    drain()
    trouble = Trouble.objects.get(kind="silent")
    assert (trouble.place, trouble.role, trouble.case_number) == (town.nc.hall, Role.HALL_CLERK, applied.number)
    assert Trouble.objects.visible_to(town.nc.clerk).exists()
    outside(piece.number, ("305", clock.advance(minutes=30), town.nc.hall.code))
    trouble.refresh_from_db()
    assert trouble.state == "settled"
    assert "自动结束" in trouble.settled_how


def test_a_lost_piece_is_care_s_until_it_is_found(clock: Any, town: Town, applied: Case) -> None:
    piece = bound(town, applied)
    outside(piece.number, ("705", clock.advance(hours=5), "C360100", {"reason": "117"}))
    trouble = Trouble.objects.get(kind="lost")
    assert (trouble.place, trouble.role) == (town.nc.outlet, Role.CARE_AGENT)
    outside(piece.number, ("306", clock.advance(hours=5), town.nc.outlet.code))
    trouble.refresh_from_db()
    assert trouble.state == "settled"


def test_pieces_of_others_belong_to_the_outlet_they_go_to_or_to_care_of_the_county(clock: Any, town: Town) -> None:
    _account, care = staff(Role.CARE_AGENT)
    for number, target in (("1190000000007", town.fz.outlet.code), ("1190000000008", "P361002001")):
        announce(number, at=now(), target=target)
        send(number, [("305", clock.advance(minutes=1), "C440000")])
    clock.advance(hours=26)
    watch()
    drain()
    ours, theirs = Trouble.objects.order_by("consignment_number")
    assert (ours.place, ours.role) == (town.fz.outlet, Role.OUTLET_CLERK)
    assert (theirs.place, theirs.division, theirs.role) == (None, "361002", Role.CARE_AGENT)
    assert theirs.where == "临川区"
    assert set(Trouble.objects.visible_to(care)) == {ours, theirs}
    assert not Trouble.objects.visible_to(town.fz.clerk).exists()
    send("1190000000008", [("954", now(), "C361000")])
    clock.advance(minutes=10)
    watch()
    drain()
    theirs.refresh_from_db()
    assert theirs.state == "settled"


def test_the_page_shows_an_exception_of_a_county(clock: Any, town: Town) -> None:
    account, _care = staff(Role.CARE_AGENT)
    announce("1190000000008", at=now(), target="P361002001", promised=now() + minutes(60))
    send("1190000000008", [("203", clock.advance(minutes=1), "P361002001")])
    clock.advance(hours=2)
    watch()
    drain()
    desk = sign_in(Client(), account)
    page = desk.get("/desk/exceptions").content.decode()
    assert "邮件超过承诺时间" in page
    assert "临川区" in page
    trouble = Trouble.objects.get()
    assert "1190000000008" in desk.get(f"/desk/exceptions/{trouble.pk}").content.decode()
    send("1190000000008", [("704", now(), "P361002001")])
    clock.advance(minutes=10)
    watch()
    drain()
    trouble.refresh_from_db()
    assert trouble.state == "settled"
