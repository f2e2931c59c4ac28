"""From tables of text to the meaning of a feed, with every mistake found on the way.

Source: GTFS Schedule Reference. What it calls required and is missing or wrong is an error; what only hurts elsewhere,
or is left unread here, is a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, cast
from zoneinfo import ZoneInfo

from . import gtfs_fields as fields
from .gtfs_files import Report, Table
from .gtfs_model import NEVER_CHANGE, Round, Service, Stop

Tables = dict[str, Table]


class Reading:
    """One reading of one feed: the tables, the report, and what has been understood so far."""

    def __init__(self, tables: Tables, report: Report) -> None:
        self.tables = tables
        self.report = report

    def rows(self, name: str, *columns: str) -> Iterator[tuple[int, list[str]]]:
        """Rows of a file that may be missing."""
        return self.tables[name].pick(*columns) if name in self.tables else iter(())

    def wrong(self, file: str, row: int, column: str, text: str, zh: str, en: str) -> None:
        """A value that cannot be one: `zh` and `en` say what it should be."""
        shown = text if len(text) <= 40 else text[:40] + "…"
        self.report.error(
            column, f"{file}.txt", row, f"{column} 的值“{shown}”不对，应为{zh}。", f'{column} is "{shown}", not {en}.'
        )

    def unknown(self, file: str, row: int, column: str, text: str, other: str) -> None:
        """A reference to nothing."""
        self.report.error(
            f"{column} unknown", f"{file}.txt", row,
            f"{column} 指向 {other}.txt 中没有的“{text}”。", f'{column} names "{text}", which is not in {other}.txt.',
        )  # fmt: skip

    def unique(self, file: str, row: int, key: str, known: Mapping[str, object], column: str) -> bool:
        """Whether `key` is there and new."""
        if not key:
            self.report.error(f"{column} empty", f"{file}.txt", row, f"{column} 没有填写。", f"{column} is empty.")
        elif key in known:
            zh, en = f"{column}“{key}”出现了两次。", f'{column} "{key}" stands here twice.'
            self.report.error(f"{column} twice", f"{file}.txt", row, zh, en)
        else:
            return True
        return False


def zone(reading: Reading) -> str:
    """The one time zone of the agencies; "UTC" when the report already says that there is none."""
    seen: dict[str, int] = {}
    known: dict[str, object] = {}
    count = len(reading.tables["agency"].rows)
    for row, (key, name) in reading.rows("agency", "agency_id", "agency_timezone"):
        if (key or count > 1) and reading.unique("agency", row, key, known, "agency_id"):
            known[key] = row
        try:
            ZoneInfo(name)
            seen.setdefault(name, row)
        except (ValueError, OSError, KeyError):
            reading.wrong(
                "agency", row, "agency_timezone", name, "时区名，如 Asia/Shanghai", "a time zone like Asia/Shanghai"
            )
    if not count:
        reading.report.error("empty", "agency.txt", None, "没有任何运营者。", "There is no agency.")
    if len(seen) > 1:
        zh, en = "各运营者的时区不一致。", "The agencies have different time zones."
        reading.report.error("zones", "agency.txt", list(seen.values())[1], zh, en)
    return next(iter(seen), "UTC")


def stops(reading: Reading) -> dict[str, Stop]:
    """Stops and stations by stop_id."""
    found: dict[str, Stop] = {}
    parents: list[tuple[int, str, str]] = []
    columns = ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station")
    for row, (key, name, lat, lon, type_, station) in reading.rows("stops", *columns):
        if not reading.unique("stops", row, key, found, "stop_id"):
            continue
        kind = fields.choice(type_, 4)
        if kind is None:
            reading.wrong("stops", row, "location_type", type_, " 0 至 4", "0 to 4")
        y, x = fields.degrees(lat, 90), fields.degrees(lon, 180)
        if y is None and (lat or kind in (0, 1, 2)):
            reading.wrong("stops", row, "stop_lat", lat, "纬度", "a latitude")
        if x is None and (lon or kind in (0, 1, 2)):
            reading.wrong("stops", row, "stop_lon", lon, "经度", "a longitude")
        if station:
            parents.append((row, key, station))
        found[key] = Stop(key, name or key, y, x, kind or 0, station)
    for row, key, station in parents:
        if station not in found:
            reading.unknown("stops", row, "parent_station", station, "stops")
        elif found[key].kind in (0, 2, 3) and found[station].kind != 1:
            zh, en = f"上级车站“{station}”的 location_type 不是 1。", f'The parent "{station}" is not a station (1).'
            reading.report.error("parent", "stops.txt", row, zh, en)
    return found


def routes(reading: Reading) -> set[str]:
    """The ids of the routes."""
    agencies = {key for _, (key,) in reading.rows("agency", "agency_id")}
    found: dict[str, object] = {}
    for row, (key, agency, type_) in reading.rows("routes", "route_id", "agency_id", "route_type"):
        if reading.unique("routes", row, key, found, "route_id"):
            found[key] = row
        if agency and agency not in agencies:
            reading.unknown("routes", row, "agency_id", agency, "agency")
        if fields.whole(type_) is None:
            reading.wrong("routes", row, "route_type", type_, "数字", "a number")
    return set(found)


def services(reading: Reading) -> dict[str, Service]:
    """Days of service by service_id. Either calendar file may be missing."""
    found: dict[str, Service] = {}
    if "calendar" not in reading.tables and "calendar_dates" not in reading.tables:
        zh, en = (
            "calendar.txt 和 calendar_dates.txt 至少要有一个。",
            "There must be calendar.txt or calendar_dates.txt.",
        )
        reading.report.error("calendar", "", None, zh, en)
    for row, (key, *days, first, last) in reading.rows("calendar", *fields.FILES["calendar"]):
        if not reading.unique("calendar", row, key, found, "service_id"):
            continue
        for column, text in zip(fields.WEEKDAYS, days, strict=True):
            if text not in {"0", "1"}:
                reading.wrong("calendar", row, column, text, " 0 或 1", "0 or 1")
        start, end = (
            _day(reading, "calendar", row, "start_date", first),
            _day(reading, "calendar", row, "end_date", last),
        )
        if start and end and end < start:
            zh, en = "end_date 早于 start_date。", "end_date is before start_date."
            reading.report.error("dates", "calendar.txt", row, zh, en)
        found[key] = Service(tuple(text == "1" for text in days), start, end)
    told: set[tuple[str, date]] = set()
    for row, (key, text, type_) in reading.rows("calendar_dates", "service_id", "date", "exception_type"):
        day = _day(reading, "calendar_dates", row, "date", text)
        if not key:
            reading.unique("calendar_dates", row, key, {}, "service_id")
        if type_ not in {"1", "2"}:
            reading.wrong("calendar_dates", row, "exception_type", type_, " 1 或 2", "1 or 2")
        elif key and day:
            if (key, day) in told:
                zh, en = f"{key} 的 {day} 出现了两次。", f"{key} has {day} twice."
                reading.report.error("day twice", "calendar_dates.txt", row, zh, en)
            told.add((key, day))
            service = found.setdefault(key, Service())
            (service.added if type_ == "1" else service.removed).add(day)
    return found


def _day(reading: Reading, file: str, row: int, column: str, text: str) -> date | None:
    day = fields.day(text)
    if day is None:
        reading.wrong(file, row, column, text, "日期 YYYYMMDD", "a date YYYYMMDD")
    return day


def transfers(reading: Reading, known: dict[str, Stop]) -> dict[tuple[str, str], int]:
    """Seconds to change between stops or at one. A station stands for its stops; stops beat stations."""
    children: dict[str, list[str]] = defaultdict(list)
    for stop in known.values():
        if stop.station:
            children[stop.station].append(stop.id)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    columns = ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time",
               "from_route_id", "to_route_id", "from_trip_id", "to_trip_id")  # fmt: skip
    for row, (origin, target, type_, minimum, *special) in reading.rows("transfers", *columns):
        kind = fields.choice(type_, 5)
        if kind is None:
            reading.wrong("transfers", row, "transfer_type", type_, " 0 至 5", "0 to 5")
            continue
        if any(special) or kind > 3:
            zh, en = (
                "只对某些线路或班次有效的换乘未被采用。",
                "A transfer for certain routes or trips only is not used.",
            )
            reading.report.warning("special", "transfers.txt", row, zh, en)
            continue
        unknown = [(c, s) for c, s in (("from_stop_id", origin), ("to_stop_id", target)) if s not in known]
        for column, missing in unknown:
            reading.unknown("transfers", row, column, missing, "stops")
        seconds = fields.whole(minimum or "0")
        if seconds is None or seconds > fields.LONGEST or (kind == 2 and not minimum):
            reading.wrong(
                "transfers", row, "min_transfer_time", minimum, "秒数（不超过 14 天）", "seconds, at most 14 days"
            )
        elif not unknown:
            one, two = children.get(origin, [origin]), children.get(target, [target])
            rank = (one == [origin]) + (two == [target])
            for pair in ((a, b) for a in one for b in two):
                if pair not in found or found[pair][0] < rank:
                    found[pair] = (rank, NEVER_CHANGE if kind == 3 else seconds)
    return {pair: seconds for pair, (_, seconds) in found.items()}


def rounds(reading: Reading, known: dict[str, Stop], services: dict[str, Service]) -> tuple[Round, ...]:
    """Courier rounds of rounds.txt."""
    found: dict[str, Round] = {}
    for row, (key, stop, kind, service, start, end) in reading.rows("rounds", *fields.FILES["rounds"]):
        fresh = reading.unique("rounds", row, key, found, "round_id")
        if stop not in known:
            reading.unknown("rounds", row, "stop_id", stop, "stops")
        if service not in services:
            reading.unknown("rounds", row, "service_id", service, "calendar")
        if kind not in {"collection", "delivery"}:
            reading.wrong("rounds", row, "kind", kind, " collection 或 delivery", "collection or delivery")
        begins, ends = fields.time(start), fields.time(end)
        for column, text, value in (("start_time", start, begins), ("end_time", end, ends)):
            if value is None:
                reading.wrong("rounds", row, column, text, "时间 HH:MM:SS", "a time HH:MM:SS")
        if begins is not None and ends is not None:
            if ends < begins:
                zh, en = "end_time 早于 start_time。", "end_time is before start_time."
                reading.report.error("round", "rounds.txt", row, zh, en)
            if fresh:
                made = cast("Literal['collection', 'delivery']", kind)
                found[key] = Round(key, stop, made, service, begins, ends)
    return tuple(found.values())
