"""Trips with their calls: stop_times in order, blank times filled in, and the repetitions of frequencies.txt.

Source: GTFS Schedule Reference, stop_times.txt ("times between timepoints are interpolated") and frequencies.txt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import cast

from . import gtfs_fields as fields
from .gtfs_check import Reading
from .gtfs_model import Call, Service, Stop, Trip

_MOST_STARTS = 10_000
"""Departures one line of frequencies.txt may stand for: a run every nine seconds of a whole day."""
_MOST_CALLS = 5_000_000
"""Calls of all repeated runs together."""

Raw = tuple[int, int, str, int | None, int | None, bool, bool]
"""sequence, row, stop, arrival, departure, board, alight"""


def trips(reading: Reading, stops: dict[str, Stop], routes: set[str], services: dict[str, Service]) -> dict[str, Trip]:
    """All trips by trip_id. Those with fewer than two calls run nowhere: a warning, and they are left out."""
    heads: dict[str, tuple[int, str, str]] = {}
    for row, (key, route, service) in reading.rows("trips", "trip_id", "route_id", "service_id"):
        if route not in routes:
            reading.unknown("trips", row, "route_id", route, "routes")
        if service not in services:
            reading.unknown("trips", row, "service_id", service, "calendar")
        if reading.unique("trips", row, key, heads, "trip_id"):
            heads[key] = (row, route, service)
    calls = _stop_times(reading, stops, heads)
    starts = _frequencies(reading, heads)
    if sum(len(times) * len(calls[key]) for key, times in starts.items()) > _MOST_CALLS:
        zh, en = "重复的班次总数过多。", "The repeated runs are too many altogether."
        reading.report.error("frequencies", "frequencies.txt", None, zh, en)
        return {}
    found = {}
    for key, (row, route, service) in heads.items():
        if len(calls[key]) < 2:
            zh, en = f"班次“{key}”停靠不足两站，不予采用。", f'Trip "{key}" has fewer than two stops; it is left out.'
            reading.report.warning("short", "trips.txt", row, zh, en)
            continue
        ordered = _filled(reading, key, sorted(calls[key]))
        if ordered:
            found[key] = Trip(key, route, service, ordered, tuple(sorted(starts.get(key, ()))))
    return found


def _stop_times(reading: Reading, stops: dict[str, Stop], heads: Container[str]) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = defaultdict(list)
    times: dict[str, int | None] = {"": None}
    places: dict[tuple[str, int], int] = {}
    report = reading.report
    columns = ("trip_id", "stop_sequence", "stop_id", "arrival_time", "departure_time", "pickup_type", "drop_off_type")
    for row, (trip, sequence, stop, arrival, departure, pickup, drop) in reading.rows("stop_times", *columns):
        for column, text in (("arrival_time", arrival), ("departure_time", departure)):
            if text not in times:
                times[text] = fields.time(text)
            if text and times[text] is None:
                reading.wrong("stop_times", row, column, text, "时间 HH:MM:SS", "a time HH:MM:SS")
        at = fields.whole(sequence)
        if at is None:
            reading.wrong("stop_times", row, "stop_sequence", sequence, "从 0 起的整数", "a whole number from 0")
            continue
        if pickup not in {"", "0", "1", "2", "3"}:
            reading.wrong("stop_times", row, "pickup_type", pickup, " 0 至 3", "0 to 3")
        if drop not in {"", "0", "1", "2", "3"}:
            reading.wrong("stop_times", row, "drop_off_type", drop, " 0 至 3", "0 to 3")
        if trip not in heads:
            reading.unknown("stop_times", row, "trip_id", trip, "trips")
            continue
        if stop not in stops:
            reading.unknown("stop_times", row, "stop_id", stop, "stops")
        elif stops[stop].kind:
            zh, en = (
                f"班次不能停在“{stop}”：它是车站、出入口等，不是站台。",
                f'Trips cannot call at "{stop}": it is not a platform.',
            )
            report.error("platform", "stop_times.txt", row, zh, en)
        if (trip, at) in places:
            zh, en = f"班次“{trip}”的 stop_sequence {at} 出现了两次。", f'Trip "{trip}" has stop_sequence {at} twice.'
            report.error("sequence", "stop_times.txt", row, zh, en)
        places[trip, at] = row
        found[trip].append((at, row, stop, times[arrival], times[departure], pickup != "1", drop != "1"))
    return found


def _filled(reading: Reading, trip: str, raw: list[Raw]) -> tuple[Call, ...]:
    """Calls with every time set: stops between two timed ones share the time between them evenly. Empty when wrong."""
    timed = [i for i, call in enumerate(raw) if call[3] is not None or call[4] is not None]
    for end in (0, len(raw) - 1):
        if end not in timed:
            zh, en = f"班次“{trip}”的首末站必须有时间。", f'The first and last stop of trip "{trip}" must have times.'
            reading.report.error("ends", "stop_times.txt", raw[end][1], zh, en)
            return ()
    arrivals, departures = [0] * len(raw), [0] * len(raw)
    previous = 0
    for i in timed:
        _, row, _, arrival, departure, _, _ = raw[i]
        arrivals[i] = cast("int", departure if arrival is None else arrival)
        departures[i] = cast("int", arrival if departure is None else departure)
        if departures[i] < arrivals[i] or (i and arrivals[i] < departures[previous]):
            zh, en = f"班次“{trip}”的时间在这里倒退了。", f'The times of trip "{trip}" go back here.'
            reading.report.error("back", "stop_times.txt", row, zh, en)
            return ()
        for k in range(previous + 1, i):
            step, span = k - previous, i - previous
            arrivals[k] = departures[k] = departures[previous] + (arrivals[i] - departures[previous]) * step // span
        previous = i
    return tuple(
        Call(stop, arrivals[i], departures[i], board, alight) for i, (_, _, stop, _, _, board, alight) in enumerate(raw)
    )


def _frequencies(reading: Reading, heads: Container[str]) -> dict[str, set[int]]:
    """Departures at the first stop by trip_id."""
    found: dict[str, set[int]] = defaultdict(set)
    columns = ("trip_id", "start_time", "end_time", "headway_secs", "exact_times")
    for row, (trip, start, end, headway, exact) in reading.rows("frequencies", *columns):
        if trip not in heads:
            reading.unknown("frequencies", row, "trip_id", trip, "trips")
            continue
        first, last, every = fields.time(start), fields.time(end), fields.whole(headway)
        for column, text, value in (("start_time", start, first), ("end_time", end, last)):
            if value is None:
                reading.wrong("frequencies", row, column, text, "时间 HH:MM:SS", "a time HH:MM:SS")
        if not every:
            reading.wrong("frequencies", row, "headway_secs", headway, "大于 0 的秒数", "seconds above 0")
        if exact not in {"", "0", "1"}:
            reading.wrong("frequencies", row, "exact_times", exact, " 0 或 1", "0 or 1")
        if first is None or last is None or not every:
            continue
        if last <= first or (last - first) // every > _MOST_STARTS:
            zh, en = (
                "end_time 不晚于 start_time，或班次过密。",
                "end_time is not after start_time, or the runs are too many.",
            )
            reading.report.error("frequency", "frequencies.txt", row, zh, en)
            continue
        if exact != "1":
            zh = f"班次“{trip}”只有大致间隔，按 start_time 起每 {every} 秒一班读取。"
            en = f'Trip "{trip}" has only an approximate headway; read as a run every {every} s from start_time.'
            reading.report.warning("headway", "frequencies.txt", row, zh, en)
        found[trip].update(range(first, last, every))
    return found
