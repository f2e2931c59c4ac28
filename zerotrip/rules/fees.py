"""Whose money a fee is, and what is on record about amounts.

Source: 警邮 practice and 行政许可法 58-59: fees and fines of agencies go to the treasury (代收代缴), only postage and
the post's own services are postal revenue. Amounts: 发改价格〔2004〕2831号 (driving licence), and what the confidence
of each row says.
Confidence: B for the two ledgers and for the driving licence; other amounts carry C or K and are
defaults to be configured.

>>> nature(FeeKind.PRODUCTION_COST).zh, nature(FeeKind.POSTAGE).zh
('代收代缴', '邮政收入')
>>> amount("driving_licence", date(2026, 11, 23)).yuan
Decimal('10.00')
>>> amount("vehicle_licence", date(2026, 11, 23))
Traceback (most recent call last):
    ...
zerotrip.rules.errors.Unknown: 行驶证工本费的标准尚未确认，请按当地公布的标准录入。
>>> amount("vehicle_licence", date(2026, 11, 23), at_least=Confidence.K).yuan
Decimal('15.00')
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zerotrip.rules.codes import CodeList, Confidence
from zerotrip.rules.errors import Unknown


class Nature(CodeList):
    """Which ledger a fee belongs to; the two never mix."""

    COLLECTED = "collected", "代收代缴", "collected for others"
    REVENUE = "revenue", "邮政收入", "postal revenue"


class FeeKind(CodeList):
    """Kinds of fee met in an errand."""

    PRODUCTION_COST = "production_cost", "工本费", "production cost of a document"
    ADMINISTRATIVE = "administrative", "行政事业性收费", "administrative fee"
    FINE = "fine", "罚没款", "fine"
    TAX = "tax", "税款", "tax"
    INSURANCE = "insurance", "保险费", "insurance premium"
    MEDICAL = "medical", "体检费", "medical examination"
    POSTAGE = "postage", "邮寄费", "postage"
    INSURED_MAIL = "insured_mail", "保价费", "insured mail"
    PHOTO = "photo", "照相费", "photograph"
    PRINTING = "printing", "打印复印费", "printing and copying"


_REVENUE = frozenset({FeeKind.POSTAGE, FeeKind.INSURED_MAIL, FeeKind.PHOTO, FeeKind.PRINTING})


def nature(kind: FeeKind) -> Nature:
    """Which ledger this kind of fee belongs to; what is not plainly the post's own service is collected for others."""
    return Nature.REVENUE if kind in _REVENUE else Nature.COLLECTED


@dataclass(frozen=True)
class Fee:
    """An amount in yuan for one piece, valid from (None: before our records) through ``until`` (None: still)."""

    code: str
    zh: str
    en: str
    kind: FeeKind
    yuan: Decimal
    confidence: Confidence
    source: str
    since: date | None = None
    until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the amount applies on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def _fee(code: str, zh: str, en: str, yuan: str, confidence: Confidence, source: str, kind: FeeKind) -> Fee:
    return Fee(code, zh, en, kind, Decimal(yuan), confidence, source)


_COST = FeeKind.PRODUCTION_COST
_NOTICE = "发改价格〔2004〕2831号"
DEFAULTS: tuple[Fee, ...] = (
    _fee("driving_licence", "驾驶证工本费", "driving licence", "10.00", Confidence.B, _NOTICE, _COST),
    _fee("vehicle_licence", "行驶证工本费", "vehicle licence", "15.00", Confidence.K, _NOTICE, _COST),
    _fee("vehicle_register", "登记证书工本费", "registration certificate", "10.00", Confidence.K, _NOTICE, _COST),
    _fee("plates_car", "汽车反光号牌工本费", "car plates, a pair", "100.00", Confidence.K, _NOTICE, _COST),
    _fee("plates_trailer", "挂车号牌工本费", "trailer plate", "50.00", Confidence.K, _NOTICE, _COST),
    _fee("plates_motorcycle", "摩托车号牌工本费", "motorcycle plates", "70.00", Confidence.K, _NOTICE, _COST),
    _fee("plates_temporary", "临时号牌工本费", "temporary plate", "5.00", Confidence.K, _NOTICE, _COST),
    _fee(
        "id_card_renewal", "居民身份证换领工本费", "ID card, renewal", "20.00", Confidence.C, "2026-09 fee list", _COST
    ),
    _fee(
        "id_card_loss", "居民身份证补领工本费", "ID card, replacement", "40.00", Confidence.C, "2026-09 fee list", _COST
    ),
    _fee("passport", "普通护照工本费", "passport", "120.00", Confidence.C, "2026-09 fee list", _COST),
    _fee("travel_permit", "往来港澳台通行证工本费", "travel permit", "60.00", Confidence.K, "", _COST),
)


def amount(
    code: str,
    on: date,
    *,
    at_least: Confidence = Confidence.B,
    table: Iterable[Fee] = DEFAULTS,
) -> Fee:
    """The fee valid on a day with at least this confidence, or `Unknown`; below B it is no fact to show a citizen.

    ``table``: a province's own dated table, asked in place of the defaults. Later rows win over earlier ones.
    """
    rows = [fee for fee in table if fee.code == code]
    fitting = [fee for fee in rows if fee.valid_on(on) and fee.confidence.at_least(at_least)]
    if fitting:
        return max(fitting, key=lambda fee: fee.since or date.min)
    zh, en = (rows[0].zh, rows[0].en) if rows else ("该费用", "this fee")
    raise Unknown(
        f"{zh}的标准尚未确认，请按当地公布的标准录入。",
        f"The amount of the fee ({en}) is not confirmed; please enter what is published locally.",
    )


def totals(amounts: Iterable[tuple[FeeKind, Decimal]]) -> dict[Nature, Decimal]:
    """Sums by ledger, both always present.

    >>> totals([(FeeKind.POSTAGE, Decimal("20")), (FeeKind.PRODUCTION_COST, Decimal("10"))])[Nature.REVENUE]
    Decimal('20')
    """
    sums = {ledger: Decimal(0) for ledger in Nature}
    for kind, yuan in amounts:
        sums[nature(kind)] += yuan
    return sums
