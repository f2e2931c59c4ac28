"""The arithmetic of a tariff, without a database: weight steps, the fee of an insured piece, an agreed discount.

Every amount is whole fen. The parts of a quote sum to its total exactly: a discount is a part of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from zerotrip.core.money import ZERO, yuan

PartKind = Literal["first", "further", "discount", "insurance"]

INSURANCE: Final = "insurance"


@dataclass(frozen=True, slots=True)
class Rates:
    """One row of a tariff: yuan for the first `first_g` grams and for every `step_g` begun after that.

    `insured_rate`: share of the insured value, at least `insured_minimum` yuan; None when the row insures nothing.
    """

    first_g: int
    first_price: Decimal
    step_g: int
    step_price: Decimal
    heaviest_g: int
    insured_rate: Decimal | None = None
    insured_minimum: Decimal = ZERO
    row: int = 0
    """The id of the row, which a quote keeps."""


@dataclass(frozen=True, slots=True)
class Part:
    """One amount of a quote and the tariff row it comes from."""

    kind: PartKind
    amount: Decimal
    row: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What one piece costs: its parts, what they were reckoned from, and the agreement if one was used."""

    parts: tuple[Part, ...]
    weight_g: int | None = None
    insured_value: Decimal | None = None
    agreement: str = ""

    @property
    def total(self) -> Decimal:
        """Everything, in yuan."""
        return sum((part.amount for part in self.parts), ZERO)

    @property
    def insurance(self) -> Decimal:
        """What insuring it costs."""
        return sum((part.amount for part in self.parts if part.kind == INSURANCE), ZERO)

    @property
    def postage(self) -> Decimal:
        """What carrying it costs."""
        return self.total - self.insurance

    def as_json(self) -> dict[str, Any]:
        """As the piece keeps it: amounts as text, so that none becomes a float."""
        return {
            "parts": [{"kind": part.kind, "amount": str(part.amount), "row": part.row} for part in self.parts],
            "weight_g": self.weight_g,
            "insured_value": None if self.insured_value is None else str(self.insured_value),
            "agreement": self.agreement,
            "total": str(self.total),
        }


def read(kept: Mapping[str, Any]) -> Quote:
    """A quote from what a piece keeps."""
    value = kept.get("insured_value")
    return Quote(
        tuple(Part(part["kind"], Decimal(part["amount"]), int(part["row"])) for part in kept["parts"]),
        kept.get("weight_g"),
        None if value is None else Decimal(value),
        str(kept.get("agreement", "")),
    )


def quote(
    rates: Rates,
    weight_g: int | None,
    *,
    insured_value: Decimal | None = None,
    share: Decimal = Decimal(1),
    agreement: str = "",
) -> Quote:
    """What a piece costs. A weight that is not known is that of the first step; `share` of the postage is to be paid.

    Raises ValueError for a weight above the row's limit or none at all, and for insuring where the row insures nothing.

    >>> rates = Rates(1000, Decimal("20.00"), 500, Decimal("4.00"), 30000, Decimal("0.01"), Decimal("1.00"), row=7)
    >>> quote(rates, 1600).total
    Decimal('28.00')
    >>> [str(part.amount) for part in quote(rates, 900, insured_value=Decimal("250"), share=Decimal("0.85")).parts]
    ['20.00', '-3.00', '2.50']
    """
    if weight_g is not None and not 0 < weight_g <= rates.heaviest_g:
        raise ValueError("weight")
    parts = [Part("first", yuan(rates.first_price), rates.row)]
    over = max(0, (weight_g or 0) - rates.first_g)
    steps = -(-over // rates.step_g)
    if steps:
        parts.append(Part("further", yuan(rates.step_price * steps), rates.row))
    carried = sum((part.amount for part in parts), ZERO)
    reduced = yuan(carried * share)
    if reduced != carried:
        parts.append(Part("discount", reduced - carried, rates.row))
    if insured_value is not None:
        if rates.insured_rate is None or insured_value <= 0:
            raise ValueError("insured")
        fee = max(yuan(rates.insured_minimum), yuan(insured_value * rates.insured_rate))
        parts.append(Part("insurance", fee, rates.row))
    return Quote(tuple(parts), weight_g, insured_value, agreement)
