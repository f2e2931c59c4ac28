"""What can be done with batches: ask for one, stop it, open it. One bad piece is named and the others are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, Problem
from zerotrip.core.roles import Role
from zerotrip.documents import actions as documents
from zerotrip.documents import labels as paper
from zerotrip.documents import queries as files
from zerotrip.documents.queries import Content
from zerotrip.ledger.frame import action, record
from zerotrip.mail.actions.common import line_of, own_place
from zerotrip.mail.actions.labels import data_of, printable, slip_of, why_of, write
from zerotrip.mail.labels import kinds, queries
from zerotrip.mail.labels.models import PRINTERS, BatchState, LabelBatch
from zerotrip.mail.models import Consignment
from zerotrip.rules import mail_number

SUBJECT: Final = "mail.labelbatch"
AT_ONCE: Final = 100
"""So many labels are set while somebody waits (under a second); more by a worker, with a bar to watch."""

Sheet = tuple[Consignment, paper.LabelData, str, dict[str, str] | None]
"""A piece, its label, the reason when it is printed again, what a court's slip says."""


@action("mail.ask_labels", roles=PRINTERS)
def ask(
    numbers: Iterable[str], *, size: str, place_code: str = "", reason: str = "", actor: Actor, at: datetime
) -> LabelBatch:
    """Have the labels of up to 500 pieces printed as one PDF. Numbers that repeat count once.

    `place_code`: where they are stuck on; its people see the batch. What cannot be printed is named when the batch is
    ready. Raises BadInput for no or too many numbers or an unknown size, Conflict while one's last batch is not ready.
    """
    from zerotrip.mail.labels import tasks

    wanted = list(dict.fromkeys(number for text in numbers if (number := mail_number.compact(text)[:40])))
    if size not in paper.SIZES:
        raise BadInput(_("请选择面单规格。"), fields={"size": [_("请选择面单规格。")]})
    if not wanted:
        sentence = _("没有要打印的邮件。请扫描邮件号，一行一个。")
        raise BadInput(sentence, fields={"numbers": [sentence]})
    if len(wanted) > queries.MOST:
        sentence = _("一批最多 {n} 件，现有 {m} 件，请分批打印。").format(n=queries.MOST, m=len(wanted))
        raise BadInput(sentence, fields={"numbers": [sentence]})
    place = own_place(actor, place_code, "place_code") if place_code.strip() else None
    mine = LabelBatch.objects.filter(asked_by_id=actor.id, state__in=[BatchState.QUEUED, BatchState.RUNNING])
    if mine.exists():
        raise Conflict(_("您的上一批面单还没有排好，请等它完成或先停止。"))
    one = LabelBatch.objects.create(
        asked_by_id=actor.id or 0, asked_at=at, place=place, size=size, numbers=wanted, reason=line_of(reason),
        touched_at=at,
    )  # fmt: skip
    _note(kinds.BATCH_ASKED, one, pieces=one.total)
    if one.total > AT_ONCE:
        tasks.print_labels.defer(batch_id=one.pk)
    return one


@action("mail.stop_labels", roles=PRINTERS)
def stop(public_id: UUID, *, actor: Actor, at: datetime) -> LabelBatch:
    """Stop one's own batch before it is ready: nothing of it counts as printed. Raises NotFound, Conflict."""
    one = _locked(queries.batch(actor, public_id).pk)
    if one.asked_by_id != actor.id:
        raise Conflict(_("只能停止自己要求的打印。"))
    if not one.unfinished:
        raise Conflict(_("这批面单已经排好或已停止。"))
    one.state, one.stop_asked, one.finished_at = BatchState.STOPPED, True, at
    one.save(update_fields=["state", "stop_asked", "finished_at"])
    _note(kinds.BATCH_STOPPED, one, pieces=one.total)
    return one


@action("mail.open_labels", roles=PRINTERS)
def open_batch(public_id: UUID, *, actor: Actor, at: datetime) -> tuple[LabelBatch, Content]:
    """The PDF of a batch. Opening it again within an hour of its making is the same printing, and recorded.

    Raises NotFound, Conflict when it is not ready or the hour is over.
    """
    one = _locked(queries.batch(actor, public_id).pk)
    if one.state != BatchState.DONE or not one.file_id:
        raise Conflict(_("这批面单还没有排好，或没有一件可以打印。"))
    if not queries.may_open(one, at):
        raise Conflict(_("这批面单是一小时以前排好的，不能再整批打印。需要哪件，请逐件或另开一批补打，并写明原因。"))
    content = files.readable(one.file_id, subject_type=SUBJECT, subject_ids=[one.pk])
    one.opened += 1
    one.save(update_fields=["opened"])
    _note(kinds.BATCH_OPENED, one, printed=one.printed, opened=one.opened)
    return one, content


@action("mail.labels_printed", roles=PRINTERS)
def finished(
    batch_id: int,
    *,
    sheets: Sequence[Sheet],
    refused: Sequence[tuple[str, str]],
    pdf: bytes,
    actor: Actor,
    at: datetime,
) -> LabelBatch:
    """The labels are set: from now on they count as printed. `sheets` in the order of the PDF's pages.

    What changed since they were set (cancelled, another number, printed by somebody else) is named among the refused;
    its sheet says so on the batch's page. Nothing happens when the batch was stopped meanwhile.
    """
    one = _locked(batch_id)
    named = [list(pair) for pair in refused]
    if one.state != BatchState.RUNNING:
        _note(kinds.BATCH_STOPPED, one, pieces=one.total)
        return one
    rows = Consignment.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    now_is = {piece.pk: piece for piece in rows.filter(pk__in=[piece.pk for piece, *_rest in sheets])}
    good, reasons, slips, places, page = [], {}, {}, {}, 1
    for was, label, _why, slip in sheets:
        piece = now_is[was.pk]
        try:
            if piece.number != was.number:
                raise Conflict(_("邮件已换号，本张作废，请撕掉。"))
            printable(piece, paper.SIZES[one.size])
            reasons[piece.pk] = why_of([piece], one.reason)[piece.pk]
        except Problem as problem:
            named.append([str(was.number), _("第 {n} 张：{why}").format(n=page, why=problem.detail)])
        else:
            good.append(piece)
            slips[piece.pk], places[piece.pk] = slip, page
        page += label.sheets
    if good:
        write(good, size=one.size, reasons=reasons, slips=slips, actor=actor, at=at, batch=one, sheets=places)
    if pdf and good:
        name = f"labels-{one.asked_at:%Y%m%d%H%M}.pdf"
        kept = documents.keep(
            name, pdf, media_type="application/pdf", purpose="labels", subject_type=SUBJECT, subject_id=one.pk,
            actor=actor, at=at,
        )  # fmt: skip
        one.file_id = kept.public_id
    one.state, one.finished_at, one.done = BatchState.DONE, at, one.total
    one.printed, one.sheets, one.refused = len(good), page - 1, named
    one.save(update_fields=["state", "finished_at", "done", "printed", "sheets", "refused", "file_id"])
    _note(kinds.BATCH_DONE, one, printed=one.printed, sheets=one.sheets, refused=len(named))
    return one


@action("mail.labels_failed", roles={Role.SYSTEM})
def failed(batch_id: int, *, problem: str, actor: Actor, at: datetime) -> LabelBatch:
    """The batch could not be set; `problem` says why. Nothing of it counts as printed."""
    one = _locked(batch_id)
    one.state, one.finished_at, one.problem = BatchState.FAILED, at, problem[:300]
    one.save(update_fields=["state", "finished_at", "problem"])
    _note(kinds.BATCH_FAILED, one, problem=one.problem)
    return one


def sheet_of(piece: Consignment, one: LabelBatch) -> Sheet:
    """The label of one piece of a batch. Raises Conflict or BadInput with the sentence that names it."""
    printable(piece, paper.SIZES[one.size])
    why = why_of([piece], one.reason)[piece.pk]
    slip = slip_of(piece, None)
    return piece, data_of(piece, slip), why, slip


def _locked(batch_id: int) -> LabelBatch:
    return LabelBatch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch_id)


def _note(kind: Any, one: LabelBatch, **data: Any) -> None:
    record(kind, one, place=one.place, size=one.size, **data)
