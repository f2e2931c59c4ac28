"""What a piece costs, and under which agreement its sender shows no document."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.actors import resident_number, staff
from tests.agreements import sign_agreement
from tests.mail.conftest import FOUND, Town
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.journey.postage import settings as planner
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions as mail
from zerotrip.mail.tariffs import actions, pricing, queries
from zerotrip.mail.tariffs.actions import NewTariff
from zerotrip.mail.tariffs.models import Agreement, Tariff
from zerotrip.mail.tariffs.pricing import Rates

fen = st.decimals(min_value=0, max_value=500, places=2)
grams = st.integers(min_value=1, max_value=30_000)
rates = st.builds(
    Rates,
    first_g=st.integers(1, 5000),
    first_price=fen,
    step_g=st.integers(1, 5000),
    step_price=fen,
    heaviest_g=st.just(30_000),
    insured_rate=st.none() | st.decimals(min_value=Decimal("0.00001"), max_value=1, places=5),
    insured_minimum=fen,
    row=st.just(1),
)
shares = st.decimals(min_value=Decimal("0.001"), max_value=1, places=3)


@given(rates, grams, grams, shares)
def test_heavier_never_costs_less(row: Rates, one: int, other: int, share: Decimal) -> None:
    light, heavy = sorted([one, other])
    assert pricing.quote(row, light, share=share).total <= pricing.quote(row, heavy, share=share).total
    assert pricing.quote(row, None, share=share).total <= pricing.quote(row, light, share=share).total


@given(rates, grams, shares, st.decimals(min_value=Decimal("0.01"), max_value=100_000, places=2))
def test_parts_sum_to_the_total_to_the_fen_and_come_back_as_kept(
    row: Rates, weight: int, share: Decimal, value: Decimal
) -> None:
    insured = value if row.insured_rate is not None else None
    quote = pricing.quote(row, weight, share=share, insured_value=insured)
    assert sum(part.amount for part in quote.parts) == quote.total == quote.postage + quote.insurance
    assert all(part.amount == part.amount.quantize(Decimal("0.01")) for part in quote.parts)
    assert quote.postage >= 0
    assert quote.insurance >= (row.insured_minimum if insured is not None else 0)
    assert pricing.read(quote.as_json()) == quote


def draft(**changes: Any) -> Tariff:
    given = {
        "product": "ems_standard",
        "net": "city",
        "payer": "applicant",
        "first_price": Decimal("12.00"),
        "step_price": Decimal("2.00"),
        "first_g": 500,
        "step_g": 500,
        "valid_from": today(),
        "source": "测试配置值",
        "confidence": "K",
    } | changes
    return actions.draft(NewTariff(**given), actor=SYSTEM, at=now())


def publish(**changes: Any) -> Tariff:
    return actions.publish(draft(**changes).pk, actor=SYSTEM, at=now())


def cost(on: date, weight: int = 100, **more: Any) -> Decimal:
    return queries.price("ems_standard", "city", weight, "applicant", on=on, **more).total


def test_the_packaged_figures_are_those_plans_reckon_with(town: Town) -> None:
    """One source: what a plan says a piece costs is what acceptance asks for it."""
    assert actions.load_packaged(actor=SYSTEM, at=now()) == 9
    assert actions.load_packaged(actor=SYSTEM, at=now()) == 0
    for net, amount in planner().postage.items():
        for payer in ("applicant", "government", "window"):
            assert queries.price("ems_standard", net, 120, payer, on=today()).total * 100 == amount
    assert queries.apart_from_planner(today()) == []
    row = Tariff.objects.filter(net="city").first()
    assert row is not None
    assert "待核" in row.source
    with pytest.raises(BadInput, match="不能保价"):
        cost(today(), insured_value=Decimal(1000))
    with pytest.raises(NotFound, match="法院专递"):
        queries.price("court", "city", 100, "government", on=today())


def test_when_prices_move_away_from_the_planner_the_page_says_so(town: Town, clock: Any) -> None:
    actions.load_packaged(actor=SYSTEM, at=now())
    publish(first_price=Decimal("21.50"), valid_from=today() + timedelta(days=1))
    assert queries.apart_from_planner(today()) == []
    clock.advance(days=1)
    assert queries.apart_from_planner(today()) == ["同城：办事路线按 ¥20.00 估算，现行资费 ¥21.50"]


def test_a_new_price_begins_tomorrow_and_changes_nothing_before(town: Town) -> None:
    day = today()
    publish()
    before = [cost(day + timedelta(days=n)) for n in range(10)]
    with pytest.raises(Conflict, match="不追溯"):
        publish(first_price=Decimal("99.00"))
    with pytest.raises(Conflict, match="不追溯"):
        publish(first_price=Decimal("99.00"), valid_from=day - timedelta(days=3))
    publish(first_price=Decimal("15.00"), valid_from=day + timedelta(days=4))
    after = [cost(day + timedelta(days=n)) for n in range(10)]
    assert after[:4] == before[:4]
    assert after[4:] == [Decimal("15.00")] * 6
    with pytest.raises(Conflict, match="已有同类资费"):
        publish(first_price=Decimal("14.00"), valid_from=day + timedelta(days=2))
    publish(first_price=Decimal("14.00"), valid_from=day + timedelta(days=2), valid_until=day + timedelta(days=3))
    assert [cost(day + timedelta(days=n)) for n in range(6)] == [
        Decimal(n) for n in ("12", "12", "14", "14", "15", "15")
    ]


def test_a_price_to_come_can_be_dropped_one_in_force_cannot(town: Town) -> None:
    day = today()
    first = publish()
    coming = publish(first_price=Decimal("15.00"), valid_from=day + timedelta(days=4))
    actions.drop(coming.pk, reason="公布日期有误", actor=SYSTEM, at=now())
    assert cost(day + timedelta(days=9)) == Decimal("12.00")
    with pytest.raises(Conflict, match="不能作废"):
        actions.drop(first.pk, reason="想改价", actor=SYSTEM, at=now())


def test_the_database_itself_knows_no_two_prices_for_a_day(town: Town) -> None:
    row = publish()
    row.pk = None
    with pytest.raises(IntegrityError, match="mail_tariff_no_overlap"), transaction.atomic():
        row.save(force_insert=True)


def test_what_cannot_be_a_price_is_refused_by_field(town: Town) -> None:
    with pytest.raises(BadInput) as refused:
        draft(net="moon", source=" ", first_g=0, first_price=Decimal(-1), insured_rate=Decimal(2))
    assert set(refused.value.fields) == {"net", "source", "first_g", "first_price", "insured_rate"}
    with pytest.raises(BadInput) as unknown:
        draft(payer="agreement", agreement="无此协议")
    assert "agreement" in unknown.value.fields
    clerk = staff(Role.HALL_CLERK, town.hall)[1]
    with pytest.raises(NotAllowed):
        actions.publish(draft().pk, actor=clerk, at=now())


def test_acceptance_prices_by_weight_and_the_piece_keeps_how(town: Town, clock: Any) -> None:
    row = publish(insured_rate=Decimal("0.01"), insured_minimum=Decimal("1.00"))
    piece = town.collected(weight_g=1100, insured_value=Decimal("50.00"))
    assert piece.postage == Decimal("16.00")
    kept = pricing.read(piece.quote or {})
    assert [(part.kind, str(part.amount), part.row) for part in kept.parts] == [
        ("first", "12.00", row.pk), ("further", "4.00", row.pk), ("insurance", "1.00", row.pk)
    ]  # fmt: skip
    publish(first_price=Decimal("90.00"), valid_from=today() + timedelta(days=1))
    clock.advance(days=2)
    piece.refresh_from_db()
    assert piece.postage == Decimal("16.00")


def test_without_a_tariff_pieces_are_taken_in_all_the_same(town: Town) -> None:
    piece = town.collected()
    assert (piece.state, piece.postage, piece.quote) == ("accepted", None, None)


def test_a_place_without_an_agreement_shows_a_document(town: Town) -> None:
    agreement = Agreement.objects.get()
    assert town.result().state == "accepted"
    actions.end(agreement.pk, reason="违反收寄验视规定", actor=SYSTEM, at=now())
    with pytest.raises(BadInput, match="没有有效的安全协议") as refused:
        town.result()
    assert "id_type" in refused.value.fields
    piece = mail.order(
        purpose="result", reference="JX36010220261123000001Y", sender_place=town.hall, recipient=town.applicant,
        papers=[("营业执照", 1)], actor=town.clerk, at=now(),
    )  # fmt: skip
    shown = {"id_type": "111", "id_number": resident_number(), "id_name": "陈静"}
    done = mail.accept(piece.pk, **shown, place_code=town.hall.code, actor=town.clerk, at=now())
    assert done.identity_checks.get().relation == "agent"


def test_an_agreement_counts_on_its_days_for_its_products_and_its_organisation(town: Town, clock: Any) -> None:
    first = Agreement.objects.get()
    actions.end(first.pk, reason="换签新协议", actor=SYSTEM, at=now())
    sign_agreement("post-3601", number="A-2", products=["court"])
    sign_agreement("gov-3601", number="A-3")
    sign_agreement("post-3601", number="A-4", valid_from=today() + timedelta(days=1))
    assert queries.agreement_of(town.hall, "ems_standard", today()) is None
    clock.advance(days=1)
    found = queries.agreement_of(town.hall, "ems_standard", today())
    assert found is not None
    assert found.number == "A-4"
    with pytest.raises(Conflict, match="已登记过"):
        sign_agreement("post-3601", number="A-4")
    assert Entry.objects.filter(kind="mail.agreement_signed").count() == 4


def test_an_agreements_own_price_goes_before_a_share_of_the_public_one(town: Town) -> None:
    agreement = sign_agreement("gov-3601", number="A-2", share=Decimal("0.85"))
    publish(insured_rate=Decimal("0.01"))
    quote = queries.price(
        "ems_standard", "city", 900, "applicant", agreement=agreement, insured_value=Decimal(100), on=today()
    )
    assert [str(part.amount) for part in quote.parts] == ["12.00", "2.00", "-2.10", "1.00"]
    publish(payer="agreement", agreement="A-2", first_price=Decimal("8.80"), first_g=1000)
    quote = queries.price("ems_standard", "city", 900, "applicant", agreement=agreement, on=today())
    assert (quote.total, quote.agreement) == (Decimal("8.80"), "A-2")
    assert cost(today()) == Decimal("12.00")


def test_findings_of_a_courier_are_still_counted(town: Town) -> None:
    """Prices changed nothing about inspection: what is found is counted against the list."""
    publish()
    with pytest.raises(Conflict, match="内件与清单不符"):
        town.collected(found=FOUND | {"申请表": 1})
