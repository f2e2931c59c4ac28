"""Whether what an item says fits together (handbook of data quality; the rules themselves are `rules.item_checks`)."""

from __future__ import annotations

from zerotrip.catalog import ways
from zerotrip.catalog.content import Content
from zerotrip.rules import item_checks
from zerotrip.rules.findings import Finding, Severity
from zerotrip.rules.periods import LONGEST, Period, Unit

FIELD_NAMES = {
    "visits": "on_site_visits",
    "visit_reason": "on_site_reason",
    "case_type": "case_kind",
    "fee_basis": "charge_basis",
    "fee_items": "fees",
    "mail_materials": "materials_mailable",
    "mail_result": "result_mailable",
    "business_code": "handling_code",
    "promised_limit": "promised_limit_value",
    "legal_limit": "legal_limit_value",
}
"""The names the rules use, and ours."""


def facts(content: Content) -> item_checks.ItemFacts:
    """What the rules look at. The post's own fee is no fee of the item (行政许可法 58 is about the agency's)."""
    return item_checks.ItemFacts(
        visits=content["on_site_visits"],
        visit_reason=content["on_site_reason"],
        online=content["online"],
        online_depth=content["online_depth"],
        handling_forms=content["handling_forms"],
        case_type=content["case_kind"],
        charges=content["charges"],
        fee_basis=content["charge_basis"],
        fee_items=sum(fee["payee"] != "post" for fee in content["fees"]),
        online_payment=content["online_payment"],
        mail_materials=bool(content["materials_mailable"]),
        mail_result=bool(content["result_mailable"]),
        legal_limit=_period(content, "legal_limit"),
        promised_limit=_period(content, "promised_limit"),
        legal_basis="；".join(f"{b['law']}{b['article']}" for b in content["legal_bases"]),
        basic_code=content["basic_code"],
        implementation_code=content["implementation_code"],
        business_code=content["handling_code"],
    )


def _period(content: Content, name: str) -> Period | None:
    value, unit = content[f"{name}_value"], content[f"{name}_unit"]
    return Period(value, known) if value is not None and value <= LONGEST and (known := Unit.get(unit)) else None


def check(content: Content) -> list[Finding]:
    """Everything that does not fit, errors first. An error keeps a version from being published."""
    found = item_checks.check(facts(content)) + ways.check(content["ways"], content["bars"], content["on_site_visits"])
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))
