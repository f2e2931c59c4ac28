"""How long the coverage of the whole demo province takes, and its parts.

    python -m bench.coverage [--processes 2]

Prints seconds for the run on so many processes with their CPU seconds, for applicants who use every way alone and with
those who do nothing online, one more service tried, and stations sought. Beside the run stands the obvious alternative,
a whole plan for each township and item one after the other, from a sample of townships.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bench.common import code_kept_in, installation, show

SAMPLE = 6


def main() -> None:
    """Build the demo province in a fresh installation, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if sys.dont_write_bytecode:  # each process would compile Django and numba anew, as no installation does
        with tempfile.TemporaryDirectory(prefix="zt-bench-code-") as folder:
            again = [sys.executable, "-m", "bench.coverage", *sys.argv[1:]]
            sys.exit(subprocess.run(again, env=os.environ | code_kept_in(Path(folder))).returncode)
    with installation():
        from zerotrip.demo import build

        build.build()
        _warmed(options.processes)
        with _all_ways_only():
            alone = _run(options.processes, "every way")
        both = _run(options.processes, "both kinds of applicants")
        parts, plain = _parts()
        ratio = f"one plan after the other costs {plain[2] / alone[2]:.1f}× the processor time of every way alone"
        rows = [alone, both, plain, *parts]
        show("Coverage of the demo province", ("what", "seconds", "CPU s", "how much"), rows, ratio)


def _warmed(processes: int) -> None:
    """A county for each process, so that Python's and numba's compiled code is on disk as after any run before."""
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.core.database import DATABASE
    from zerotrip.journey import actions
    from zerotrip.journey.coverage.planner import load
    from zerotrip.journey.coverage.workers import each_county

    run = actions.ask_coverage(actor=SYSTEM, at=now(), queue=False)
    planner = load(run.province, run.start)
    counties: dict[str, list[str]] = {}
    for township in planner.townships:
        counties.setdefault(township[:6], [township])
    assert list(each_county(planner, dict(list(counties.items())[:processes]), DATABASE, processes))
    run.delete()


@contextmanager
def _all_ways_only() -> Iterator[None]:
    """Runs leave out the shapes of applicants who do nothing online."""
    from zerotrip.journey.coverage import planner

    load = planner.load

    def narrowed(province: str, start: datetime) -> planner.Planner:
        whole = load(province, start)
        shapes = {key: replace(shape, counter_items=()) for key, shape in whole.shapes.items() if shape.items}
        return replace(whole, shapes=shapes)

    planner.load = narrowed
    try:
        yield
    finally:
        planner.load = load


Row = tuple[str, float, float, str]


def _run(processes: int, whom: str) -> Row:
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.journey import actions
    from zerotrip.journey.coverage import run as runs
    from zerotrip.journey.models import CoverageRow

    run = actions.ask_coverage(actor=SYSTEM, at=now(), queue=False)
    began, spent = time.perf_counter(), _cpu()
    run = runs.compute(run.pk, processes=processes)
    took = time.perf_counter() - began
    rows = CoverageRow.objects.filter(run=run).count()
    much = f"{run.total} townships × {run.items} items, {rows} rows, {run.state}"
    return f"whole province, {whom}, {processes} processes", took, _cpu() - spent, much


def _parts() -> tuple[list[Row], Row]:
    """Parts of the work, and the obvious alternative to the run."""
    from zerotrip.core.actors import SYSTEM
    from zerotrip.core.clock import now
    from zerotrip.journey import actions
    from zerotrip.journey.coverage import ask
    from zerotrip.journey.coverage import search as searches
    from zerotrip.journey.coverage.planner import load
    from zerotrip.journey.engine.search import plan
    from zerotrip.journey.models import CoverageRun
    from zerotrip.journey.problem import assemble
    from zerotrip.journey.spots import offering

    run = CoverageRun.objects.latest("pk")
    found = []
    planner = load(run.province, run.start)
    outlet = next(site for site in planner.world.sites if site.kind == "outlet" and not offering().services(site))
    began, spent = time.perf_counter(), _cpu()
    changed = ask.what_if(run, outlet.code, "gov_post", counter=True)
    much = f"{changed.effect.townships} townships change"
    found.append(("one more service at an outlet", time.perf_counter() - began, _cpu() - spent, much))
    asked = actions.seek_stations(service="gov_post", count=20, counter=True, actor=SYSTEM, at=now(), queue=False)
    began, spent = time.perf_counter(), _cpu()
    done = searches.compute(asked.pk)
    found.append(
        ("20 stations of all outlets", time.perf_counter() - began, _cpu() - spent, f"{len(done.picks)} found")
    )
    townships = random.Random(1).sample(planner.townships, SAMPLE)
    evaluate, standing = planner.under(), offering()
    began, spent = time.perf_counter(), _cpu()
    for key in planner.shapes:
        for township in townships:
            evaluate(township, key)
    found.append((f"{SAMPLE} townships, fewest trips", time.perf_counter() - began, _cpu() - spent, "all shapes"))
    began, spent = time.perf_counter(), _cpu()
    for shape in planner.shapes.values():
        for township in townships:
            plan(assemble(shape.errand, planner.world.homes[township], run.start, planner.network, standing).problem)
    took, busy = time.perf_counter() - began, _cpu() - spent
    found.append((f"{SAMPLE} townships, whole plans", took, busy, "all shapes"))
    plans = SAMPLE * len(planner.shapes)
    every = run.total * run.items / plans
    return found, (
        "  instead: one plan after the other", took * every, busy * every, f"each township × item, from {plans} plans",
    )  # fmt: skip


def _cpu() -> float:
    """CPU seconds of this process and of those it started that have ended."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in both)


if __name__ == "__main__":
    main()
