"""Writing an export that was asked for: in a worker, seen from the page, stopped and begun again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zerotrip.cases.models import Case
from zerotrip.core import ids
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import SHANGHAI, now
from zerotrip.core.errors import Problem
from zerotrip.gateway.exports import actions, files, store, tasks
from zerotrip.gateway.exports.models import EXPORTERS, UNMASKERS, Export, ExportState
from zerotrip.people.queries import actor_of

log = structlog.get_logger(__name__)


def cases_of(one: Export, actor: Actor) -> QuerySet[Case]:
    """The cases of an export: applied for on its days, visible to `actor`."""
    return applied_between(Case.objects.visible_to(actor), one.first, one.last)


def applied_between(cases: QuerySet[Case], first: date, last: date) -> QuerySet[Case]:
    """Those of `cases` applied for from `first` to `last`, days of Shanghai."""
    begin, end = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + timedelta(days=1)))
    return cases.filter(applied_at__gte=begin, applied_at__lt=end)


def run(export_id: int, *, halt: Callable[[], bool] = lambda: False) -> None:
    """Write an export's file with the rights its owner has now, and record how it ended. Nothing when it is done."""
    one = Export.objects.select_related("asked_by").filter(pk=export_id).first()
    if one is None or one.state not in (ExportState.QUEUED, ExportState.RUNNING):
        return
    try:
        _write(one, halt)
    except files.Stopped:
        asked = Export.objects.filter(pk=one.pk, stop_asked=True).exists()
        if not asked:  # the worker is told to end: the next one begins anew
            Export.objects.filter(pk=one.pk).update(state=ExportState.QUEUED, done=0, touched_at=now())
            tasks.export.defer(export_id=one.pk)
    except Problem as problem:
        actions.failed(one.pk, problem=str(problem.detail), actor=SYSTEM, at=now())
    except Exception:
        log.exception("export failed", export=one.pk)
        actions.failed(one.pk, problem=_("程序出错，已记录；请联系系统管理员。"), actor=SYSTEM, at=now())


def _write(one: Export, halt: Callable[[], bool]) -> None:
    actor = actor_of(one.asked_by)
    if not actor.has(*(EXPORTERS if one.masked else UNMASKERS)):
        actions.failed(one.pk, problem=_("申请人现在的岗位不能导出。"), actor=SYSTEM, at=now())
        return
    cases = cases_of(one, actor)
    total = cases.count()
    Export.objects.filter(pk=one.pk).update(state=ExportState.RUNNING, total=total, done=0, touched_at=now())

    def told(done: int) -> bool:
        Export.objects.filter(pk=one.pk).update(done=done, touched_at=now())
        return not (halt() or Export.objects.filter(pk=one.pk, stop_asked=True).exists())

    base = settings.VAR / "tmp"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="export-") as folder:
        target = Path(folder) / "export.zip"
        tally = files.write(cases, target, form=one.form, masked=one.masked, told=told)
        path = f"{store.FOLDER}/{one.public_id}-{ids.token(6)}"
        store.keep(target, path)
        size = target.stat().st_size
    actions.finished(one.pk, report=tally.as_json(), path=path, size=size, actor=SYSTEM, at=now())


def clear_old(at: datetime) -> int:
    """Remove the files of exports whose time is over. Returns how many."""
    limit = at - timedelta(days=settings.ZEROTRIP_EXPORT_DAYS)
    old = Export.objects.filter(state=ExportState.DONE, finished_at__lt=limit).values_list("pk", flat=True)
    for pk in list(old):
        actions.clear(pk, actor=SYSTEM, at=at)
    return len(old)


def take_over(silent_since: datetime) -> int:
    """Have exports begun again whose worker has been silent since then. Returns how many."""
    lost = Export.objects.filter(state=ExportState.RUNNING, touched_at__lt=silent_since)
    found = list(lost.values_list("pk", flat=True))
    lost.update(state=ExportState.QUEUED, touched_at=now())
    for pk in found:
        tasks.export.defer(export_id=pk)
    return len(found)
