"""Yuan: decimal, two places, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import models

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
_LIMIT = Decimal(10) ** 10
"""What numeric(12,2) can hold lies below."""


def yuan(amount: str | int | Decimal) -> Decimal:
    """`amount` as yuan with two places, half up. Floats are refused: they cannot hold a fen.

    Raises ValueError for what is no amount or has more than ten digits before the point.

    >>> yuan("20"), yuan("0.125")
    (Decimal('20.00'), Decimal('0.13'))
    """
    if isinstance(amount, float):
        raise TypeError("money is never a float")
    try:
        value = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ValueError(f"not an amount of money: {amount!r}") from error
    if not value.is_finite() or abs(value) >= _LIMIT:
        raise ValueError(f"not an amount of money: {amount!r}")
    return value.quantize(FEN, ROUND_HALF_UP)


def format_yuan(amount: Decimal) -> str:
    """As people here write it.

    >>> format_yuan(Decimal("1234.5")), format_yuan(Decimal("-3"))
    ('¥1,234.50', '-¥3.00')
    """
    rounded = yuan(amount)
    sign = "-" if rounded < 0 else ""
    return f"{sign}¥{abs(rounded):,.2f}"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Yuan in the database: numeric(12,2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)
