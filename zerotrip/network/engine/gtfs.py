"""Reading and writing a timetable feed in GTFS, the standard that exists for timetables.

Source: GTFS Schedule Reference (gtfs.org/documentation/schedule/reference). Our one addition is rounds.txt, which other
programs pass over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from . import gtfs_check as check
from . import gtfs_fields as fields
from .gtfs_files import LARGEST, Finding, Report, Table, contents, digest, parse, render, save
from .gtfs_model import NEVER_CHANGE, Call, Feed, FeedRefused, Round, Service, Stop, Trip
from .gtfs_trips import trips

__all__ = [
    "NEVER_CHANGE", "Call", "Feed", "FeedRefused", "Finding", "Round", "Service", "Stop", "Table", "Trip",
    "from_tables", "read", "understand", "write",
]  # fmt: skip


def read(path: Path, *, largest: int = LARGEST) -> Feed:
    """The feed in a folder or zip; `feed.report` holds warnings and notes.

    `largest`: bytes it may have unpacked. Raises FeedRefused, whose `report` names every error with file and row.
    """
    report = Report()
    files = contents(Path(path), report, largest=largest)
    if report.errors:
        raise FeedRefused(report.findings())
    return understand(files, report, name=Path(path).stem)


def understand(files: dict[str, bytes], report: Report | None = None, *, name: str = "") -> Feed:
    """The feed in these files (by name, as bytes). Raises FeedRefused."""
    report = report or Report()
    tables: dict[str, Table] = {}
    aside: dict[str, bytes] = {}
    for file, data in files.items():
        stem = file.removesuffix(".txt")
        if stem not in fields.FILES or not file.endswith(".txt"):
            zh, en = "此文件未读取，原样保留。", "This file is not read; it is kept as it is."
            report.add("aside", "note", file, None, zh, en)
            aside[file] = data
        elif (table := parse(file, data, report)) is not None:
            missing = [column for column in fields.FILES[stem] if column not in table.columns]
            if missing:
                zh, en = f"缺少列：{'、'.join(missing)}。", f"Columns missing: {', '.join(missing)}."
                report.error("columns", file, 1, zh, en)
            tables[stem] = table
    for stem in fields.REQUIRED:
        if f"{stem}.txt" not in files:
            report.error("missing", f"{stem}.txt", None, "缺少这个必需的文件。", "This required file is missing.")
    if report.errors:
        raise FeedRefused(report.findings())
    return _meaning(tables, aside, report, name, digest(files))


def from_tables(tables: Mapping[str, Table], *, name: str = "") -> Feed:
    """A feed made in a program, checked as if it had been read. Names of tables without ".txt". Raises FeedRefused."""
    return understand({f"{stem}.txt": render(table) for stem, table in tables.items()}, name=name)


def _meaning(
    tables: dict[str, Table], aside: dict[str, bytes], report: Report, name: str, name_of_content: str
) -> Feed:
    reading = check.Reading(tables, report)
    zone = check.zone(reading)
    stops = check.stops(reading)
    services = check.services(reading)
    runs = trips(reading, stops, check.routes(reading), services)
    transfers = check.transfers(reading, stops)
    rounds = check.rounds(reading, stops, services)
    used = {trip.service for trip in runs.values()}
    days: list[date] = [day for key in used if key in services for day in services[key].bounds() or ()]
    if not days and not report.errors:
        report.error("no service", "", None, "没有任何班次在任何一天运行。", "No trip runs on any day.")
    if report.errors:
        raise FeedRefused(report.findings())
    return Feed(
        name, name_of_content, zone, tables, aside, stops, runs, services, transfers, rounds, report.findings(),
        min(days), max(days),
    )  # fmt: skip


def write(feed: Feed, path: Path) -> None:
    """Write the feed into a folder, or a zip when `path` ends in ".zip". What was set aside is written too."""
    save({f"{stem}.txt": render(table) for stem, table in feed.tables.items()} | feed.aside, Path(path))
