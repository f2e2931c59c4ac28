"""Rebuild zerotrip/rules/data/holidays_cn.json from a list of the State Council's holiday notices.

    python update/holidays.py SOURCE.json --taken 2026-11-23

SOURCE.json: {"_source": text, "years": {"2026": {"papers": [url, …], "days": [["2026-01-01", "元旦", true], …]}}},
true for a day off, false for a working day in exchange. The file is checked before anything is written; the output is
the same for the same input, so a diff shows what a new notice changed.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "zerotrip" / "rules" / "data" / "holidays_cn.json"
EVERY_YEAR = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
FIXED = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
"""Days that are off by 全国年节及纪念日放假办法 in every year since 2014."""


def check(source: dict[str, Any]) -> list[str]:
    """Everything wrong with the source, as sentences; empty if it can be used."""
    wrong: list[str] = []
    years = sorted(source.get("years", {}))
    if not years:
        return ["There are no years in the source."]
    if [int(year) for year in years] != list(range(int(years[0]), int(years[-1]) + 1)):
        wrong.append(f"The years are not consecutive: {', '.join(years)}.")
    seen: dict[date, str] = {}
    for year in years:
        entry = source["years"][year]
        if not entry.get("papers") or not all(url.startswith(("http://", "https://")) for url in entry["papers"]):
            wrong.append(f"{year} names no notice it was taken from.")
        off: set[date] = set()
        ordinary: list[date] = []
        names = ""
        for text, name, is_off in entry["days"]:
            try:
                day = date.fromisoformat(text)
            except ValueError:
                wrong.append(f"{year}: {text} is not a date.")
                continue
            if day.year != int(year) and (day.year, day.month) != (int(year) - 1, 12):
                wrong.append(f"{year}: {day} belongs to another year.")
            if day in seen:
                wrong.append(f"{day} stands in {seen[day]} and in {year}.")
            if not is_off and day.weekday() < 5:  # a later notice said so in words once, for 2020-02-03
                ordinary.append(day)
            seen[day] = year
            names += name
            if is_off:
                off.add(day)
        if len(ordinary) > 1:
            wrong.append(f"{year}: {len(ordinary)} weekdays are named working days; off and working may be swapped.")
        wrong += [f"{year}: {name} is missing." for name in EVERY_YEAR if name not in names]
        wrong += [
            f"{year}: {date(int(year), *fixed)} should be off." for fixed in FIXED if date(int(year), *fixed) not in off
        ]
    return wrong


def build(source: dict[str, Any], taken: date) -> str:
    """The text of the data file."""
    years = {
        year: {
            "papers": sorted(entry["papers"]),
            "days": [
                [day, name, "off" if off else "work"]
                for day, name, off in sorted(entry["days"], key=lambda row: str(row[0]))
            ],
        }
        for year, entry in sorted(source["years"].items())
    }
    head = {
        "about": "Days off and working days in exchange by the State Council's notices; other weekends are off.",
        "source": source.get("_source", ""),
        "taken": taken.isoformat(),
        "first_day": f"{min(years)}-01-01",
        "last_day": f"{max(years)}-12-31",
    }
    lines = [json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ",", ' "years": {']
    for position, (year, entry) in enumerate(years.items(), start=1):
        lines.append(f'  "{year}": {{')
        lines.append(f'   "papers": {json.dumps(entry["papers"], ensure_ascii=False)},')
        rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in entry["days"])
        lines.append(f'   "days": [\n{rows}\n   ]')
        lines.append("  }" + ("," if position < len(years) else ""))
    return "\n".join([*lines, " }", "}", ""])


def main(arguments: list[str] | None = None) -> int:
    """Check the source and write the data file. Exit code 0 written, 1 the source is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="JSON list of notices and days")
    parser.add_argument("--taken", type=date.fromisoformat, required=True, help="day the list was taken, YYYY-MM-DD")
    parser.add_argument("--target", type=Path, default=TARGET, help="file to write (default: the packaged one)")
    options = parser.parse_args(arguments)
    source = json.loads(options.source.read_text(encoding="utf-8"))
    wrong = check(source)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    options.target.write_text(build(source, options.taken), encoding="utf-8")
    print(f"{options.target.name}: {min(source['years'])} to {max(source['years'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
