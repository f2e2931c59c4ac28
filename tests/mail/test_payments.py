"""What is due, paid, refunded, and set aside: once each, whatever the channel reports, however often."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.actors import citizen, staff
from tests.mail.channel import Channel, channel
from tests.mail.conftest import Town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions as mail
from zerotrip.mail.models import Consignment
from zerotrip.mail.payments import actions, queries, talking
from zerotrip.mail.payments.actions import Wanted
from zerotrip.mail.payments.models import LineKind, Oddity, Order, OrderLine, Refund
from zerotrip.mail.payments.queries import Fee
from zerotrip.mail.tariffs.actions import load_packaged

__all__ = ["channel"]
CASE = "JX36010220261123000001Y"
FEE = Fee("1", "机动车驾驶证工本费", Decimal("10.00"))


@pytest.fixture
def piece(town: Town) -> Consignment:
    """A result accepted for an applicant who pays: 20 yuan."""
    load_packaged(actor=SYSTEM, at=now())
    return town.result()


def ordered(pieces: list[Consignment], fees: list[Fee] | None = None) -> Order:
    """What is due becomes an order that the channel knows."""
    account, actor = citizen(name="王小明") if not Order.objects.exists() else (None, SYSTEM)
    due = queries.bill_of(CASE, pieces, fees or []).due
    order = talking.order_for(
        CASE, due, what="驾驶证换证", account=account.pk if account else None, division="360102", actor=actor
    )
    talking.ask_to_pay(order, back="https://example/back")
    return order


def kinds(*names: str) -> list[str]:
    found = Entry.objects.filter(kind__in=[f"mail.{name}" for name in names]).order_by("id")
    return [entry.kind.removeprefix("mail.") for entry in found]


def test_postage_and_the_states_money_are_paid_in_one_go_and_kept_apart(
    town: Town, piece: Consignment, channel: Channel
) -> None:
    order = ordered([piece], [FEE])
    assert (order.amount, order.state) == (Decimal("30.00"), "open")
    lines = {line.kind: line for line in order.lines.all()}
    assert lines["postage"].payee != lines["state_fee"].payee
    assert LineKind.STATE_FEE.nature == "collected"
    assert LineKind.POSTAGE.nature == "revenue"
    talking.take(channel.pays(order.number), "fake")
    order.refresh_from_db()
    assert order.state == "paid"
    bill = queries.bill_of(CASE, [piece], [FEE])
    assert bill.due == ()
    assert bill.paid == (order,)
    assert kinds("order_opened", "order_offered", "order_paid") == ["order_opened", "order_offered", "order_paid"]


def test_only_what_an_applicant_pays_for_an_accepted_piece_is_due(town: Town, channel: Channel) -> None:
    load_packaged(actor=SYSTEM, at=now())
    waiting = town.order_materials()
    government = town.result(payer="government", reference="JX36010220261123000002W")
    assert queries.bill_of(CASE, [waiting, government]).due == ()
    assert government.postage == Decimal("20.00")
    with pytest.raises(BadInput, match="没有需要支付"):
        talking.order_for(CASE, [], what="空", account=None, division="", actor=SYSTEM)


def test_the_same_button_pressed_twice_is_one_order(town: Town, piece: Consignment, channel: Channel) -> None:
    first = ordered([piece])
    assert ordered([piece]).pk == first.pk
    more = ordered([piece], [FEE])
    first.refresh_from_db()
    assert (first.state, more.state) == ("closed", "open")
    assert channel.query(first.number).state == "closed"
    assert OrderLine.objects.filter(key=f"postage:{piece.pk}", live=True).count() == 1


def test_an_old_order_that_was_paid_meanwhile_is_not_asked_for_again(
    town: Town, piece: Consignment, channel: Channel
) -> None:
    first = ordered([piece])
    channel.pays(first.number)
    due = queries.bill_of(CASE, [piece], [FEE]).due
    with pytest.raises(Conflict, match="已经有订单"):
        talking.order_for(CASE, due, what="换证", account=None, division="", actor=SYSTEM)
    first.refresh_from_db()
    assert first.state == "paid"
    assert [line.kind for line in queries.bill_of(CASE, [piece], [FEE]).due] == ["state_fee"]


def test_reports_come_twice_and_in_any_order_and_count_once(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece], [FEE])
    talking.take(channel.pays(order.number), "fake")
    line = order.lines.get(kind="postage")
    refund = actions.refund(order.number, {line.pk: Decimal("5.00")}, reason="时限延误", actor=SYSTEM, at=now())
    accepted = channel.refund(refund.number, order.number, refund.amount, order.amount, "")
    done = channel.gives_back(refund.number)
    paid = channel.query(order.number)
    before = Entry.objects.count()
    for turn in itertools.permutations([paid, done, accepted, done, paid], 5):
        for report in turn:
            talking.take(report, "fake")
    refund.refresh_from_db()
    assert refund.state == "done"
    assert Entry.objects.count() == before + 1
    assert not Oddity.objects.exists()
    talking.take(replace(done, state="failed"), "fake")
    refund.refresh_from_db()
    assert refund.state == "done"
    assert Oddity.objects.get().kind == "refund_undone"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"amount": Decimal("19.99")}, "amount"),
        ({"number": "ZT20261124091000FFFFFFFFFF"}, "unknown"),
    ],
)
def test_what_does_not_fit_is_set_aside_once_and_never_taken(
    town: Town, piece: Consignment, channel: Channel, change: dict[str, Any], kind: str
) -> None:
    order = ordered([piece])
    report = replace(channel.pays(order.number), **change)
    talking.take(report, "fake")
    talking.take(report, "fake")
    order.refresh_from_db()
    assert order.state == "open"
    odd = Oddity.objects.get()
    assert (odd.kind, odd.reported) == (kind, report.amount)
    assert kinds("payment_set_aside") == ["payment_set_aside"]
    manager = staff(Role.PROJECT_MANAGER, division="36")[1]
    assert queries.oddities(manager).count() == 1
    actions.settle_oddity(odd.pk, how="已联系渠道核实", actor=manager, at=now())
    assert queries.oddities(manager).count() == 0
    with pytest.raises(Conflict, match="已经处理过"):
        actions.settle_oddity(odd.pk, how="再处理一次", actor=manager, at=now())


def test_a_second_payment_of_the_same_order_is_set_aside(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece])
    talking.take(channel.pays(order.number), "fake")
    talking.take(channel.pays(order.number, serial="T-other"), "fake")
    assert Oddity.objects.get().kind == "twice"


def test_a_payment_after_closing_is_booked_by_hand_and_can_then_go_back(
    town: Town, piece: Consignment, channel: Channel, clock: Any
) -> None:
    order = ordered([piece])
    clock.advance(hours=3)
    assert talking.chase() == 1
    order.refresh_from_db()
    assert order.state == "closed"
    talking.take(channel.pays(order.number), "fake")
    odd = Oddity.objects.get()
    assert odd.kind == "after_close"
    manager = staff(Role.PROJECT_MANAGER, division="36")[1]
    actions.settle_oddity(odd.pk, how="记入原订单后退款", take=True, actor=manager, at=now())
    order.refresh_from_db()
    assert order.state == "paid"
    line = order.lines.get()
    row = actions.refund(order.number, {line.pk: line.amount}, reason="重复支付", actor=manager, at=now())
    talking.send_refund(row.number)
    channel.gives_back(row.number)
    talking.chase()
    row.refresh_from_db()
    assert row.state == "done"


def test_during_an_outage_orders_wait_and_nothing_is_lost(
    town: Town, piece: Consignment, channel: Channel, settings: Any
) -> None:
    settings.ZEROTRIP_PAYMENTS = "outage"
    with pytest.raises(Unavailable, match="应付的费用已经记下"):
        ordered([piece])
    waiting = Order.objects.get()
    assert waiting.state == "open"
    assert queries.bill_of(CASE, [piece]).total == Decimal("20.00")
    settings.ZEROTRIP_PAYMENTS = "fake"
    order = ordered([piece])
    assert order.channel == "fake"
    waiting.refresh_from_db()
    assert waiting.state == "closed"
    Channel.down = True
    assert talking.chase() == 0
    Channel.down = False
    channel.pays(order.number)
    talking.chase()
    order.refresh_from_db()
    assert order.state == "paid"


def test_money_of_a_cancelled_piece_goes_back_by_itself(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece], [FEE])
    talking.take(channel.pays(order.number), "fake")
    drain()
    assert not Refund.objects.exists()
    mail.cancel(piece.pk, reason="申请人撤回", actor=town.clerk, at=now())
    drain()
    drain()
    refund = Refund.objects.get()
    assert (refund.amount, refund.state) == (Decimal("20.00"), "asked")
    assert [part.line.kind for part in refund.lines.all()] == ["postage"]
    talking.chase()
    channel.gives_back(refund.number)
    talking.chase()
    refund.refresh_from_db()
    assert refund.state == "done"


def test_a_piece_cancelled_before_its_payment_arrives_is_refunded_too(
    town: Town, piece: Consignment, channel: Channel
) -> None:
    order = ordered([piece])
    mail.cancel(piece.pk, reason="申请人撤回", actor=town.clerk, at=now())
    drain()
    talking.take(channel.pays(order.number), "fake")
    drain()
    assert Refund.objects.get().amount == Decimal("20.00")


def test_nobody_gives_back_more_than_was_paid(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece], [FEE])
    postage = order.lines.get(kind="postage")
    given = {"actor": SYSTEM, "at": now()}
    with pytest.raises(Conflict, match="没有支付"):
        actions.refund(order.number, {postage.pk: Decimal(1)}, reason="时限延误", **given)
    talking.take(channel.pays(order.number), "fake")
    actions.refund(order.number, {postage.pk: Decimal("15.00")}, reason="时限延误", **given)
    with pytest.raises(Conflict, match=r"最多还可退 ¥5\.00"):
        actions.refund(order.number, {postage.pk: Decimal("5.01")}, reason="时限延误", **given)
    with pytest.raises(BadInput, match="要退的项目"):
        actions.refund(order.number, {postage.pk + 999: Decimal(1)}, reason="时限延误", **given)
    failed = Refund.objects.get()
    channel.refund(failed.number, order.number, failed.amount, order.amount, "")
    talking.take(replace(channel.query_refund(failed.number), state="failed", why="账户异常"), "fake")
    actions.refund(order.number, {postage.pk: Decimal("20.00")}, reason="时限延误", **given)


def test_who_sees_and_moves_money(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece])
    talking.take(channel.pays(order.number), "fake")
    line = order.lines.get()
    own = citizen(name="赵小红")[1]
    assert not queries.orders(own).exists()
    here, elsewhere = staff(Role.PROJECT_MANAGER, division="36")[1], staff(Role.PROJECT_MANAGER, division="44")[1]
    assert queries.order(here, order.number) == order
    assert queries.orders(staff(Role.AUDITOR)[1]).count() == 1
    with pytest.raises(NotFound):
        queries.order(elsewhere, order.number)
    with pytest.raises(NotFound):
        actions.refund(order.number, {line.pk: Decimal(1)}, reason="时限延误", actor=elsewhere, at=now())
    for role in (Role.AUDITOR, Role.BRANCH_MANAGER):
        with pytest.raises(NotAllowed):
            actions.refund(order.number, {line.pk: Decimal(1)}, reason="时限延误", actor=staff(role)[1], at=now())
    clerk = town.clerk
    assert not queries.orders(clerk).exists()


def test_where_configured_nothing_is_handed_over_before_it_is_paid(town: Town, channel: Channel, settings: Any) -> None:
    load_packaged(actor=SYSTEM, at=now())
    from tests.actors import resident_number

    piece = town.out()
    signed = {"id_type": "111", "id_number": resident_number(), "signer_name": "王小明"}
    settings.ZEROTRIP_PAY_BEFORE_DELIVERY = True
    with pytest.raises(Conflict, match=r"邮费 ¥20\.00 还没有付"):
        mail.deliver(str(piece.number), **signed, actor=town.courier, at=now())
    order = ordered([piece])
    talking.take(channel.pays(order.number), "fake")
    assert mail.deliver(str(piece.number), **signed, actor=town.courier, at=now()).state == "delivered"


def test_two_who_press_at_once_get_one_order(town: Town, piece: Consignment, channel: Channel) -> None:
    wanted = queries.bill_of(CASE, [piece]).due
    actions.open_order(CASE, wanted, what="一", channel="fake", actor=SYSTEM, at=now())
    with pytest.raises(Conflict, match="已经有订单"):
        actions.open_order(CASE, wanted, what="二", channel="fake", actor=SYSTEM, at=now())
    with pytest.raises(BadInput):
        actions.open_order(
            CASE, [Wanted("x", LineKind.POSTAGE, "零元", Decimal(0))], what="三", channel="fake", actor=SYSTEM, at=now()
        )


def test_a_late_clock_never_dates_a_payment_into_the_future(town: Town, piece: Consignment, channel: Channel) -> None:
    order = ordered([piece])
    talking.take(channel.pays(order.number, at=now() + timedelta(minutes=30)), "fake")
    assert Entry.objects.get(kind="mail.order_paid").at <= now()
