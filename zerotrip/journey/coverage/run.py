"""Computing a run: county by county, each committed with its progress, so that it can stop anywhere and go on there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.core.memo import forget
from zerotrip.journey.coverage import stale
from zerotrip.journey.coverage.settings import settings
from zerotrip.journey.coverage.values import Best, Table
from zerotrip.journey.coverage.workers import Changed, Rows, each_county
from zerotrip.journey.models import CoverageRow, CoverageRun, CoverageShape, RunState

if TYPE_CHECKING:
    from zerotrip.journey.coverage.planner import Planner

log = structlog.get_logger(__name__)

SILENT: Final = timedelta(seconds=90)
"""A running run that wrote nothing for so long is computed by nobody any more; another process may take it over."""

COLUMNS: Final = ("run_id", "shape_id", "division_id", "trips", "minutes", "price", "far", "bar", "stale")
_COPY: Final = f"COPY journey_coveragerow ({', '.join(COLUMNS)}) FROM STDIN"
"""Two thousand rows a county: several times as fast as inserting them, on a core the computing needs."""

Told = Callable[[int, int], None]


def compute(
    run_id: int,
    *,
    processes: int = 1,
    told: Told = lambda done, total: None,
    halt: Callable[[], bool] = lambda: False,
) -> CoverageRun:
    """Compute what a run still lacks. Returns it done, stopped (asked to, or by `halt`) or failed.

    A run that another process is computing is returned as it stands. What was committed stays and is not done again,
    unless items, places or timetable have changed since: then it begins anew.
    """
    from zerotrip.journey import actions
    from zerotrip.journey.tasks import refresh_soon

    run = _claimed(run_id)
    if run is None:
        return CoverageRun.objects.get(pk=run_id)
    from zerotrip.journey.coverage.planner import load

    begun = time.perf_counter()
    try:
        planner = load(run.province, run.start)
        shapes = _prepared(run, planner)
        whole = _all_counties(run, planner, shapes, processes, told, halt, begun)
    except (Problem, Changed) as problem:
        text = (
            str(problem.detail) if isinstance(problem, Problem) else _("计算期间事项、场所或时刻表有变动，请继续计算。")
        )
        return actions.fail_coverage(run_id, problem=text, actor=SYSTEM, at=now())
    except BaseException as error:
        log.warning("coverage broke off", run=run_id, error=repr(error))
        actions.fail_coverage(run_id, problem=_("计算意外中断，可以继续。"), actor=SYSTEM, at=now())
        raise
    if not whole:
        return actions.stopped_coverage(run_id, actor=SYSTEM, at=now())
    done = actions.finish_coverage(run_id, actor=SYSTEM, at=now())
    _forget_old(done)
    if stale.mark_since(done):
        refresh_soon()
    return done


def _claimed(run_id: int) -> CoverageRun | None:
    """The run, now ours; None while somebody else computes it, or when there is nothing to do."""
    moment = now()
    free = Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, touched_at__lt=moment - SILENT)
    claimed = CoverageRun.objects.filter(free, pk=run_id).update(state=RunState.RUNNING, touched_at=moment, problem="")
    return CoverageRun.objects.get(pk=run_id) if claimed else None


def _prepared(run: CoverageRun, planner: Planner) -> dict[str, int]:
    """The run's shapes by key → id, written unless they are there and still hold."""
    if run.digest != planner.digest:
        with transaction.atomic():
            CoverageRow.objects.filter(run=run).delete()
            run.shapes.all().delete()
            CoverageShape.objects.bulk_create(
                CoverageShape(
                    run=run,
                    key=shape.key,
                    items=list(shape.items),
                    counter_items=list(shape.counter_items),
                    services=sorted(shape.services),
                )
                for shape in planner.shapes.values()
            )
            run.digest, run.done, run.seconds = planner.digest, 0, 0.0
            run.items = sum(len(shape.items) for shape in planner.shapes.values())
            run.total = len(planner.townships)
            run.save(update_fields=["digest", "done", "seconds", "items", "total"])
    return dict(run.shapes.values_list("key", "pk"))


def _all_counties(
    run: CoverageRun,
    planner: Planner,
    shapes: dict[str, int],
    processes: int,
    told: Told,
    halt: Callable[[], bool],
    begun: float,
) -> bool:
    """Compute and store the counties that are missing. False when it was stopped before the end."""
    there = set(CoverageRow.objects.filter(run=run).values_list("division_id", flat=True).distinct())
    todo: dict[str, list[str]] = {}
    for township in planner.townships:
        if township not in there:
            todo.setdefault(township[:6], []).append(township)
    done = len(planner.townships) - sum(map(len, todo.values()))
    told(done, len(planner.townships))
    database = str(connection.settings_dict["NAME"])
    with closing(each_county(planner, todo, database, processes)) as counties:
        for county, rows in counties:
            spent = time.perf_counter() - begun
            begun = time.perf_counter()
            done += len(todo[county])
            stop = _store(run, shapes, rows, done, spent)
            told(done, len(planner.townships))
            if (stop or halt()) and done < len(planner.townships):
                return False
    return True


def _store(run: CoverageRun, shapes: dict[str, int], rows: Rows, done: int, spent: float) -> bool:
    """Write a county's rows and how far the run is. True when it was asked to stop."""
    with transaction.atomic():
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for township, shape, best in rows:
                copy.write_row((run.pk, shapes[shape], township, *_stored(best), False))
        CoverageRun.objects.filter(pk=run.pk).update(done=done, touched_at=now(), seconds=F("seconds") + spent)
    return bool(CoverageRun.objects.filter(pk=run.pk, stop_asked=True).exists())


def _stored(best: Best) -> tuple[int | None, int | None, Decimal | None, bool, str]:
    """As a row has it: trips, minutes, price, far, bar."""
    price = None if best.price is None else Decimal(best.price) / 100
    return best.trips, best.minutes, price, best.far, best.bar[:120]


def _forget_old(run: CoverageRun) -> None:
    """Delete the runs of the province beyond those kept, oldest first."""
    kept = CoverageRun.objects.filter(province=run.province, state=RunState.DONE).order_by("-pk")[: settings().runs]
    CoverageRun.objects.filter(province=run.province, pk__lt=min(kept.values_list("pk", flat=True))).delete()


def table_of(run: CoverageRun, *, townships: list[str] | None = None, shapes: list[str] | None = None) -> Table:
    """Stored rows as a table, by shape key; of some townships and shapes only."""
    rows = CoverageRow.objects.filter(run=run)
    if townships is not None:
        rows = rows.filter(division__in=townships)
    if shapes is not None:
        rows = rows.filter(shape__key__in=shapes)
    return {
        (township, shape): Best(trips, minutes, None if price is None else int(price * 100), bar, far)
        for township, shape, trips, minutes, price, bar, far in rows.values_list(
            "division_id", "shape__key", "trips", "minutes", "price", "bar", "far"
        )
    }


def refresh(run: CoverageRun, *, limit: int | None = None) -> int:
    """Compute stale rows again, at most `limit`. Returns how many are still stale."""
    stale = CoverageRow.objects.filter(run=run, stale=True)
    first = list(stale.select_related("shape").order_by("division_id", "shape_id")[:limit])
    if first:
        from zerotrip.journey.coverage.planner import load

        forget()  # what places offer may be remembered from before the change
        planner = load(run.province, run.start)
        evaluate = planner.under()
        for row in first:
            if row.shape.key in planner.shapes and row.division_id in planner.world.homes:
                row.trips, row.minutes, row.price, row.far, row.bar = _stored(evaluate(row.division_id, row.shape.key))
            row.stale = False
        CoverageRow.objects.bulk_update(first, ["trips", "minutes", "price", "far", "bar", "stale"], batch_size=500)
    return stale.count()
