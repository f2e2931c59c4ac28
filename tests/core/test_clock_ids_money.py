"""The clock, the numbers people type, and money."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Clock
from zerotrip.core import clock as clock_module
from zerotrip.core.clock import frozen, local, now, set_frozen, today
from zerotrip.core.ids import ALPHABET, case_number, check_character, compact, is_case_number, is_checked, token
from zerotrip.core.money import format_yuan, yuan


def test_the_day_here_begins_eight_hours_before_the_utc_day(clock: Clock) -> None:
    clock.set(datetime(2026, 11, 23, 16, 30, tzinfo=UTC))
    assert today() == date(2026, 11, 24)
    assert local(now()).hour == 0
    clock.advance(hours=-1)
    assert today() == date(2026, 11, 23)


def test_a_frozen_clock_runs_again_after_the_block() -> None:
    with frozen(datetime(2030, 1, 1, tzinfo=UTC)):
        assert now().year == 2030
    assert clock_module._frozen is None
    assert now().tzinfo is UTC


def test_a_naive_time_is_refused_everywhere() -> None:
    naive = datetime(2026, 11, 24)
    with pytest.raises(ValueError, match="naive"):
        local(naive)
    with pytest.raises(ValueError, match="aware"):
        set_frozen(naive)
    with pytest.raises(ValueError, match="aware"), frozen(naive):
        pass


BODIES = st.text(ALPHABET, min_size=1, max_size=30)


@given(BODIES, st.data())
def test_every_single_wrong_character_is_found(body: str, data: st.DataObject) -> None:
    number = body + check_character(body)
    where = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != number[where]]))
    assert is_checked(number)
    assert not is_checked(number[:where] + wrong + number[where + 1 :])


def test_all_but_one_in_six_hundred_swaps_of_neighbours_are_found() -> None:
    """The arithmetic of the standard, over every state it can be in and every pair of characters."""

    def step(product: int, value: int) -> int:
        return ((product + value) % 36 or 36) * 2 % 37

    pairs = [(p, a, b) for p in range(1, 37) for a in range(36) for b in range(36) if a != b]
    missed = [1 for p, a, b in pairs if step(step(p, a), b) == step(step(p, b), a)]
    assert len(pairs) / len(missed) == 630


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(0, 10**9))
def test_a_case_number_is_recognised_however_it_is_typed(day: date, serial: int) -> None:
    number = case_number("JX", "361002", day, serial)
    assert is_case_number(number)
    assert len(number) == 23
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())
    assert compact(f" {full_width[:8]}-{full_width[8:]}　") == number


@pytest.mark.parametrize(
    "text", ["", "JX", "JX36100220261123000001", "JX361002202611230000010", "零" * 23, "JX36100２20261123000001Y"]
)
def test_what_is_no_case_number_is_not_taken_for_one(text: str) -> None:
    assert not is_case_number(text)


def test_tokens_do_not_repeat() -> None:
    assert len({token() for _ in range(1000)}) == 1000


@given(st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4))
def test_money_keeps_two_places_and_is_never_off_by_more_than_half_a_fen(amount: Decimal) -> None:
    value = yuan(amount)
    assert value.as_tuple().exponent == -2
    assert abs(value - amount) <= Decimal("0.005")
    assert Decimal(format_yuan(value).replace("¥", "").replace(",", "")) == value


def test_half_a_fen_is_rounded_away_from_zero() -> None:
    assert (yuan("0.005"), yuan("-0.005"), yuan(20)) == (Decimal("0.01"), Decimal("-0.01"), Decimal("20.00"))
    assert format_yuan(Decimal("-0.001")) == "¥0.00"


@pytest.mark.parametrize("bad", ["", "二十", "NaN", "Infinity", "1e30", "10000000000", "1,000"])
def test_what_is_no_amount_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        yuan(bad)


def test_a_float_is_never_money() -> None:
    with pytest.raises(TypeError, match="float"):
        yuan(0.1)  # type: ignore[arg-type]
