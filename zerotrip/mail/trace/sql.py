"""The table of rules as SQL: what `trace.summary` says in Python, said to the database.

The expressions read the columns `last`, `ended`, `ends`, `back` and `failed` of a trace: points as `summary.point`
writes them, in text compared byte by byte. They are the generated columns of `mail_trace`, so that the database cannot
hold a status that does not follow from the scans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from zerotrip.mail.trace.rules import REASONS, RULES, UNSAID, Reason, Rule
from zerotrip.mail.trace.summary import CANCELLED, DELIVERED, RETURNED


def quoted(values: Iterable[str]) -> str:
    """A list of literals for IN (…)."""
    return ", ".join(f"'{value}'" for value in sorted(values))


FINAL: Final = quoted(code for code, rule in RULES.items() if rule.final)


def _code(column: str) -> str:
    return f"substr({column}, 20, 3)"


def _case(value: str, groups: Mapping[str, list[str]], otherwise: str) -> str:
    whens = " ".join(f"WHEN {value} IN ({quoted(codes)}) THEN '{to}'" for to, codes in groups.items())
    return f"CASE {whens} ELSE '{otherwise}' END"


def _rule(column: str, of: Callable[[Rule], str]) -> str:
    groups: dict[str, list[str]] = {}
    for rule in (rule for rule in RULES.values() if rule.final == (column == "ended")):
        groups.setdefault(of(rule), []).append(rule.code)
    return _case(_code(column), groups, "")


def _reason(of: Callable[[Reason], str]) -> str:
    groups: dict[str, list[str]] = {}
    for reason in REASONS.values():
        groups.setdefault(of(reason), []).append(reason.code)
    return _case(_code("failed"), groups, of(UNSAID))


def rank_of(code: str) -> str:
    """The rank of a code, three digits; NULL for codes nobody knows."""
    whens = " ".join(f"WHEN '{rule.code}' THEN '{rule.rank:03d}'" for rule in RULES.values())
    return f"CASE {code} {whens} END"


def end_bit(code: str) -> str:
    """The bit of an end; NULL for a code that is none."""
    bits = {"delivered": DELIVERED, "returned": RETURNED, "cancelled": CANCELLED}
    whens = " ".join(f"WHEN '{rule.code}' THEN {bits[rule.stage]}" for rule in RULES.values() if rule.final)
    return f"CASE {code} {whens} END"


_ENDED_AS: Final = _rule("ended", lambda rule: rule.stage)
_TO_SENDER: Final = f"({_ENDED_AS} = 'delivered' AND back IS NOT NULL AND back < ended)"
_GOES_BACK: Final = "(back IS NOT NULL AND last >= back)"

STAGE: Final = (
    f"CASE WHEN ended IS NOT NULL THEN CASE WHEN {_TO_SENDER} THEN 'returned' ELSE {_ENDED_AS} END"
    f" WHEN last IS NULL THEN 'requested' WHEN {_GOES_BACK} THEN 'returning'"
    f" ELSE {_rule('last', lambda rule: rule.stage)} END"
)
_STANDS: Final = f"(failed IS NOT NULL AND {STAGE} IN ('undelivered', 'returning', 'returned'))"
CAUSE: Final = f"CASE WHEN {_STANDS} THEN {_reason(lambda reason: reason.code)} ELSE '' END"
CAUSED_BY: Final = f"CASE WHEN {_STANDS} THEN {_reason(lambda reason: reason.by)} ELSE '' END"
MUST_ACT: Final = f"CASE WHEN ended IS NULL AND {_STANDS} THEN {_reason(lambda reason: reason.must_act)} ELSE '' END"
HOLDER: Final = (
    f"CASE WHEN ended IS NOT NULL THEN CASE WHEN {_TO_SENDER} THEN 'sender'"
    f" ELSE {_rule('ended', lambda rule: rule.holder)} END"
    f" WHEN last IS NULL THEN 'sender' ELSE {_rule('last', lambda rule: rule.holder)} END"
)
OFFICE: Final = "coalesce(substr(coalesce(ended, last), 23), '')"
AFTER_END: Final = (
    "(ended IS NOT NULL AND (coalesce(substr(last, 1, 16) > substr(ended, 1, 16), false) OR NOT"
    f" (ends IN ({DELIVERED}, {RETURNED}, {CANCELLED}) OR (ends = {DELIVERED | RETURNED} AND back IS NOT NULL))))"
)
