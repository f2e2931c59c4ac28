"""What can be done: ask for an export, stop it, read its file; have a row sent to the portal again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.gateway.exports import kinds, push, store, tasks
from zerotrip.gateway.exports.models import (
    EXPORTERS,
    UNMASKERS,
    WATCHERS,
    Export,
    ExportState,
    Form,
    PortalRow,
    Told,
)
from zerotrip.gateway.exports.tables import BY_CODE
from zerotrip.ledger.frame import action, record

MOST_DAYS: Final = 366
SHORTEST_REASON: Final = 4

_HOW = {True: ("个人信息已隐去", "personal data masked"), False: ("含完整个人信息", "personal data in full")}


@action("gateway.ask_export", roles=EXPORTERS)
def ask_export(
    first: date, last: date, *, form: str, masked: bool = True, reason: str = "", actor: Actor, at: datetime
) -> Export:
    """Have the cases applied for from `first` to `last` written into a file, by a worker.

    Personal data in full need a reason and a role of UNMASKERS. Raises BadInput with the fields, NotAllowed, Conflict
    while the same actor's last export is not finished.
    """
    fields: dict[str, list[str]] = {}
    if not first <= last <= local(at).date():
        fields["last"] = [_("请从早到晚填写日期，最晚到今天。")]
    elif last - first >= timedelta(days=MOST_DAYS):
        fields["last"] = [_("一次最多导出 {n} 天。").format(n=MOST_DAYS)]
    if form not in Form.values:
        fields["form"] = [_("请选择 CSV、XLSX 或 JSON。")]
    reason = " ".join(reason.split())[:120]
    if not masked and len(reason) < SHORTEST_REASON:
        fields["reason"] = [_("请写明为什么需要完整的个人信息（至少 {n} 个字）。").format(n=SHORTEST_REASON)]
    if fields:
        raise BadInput(_("导出没有开始，请改正标出的栏目。"), fields=fields)
    if not masked and not actor.has(*UNMASKERS):
        raise NotAllowed(_("您的岗位只能导出隐去个人信息的文件。需要完整信息时，请分公司负责人办理。"))
    mine = Export.objects.visible_to(actor).filter(asked_by_id=actor.id or 0)
    if mine.filter(state__in=[ExportState.QUEUED, ExportState.RUNNING]).exists():
        raise Conflict(_("您的上一次导出还没有完成，请等它完成或先停止。"))
    one = Export.objects.create(
        asked_by_id=cast(int, actor.id), asked_at=at, first=first, last=last, form=form, masked=masked,
        reason="" if masked else reason, touched_at=at,
    )  # fmt: skip
    if masked:
        _note(kinds.EXPORT_ASKED, one)
    else:
        _note(kinds.FULL_EXPORT_ASKED, one, reason=reason)
    tasks.export.defer(export_id=one.pk)
    return one


@action("gateway.stop_export", roles=EXPORTERS)
def stop_export(public_id: str, *, actor: Actor, at: datetime) -> Export:
    """Stop one's own export. Raises NotFound, Conflict when it has ended."""
    one = _own(public_id, actor)
    if not one.unfinished:
        raise Conflict(_("这次导出已经结束。"))
    one.state, one.stop_asked, one.finished_at = ExportState.STOPPED, True, at
    one.save(update_fields=["state", "stop_asked", "finished_at"])
    _note(kinds.EXPORT_STOPPED, one)
    return one


@action("gateway.read_export", roles=EXPORTERS)
def read_export(public_id: str, *, actor: Actor, at: datetime) -> tuple[Export, Iterator[bytes]]:
    """The file of one's own export, piece by piece, with an entry of the reading.

    Raises NotFound when it is not theirs or its file is gone, NotAllowed when a full one is no longer for their role.
    """
    one = _own(public_id, actor)
    if one.state != ExportState.DONE or not store.there(one.path):
        raise NotFound(_("文件还没有做好，或已到期清除。请重新导出。"))
    if not one.masked and not actor.has(*UNMASKERS):
        raise NotAllowed(_("您现在的岗位不能下载含完整个人信息的文件。"))
    one.downloads += 1
    one.save(update_fields=["downloads"])
    _note(kinds.EXPORT_READ, one)
    return one, store.read(one.path)


@action("gateway.export_finished", roles={Role.SYSTEM})
def finished(export_id: int, *, report: dict[str, Any], path: str, size: int, actor: Actor, at: datetime) -> Export:
    """The file is written. One that was stopped meanwhile stays stopped, its file is removed."""
    one = _locked(export_id)
    if one.state != ExportState.RUNNING:
        store.remove(path)
        _note(kinds.EXPORT_STOPPED, one)
        return one
    one.state, one.finished_at, one.report = ExportState.DONE, at, report
    one.path, one.size, one.done = path, size, one.total
    one.save(update_fields=["state", "finished_at", "report", "path", "size", "done"])
    _note(kinds.EXPORT_DONE, one, cases=one.total, rows=sum(report["rows"].values()))
    return one


@action("gateway.export_failed", roles={Role.SYSTEM})
def failed(export_id: int, *, problem: str, actor: Actor, at: datetime) -> Export:
    """The file could not be written; `problem` says why."""
    one = _locked(export_id)
    one.state, one.finished_at, one.problem = ExportState.FAILED, at, problem[:300]
    one.save(update_fields=["state", "finished_at", "problem"])
    _note(kinds.EXPORT_FAILED, one, problem=one.problem)
    return one


@action("gateway.clear_export", roles={Role.SYSTEM})
def clear(export_id: int, *, actor: Actor, at: datetime) -> Export:
    """The time of a file is over: its content is removed, that it was there stays on record."""
    one = _locked(export_id)
    store.remove(one.path)
    one.state, one.path = ExportState.CLEARED, ""
    one.save(update_fields=["state", "path"])
    _note(kinds.EXPORT_CLEARED, one)
    return one


@action("gateway.told_portal", roles={Role.SYSTEM})
def told(tried: Sequence[push.Tried], *, actor: Actor, at: datetime) -> None:
    """Write down how telling the portal of one case went: what left the house, on what basis, what came of it."""
    ended = push.settle(tried, at)
    first = tried[0].row
    record(
        kinds.PORTAL_TOLD,
        first,
        case=first.case_number,
        rows=len(tried),
        tables=push.words_of(tried),
        basis=settings.ZEROTRIP_PORTAL_BASIS,
        accepted=ended["accepted"],
        rejected=ended["rejected"],
        unanswered=ended["unanswered"] + ended["later"],
    )


@action("gateway.tell_portal_again", roles=set(WATCHERS) - {Role.AUDITOR})
def tell_again(row_id: int, *, actor: Actor, at: datetime) -> PortalRow:
    """Send a row that waits or was rejected again, now, as the case stands today.

    Raises NotFound when the actor may not see it, Conflict when it is settled or a newer revision has taken its place.
    """
    seen = PortalRow.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).defer("content")
    row = seen.filter(pk=row_id).first()
    if row is None:
        raise NotFound(_("没有这一条报送，或它不归您管。请刷新页面。"))
    if row.state not in (Told.REQUESTED, Told.REJECTED):
        raise Conflict(_("这一条已经{state}，不用再发。").format(state=row.get_state_display()))
    push.queue_case(row.case_number, at)
    row.refresh_from_db(fields=["state"])
    if row.state != Told.REPLACED:
        row.state, row.next_at, row.answered_at = Told.REQUESTED, at, None
        row.save(update_fields=["state", "next_at", "answered_at"])
    record(kinds.PORTAL_ASKED_AGAIN, row, case_number=row.case_number, table=BY_CODE[row.table].name, key=row.key)
    tasks.push_soon()
    return row


def _own(public_id: str, actor: Actor) -> Export:
    rows = Export.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    one = rows.filter(public_id=public_id, asked_by_id=actor.id or 0).first()
    if one is None:
        raise NotFound(_("没有这次导出，或它不是您申请的。"))
    return one


def _locked(export_id: int) -> Export:
    return Export.objects.select_for_update(no_key=True).get(pk=export_id)


def _note(kind: Any, one: Export, **data: Any) -> None:
    how, how_en = _HOW[one.masked]
    record(
        kind, one, first=one.first.isoformat(), last=one.last.isoformat(), form=one.form, how=how, how_en=how_en, **data
    )
