"""Whether what a service item says about itself fits together, and what counts as 一次不跑, 只跑一次 and mailable.

Source: GB/T 39046-2020 table 4 (到办事现场次数, 必须现场办理原因, 办理形式, 收费 …); 行政许可法 58 (no fee unless the
law says so); the consistency rules are those of a city's data-quality script.
Confidence: C for the consistency
rules, B for the definitions of 一次不跑 (no visit) and 只跑一次 (at most one).

>>> facts = ItemFacts(visits=0, online=False, handling_forms={"1"}, mail_result=True)
>>> [finding.code for finding in check(facts)]
['item.zero_trip.no_way']
>>> zero_trip(facts), one_trip(facts), mailable(facts)
(True, True, True)
>>> check(facts_of({"visits": 0, "handling_forms": ["1", "4"], "mail_materials": True, "online": False}))
[]
>>> once = ItemFacts(visits=1, mail_result=True)
>>> zero_trip(ItemFacts(visits=None)), mailable(once), by_post(once)
(False, False, True)
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from zerotrip.rules import item_codes
from zerotrip.rules.findings import Finding, Severity
from zerotrip.rules.item_codes import CaseType, HandlingForm, OnlineDepth
from zerotrip.rules.periods import Period, Unit


@dataclass(frozen=True)
class ItemFacts:
    """The fields of a service item that the checks look at; None or empty means not stated.

    ``visits`` 到办事现场次数, ``visit_reason`` 必须现场办理原因, ``online`` 是否网办, ``online_depth`` a code of
    `OnlineDepth`, ``handling_forms`` codes of `HandlingForm`, ``case_type`` a code of `CaseType`, ``fee_items`` how
    many are listed.
    """

    visits: int | None = None
    visit_reason: str = ""
    online: bool | None = None
    online_depth: str = ""
    handling_forms: Collection[str] = ()
    case_type: str = ""
    charges: bool | None = None
    fee_basis: str = ""
    fee_items: int = 0
    online_payment: bool | None = None
    mail_materials: bool = False
    mail_result: bool = False
    legal_limit: Period | None = None
    promised_limit: Period | None = None
    legal_basis: str = ""
    basic_code: str = ""
    implementation_code: str = ""
    business_code: str = ""


def facts_of(record: Mapping[str, Any]) -> ItemFacts:
    """The facts in a plain mapping whose keys are the field names; other keys are ignored, None means not stated."""
    names = {field.name for field in fields(ItemFacts)}
    return ItemFacts(**{key: value for key, value in record.items() if key in names and value is not None})


def zero_trip(item: ItemFacts) -> bool:
    """一次不跑: the applicant need not come at all. An unstated number of visits does not count."""
    return item.visits == 0


def one_trip(item: ItemFacts) -> bool:
    """只跑一次: at most one visit, so 一次不跑 items are among them."""
    return item.visits is not None and 0 <= item.visits <= 1


def by_post(item: ItemFacts) -> bool:
    """Materials or result (or both) may be mailed, whatever the number of visits."""
    return item.mail_materials or item.mail_result


def mailable(item: ItemFacts) -> bool:
    """可邮寄的“一次不跑”事项: no visit, and materials or result may be mailed."""
    return zero_trip(item) and by_post(item)


def _error(code: str, field: str, zh: str, en: str) -> Finding:
    return Finding(code, field, zh, en, Severity.ERROR, "GB/T 39046-2020")


def _warning(code: str, field: str, zh: str, en: str) -> Finding:
    return Finding(code, field, zh, en, Severity.WARNING, "GB/T 39046-2020")


Rule = tuple[Callable[[ItemFacts], bool], Finding]

_WRONG: tuple[Rule, ...] = (
    (
        lambda i: i.visits is not None and i.visits < 0,
        _error(
            "item.visits.negative",
            "visits",
            "到办事现场次数不能为负数。",
            "The number of visits cannot be negative.",
        ),
    ),
    (
        lambda i: bool(i.visits) and not i.visit_reason.strip(),
        _error(
            "item.visits.no_reason",
            "visit_reason",
            "到办事现场次数不为0时，须填写必须现场办理的原因。",
            "An item that needs a visit must say why it cannot be done without one.",
        ),
    ),
    (
        lambda i: i.visits == 0 and bool(i.visit_reason.strip()),
        _warning(
            "item.visits.reason_without_visit",
            "visit_reason",
            "到办事现场次数为0，却填写了必须现场办理的原因，请核对其一。",
            "No visit is needed, yet a reason for visits is given; please check one of the two.",
        ),
    ),
    (
        lambda i: i.visits == 0 and i.online is not True and HandlingForm.POST not in set(i.handling_forms),
        _error(
            "item.zero_trip.no_way",
            "handling_forms",
            "到办事现场次数为0且不能网上办理，办理形式须包含“快递申请”。",
            "With no visit and no online handling, the ways of handling must include “by post”.",
        ),
    ),
    (
        lambda i: i.online_depth == OnlineDepth.WHOLE and i.visits != 0,
        _error(
            "item.online.visits",
            "visits",
            "网上办理深度为全程网办（Ⅳ级）时，到办事现场次数应为0。",
            "An item done wholly online (grade IV) needs no visit.",
        ),
    ),
    (
        lambda i: i.charges is True and not i.fee_basis.strip(),
        _error(
            "item.fee.no_basis",
            "fee_basis",
            "收费事项须填写收费依据；没有法律、行政法规依据的不得收费（行政许可法第五十八条）。",
            "An item with a fee must name its legal basis; without one no fee may be taken (行政许可法 58).",
        ),
    ),
    (
        lambda i: i.charges is True and i.fee_items < 1,
        _error(
            "item.fee.no_items",
            "fee_items",
            "收费事项须列出收费项目和标准。",
            "An item with a fee must list the fees and their amounts.",
        ),
    ),
    (
        lambda i: i.charges is True and i.online_payment is None,
        _error(
            "item.fee.payment",
            "online_payment",
            "收费事项须说明是否支持网上支付。",
            "An item with a fee must say whether it can be paid online.",
        ),
    ),
    (
        lambda i: i.charges is False and i.fee_items > 0,
        _error(
            "item.fee.free_with_items",
            "fee_items",
            "不收费事项不应列出收费项目，请核对。",
            "An item without fee lists fees; please check.",
        ),
    ),
    (
        lambda i: _longer(i.promised_limit, i.legal_limit),
        _error(
            "item.promise.longer",
            "promised_limit",
            "承诺办结时限不能长于法定办结时限。",
            "The promised time cannot be longer than the legal limit.",
        ),
    ),
    (
        lambda i: i.case_type == CaseType.IMMEDIATE and i.promised_limit is not None and i.promised_limit.value > 1,
        _warning(
            "item.immediate.slow",
            "promised_limit",
            "即办件的承诺办结时限应不超过1个工作日，请核对办件类型。",
            "An item done at once should promise at most one working day; please check its type.",
        ),
    ),
    (
        lambda i: i.mail_materials and bool(set(i.handling_forms)) and HandlingForm.POST not in set(i.handling_forms),
        _warning(
            "item.mail.form",
            "handling_forms",
            "支持申报材料邮寄的事项，办理形式宜包含“快递申请”。",
            "An item whose materials may be mailed should list “by post” among the ways of handling.",
        ),
    ),
)


def _longer(promised: Period | None, legal: Period | None) -> bool:
    """Whether a promise is surely longer than the law, whatever holidays fall into either (units compared in days)."""
    if promised is None or legal is None:
        return False
    if promised.unit is legal.unit:
        return promised.value > legal.value
    shortest = {Unit.WORKING_DAY: 1, Unit.DAY: 1, Unit.MONTH: 28, Unit.YEAR: 365}
    longest = {Unit.WORKING_DAY: 2.5, Unit.DAY: 1, Unit.MONTH: 31, Unit.YEAR: 366}
    return promised.value * shortest[promised.unit] > legal.value * longest[legal.unit] + 10


def check(item: ItemFacts) -> list[Finding]:
    """Everything in the item that does not fit together, errors first; the order of the input never matters."""
    findings = [finding for wrong, finding in _WRONG if wrong(item)]
    findings += _unknown_codes(item)
    findings += item_codes.check_basic_code(item.basic_code)
    findings += item_codes.check_implementation_code(item.implementation_code)
    findings += item_codes.check_business_code(item.business_code, item.implementation_code)
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _unknown_codes(item: ItemFacts) -> list[Finding]:
    lists = (
        ("handling_forms", HandlingForm, sorted(set(item.handling_forms)), "办理形式", "way of handling"),
        ("case_type", CaseType, [item.case_type], "办件类型", "case type"),
        ("online_depth", OnlineDepth, [item.online_depth], "网上办理深度", "depth of online service"),
    )
    return [
        _warning(
            f"item.{field}.unknown",
            field,
            f"{zh}代码“{code}”不在标准代码表中，请核对。",
            f"The {en} code {code} is not in the standard list; please check.",
        )
        for field, codes, values, zh, en in lists
        for code in values
        if code and codes.get(code) is None
    ]
