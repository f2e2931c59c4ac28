"""How quickly an errand is planned: a plan by random items and townships, what its parts cost, the first answer.

    python -m bench.journey [--plans 3000] [--townships 500]

On the demo province, one core, warm: every question is asked once before it is measured. Beside it stands the obvious
alternative on the same problems: going through every way step by step, keeping all that is not beaten at the end, with
no way compared with another before (each given up after two seconds). Same steps, places and post for both.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.common import ROOT, close_connections, code_kept_in, installation, percentile, show
from zerotrip.journey.engine.model import HOME, Problem
from zerotrip.journey.engine.search import Search, Standing, plan
from zerotrip.journey.engine.state import Label

PATIENCE = 2.0
AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=3000, help="how many random questions (default 3000)")
    parser.add_argument("--townships", type=int, default=500, help="from how many random townships (default 500)")
    parser.add_argument("--plain", type=int, default=60, help="how many of them the plain search gets (default 60)")
    options = parser.parse_args()
    with installation():
        from django.core.management import call_command

        from zerotrip.demo import build

        call_command("createcachetable", verbosity=0)
        build.build()
        _plans(options)
        close_connections()
        _first()


def _plans(options: argparse.Namespace) -> None:
    from zerotrip.catalog import queries as catalog
    from zerotrip.core.clock import local
    from zerotrip.journey.planning import answer
    from zerotrip.journey.problem import LEVEL, build
    from zerotrip.places.models import Division, Level

    dice = random.Random(1)
    everywhere = Division.objects.filter(level=Level.TOWNSHIP, code__startswith="36").order_by("code")
    townships = dice.sample(list(everywhere.values_list("code", flat=True)), options.townships)
    day = local(AT).date()
    items = {version.item.code: catalog.get(version.item.code, day) for version in catalog.published(day)}
    asked = [(dice.choice(sorted(items)), dice.choice(townships)) for _ in range(options.plans)]

    def once(item: str, township: str) -> tuple[float, float, float]:
        began = time.perf_counter()
        built = build(items[item], township, AT)
        ready = time.perf_counter()
        found = plan(built.problem, level=LEVEL)
        planned = time.perf_counter()
        answer(items[item], built, found, AT)
        return ready - began, planned - ready, time.perf_counter() - planned

    first = [sum(once(*pair)) for pair in asked]
    times = [once(*pair) for pair in asked]
    rows = [
        _row("a plan, put together, searched and told", [sum(parts) for parts in times]),
        _row("  of it: put together", [parts[0] for parts in times]),
        _row("  of it: the search", [parts[1] for parts in times]),
        _row("  of it: told with names, runs and money", [parts[2] for parts in times]),
        _row("asked for the first time in the process", first),
    ]
    some = dice.sample(asked, min(options.plain, len(asked)))
    ours, plain, given_up = [], [], 0
    for item, township in some:
        problem = build(items[item], township, AT).problem
        ours.append(_timed(lambda p=problem: plan(p, level=LEVEL)))  # type: ignore[misc]
        began = time.perf_counter()
        given_up += not every_way(problem, lambda start=began: time.perf_counter() - start > PATIENCE)  # type: ignore[misc]
        plain.append(time.perf_counter() - began)
    rows += [_row(f"the search, {len(some)} of them", ours), _row("  instead: every way", plain)]
    ratio = sum(plain) / sum(ours)
    show(
        f"Plans: {len(items)} items, {len(townships)} townships, {len(asked):,} questions",
        ("milliseconds", "median", "p95", "most"),
        rows,
        f"every way costs {ratio:,.0f}× the search"
        + (f", at least: {given_up} of {len(some)} were given up after {PATIENCE:.0f} s" if given_up else ""),
    )


class EveryWay(Search):
    """The same search without comparing a way with another before both are done."""

    def _beaten(self, trips: int, time: int, price: int) -> bool:
        return time > self.layout.problem.horizon

    def _take_in(self, label: Label | None) -> None:
        self.kept = [[] for _ in range(self.length)]
        super()._take_in(label)


def every_way(problem: Problem, stop: Callable[[], bool]) -> bool:
    """Go through all of them; false when `stop` ended it."""
    papers = tuple((paper, HOME, problem.begins) for paper in problem.papers)
    return EveryWay(problem, Standing(0, problem.begins, papers), 0.95).run(stop)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(name: str, seconds: list[float]) -> tuple[object, ...]:
    return (name, *(f"{1000 * percentile(seconds, share):.2f}" for share in (0.5, 0.95, 1.0)))


def _first() -> None:
    """The whole command in a process of its own beside a running database, everything on disk as the one before left
    it; then without Python's kept code.

    That lies in a folder of the bench, so that it does not matter whether the machine's user lets Python keep any.
    """
    at = (AT + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    zerotrip = [sys.executable, "-m", "zerotrip"]
    planning = [*zerotrip, "plan", "DL_EXPIRY", "--from", "360102014", "--at", at, "--json"]
    promising = [*zerotrip, "promise", "--from", "360102014", "--to", "361028105", "--at", at, "--json"]
    kept = Path(os.environ["ZEROTRIP_VAR"]) / "kept"

    def run(words: list[str], folder: Path) -> float:
        env = os.environ | code_kept_in(folder)
        return _timed(lambda: subprocess.run(words, cwd=ROOT, env=env, check=True, capture_output=True))

    rows = []
    for name, words in (
        ("zerotrip plan", planning),
        ("zerotrip promise, on the post's network", promising),
        ("  of both: the command line", [*zerotrip, "check", "--help"]),
    ):
        run(words, kept)
        rows.append(_row(name, [run(words, kept) for _ in range(5)]))
    rows.append(
        _row(
            "  instead: zerotrip plan, no Python compiled, 2 of them", [run(planning, kept / str(n)) for n in range(2)]
        )
    )
    show(
        "First answer after the start of a process, caches on disk warm, the database running",
        ("milliseconds", "median", "p95", "most"),
        rows,
    )


if __name__ == "__main__":
    main()
