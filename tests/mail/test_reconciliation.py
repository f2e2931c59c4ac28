"""The books of a day against the bill: they balance to the fen, or every difference has a name."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import sign_in, staff
from tests.mail.channel import Channel, channel
from tests.places.snapshot import Snapshot, divisions
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import SHANGHAI, frozen, now, today
from zerotrip.core.errors import Unavailable
from zerotrip.core.money import ZERO
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.mail.payments import actions, talking
from zerotrip.mail.payments.actions import Wanted
from zerotrip.mail.payments.cli import COMMANDS
from zerotrip.mail.payments.models import LineKind, Order, Reconciliation, Refund
from zerotrip.mail.payments.port import BillRow
from zerotrip.mail.payments.reconciling import reconcile, reconcile_late

__all__ = ["channel", "divisions"]
pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


def order(serial: int, *amounts: tuple[LineKind, str]) -> Order:
    """An order that the channel knows."""
    wanted = [Wanted(f"{kind}:{serial}", kind, str(kind.label), Decimal(amount), serial) for kind, amount in amounts]
    made = talking.order_for(f"CASE{serial}", wanted, what="办件", account=None, division="360102", actor=SYSTEM)
    talking.ask_to_pay(made, back="https://example/back")
    return made


def refund(made: Order, amount: str) -> Refund:
    """Part of its first line is asked back, and the channel has taken that in."""
    line = made.lines.all()[0]
    row = actions.refund(made.number, {line.pk: Decimal(amount)}, reason="时限延误", actor=SYSTEM, at=now())
    talking.send_refund(row.number)
    return row


def both(serial: int) -> Order:
    """20 yuan of postage, 10 for the state."""
    return order(serial, (LineKind.POSTAGE, "20.00"), (LineKind.STATE_FEE, "10.00"))


def test_a_day_that_balances_keeps_the_states_money_apart(clock: Any, channel: Channel) -> None:
    first, second = both(1), order(2, (LineKind.POSTAGE, "25.00"), (LineKind.INSURANCE, "1.00"))
    for one in (first, second):
        talking.take(channel.pays(one.number), "fake")
    back = refund(first, "5.50")
    talking.take(channel.gives_back(back.number), "fake")
    made = reconcile(DAY)
    assert (made.balanced, made.matched) == (True, 3)
    ours = made.totals["ours"]
    assert (ours["revenue"], ours["collected"]) == ("40.50", "10.00")
    assert (ours["paid"], ours["refunded"]) == (made.totals["theirs"]["paid"], made.totals["theirs"]["refunded"])
    assert Order.objects.get(pk=first.pk).billed_on == DAY
    again = reconcile(DAY)
    assert (again.balanced, again.runs, Reconciliation.objects.count()) == (True, 2, 1)
    assert Entry.objects.filter(kind="mail.reconciled").count() == 2


def test_a_lost_report_is_caught_up_with(clock: Any, channel: Channel) -> None:
    made = both(1)
    channel.pays(made.number)
    assert reconcile(DAY).balanced
    made.refresh_from_db()
    assert made.state == "paid"


def test_each_difference_has_a_name(clock: Any, channel: Channel) -> None:
    gone, wrong, fine = both(1), both(2), both(3)
    for one in (gone, wrong, fine):
        talking.take(channel.pays(one.number), "fake")
    Channel.hidden.add(gone.number)
    channel.orders[wrong.number] = replace(channel.orders[wrong.number], amount=Decimal("29.99"))
    Channel.strange.append(BillRow("payment", "ZTSTRANGE", "ZTSTRANGE", "T9", Decimal("7.00"), now()))
    Channel.strange.append(BillRow("refund", "ZRSTRANGE", fine.number, "R9", Decimal("3.00"), now()))
    made = reconcile(DAY)
    assert not made.balanced
    found = {row.number: (row.kind, row.flow, row.ours, row.theirs) for row in made.differences.all()}
    assert found == {
        gone.number: ("missing_there", "payment", Decimal("30.00"), None),
        wrong.number: ("amount", "payment", Decimal("30.00"), Decimal("29.99")),
        "ZTSTRANGE": ("missing_here", "payment", None, Decimal("7.00")),
        "ZRSTRANGE": ("missing_here", "refund", None, Decimal("3.00")),
    }
    split = made.differences.get(number=gone.number)
    assert (split.revenue, split.collected) == (Decimal("20.00"), Decimal("10.00"))


def test_a_payment_around_midnight_is_missing_on_neither_day(clock: Any, channel: Channel) -> None:
    """Our clock and theirs differ by a second: it stands in the bill of the next day."""
    clock.set(datetime(2026, 11, 24, 23, 59, 59))
    made = both(1)
    report = channel.pays(made.number)
    talking.take(report, "fake")
    channel.orders[made.number] = replace(report, at=report.at + timedelta(seconds=1) if report.at else None)
    clock.set(datetime(2026, 11, 26, 10, 40))
    assert not reconcile(DAY).balanced
    assert reconcile(DAY + timedelta(days=1)).balanced
    assert reconcile(DAY).balanced


def test_no_bill_no_verdict(clock: Any, channel: Channel) -> None:
    Channel.down = True
    with pytest.raises(Unavailable):
        reconcile(DAY)
    assert not Reconciliation.objects.exists()


def test_the_next_morning_the_week_before_is_looked_after(clock: Any, channel: Channel) -> None:
    gone = both(1)
    talking.take(channel.pays(gone.number), "fake")
    Channel.hidden.add(gone.number)
    clock.advance(days=1)
    assert [row.balanced for row in reconcile_late()][-1] is False
    Channel.hidden.clear()
    clock.advance(days=1)
    late = reconcile_late()
    assert [row.day for row in late] == [DAY, DAY + timedelta(days=1)]
    assert all(row.balanced for row in late)


class Undone(Exception):
    """Ends an example's transaction."""


fates = st.lists(
    st.tuples(
        st.sampled_from(["reported", "twice", "lost", "never"]),
        st.sampled_from(["seen", "seen", "seen", "hidden", "short"]),
        st.integers(1, 40_00),
        st.integers(0, 20_00),
        st.integers(0, 30_00),
        st.sampled_from(["reported", "lost", "pending"]),
    ),
    max_size=7,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates, st.randoms(use_true_random=False))
def test_whatever_is_lost_everything_balances_or_has_a_name(channel: Channel, story: list[Any], dice: Any) -> None:
    """Random orders, refunds and reports that are lost, doubled and shuffled, against bills that forget and err."""
    with frozen(datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)), pytest.raises(Undone), transaction.atomic():
        _example(story, dice, channel)


def _example(story: list[Any], dice: Any, channel: Channel) -> NoReturn:
    """One story; ends by raising Undone, so that the next begins with nothing."""
    Channel.forget()
    expected = _play(story, dice, channel)
    made = reconcile(DAY)
    found = {(row.flow, row.number): (row.kind, row.ours, row.theirs) for row in made.differences.all()}
    assert found == expected
    assert made.balanced == (not expected)
    ours, theirs = made.totals["ours"], made.totals["theirs"]
    for flow, name in (("payment", "paid"), ("refund", "refunded")):
        gap = sum(((o or ZERO) - (t or ZERO) for (f, _n), (_k, o, t) in found.items() if f == flow), ZERO)
        assert Decimal(ours[name]) - Decimal(theirs[name]) == gap
    kinds = sum((Decimal(ours[f"paid_{kind.value}"]) for kind in LineKind), ZERO)
    assert kinds == Decimal(ours["paid"])
    kept = Decimal(ours["paid"]) - Decimal(ours["refunded"])
    assert Decimal(ours["revenue"]) + Decimal(ours["collected"]) == kept
    again = reconcile(DAY)
    assert (again.balanced, again.matched, again.totals) == (made.balanced, made.matched, made.totals)
    raise Undone


def _play(story: list[Any], dice: Any, channel: Channel) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Let the story happen; returns the differences that must be found."""
    expected: dict[tuple[str, str], tuple[Any, ...]] = {}
    reports, backs = [], []
    for serial, (report, bill, postage, fee, back, end) in enumerate(story):
        lines = [(LineKind.POSTAGE, str(Decimal(postage) / 100))]
        lines += [(LineKind.STATE_FEE, str(Decimal(fee) / 100))] if fee else []
        made = order(serial, *lines)
        if report == "never":
            continue
        paid = channel.pays(made.number)
        if report != "lost":
            reports += [paid] * (2 if report == "twice" else 1)
        backs.append((made, bill, min(back, postage), end, report))
    dice.shuffle(reports)
    for one in reports:
        talking.take(one, "fake")
    for made, bill, back, end, report in backs:
        made.refresh_from_db()
        if report == "lost":
            talking.refresh(made.number)
        if back:
            row = refund(made, str(Decimal(back) / 100))
            if end != "pending":
                done = channel.gives_back(row.number)
                if end == "reported":
                    talking.take(done, "fake")
        if bill == "hidden":
            Channel.hidden.add(made.number)
            expected["payment", made.number] = ("missing_there", made.amount, None)
        elif bill == "short" and made.amount > Decimal("0.01"):
            short = made.amount - Decimal("0.01")
            channel.orders[made.number] = replace(channel.orders[made.number], amount=short)
            expected["payment", made.number] = ("amount", made.amount, short)
    return expected


def run(**options: Any) -> int:
    """The command, as `main` runs it."""
    (command,) = COMMANDS
    return command.run(Namespace(**({"day": "", "json": False} | options)))


def test_the_command_says_whether_it_balances(clock: Any, channel: Channel, capsys: Any) -> None:
    made = both(1)
    talking.take(channel.pays(made.number), "fake")
    assert run(day="2026-11-24") == 0
    assert "平：一致 1 笔" in capsys.readouterr().out
    Channel.hidden.add(made.number)
    assert run(day="2026-11-24", json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["differences"] == [
        {"kind": "missing_there", "flow": "payment", "number": made.number, "ours": "30.00", "theirs": None}
    ]
    assert run() == 0
    assert run(day="昨天") == 1
    assert run(day="2027-01-01") == 1
    Channel.down = True
    assert run() == 1
    assert "没有应答" in capsys.readouterr().err


def test_the_page_is_green_or_red(clock: Any, channel: Channel, client: Client, divisions: Snapshot) -> None:
    divisions.restore()
    made = both(1)
    talking.take(channel.pays(made.number), "fake")
    sign_in(client, staff(Role.PROJECT_MANAGER, division="36")[0])
    address = f"/desk/money/reconciliation/{DAY}"
    assert "还没有对过账" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert 'data-result="balanced"' in client.get(address).content.decode()
    Channel.hidden.add(made.number)
    client.post(address)
    text = client.get(address).content.decode()
    assert 'data-result="differs"' in text
    assert made.number in text
    for page in ("/desk/money/", "/desk/money/reconciliation/", f"/desk/money/orders/{made.number}"):
        assert client.get(page).status_code == 200
    assert client.get("/desk/money/reconciliation/gestern").status_code == 404
    auditor = sign_in(Client(), staff(Role.AUDITOR)[0])
    assert auditor.get(address).status_code == 200
    assert auditor.post(address).status_code == 404
    assert today() == DAY
