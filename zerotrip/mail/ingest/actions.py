"""What people do about rows that could not be taken in: read one with a reason, say what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail import kinds
from zerotrip.mail.models import Batch, Refused

KEEPERS: Final = frozenset({Role.SYSTEM_ADMIN})


@action("mail.read_refused", roles=KEEPERS)
def read_refused(row_id: int, *, reason: str, actor: Actor, at: datetime) -> Refused:
    """A refused row with its text, which may hold personal data: the reading has a reason and an entry.

    Raises BadInput without a reason, NotFound.
    """
    why = _words(reason, "reason", _("请写明查看原文的理由。"))
    row = Refused.objects.visible_to(actor).select_related("batch").filter(pk=row_id).first()
    if row is None:
        raise NotFound(_("没有这一行，请返回列表刷新。"))
    record(kinds.REFUSED_READ, row, source=row.batch.source, line=row.line, reason=why)
    return row


@action("mail.settle_refused", roles=KEEPERS)
def settle_refused(batch_id: int, *, how: str, actor: Actor, at: datetime) -> int:
    """Say what became of the open refused rows of a delivery. Returns how many they were.

    Raises BadInput without words, NotFound, Conflict when none is open.
    """
    words = _words(how, "how", _("请写明怎样处理的。"))
    rows = Batch.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    batch: Batch | None = rows.filter(pk=batch_id).first()
    if batch is None:
        raise NotFound(_("没有这批数据，请返回列表刷新。"))
    settled = batch.refused.filter(settled_at__isnull=True).update(settled_at=at, how=words)
    if not settled:
        raise Conflict(_("这批数据没有待处理的行。"))
    record(kinds.REFUSED_SETTLED, batch, source=batch.source, rows=settled, how=words)
    return settled


def _words(text: str, field: str, sentence: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:120]
    if len(words) < 2:
        raise BadInput(sentence, fields={field: [sentence]})
    return words
