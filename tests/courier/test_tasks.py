"""Errands come and go with the mail, each once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import citizen, resident_number, staff
from tests.cases import stories
from tests.seals import fresh_seal
from tests.town import Town
from zerotrip.cases import actions as cases
from zerotrip.cases.models import Case
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.courier import actions
from zerotrip.courier.models import Task
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import READERS, drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment
from zerotrip.places.hours import moment

pytestmark = pytest.mark.django_db


def test_an_ordered_pickup_is_an_errand_of_the_outlets_only_courier(
    town: Town, ordered: tuple[Case, Consignment]
) -> None:
    task = Task.objects.get()
    assert (task.kind, task.outlet, task.courier) == ("pickup", town.nc.outlet, town.nc.courier_account)
    assert task.due_from == moment(now().date(), 14 * 60)
    assert list(Task.objects.visible_to(town.nc.courier)) == [task]
    assert not Task.objects.visible_to(town.fz.courier).exists(), "another outlet's errands are not seen"


def test_the_same_entry_read_again_makes_no_second_errand(ordered: tuple[Case, Consignment]) -> None:
    READERS["courier.make_tasks"].handle(Entry.objects.get(kind="mail.ordered"))
    assert Task.objects.count() == 1


def test_of_two_couriers_one_takes_the_errand_and_may_give_it_back(clock: Any, town: Town) -> None:
    _second, colleague = staff(Role.COURIER, town.nc.outlet, name="吴投递")
    stories.apply_as_company(citizen()[1], town.nc)
    drain()
    task = Task.objects.get()
    assert task.courier is None
    assert set(Task.objects.visible_to(colleague)) == set(Task.objects.visible_to(town.nc.courier)) == {task}
    actions.take_task(task.pk, actor=colleague, at=now())
    with pytest.raises(NotFound):
        actions.take_task(task.pk, actor=town.nc.courier, at=now())
    with pytest.raises(Conflict):
        actions.take_task(task.pk, actor=colleague, at=now())
    with pytest.raises(BadInput):
        actions.give_back_task(task.pk, reason=" ", actor=colleague, at=now())
    actions.give_back_task(task.pk, reason="车坏了", actor=colleague, at=now())
    assert list(Task.objects.visible_to(town.nc.courier).filter(courier__isnull=True)) == [task]


def test_whoever_does_an_errand_nobody_took_has_done_it(clock: Any, town: Town) -> None:
    staff(Role.COURIER, town.nc.outlet, name="吴投递")
    case = stories.apply_as_company(citizen()[1], town.nc)
    drain()
    stories.collect(case, town.nc)
    drain()
    task = Task.objects.get()
    assert (task.state, task.courier) == ("done", town.nc.courier_account)


def test_a_cancelled_pickup_is_no_errand_any_more(town: Town, ordered: tuple[Case, Consignment]) -> None:
    mail.cancel(ordered[1].pk, reason="寄件人不寄了", actor=town.nc.courier, at=now())
    drain()
    task = Task.objects.get()
    assert (task.state, task.closed_at) == ("cancelled", now())
    with pytest.raises(Conflict):
        actions.give_back_task(task.pk, reason="车坏了", actor=town.nc.courier, at=now())


def result_at_the_outlet(town: Town, case: Case) -> Consignment:
    """The result of a decided case lies at the outlet that delivers it."""
    nc = town.nc
    stories.bring_to_window(case, nc, nc.market.code, nc.market_officer)
    stories.decide(case, nc.market_officer)
    piece = cases.bind(case.number, certificate_number="赣食0001", seal=fresh_seal(), actor=nc.clerk, at=now())
    stories.hand_over(nc.clerk, nc.courier, [str(piece.number)], to=nc.outlet.code, of=nc.hall.code, carried=True)
    return piece


def signed(piece: Consignment, town: Town) -> None:
    """A colleague of the company takes the piece at the door."""
    document = {"id_type": "111", "id_number": resident_number(), "signer_name": "钱经办", "relation": "colleague"}
    mail.deliver(str(piece.number), **document, actor=town.nc.courier, at=now())
    drain()


def test_a_failed_attempt_ends_its_errand_and_the_same_courier_goes_again_the_next_day(
    town: Town, ordered: tuple[Case, Consignment]
) -> None:
    piece = result_at_the_outlet(town, ordered[0])
    first = Task.objects.get(kind="delivery")
    assert (first.state, first.attempt, first.courier) == ("open", 1, town.nc.courier_account)
    mail.take_out(str(piece.number), actor=town.nc.courier, at=now())
    mail.attempt_failed(str(piece.number), reason_code="103", actor=town.nc.courier, at=now())
    drain()
    first.refresh_from_db()
    second = Task.objects.get(kind="delivery", attempt=2)
    assert (first.state, second.state, second.courier) == ("failed", "open", town.nc.courier_account)
    assert second.due_from is not None
    assert second.due_from > now()
    mail.take_out(str(piece.number), actor=town.nc.courier, at=now())
    signed(piece, town)
    second.refresh_from_db()
    assert second.state == "done"
    assert not Task.objects.filter(state="open").exists()


def test_a_piece_that_goes_back_is_no_errand_any_more(town: Town, ordered: tuple[Case, Consignment]) -> None:
    piece = result_at_the_outlet(town, ordered[0])
    mail.take_out(str(piece.number), actor=town.nc.courier, at=now())
    mail.send_back(str(piece.number), reason_code="104", actor=town.nc.courier, at=now())
    drain()
    assert Task.objects.get(kind="delivery").state == "failed"
