"""Setting a batch of labels: piece by piece, seen from the page, stopped or begun again. Then one PDF of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.utils.translation import gettext as _

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import NotFound, Problem
from zerotrip.documents import actions as documents
from zerotrip.documents import labels as paper
from zerotrip.mail.actions.common import checked_number, not_void
from zerotrip.mail.labels import actions
from zerotrip.mail.labels.actions import SUBJECT, Sheet
from zerotrip.mail.labels.models import PRINTERS, BatchState, LabelBatch
from zerotrip.mail.models import Consignment
from zerotrip.people.queries import actor_of

log = structlog.get_logger(__name__)

CHUNK: Final = 50
SILENT: Final = timedelta(minutes=5)
"""A batch that has not got on for so long has lost its worker."""


def run(batch_id: int, *, halt: Callable[[], bool] = lambda: False) -> None:
    """Set a batch with the rights of who asked for it, and record how it ended. Nothing when it has ended."""
    one = LabelBatch.objects.select_related("asked_by", "place").filter(pk=batch_id).first()
    if one is None or not one.unfinished:
        return
    try:
        _set(one, halt)
    except Problem as problem:
        actions.failed(one.pk, problem=str(problem.detail), actor=SYSTEM, at=now())
    except Exception:
        log.exception("labels failed", batch=one.pk)
        actions.failed(one.pk, problem=_("程序出错，已记录；请联系系统管理员。"), actor=SYSTEM, at=now())


def _set(one: LabelBatch, halt: Callable[[], bool]) -> None:
    actor = actor_of(one.asked_by)
    if not actor.has(*PRINTERS):
        actions.failed(one.pk, problem=_("申请人现在的岗位不能打印面单。"), actor=SYSTEM, at=now())
        return
    mine = LabelBatch.objects.filter(pk=one.pk, state=BatchState.QUEUED)
    if not mine.update(state=BatchState.RUNNING, touched_at=now()):
        return  # another worker has it
    sheets: list[Sheet] = []
    refused: list[tuple[str, str]] = []
    for start in range(0, one.total, CHUNK):
        _chunk(one, one.numbers[start : start + CHUNK], actor, sheets, refused)
        done = min(one.total, start + CHUNK)
        LabelBatch.objects.filter(pk=one.pk).update(done=done, touched_at=now())
        if LabelBatch.objects.filter(pk=one.pk, stop_asked=True).exists():
            return
        if halt():  # the worker is told to end: the next one begins anew
            _begin_again(one.pk)
            return
    pdf = paper.labels_pdf([sheet[1] for sheet in sheets], paper.SIZES[one.size]) if sheets else b""
    actions.finished(one.pk, sheets=sheets, refused=refused, pdf=pdf, actor=actor, at=now())


def _chunk(
    one: LabelBatch, numbers: list[str], actor: Actor, sheets: list[Sheet], refused: list[tuple[str, str]]
) -> None:
    seen = Consignment.objects.visible_to(actor).filter(number__in=numbers)
    seen = seen.select_related(
        "sender__division", "recipient__division", "sender_place__organisation", "recipient_place", "delivery_place"
    ).prefetch_related("papers")
    pieces = {piece.number: piece for piece in seen}
    for number in numbers:
        try:
            piece = pieces.get(checked_number(number))
            if piece is None:
                not_void(number)
                raise NotFound(_("没有找到这件邮件，或它不归您经手。"))
            sheets.append(actions.sheet_of(piece, one))
        except Problem as problem:
            refused.append((number, str(problem.detail)))


def _begin_again(batch_id: int) -> None:
    from zerotrip.mail.labels import tasks

    LabelBatch.objects.filter(pk=batch_id).update(state=BatchState.QUEUED, done=0, touched_at=now())
    tasks.print_labels.defer(batch_id=batch_id)


def take_over(silent_since: datetime) -> int:
    """Have batches begun again whose worker has been silent since then. Returns how many."""
    lost = LabelBatch.objects.filter(
        state__in=[BatchState.QUEUED, BatchState.RUNNING], touched_at__lt=silent_since
    ).values_list("pk", flat=True)
    for pk in list(lost):
        _begin_again(pk)
    return len(lost)


def clear_old(at: datetime) -> int:
    """Remove the files of batches whose hour is over. What was printed stays on record. Returns how many."""
    from zerotrip.mail.labels.queries import SESSION

    old = list(LabelBatch.objects.filter(file_id__isnull=False, finished_at__lt=at - SESSION)[:500])
    for one in old:
        assert one.file_id is not None
        documents.discard(
            one.file_id, reason="成批面单已过打印时限", subject_type=SUBJECT, subject_ids=[one.pk], actor=SYSTEM, at=at
        )
        LabelBatch.objects.filter(pk=one.pk).update(file_id=None)
    return len(old)
