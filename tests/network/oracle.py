"""Earliest arrivals found another way: the files read anew, a time-expanded graph, and networkx's Dijkstra.

Nothing here is shared with the engine, so that a wrong idea in one does not hide in the other.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import networkx as nx

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass
class Oracle:
    """The graph of what leaves on `days` days from `first`, or leaves and arrives as they end. Times are seconds since
    its midnight (no clock change)."""

    content: Mapping[str, str]
    first: date
    days: int
    graph: Any = field(default_factory=nx.DiGraph)

    def __post_init__(self) -> None:
        self.waits: dict[str, list[int]] = defaultdict(list)
        self.there: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        self.same, self.walks = self._transfers()
        edges = []
        for number, (calls, shift) in enumerate(self._runs()):
            for at, (one, two) in enumerate(pairwise(calls)):
                here, aboard = ("wait", one["stop"], one["dep"] + shift), ("ride", number, at)
                leaves, end = one["dep"] + shift, self.days * 86400
                if not (0 <= leaves < end or leaves == two["arr"] + shift == end):
                    continue
                if one["pick"]:
                    edges.append((here, aboard, two["arr"] - one["dep"]))
                    self.waits[one["stop"]].append(one["dep"] + shift)
                if at + 2 < len(calls):
                    edges.append((aboard, ("ride", number, at + 1), calls[at + 2]["arr"] - two["arr"]))
                if two["drop"]:
                    self.there[two["stop"]].append((aboard, two["arr"] + shift))
        self.graph.add_weighted_edges_from(edges)
        for stop, when in self.waits.items():
            when[:] = sorted(set(when))
            for one, two in pairwise(when):
                self.graph.add_edge(("wait", stop, one), ("wait", stop, two), weight=two - one)
        for stop, places in list(self.there.items()):
            for node, arrival in places:
                if self.same.get(stop, 0) is not None:
                    self._onward(node, arrival, stop, arrival + self.same.get(stop, 0))
                for other, seconds in self.walks[stop]:
                    self._onward(node, arrival, other, arrival + seconds)

    def arrivals(self, origin: str, at: int, until: int | None = None) -> dict[str, int]:
        """The earliest arrival at each stop that can be reached, by `until` if given."""
        self.graph.add_node("start")
        self._onward("start", at, origin, at)
        found = {origin: at}
        for other, seconds in self.walks[origin]:
            self._onward("start", at, other, at + seconds)
            found[other] = min(found.get(other, at + seconds), at + seconds)
        lengths = nx.single_source_dijkstra_path_length(self.graph, "start")
        self.graph.remove_node("start")
        for stop, places in self.there.items():
            for node, arrival in places:
                if node in lengths:
                    found[stop] = min(found.get(stop, arrival), arrival)
                    for other, seconds in self.walks[stop]:
                        found[other] = min(found.get(other, arrival + seconds), arrival + seconds)
        return {stop: when for stop, when in found.items() if until is None or when <= until}

    def _onward(self, node: Any, now: int, stop: str, ready: int) -> None:
        when = self.waits.get(stop, [])
        place = bisect_left(when, ready)
        if place < len(when):
            self.graph.add_edge(node, ("wait", stop, when[place]), weight=when[place] - now)

    def _rows(self, name: str) -> list[dict[str, str]]:
        text = self.content.get(name, "")
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))

    def _transfers(self) -> tuple[dict[str, int | None], dict[str, list[tuple[str, int]]]]:
        same: dict[str, int | None] = {}
        walks: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in self._rows("transfers"):
            one, two, seconds = row["from_stop_id"], row["to_stop_id"], int(row["min_transfer_time"] or 0)
            if one == two:
                same[one] = None if row["transfer_type"] == "3" else seconds
            elif row["transfer_type"] != "3":
                walks[one].append((two, seconds))
        return same, walks

    def _runs(self) -> list[tuple[list[dict[str, Any]], int]]:
        calls: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows("stop_times"):
            arrival, departure = (
                row["arrival_time"] or row["departure_time"],
                row["departure_time"] or row["arrival_time"],
            )
            calls[row["trip_id"]].append(
                {"seq": int(row["stop_sequence"]), "stop": row["stop_id"],
                 "arr": _clock(arrival), "dep": _clock(departure),
                 "pick": row.get("pickup_type") != "1", "drop": row.get("drop_off_type") != "1"}
            )  # fmt: skip
        runs = []
        for trip in self._rows("trips"):
            line = _filled(sorted(calls[trip["trip_id"]], key=lambda call: call["seq"]))
            starts = [
                start - line[0]["dep"]
                for row in self._rows("frequencies")
                if row["trip_id"] == trip["trip_id"]
                for start in range(_clock(row["start_time"]), _clock(row["end_time"]), int(row["headway_secs"]))
            ] or [0]
            for day in range(-3, self.days + 1):
                if self._serves(trip["service_id"], self.first + timedelta(day)):
                    runs += [(line, day * 86400 + start) for start in starts]
        return runs

    def _serves(self, service: str, day: date) -> bool:
        text = day.strftime("%Y%m%d")
        for row in self._rows("calendar_dates"):
            if row["service_id"] == service and row["date"] == text:
                return row["exception_type"] == "1"
        return any(
            row["service_id"] == service
            and row[WEEK[day.weekday()]] == "1"
            and row["start_date"] <= text <= row["end_date"]
            for row in self._rows("calendar")
        )


def _clock(text: str) -> int:
    if not text:
        return -1
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _filled(line: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blank times lie at equal steps between the timed ones, whole seconds."""
    timed = [at for at, call in enumerate(line) if call["arr"] >= 0]
    for one, two in pairwise(timed):
        for at in range(one + 1, two):
            share = Fraction(at - one, two - one)
            when = int(line[one]["dep"] + (line[two]["arr"] - line[one]["dep"]) * share)
            line[at]["arr"] = line[at]["dep"] = when
    return line
