"""What the ways of an item amount to: its steps, the fewest trips they allow, and whether they fit together.

Plain rows in (`content["ways"]`, `content["bars"]`), plain values out; no database.

>>> rows = [way("apply", "online"), way("review", "window", actor="agency", working_days=1, gives=["result"]),
...         way("receive", "doorstep", needs=["result"]), way("receive", "window", needs=["result"])]
>>> fewest_trips(rows), fewest_trips(rows[:2] + rows[3:]), fewest_trips(rows[2:])
(0, 1, 0)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from django.utils.translation import override

from zerotrip.catalog import codes
from zerotrip.rules.findings import Finding, Severity

Row = dict[str, Any]

AT_HOME: Final = frozenset({"online", "doorstep"})
SITE: Final = {"outlet": "outlet", "kiosk": "kiosk", "hall": "hall", "window": "hall"}
"""Where the applicant is when they go out: a hall and its windows are one place."""
_KEY: Final = re.compile(r"[a-z][a-z_]{0,19}\Z")
_NAMES: Final = [*codes.MODE, *codes.PAPER]


def way(step: str, mode: str, **more: Any) -> Row:
    """One row, with what is not said empty."""
    blank: Row = {"step_name": step, "actor": "person", "service": "", "minutes": 0, "queue": 0, "working_days": 0}
    return blank | {"calendar_days": 0, "needs": [], "gives": [], "step": step, "mode": mode} | more


def steps(ways: Sequence[Row]) -> list[list[Row]]:
    """The rows of each step, in order."""
    return [list(rows) for _key, rows in groupby(ways, key=lambda row: str(row["step"]))]


def fewest_trips(ways: Sequence[Row]) -> int | None:
    """How often the applicant must go out at least, if every place offered every service; None: it cannot be done.

    A visit goes on while the applicant stays at one site and an agency needs minutes only; days end it. A paper that
    some option gives exists only when that option was taken; the others are there from the beginning.
    """
    made = {paper for row in ways for paper in row["gives"]}
    seen: dict[tuple[str, frozenset[str]], int] = {("", frozenset()): 0}
    for options in steps(ways):
        after: dict[tuple[str, frozenset[str]], int] = {}
        for (site, papers), trips in seen.items():
            for row in options:
                if not (set(row["needs"]) & made) <= papers:
                    continue
                here, more = _go(site, row)
                state = (here, papers | frozenset(row["gives"]))
                after[state] = min(after.get(state, 99), trips + more)
        seen = after
    return min(seen.values(), default=None) if ways else None


def _go(site: str, row: Row) -> tuple[str, int]:
    """Where the applicant is after a row, and whether a trip begins with it."""
    waits = bool(row["working_days"] or row["calendar_days"])
    if row["actor"] == "agency":
        return ("" if waits else site), 0
    if row["mode"] in AT_HOME:
        return "", 0
    there = SITE[row["mode"]]
    return there, int(there != site or bool(row["calendar_days"]))


def check(ways: Sequence[Row], bars: Sequence[Row], visits: int | None) -> list[Finding]:
    """What does not fit in ways and bars; errors keep a version from being published."""
    if not ways:
        return [_say("none", "还没有填写办理环节，不能为它规划办事路线。", "No steps yet: no errand can be planned.")]
    found = [*_rows(ways), *_papers(ways), *_bars(ways, bars)]
    if found:
        return found
    least = fewest_trips(ways)
    if least is None:
        return [
            _say(
                "no_path",
                "没有一种走得通的办法：有环节要用的纸件没有来处。",
                "No way leads through all steps.",
                bad=True,
            )
        ]
    if visits is not None and least != visits:
        return [
            _say(
                "trips",
                f"按办理环节最少要出门 {least} 次，到办事现场次数填的是 {visits} 次，请核对。",
                f"By its steps the item needs {least} trips at least; on_site_visits says {visits}.",
                severity=Severity.WARNING,
            )
        ]
    return []


def _rows(ways: Sequence[Row]) -> Iterator[Finding]:
    keys = [rows[0]["step"] for rows in steps(ways)]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _say(
            "apart", f"环节“{key}”的各行没有排在一起。", f"The rows of step {key} do not stand together.", bad=True
        )
    for rows in steps(ways):
        key, name = rows[0]["step"], rows[0]["step_name"]
        modes = [row["mode"] for row in rows]
        if not _KEY.match(key):
            yield _say(
                "key",
                f"环节代码“{key}”只能用小写字母和下划线，最多 20 位。",
                f"The step key {key} must be lower-case letters.",
                bad=True,
            )
        for mode in sorted({mode for mode in modes if modes.count(mode) > 1}):
            yield _say(
                "twice",
                f"环节“{name}”的“{_chinese(mode)}”写了两行。",
                f"Step {key} has the mode {mode} twice.",
                bad=True,
            )
        if len({(row["step_name"], row["actor"]) for row in rows}) > 1:
            yield _say(
                "one_name",
                f"环节“{key}”各行的名称和办理人应当相同。",
                f"All rows of step {key} must have the same name and actor.",
                bad=True,
            )
        if rows[0]["actor"] == "agency" and "doorstep" in modes:
            yield _say(
                "agency_home",
                f"环节“{name}”由部门办理，不能是上门。",
                f"Step {key} is the agency's: it is not done at the applicant's door.",
                bad=True,
            )


def _papers(ways: Sequence[Row]) -> Iterator[Finding]:
    made = {paper for row in ways for paper in row["gives"]}
    there: set[str] = set()
    for rows in steps(ways):
        for paper in sorted({paper for row in rows for paper in row["needs"]} & made - there):
            yield _say(
                "needs",
                f"环节“{rows[0]['step_name']}”要用“{_chinese(paper)}”，但在它之前没有环节产出。",
                f"Step {rows[0]['step']} needs {paper}, which no step before it gives.",
                bad=True,
            )
        there |= {paper for row in rows for paper in row["gives"]}


def _bars(ways: Sequence[Row], bars: Sequence[Row]) -> Iterator[Finding]:
    modes: dict[str, set[str]] = {}
    for row in ways:
        modes.setdefault(row["step"], set()).add(row["mode"])
    for bar in bars:
        key, reason = bar["step"], bar["reason"]
        if key not in modes:
            yield _say("bar_step", f"限制“{reason}”指向没有的环节“{key}”。", f"A bar names no step: {key}.", bad=True)
            continue
        if not bar["modes"]:
            yield _say(
                "bar_modes", f"限制“{reason}”没有写明办理方式。", f"A bar of step {key} names no mode.", bad=True
            )
        for mode in sorted(modes[key] & set(bar["modes"])):
            yield _say(
                "bar_way",
                f"环节“{key}”的“{_chinese(mode)}”既可办理又被限制，请删去一处。",
                f"Step {key} offers and bars {mode}.",
                bad=True,
            )
        if bar["article"] and not bar["law"]:
            yield _say(
                "bar_law",
                f"限制“{reason}”写了条款，没有写依据。",
                f"A bar of step {key} has an article without a law.",
                bad=True,
            )


def _chinese(code: str) -> str:
    with override("zh-hans"):
        return codes.label(_NAMES, code)


def _say(code: str, zh: str, en: str, *, bad: bool = False, severity: Severity = Severity.HINT) -> Finding:
    field = "bars" if code.startswith("bar") else "ways"
    return Finding(f"item.ways.{code}", field, zh, en, Severity.ERROR if bad else severity)
