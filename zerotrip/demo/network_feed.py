"""The demo's timetable as a GTFS folder, with `rounds.txt` for the couriers' rounds."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from zerotrip.demo.network import DAILY, DWELL, ORDINARY, WORK, Plan, plan
from zerotrip.rules.calendar_cn import Calendar, packaged

NAME = "江西演示邮路"
URL = "https://example.com/"
"""A name reserved for examples (RFC 2606): the demo has no publisher."""

ROAD, AIR = 3, 1100
"""Types of routes; the second of the extended types, which GTFS validators warn of and accept."""

KINDS = {
    "trunk": "干线",
    "road": "省际陆运",
    "air": "省际航空",
    "branch": "支线",
    "town": "乡镇邮路",
    "street": "城区邮路",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    stops: int
    lines: int
    runs: int
    rounds: int
    connections: dict[str, int]
    """Hops on a working day, on a weekend, on a statutory holiday."""
    first: date
    last: date


def write(
    folder: Path, first: date, last: date, *, made: Plan | None = None, calendar: Calendar | None = None
) -> Written:
    """Write the demo feed, valid from `first` to `last`, into `folder` (made if missing); rewrites its files.

    Past the notices the calendar counts weekends only: those days are provisional.
    """
    made = made or plan()
    calendar = (calendar or packaged()).tentative()
    folder.mkdir(parents=True, exist_ok=True)
    local = (URL, "Asia/Shanghai", "zh")
    agencies = [("DEMO-POST", "邮政（演示）", *local), ("DEMO-AIR", "航空邮路（演示）", *local)]
    _write(folder / "agency.txt", "agency_id,agency_name,agency_url,agency_timezone,agency_lang", agencies)
    head = "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version"
    _write(folder / "feed_info.txt", f"{head},feed_contact_url",
           [(NAME, URL, "zh", _day(first), _day(last), f"demo-{first:%Y%m%d}", URL)])  # fmt: skip
    _write(folder / "stops.txt", "stop_id,stop_name,stop_lat,stop_lon",
           [(s.code, s.name, f"{s.lat:.5f}", f"{s.lon:.5f}") for s in made.stops.values()])  # fmt: skip
    _write(folder / "routes.txt", "route_id,agency_id,route_short_name,route_long_name,route_type",
           [(n.code, *(("DEMO-AIR", n.code, f"{KINDS[n.kind]} {n.name}", AIR) if n.kind == "air" else
                       ("DEMO-POST", n.code, f"{KINDS[n.kind]} {n.name}", ROAD)))
            for n in made.lines])  # fmt: skip
    _write(folder / "trips.txt", "route_id,service_id,trip_id,trip_headsign",
           [(r.line, r.service, r.code, made.stops[_head(r.calls)].name) for r in made.runs])  # fmt: skip
    _write(folder / "stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint",
           [(r.code, _time(c.arrives), _time(c.departs), c.stop, i, 1)
            for r in made.runs for i, c in enumerate(r.calls, 1)])  # fmt: skip
    _services(folder, first, last, calendar)
    _write(folder / "transfers.txt", "from_stop_id,to_stop_id,transfer_type,min_transfer_time",
           [(s.code, s.code, 2, DWELL[s.tier] * 60) for s in made.stops.values()])  # fmt: skip
    _write(folder / "rounds.txt", "round_id,stop_id,kind,service_id,start_time,end_time",
           [(r.code, r.stop, r.kind, r.service, _time(r.starts), _time(r.ends)) for r in made.rounds])  # fmt: skip
    counts = {
        "working_day": made.connections(),
        "weekend": made.connections((DAILY, ORDINARY)),
        "holiday": made.connections((DAILY,)),
    }
    return Written(len(made.stops), len(made.lines), len(made.runs), len(made.rounds), counts, first, last)


def _services(folder: Path, first: date, last: date, calendar: Calendar) -> None:
    span = (_day(first), _day(last))
    week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    _write(folder / "calendar.txt", f"service_id,{week},start_date,end_date", [
        (DAILY, *[1] * 7, *span), (ORDINARY, *[1] * 7, *span), (WORK, *[1] * 5, 0, 0, *span),
    ])  # fmt: skip
    exceptions: list[tuple[str, str, int]] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        off = calendar.is_off(day)
        if off and calendar.name(day):
            exceptions.append((ORDINARY, _day(day), 2))
        if off != (day.weekday() >= 5):
            exceptions.append((WORK, _day(day), 2 if off else 1))
    _write(folder / "calendar_dates.txt", "service_id,date,exception_type", exceptions)


def _head(calls: Iterable[object]) -> str:
    """Where a run goes: the end of a shuttle, the farthest outlet of a tour."""
    stops = [call.stop for call in calls]  # type: ignore[attr-defined]
    return str(stops[len(stops) // 2] if stops[0] == stops[-1] else stops[-1])


def _write(path: Path, head: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head.split(","))
        writer.writerows(rows)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}:00"
