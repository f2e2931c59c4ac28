"""The items that come with the product, one file an item under data/items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zerotrip.catalog.content import Content, clean

FOLDER = Path(__file__).resolve().parent / "data" / "items"


def flatten(item: dict[str, Any]) -> dict[str, Any]:
    """A file's form, with its nested limits, as the flat form of `content`."""
    flat = dict(item)
    for kind in ("legal_limit", "promised_limit"):
        limit = flat.pop(kind, None) or {}
        flat |= {
            f"{kind}_value": limit.get("value"),
            f"{kind}_unit": limit.get("unit", ""),
            f"{kind}_note": limit.get("note", ""),
        }
    return flat


def packaged_items(folder: Path = FOLDER) -> list[Content]:
    """Every packaged item, clean, by code. Raises Refused or ValueError when a file is not good."""
    return [clean(flatten(json.loads(path.read_text(encoding="utf-8")))) for path in sorted(folder.glob("*.json"))]
