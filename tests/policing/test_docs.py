"""The documentation leads nowhere that is not there, and names every setting."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
READ = re.compile(r"""environ(?:\.get)?[\[(]\s*f?["'](ZEROTRIP_[A-Z0-9_]+)""")
NOT_FOR_OPERATORS = {"ZEROTRIP_TEST_TEMPLATE"}
"""Read from the environment by the tests alone."""


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def anchor(heading: str) -> str:
    """As a page's address names a heading."""
    text = re.sub(r"`|\*|\[|\]\([^)]*\)", "", heading).strip().lower()
    kept = (c for c in text if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {anchor(line.lstrip("#")) for line in text.splitlines() if line.startswith("#")}


def test_every_link_leads_somewhere() -> None:
    wrong = []
    for page in pages():
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _hash, name = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (name and there.suffix == ".md" and name not in anchors(there)):
                wrong.append(f"{page.relative_to(ROOT)}: {target}")
    assert not wrong, "\n".join(wrong)


def test_every_setting_is_documented() -> None:
    told = (ROOT / "docs" / "operations" / "settings.md").read_text(encoding="utf-8")
    found = set()
    for path in sorted((ROOT / "zerotrip").rglob("*.py")):
        found |= set(READ.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 20
    missing = sorted(name for name in found - NOT_FOR_OPERATORS if name not in told)
    assert not missing, f"tell operators what these do in docs/operations/settings.md: {missing}"
