"""What can be done with labels: print one, void what was printed, give a piece another number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.documents import labels as paper
from zerotrip.ledger.frame import action, record
from zerotrip.mail import codes
from zerotrip.mail.actions.common import (
    announce,
    checked_number,
    line_of,
    lock,
    needs_holder,
    reason_of,
    scan,
    tell,
)
from zerotrip.mail.actions.posting import give_number
from zerotrip.mail.labels import data, kinds
from zerotrip.mail.labels.data import Slip
from zerotrip.mail.labels.models import PRINTERS, Label, LabelBatch, OldNumber
from zerotrip.mail.models import Consignment, Scan, State
from zerotrip.mail.trace import merge

ENDED: Final = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})

SAME_PRINTING: Final = timedelta(minutes=2)
"""A browser may fetch the label it has just opened once more; to the same person that is the same printing."""


@action("mail.label", roles=PRINTERS)
def label(
    consignment_id: int,
    *,
    size: str = "",
    reason: str = "",
    slip: Slip | None = None,
    actor: Actor,
    at: datetime,
) -> bytes:
    """Print the label of an accepted piece: a PDF, masked. Each call is a printing with a row and an entry.

    `size` as "100×150" (without it the usual one); `slip`: what a court's letter says beyond the piece. The first
    printing needs no `reason`, every later one does; after a void label the reason of the voiding stands for it.
    Raises NotFound, Conflict when there is nothing to print or the size does not fit, BadInput without a reason.
    """
    piece = lock(actor, pk=consignment_id)
    chosen = paper.SIZES.get(size) if size else data.usual_size(piece)
    if chosen is None:
        raise BadInput(_("请选择面单规格。"), fields={"size": [_("请选择面单规格。")]})
    printable(piece, chosen)
    why = why_of([piece], line_of(reason))[piece.pk]
    said = slip_of(piece, slip)
    pdf = paper.label_pdf(data_of(piece, said), chosen)
    write([piece], size=str(chosen), reasons={piece.pk: why}, slips={piece.pk: said}, actor=actor, at=at)
    return pdf


def again(piece: Consignment, *, actor: Actor, at: datetime) -> bytes | None:
    """The label that this person printed a moment ago, as the browser asks for it again; None when there is none."""
    last = Label.objects.filter(consignment=piece).order_by("-serial").first()
    if last is None or last.void or last.number != piece.number or last.printed_by_id != actor.id:
        return None
    if at - last.printed_at > SAME_PRINTING:
        return None
    return paper.label_pdf(data_of(piece, last.slip), paper.SIZES[last.size])


@action("mail.void_label", roles=PRINTERS)
def void_label(number: str, *, reason: str, actor: Actor, at: datetime) -> Consignment:
    """What was printed for a piece is not to be used any more (torn, smeared, misprinted). Its number stays.

    Only by who holds it. Until a label is printed again the piece is not counted onto a list and not taken out.
    Raises BadInput without a reason, NotFound, Conflict.
    """
    why = reason_of(reason)
    piece = lock(actor, number=number)
    held = needs_holder(actor, piece)
    _before_its_end(piece)
    count = _void(piece, why, actor, at)
    if not count:
        raise Conflict(_("邮件 {number} 没有可作废的面单。").format(number=piece.formatted))
    tell(kinds.VOID, piece, place=held.place, labels=count, reason=why)
    return piece


@action("mail.renumber", roles=PRINTERS)
def renumber(number: str, *, new_number: str = "", reason: str, actor: Actor, at: datetime) -> Consignment:
    """Give a piece another number: the wrong label was stuck on it. A blank `new_number` takes the next of our range.

    Only where it was accepted, by who accepted it, before it was handed on or scanned anywhere else: afterwards others
    know it by its number. The old number ends in the trace as cancelled, leads to the new one and is never used again.
    Raises BadInput without a reason, NotFound, Conflict.
    """
    why = reason_of(reason)
    piece = lock(actor, number=number)
    held = needs_holder(actor, piece)
    old, formatted = str(piece.number), piece.formatted
    moved = piece.state != State.ACCEPTED or piece.holdings.count() > 1
    if moved or Scan.objects.filter(number=old).exclude(code=codes.ACCEPTED).exists():
        raise Conflict(
            _("邮件 {number} 已交接或已有后续轨迹，不能再换号。面单损坏的，请作废后按原号补打。").format(
                number=formatted
            )
        )
    if new_number.strip() and checked_number(new_number, "new_number") == old:
        sentence = _("新邮件号与原邮件号相同。只是面单损坏的，请按原号补打。")
        raise BadInput(sentence, fields={"new_number": [sentence]})
    give_number(piece, new_number)
    place = held.place or piece.delivery_place
    _void(piece, why, actor, at)
    OldNumber.objects.create(number=old, consignment=piece, reason=why[:120], at=at, by_id=actor.id)
    merge.add([merge.row(old, codes.CANCELLED, at, place.code if place else "", actor.name, "", "{}")])
    announce(piece)
    assert piece.accepted_at is not None
    scan([piece], codes.ACCEPTED, actor=actor, at=piece.accepted_at, place=place)
    tell(kinds.RENUMBERED, piece, place=held.place, old=formatted, reason=why)
    record(
        kinds.RENUMBERED, piece, consignment_number=old, place=held.place, consignment=piece.pk, purpose=piece.purpose,
        old=formatted, number=piece.formatted, reason=why,
    )  # fmt: skip
    return piece


def printable(piece: Consignment, size: paper.Size) -> None:
    """Raises Conflict, with what to do, when there is no label to print or this size does not hold it."""
    if not piece.number or piece.state == State.CANCELLED:
        raise Conflict(_("邮件还没有收寄或已撤销，没有面单可打印。"))
    _before_its_end(piece)
    if not data.fits(piece, size):
        raise Conflict(
            _("法院专递的回执联在 {size} 的面单上写不下，请用 {right} 的面单纸。").format(
                size=size, right="、".join(str(one) for one in paper.COURT_SIZES)
            )
        )


def _before_its_end(piece: Consignment) -> None:
    if piece.state in ENDED:
        raise Conflict(
            _("邮件 {number} 已是“{state}”，不再打印或作废面单。").format(
                number=piece.formatted, state=piece.state_label
            )
        )


def data_of(piece: Consignment, slip: dict[str, str] | None) -> paper.LabelData:
    try:
        return data.label_data(piece, slip)
    except ValueError:
        raise Conflict(
            _("邮件 {number} 的面单排不出来：法院专递须有文书清单和案号。请补齐后再打印。").format(
                number=piece.formatted
            )
        ) from None


def slip_of(piece: Consignment, given: Slip | None) -> dict[str, str] | None:
    """What the slip says: as given, else as on the last printing."""
    if not data.is_court(piece):
        return None
    if given is not None:
        return given.masked()
    last = Label.objects.filter(consignment=piece, slip__isnull=False).order_by("-serial").first()
    return last.slip if last is not None else None


def why_of(pieces: Sequence[Consignment], reason: str) -> dict[int, str]:
    """The reason of each piece's next printing. Raises BadInput for the first that needs one and has none."""
    last: dict[int, Label] = {}
    for row in Label.objects.filter(consignment__in=[piece.pk for piece in pieces]).order_by("serial"):
        last[row.consignment_id] = row
    found = {}
    for piece in pieces:
        before = last.get(piece.pk)
        if before is None:
            found[piece.pk] = ""
            continue
        why = reason or (before.void_reason if before.void else "")
        if len(why) < 2:
            sentence = _("邮件 {number} 已打印过面单，补打请写明原因。").format(number=piece.formatted)
            raise BadInput(sentence, fields={"reason": [sentence]})
        found[piece.pk] = why
    return found


def write(
    pieces: Sequence[Consignment],
    *,
    size: str,
    reasons: dict[int, str],
    slips: dict[int, dict[str, str] | None],
    actor: Actor,
    at: datetime,
    batch: LabelBatch | None = None,
    sheets: dict[int, int] | None = None,
) -> None:
    """The rows and entries of printings of (locked) pieces, inside an action."""
    ids = [piece.pk for piece in pieces]
    counted = Label.objects.filter(consignment__in=ids).order_by().values("consignment").annotate(n=Max("serial"))
    serials: dict[int, int] = {row["consignment"]: row["n"] for row in counted}
    rows: list[Label] = []
    for piece in pieces:
        serial, why = serials.get(piece.pk, 0) + 1, reasons[piece.pk][:120]
        rows.append(
            Label(
                consignment=piece,
                number=piece.number or "",
                serial=serial,
                size=size,
                reason=why,
                batch=batch,
                sheet=(sheets or {}).get(piece.pk),
                slip=slips.get(piece.pk),
                printed_by_id=actor.id,
                printed_at=at,
            )
        )
        more: dict[str, Any] = {"batch": batch.pk} if batch is not None else {}
        tell(
            kinds.PRINTED, piece, times=serial, size=size, reason=why,
            how=f"{size}，补打：{why}" if why else size, how_en=f"{size}, again: {why}" if why else size, **more,
        )  # fmt: skip
    Label.objects.bulk_create(rows)


def _void(piece: Consignment, why: str, actor: Actor, at: datetime) -> int:
    rows = Label.objects.filter(consignment=piece, voided_at__isnull=True)
    return rows.update(voided_at=at, voided_by_id=actor.id, void_reason=why[:120])
