"""What a check found: a code, the field, a sentence in two languages, and how bad it is.

Checks that look at a whole form or record return a list of findings instead of raising at the first error, so that
a person can put everything right at once.

Source: convention of this package.
Confidence: A.

>>> found = [Finding("x.missing", "x", "缺少 x。", "x is missing.", Severity.ERROR)]
>>> blocks(found), blocks([])
(True, False)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zerotrip.rules.codes import CodeList


class Severity(CodeList):
    """How bad a finding is."""

    ERROR = "error", "错误", "error"
    WARNING = "warning", "提醒", "warning"
    HINT = "hint", "建议", "hint"


@dataclass(frozen=True)
class Finding:
    """One thing a check found; ``source`` names the law or standard behind it, if any."""

    code: str
    field: str
    zh: str
    en: str
    severity: Severity
    source: str = ""


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings is an error, which must be put right before going on."""
    return any(finding.severity is Severity.ERROR for finding in findings)
