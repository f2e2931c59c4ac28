"""What can be done about coverage: have it computed, stopped and continued; ask where the next stations help most.

The computing itself is in `coverage.run` and `coverage.search`: it commits county by county and records how it ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings as installation
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.catalog import codes
from zerotrip.catalog import queries as catalog
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.journey import kinds
from zerotrip.journey.coverage.settings import settings
from zerotrip.journey.models import PLANNERS, UNFINISHED, CoverageRun, RunState, StationSearch
from zerotrip.ledger.frame import action, record
from zerotrip.places.models import Division

MOST_STATIONS: Final = 200


@action("journey.ask_coverage", roles=PLANNERS)
def ask_coverage(*, actor: Actor, at: datetime, start: datetime | None = None, queue: bool = True) -> CoverageRun:
    """Have the coverage of the province computed, errands beginning at `start` (the standard start without one).

    `queue`: a worker does it; else the caller does, by `coverage.run.compute`. Raises Conflict while one is computed.
    """
    begins = start or settings().start_after(local(at).date())
    province = installation.ZEROTRIP_PROVINCE
    try:
        with transaction.atomic():
            run = CoverageRun.objects.create(asked_at=at, start=begins, province=province, touched_at=at)
    except IntegrityError as error:
        raise Conflict(_("覆盖计算正在进行，请等它完成，或先暂停。")) from error
    record(kinds.COVERAGE_ASKED, run, start=f"{local(begins):%Y-%m-%d %H:%M}")
    if queue:
        _queue(run)
    return run


@action("journey.stop_coverage", roles=PLANNERS)
def stop_coverage(run_id: int, *, actor: Actor, at: datetime) -> CoverageRun:
    """Ask a run to stop after the counties under way; it can be continued. Raises NotFound, Conflict."""
    run = _run(run_id)
    if run.state not in UNFINISHED:
        raise Conflict(_("这次计算已经结束，不用暂停。"))
    run.stop_asked = True
    if run.state == RunState.QUEUED:
        run.state = RunState.STOPPED
    run.save(update_fields=["stop_asked", "state"])
    record(kinds.COVERAGE_STOP_ASKED, run, done=run.done, total=run.total)
    return run


@action("journey.continue_coverage", roles=PLANNERS)
def continue_coverage(run_id: int, *, actor: Actor, at: datetime, queue: bool = True) -> CoverageRun:
    """Go on with a run that was stopped, failed or forsaken, from where it is. Raises NotFound, Conflict."""
    run = _run(run_id)
    if run.state == RunState.DONE:
        raise Conflict(_("这次计算已经完成。"))
    others = CoverageRun.objects.filter(province=run.province, state__in=UNFINISHED).exclude(pk=run.pk)
    if others.exists():
        raise Conflict(_("覆盖计算正在进行，请等它完成，或先暂停。"))
    run.stop_asked, run.problem = False, ""
    if run.state != RunState.RUNNING:  # else who computes it goes on, or it is taken over after a long silence
        run.state = RunState.QUEUED
    run.save(update_fields=["stop_asked", "problem", "state"])
    record(kinds.COVERAGE_CONTINUED, run, done=run.done, total=run.total)
    if queue:
        _queue(run)
    return run


@action("journey.stopped_coverage", roles={Role.SYSTEM})
def stopped_coverage(run_id: int, *, actor: Actor, at: datetime) -> CoverageRun:
    """Record that a run has stopped before its end."""
    run = _run(run_id)
    run.state, run.stop_asked = RunState.STOPPED, False
    run.save(update_fields=["state", "stop_asked"])
    record(kinds.COVERAGE_STOPPED, run, done=run.done, total=run.total)
    return run


@action("journey.fail_coverage", roles={Role.SYSTEM})
def fail_coverage(run_id: int, *, problem: str, actor: Actor, at: datetime) -> CoverageRun:
    """Record why a run broke off; it can be continued."""
    run = _run(run_id)
    run.state, run.stop_asked, run.problem = RunState.FAILED, False, problem[:300]
    run.save(update_fields=["state", "stop_asked", "problem"])
    record(kinds.COVERAGE_FAILED, run, problem=run.problem)
    return run


@action("journey.finish_coverage", roles={Role.SYSTEM})
def finish_coverage(run_id: int, *, actor: Actor, at: datetime) -> CoverageRun:
    """Record that a run has every row."""
    run = _run(run_id)
    run.state, run.stop_asked, run.finished_at = RunState.DONE, False, at
    run.save(update_fields=["state", "stop_asked", "finished_at"])
    record(kinds.COVERAGE_DONE, run, total=run.total, items=run.items, seconds=round(run.seconds, 1))
    return run


@action("journey.seek_stations", roles=PLANNERS)
def seek_stations(
    *,
    service: str,
    count: int,
    item: str = "",
    prefix: str = "",
    counter: bool = False,
    actor: Actor,
    at: datetime,
    queue: bool = True,
) -> StationSearch:
    """Ask where to open the next `count` stations with a service for the most people saved a trip.

    `item`: count only that one; `prefix`: open them only in that division ("3607", "360702"). Raises BadInput, and
    Conflict as long as the coverage has not been computed.
    """
    prefix = prefix or installation.ZEROTRIP_PROVINCE
    fields: dict[str, list[str]] = {}
    if service not in dict(codes.SERVICE):
        fields["service"] = [_("请选择服务。")]
    if not 1 <= count <= MOST_STATIONS:
        fields["count"] = [_("请填写 1 至 {most} 之间的数。").format(most=MOST_STATIONS)]
    if item and not catalog.published(local(at).date()).filter(item__code=catalog.plain(item)).exists():
        fields["item"] = [_("没有这个事项，请重新选择。")]
    home = installation.ZEROTRIP_PROVINCE
    if not (prefix.isdigit() and prefix.startswith(home) and Division.objects.in_prefix(prefix).exists()):
        fields["prefix"] = [_("请选择本省的行政区划。")]
    if fields:
        raise BadInput(_("选址条件填写有误，请按提示修改。"), fields=fields)
    run = CoverageRun.objects.visible_to(actor).filter(state=RunState.DONE, province=home).first()
    if run is None:
        raise Conflict(_("还没有全省覆盖结果，请先完成一次覆盖计算。"))
    search = StationSearch.objects.create(
        run=run, asked_at=at, service=service, item=item, counter=counter, prefix=prefix, count=count
    )
    record(kinds.STATIONS_SOUGHT, search, count=count, service=codes.label(codes.SERVICE, service))
    if queue:
        from zerotrip.journey.tasks import seek

        seek.defer(search_id=search.pk)
    return search


def _run(run_id: int) -> CoverageRun:
    run = CoverageRun.objects.select_for_update(no_key=True, of=("self",)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("没有这次计算，可能已被清理。请刷新页面。"))
    return run


def _queue(run: CoverageRun) -> None:
    from zerotrip.journey.tasks import compute

    compute.defer(run_id=run.pk)
