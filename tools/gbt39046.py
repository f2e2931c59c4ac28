"""Writes docs/reference/gbt39046.md from the tables of exports and the push; --check says whether it is true.

Usage: python -m tools.gbt39046 [--check]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "gbt39046.md"
HEAD = """# GB/T 39046-2020 case and logistics tables 办件和物流表

Generated from `zerotrip/gateway/exports/tables.py` by `python -m tools.gbt39046`; a test compares. How files and
pushes are got: [exports.md](../guides/exports.md), [中文](../guides/exports.zh.md).

Names, numbers 序号 and formats 格式 are the standard's (tables 5 to 9, 14, 15). **必填**: a row without it is not
written, and named in the report. *隐去*: personal data, masked by GB/T 41833 in a masked file. — under 来源: not
recorded here, always empty. Nothing is cut to fit a format and no code is invented: what cannot be said stays empty,
and the report says why (没有登记, 超过标准规定的长度, 不在代码表内 …).
"""


def _notes(element: Any) -> str:
    said = ["**必填**"] if element.required else []
    said += ["*隐去*"] if element.personal else []
    if element.codes is not None:
        said.append("、".join(f"{one.value} {one.zh}" if one.value != one.zh else one.zh for one in element.codes))
    said += [element.note] if element.note else []
    return "；".join(said)


def render() -> str:
    """The whole page, from the tables."""
    from zerotrip.gateway.exports.tables import TABLES

    parts = [HEAD]
    for table in TABLES:
        parts.append(f"## {table.title} `{table.code}`\n")
        if table.note:
            parts.append(f"{table.note}。\n")
        parts.append("| 序号 | 数据项 | 格式 | 来源 | 说明 |\n|---|---|---|---|---|")
        for element in table.elements:
            form = element.format if not element.sent_as else f"{element.format} → {element.sent_as}"
            source = f"`{element.source}`" if element.source else "—"
            parts.append(f"| {element.number} | {element.name} | `{form}` | {source} | {_notes(element)} |")
        parts.append("")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """0 when the page is (now) true, 1 when --check finds it is not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")
    os.environ.setdefault("ZEROTRIP_VAR", tempfile.mkdtemp(prefix="zerotrip-"))
    import django

    django.setup()
    page = render()
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
            return 0
        print("docs/reference/gbt39046.md is not what the tables say; run: python -m tools.gbt39046", file=sys.stderr)
        return 1
    TARGET.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
