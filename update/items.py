"""Tidy the item files under zerotrip/catalog/data/items: key order, and the initials of the name that search uses.

    python update/items.py            # rewrite the files in place
    python update/items.py --check    # say which files are not tidy; exit 1 when there are any

Needs pypinyin (development only). The initials are stored so that the product itself needs no pinyin library:
"机动车驾驶证期满换证" becomes "jdcjszqmhz". A reading pypinyin gets wrong is put right in READINGS.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin, load_phrases_dict

FOLDER = Path(__file__).resolve().parent.parent / "zerotrip" / "catalog" / "data" / "items"

READINGS = {"行驶证": [["xing"], ["shi"], ["zheng"]]}

KEYS = [
    "code",
    "name",
    "aliases",
    "name_initials",
    "basic_code",
    "implementation_code",
    "handling_code",
    "item_type",
    "exercise_level",
    "themes",
    "service_objects",
    "organ_kind",
    "organ_name",
    "organ_nature",
    "delegated_by",
    "legal_bases",
    "legal_limit",
    "promised_limit",
    "case_kind",
    "special_procedure",
    "conditions",
    "process",
    "quantity_limit",
    "result_name",
    "result_type",
    "charges",
    "charge_basis",
    "fees",
    "online_payment",
    "handling_forms",
    "on_site_visits",
    "on_site_reason",
    "materials",
    "materials_mailable",
    "result_mailable",
    "bookable",
    "kiosk",
    "online",
    "online_url",
    "online_depth",
    "in_hall",
    "scope",
    "places_and_hours",
    "consult_phone",
    "supervise_phone",
    "ways",
    "bars",
    "valid_from",
    "sources",
    "configured",
]

ROWS = {
    "ways": "step step_name actor mode service minutes queue working_days calendar_days needs gives price confidence "
    "note",
    "bars": "step modes reason law article confidence",
}
"""The keys of a row, in order; a row says only what is not empty, zero or the applicant's."""


def initials(name: str) -> str:
    """First letters of the pinyin of `name`; Latin letters and digits are kept, everything else dropped."""
    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda text: list(text))
    return "".join(c for c in "".join(letters).lower() if c.isascii() and c.isalnum())


def tidy(item: dict[str, Any]) -> dict[str, Any]:
    """`item` with its keys in order, its initials computed and nothing lost. Raises ValueError on an unknown key."""
    unknown = sorted(set(item) - set(KEYS))
    if unknown:
        raise ValueError(f"{item.get('code')}: unknown keys {unknown}")
    item = item | {"name_initials": initials(item["name"])}
    item |= {part: [_row(part, row) for row in item.get(part, [])] for part in ROWS}
    return {key: item[key] for key in KEYS if key in item}


def _row(part: str, row: dict[str, Any]) -> dict[str, Any]:
    keys = ROWS[part].split()
    if unknown := sorted(set(row) - set(keys)):
        raise ValueError(f"{part}: unknown keys {unknown}")
    return {key: row[key] for key in keys if row.get(key) and (key, row[key]) != ("actor", "person")}


def main(arguments: list[str]) -> int:
    load_phrases_dict(READINGS)
    untidy = []
    for path in sorted(FOLDER.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        better = json.dumps(tidy(json.loads(text)), ensure_ascii=False, indent=1) + "\n"
        if better != text:
            untidy.append(path.name)
            if "--check" not in arguments:
                path.write_text(better, encoding="utf-8")
    count = len(list(FOLDER.glob("*.json")))
    print(f"{len(untidy)} of {count} files {'are not tidy' if '--check' in arguments else 'rewritten'}")
    for name in untidy:
        print(" ", name)
    return 1 if untidy and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
