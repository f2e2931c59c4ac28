"""How quickly the timetable answers: one question, one place to all, all pairs of a week, a promise, the first answer.

    python -m bench.network [--queries 2000]

On the demo province's own timetable, one core, warm. Beside each figure stands the same work done in the obvious ways:
the same scan in plain Python over tuples, and Dijkstra on a time-expanded graph with networkx (graph built beforehand).
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.common import ROOT, code_kept_in, percentile, show
from zerotrip.demo import network_feed
from zerotrip.network.engine import gtfs
from zerotrip.network.engine.kept import keep
from zerotrip.network.engine.lateness import Lateness
from zerotrip.network.engine.nets import net_of
from zerotrip.network.engine.promise import End, Network
from zerotrip.network.engine.promise_shelf import AHEAD, STEP
from zerotrip.network.engine.scan import INF, Scanner
from zerotrip.network.engine.scan_parts import Parts
from zerotrip.network.engine.timetable import Plan, Timetable

MONDAY = date(2026, 11, 23)
DRAWS = 200
Query = tuple[int, int, int]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=2000, help="random questions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zt-bench-") as folder:
        path = Path(folder) / "feed"
        network_feed.write(path, date(2026, 11, 1), date(2026, 12, 31))
        feed = gtfs.read(path)
        week = Timetable.build(Plan.of(feed), MONDAY, 7)
        dice = random.Random(1)
        stops = range(len(week.stops))
        queries = [(*dice.sample(stops, 2), dice.randrange(5 * 86400)) for _ in range(options.queries)]
        size = f"{len(week.stops):,} places, {len(week.departure):,} connections from {MONDAY} for a week"
        _questions(week, queries, size)
        _week(week, size)
        _promises(feed, week, queries, size)
        _start(path, feed, size)


def machine() -> str:
    """Processor, load and versions, in one line."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    names = ("numpy", "numba", "networkx")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load}; "
        f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}"
    )


def _times(work: Callable[..., Any], questions: Iterable[tuple[Any, ...]]) -> list[float]:
    """Microseconds of each question, after one to warm up."""
    asked = list(questions)
    work(*asked[0])
    times = []
    for question in asked:
        began = time.perf_counter()
        work(*question)
        times.append((time.perf_counter() - began) * 1e6)
    return times


def _rows(times: dict[str, list[float]]) -> list[list[object]]:
    ours = statistics.median(next(iter(times.values())))
    rows: list[list[object]] = []
    for name, each in times.items():
        ratio = statistics.median(each) / ours
        told = f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2f}×"
        rows.append([name, len(each), statistics.median(each), percentile(each, 0.95), told])
    return rows


HEADINGS = ["what", "questions", "p50", "p95", "against ours"]


def _questions(week: Timetable, queries: list[Query], size: str) -> None:
    scanner, plain, graph = Scanner(week), PlainScan(week), Graph(week)
    whole = Scanner(week, by_blocks=False)
    for origin, goal, at in queries[:20]:
        found = {way.arrival(origin, goal, at) for way in (scanner, whole, plain, graph)}
        assert len(found) == 1, "all ways must agree before they are compared"
    few = queries[:200]
    show(
        "One question: the earliest arrival, microseconds",
        HEADINGS,
        _rows(
            {
                "numba, through the blocks on the way": _times(scanner.arrival, queries),
                "with the runs that carry it": _times(scanner.journey, queries),
                "numba, the whole timetable, early stop": _times(whole.arrival, queries),
                "the reverse: latest departure": _times(
                    lambda origin, goal, at: scanner.latest(origin, goal, at + 2 * 86400), queries
                ),
                "plain Python, the same scan": _times(plain.arrival, few),
                "networkx, Dijkstra": _times(graph.arrival, queries[:8]),
            }
        ),
        size,
        measured_on=machine(),
    )
    show(
        "One place to all, microseconds",
        HEADINGS,
        _rows(
            {
                "numba": _times(lambda origin, _, at: scanner.arrivals(origin, at), queries),
                "plain Python, the same scan": _times(lambda origin, _, at: plain.arrivals(origin, at), few),
                "networkx, Dijkstra": _times(lambda origin, _, at: graph.lengths(origin, at), queries[:5]),
            }
        ),
        size,
        measured_on=machine(),
    )


def _week(week: Timetable, size: str) -> None:
    """Every useful departure between all pairs."""
    scanner, plain = Scanner(week), PlainScan(week)
    scanner.profile(0)
    began, busy = time.perf_counter(), time.process_time()
    points = sum(len(profile.leaves) for profile in scanner.profiles())
    ours, worked = time.perf_counter() - began, time.process_time() - busy
    goals = range(0, len(week.stops), len(week.stops) // 5)[:5]
    began = time.perf_counter()
    for goal in goals:
        assert plain.profile(goal) == len(scanner.profile(goal).leaves), "both must find the same departures"
    theirs = (time.perf_counter() - began) / len(goals) * len(week.stops)
    show(
        "All pairs of the whole week, seconds",
        ["what", "useful departures", "seconds", "against ours"],
        [
            ["numba, one core", f"{points:,}", f"{ours:.2f}", "1.0×"],
            ["  of it on the processor", f"{points:,}", f"{worked:.2f}", f"{worked / ours:.1f}×"],
            ["plain Python, the same scan (from 5 goals)", f"{points:,}", f"{theirs:.0f}", f"{theirs / ours:.0f}×"],
        ],
        f"{size}. With networkx it would be a Dijkstra for each of the departures.",
        measured_on=machine(),
    )


def _promises(feed: gtfs.Feed, week: Timetable, queries: list[Query], size: str) -> None:
    network, scanner = Network(feed, Lateness(), net_of), Scanner(week)
    zone = ZoneInfo(feed.zone)
    midnight = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=zone)

    def ends(query: Query) -> tuple[End, End, datetime]:
        origin, goal, at = query
        return End(week.stops[origin]), End(week.stops[goal]), midnight + timedelta(seconds=at)

    def draws(origin: int, goal: int, at: int) -> None:
        for _ in range(DRAWS):
            scanner.arrival(origin, goal, at)

    asked = [ends(query) for query in queries]
    show(
        "A promise for a pair, p50 and p95, microseconds",
        HEADINGS,
        _rows(
            {
                "distributions along the path": _times(network.promise, asked),
                "the same pairs again, an hour later": _times(
                    lambda one, two, at: network.promise(one, two, at + timedelta(hours=1)), asked
                ),
                f"{DRAWS} draws of late runs, a compiled scan each": _times(draws, queries[:40]),
            }
        ),
        size,
        measured_on=machine(),
    )


FIRST = """
import sys, datetime
from pathlib import Path
from zerotrip.network.engine.kept import kept
from zerotrip.network.engine.promise import End, Network
plan, laid = kept(Path(sys.argv[1]))
known = {"compiled": True} if sys.argv[5:] else {"compiled": False, "lay": lambda *_: laid}
network = Network(lambda: None, plan=plan, **known)
assert network.promise(End(sys.argv[2]), End(sys.argv[3]), datetime.datetime.fromisoformat(sys.argv[4]))
"""


def _start(path: Path, feed: gtfs.Feed, size: str) -> None:
    """From the start of a process to its answer, median of five; caches (Python's own too) warm unless said."""
    stops = list(feed.stops)
    question = [stops[0], stops[-1], f"{MONDAY}T09:00:00+08:00"]
    words = ["--from", question[0], "--to", question[1], "--at", question[2], "--json"]
    plan = Plan.of(feed)
    keep(
        path.parent / "network-1.bin",
        (plan, Parts.laid(plan, MONDAY - timedelta(MONDAY.toordinal() % STEP), STEP + AHEAD)),
    )
    promise = [sys.executable, "-m", "zerotrip", "promise", "--feed", str(path), *words]

    environ = os.environ | code_kept_in(path.parent / "bytecode") | {"NUMBA_CACHE_DIR": str(path.parent / "numba")}

    def run(command: list[str], folder: Path) -> float:
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environ | {"ZEROTRIP_VAR": str(folder)})
        return time.perf_counter() - began

    def median(command: list[str], folder: Callable[[int], Path]) -> float:
        return statistics.median(run(command, folder(number)) for number in range(5))

    warm = path.parent / "warm"
    run(promise, warm)
    first = [sys.executable, "-c", FIRST, str(path.parent / "network-1.bin"), *question]
    compiled = [*first, "compiled"]
    for command in (first, compiled):
        run(command, warm)
    for module in ("networkx", "numba"):
        run([sys.executable, "-c", f"import {module}"], warm)
    times = {
        "zerotrip promise --feed, its plan kept": median(promise, lambda _: warm),
        "zerotrip promise --feed, the feed read anew": median(promise, lambda number: path.parent / f"cold{number}"),
        "first p50 and p95, plan and weeks kept": median(first, lambda _: warm),
        "  instead: compiled, as a server loads it": median(compiled, lambda _: warm),
        "import networkx, and nothing else": median([sys.executable, "-c", "import networkx"], lambda _: warm),
        "import numba, and nothing else": median([sys.executable, "-c", "import numba"], lambda _: warm),
    }
    ours = next(iter(times.values()))
    show(
        "First answer after the start of a process, seconds",
        ["what", "median of 5", "against ours"],
        [[name, f"{each:.2f}", f"{each / ours:.1f}×"] for name, each in times.items()],
        size,
        measured_on=machine(),
    )


class PlainScan:
    """The scan as one would write it without any library: connections as tuples."""

    def __init__(self, table: Timetable) -> None:
        columns = (table.departure, table.arrival, table.origin, table.target, table.run, table.can)
        self.connections = list(zip(*(column.tolist() for column in columns), strict=True))
        self.departures = table.departure.tolist()
        self.change = table.change.tolist()
        self.stops = len(table.stops)

    def arrivals(self, origin: int, at: int, goal: int = -1) -> list[int]:
        """Earliest arrivals; with a goal no further than needed."""
        arrived, ready, aboard = [INF] * self.stops, [INF] * self.stops, set()
        arrived[origin] = ready[origin] = at
        for place in range(bisect_left(self.departures, at), len(self.connections)):
            leaves, arrives, one, two, run, can = self.connections[place]
            if goal >= 0 and arrived[goal] <= leaves:
                break
            if run in aboard or (ready[one] <= leaves and can & 1):
                aboard.add(run)
                if arrives < arrived[two] and can & 2:
                    arrived[two] = arrives
                    if self.change[two] >= 0:
                        ready[two] = min(ready[two], arrives + self.change[two])
        return arrived

    def arrival(self, origin: int, goal: int, at: int) -> int:
        """Earliest arrival at one place."""
        return self.arrivals(origin, at, goal)[goal]

    def profile(self, goal: int) -> int:
        """How many useful departures there are towards `goal`."""
        rows: list[list[tuple[int, int]]] = [[] for _ in range(self.stops)]
        staying: dict[int, int] = {}
        for leaves, arrives, one, two, run, can in reversed(self.connections):
            best = staying.get(run, INF)
            if can & 2:
                if two == goal:
                    best = min(best, arrives)
                if self.change[two] >= 0:
                    ready = arrives + self.change[two]
                    for when, there in reversed(rows[two]):
                        if when >= ready:
                            best = min(best, there)
                            break
            staying[run] = best
            mine = rows[one]
            if can & 1 and best < INF and (not mine or best < mine[-1][1]):
                if mine and mine[-1][0] == leaves:
                    mine.pop()
                mine.append((leaves, best))
        return sum(map(len, rows))


class Graph:
    """A time-expanded graph for networkx: waiting at departures, riding after connections."""

    def __init__(self, table: Timetable) -> None:
        import networkx as nx

        self.nx = nx
        self.graph = nx.DiGraph()
        self.arrives = table.arrival.tolist()
        self.ends: dict[int, list[int]] = {}
        waits: dict[int, set[int]] = {}
        departures, origins, targets = table.departure.tolist(), table.origin.tolist(), table.target.tolist()
        can, following, change = table.can.tolist(), table.following.tolist(), table.change.tolist()
        for c, leaves in enumerate(departures):
            if can[c] & 1:
                waits.setdefault(origins[c], set()).add(leaves)
                self.graph.add_edge((origins[c], leaves), c, weight=self.arrives[c] - leaves)
            if following[c] >= 0:
                self.graph.add_edge(c, following[c], weight=self.arrives[following[c]] - self.arrives[c])
            if can[c] & 2:
                self.ends.setdefault(targets[c], []).append(c)
        self.waits = {stop: sorted(when) for stop, when in waits.items()}
        for stop, when in self.waits.items():
            self.graph.add_weighted_edges_from(((stop, a), (stop, b), b - a) for a, b in pairwise(when))
        for stop, arrivals in self.ends.items():
            for c in arrivals if change[stop] >= 0 else ():
                self._wait(c, self.arrives[c], stop, self.arrives[c] + change[stop])

    def lengths(self, origin: int, at: int) -> dict[Any, int]:
        """Dijkstra from one place."""
        self.graph.add_node("start")
        self._wait("start", at, origin, at)
        found: dict[Any, int] = self.nx.single_source_dijkstra_path_length(self.graph, "start")
        self.graph.remove_node("start")
        return found

    def arrival(self, origin: int, goal: int, at: int) -> int:
        """Earliest arrival at one place: networkx has no early stop at one of several nodes but a virtual one."""
        self.graph.add_weighted_edges_from((c, "goal", 0) for c in self.ends.get(goal, ()))
        self.graph.add_node("start")
        self._wait("start", at, origin, at)
        try:
            return at + int(self.nx.dijkstra_path_length(self.graph, "start", "goal"))
        except (self.nx.NetworkXNoPath, self.nx.NodeNotFound):
            return INF
        finally:
            self.graph.remove_nodes_from(["start", "goal"])

    def _wait(self, node: Any, now: int, stop: int, ready: int) -> None:
        when = self.waits.get(stop, [])
        place = bisect_left(when, ready)
        if place < len(when):
            self.graph.add_edge(node, (stop, when[place]), weight=when[place] - now)


if __name__ == "__main__":
    main()
