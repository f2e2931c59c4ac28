"""Rebuild zerotrip/journey/data/population.csv from the census bulletin's sentence on the cities of the province.

    python update/population.py

The sentence is that of 江西省第七次全国人口普查公报（第一号） (2021-05-26), as newspapers printed it. It gives the
eleven cities; the sum must be the total the same bulletin gives. For counties and townships no table with a licence
was found. Who has one adds rows by division code (six digits a county, nine a township); coverage uses the finest.
"""

import csv
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIVISIONS = ROOT / "zerotrip" / "places" / "data" / "divisions.csv"
TARGET = ROOT / "zerotrip" / "journey" / "data" / "population.csv"
TITLE = "江西省第七次全国人口普查公报（第一号），江西省统计局，2021-05-26"
TOTAL = 45188635
SENTENCE = (
    "常住人口超过350万人的有7个，分别是赣州(8970014人)、上饶(6491088人)、南昌(6255007人)、宜春(5007702人)、九江(4600276)、"
    "吉安(4469176人)、抚州(3614866人)；在100万人至200万人之间的有4个，分别是萍乡(1804805人)、景德镇(1618979人)、"
    "新余(1202499人)、鹰潭(1154223人)"
)
HEAD = f"""# Residents by division. Made by update/population.py
# date: 2020-11-01
# source: {TITLE}; by city; no finer table with a licence was found
"""


def main() -> int:
    """Write the table. Returns 1, having written nothing, when the figures do not add up or a city is unknown."""
    figures = {
        name: int(number)
        for name, number in re.findall(r"([\u4e00-\u9fff]+)\((\d+)人?\)", SENTENCE.replace("分别是", "、"))
    }
    if sum(figures.values()) != TOTAL:
        print(f"The cities add up to {sum(figures.values())}, the bulletin says {TOTAL}.", file=sys.stderr)
        return 1
    lines = (line for line in DIVISIONS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    codes = {row[3]: row[0] for row in csv.reader(lines) if re.fullmatch(r"36\d\d00", row[0])}
    unknown = sorted(set(figures) - set(codes))
    if unknown:
        print(f"No division is called {'、'.join(unknown)}.", file=sys.stderr)
        return 1
    rows = sorted((codes[name], name, people) for name, people in figures.items())
    body = "\n".join(f"{code},{name},{people}" for code, name, people in rows)
    TARGET.write_text(f"{HEAD}division,name,people\n{body}\n", encoding="utf-8")
    print(f"{len(rows)} cities, {TOTAL} people")
    return 0


if __name__ == "__main__":
    sys.exit(main())
