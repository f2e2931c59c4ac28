"""Draws the state tables of the product as diagrams in docs/reference/states.md; with --check says whether it is true.

Usage: python -m tools.states [--check]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "states.md"
HEAD = """# States 状态图

Generated from the tables in `zerotrip/cases/states.py` and `zerotrip/mail/states.py` by `python -m tools.states`;
a test compares. A thing changes its state by these verbs and no others.
"""


def render() -> str:
    """The whole page, from the tables."""
    from zerotrip.cases.states import CASES
    from zerotrip.mail.states import MAIL

    parts = [HEAD]
    for title, machine in (("Case 办件", CASES), ("Consignment 邮件", MAIL)):
        parts.append(f"## {title}\n\n```mermaid\nstateDiagram-v2\n    [*] --> {machine.initial}")
        parts += [f"    {code}: {label}" for code, label in machine.states.items()]
        for row in machine.transitions:
            parts += [
                f"    {source} --> {row.target}: {row.label}" for source in machine.states if source in row.sources
            ]
        parts += [f"    {code} --> [*]" for code in machine.states if code in machine.final]
        parts.append("```\n")
        parts.append("| verb 动作 | from 从 | to 到 | who 谁 | evidence 凭据 | told 告知 |")
        parts.append("|---|---|---|---|---|---|")
        for row in machine.transitions:
            sources = "、".join(str(machine.states[s]) for s in machine.states if s in row.sources)
            who = "、".join(sorted(row.roles))
            cells = (f"`{row.verb}` {row.label}", sources, machine.states[row.target], who, row.evidence, row.told)
            parts.append("| " + " | ".join(str(cell) or "—" for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """0 when the page is (now) true, 1 when --check finds it is not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
    os.environ.setdefault("ZEROTRIP_VAR", tempfile.mkdtemp(prefix="zerotrip-"))
    import django
    from django.utils import translation

    django.setup()
    with translation.override("zh-hans"):
        page = render()
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text() == page:
            return 0
        print("docs/reference/states.md is not what the tables say; run: python -m tools.states", file=sys.stderr)
        return 1
    TARGET.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
