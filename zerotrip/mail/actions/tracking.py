"""Opening a tracking page in full by the last four digits of the phone: few tries, then a pause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from zerotrip.core.errors import BadInput, NotFound, TooMany
from zerotrip.mail.models import Consignment, TrackingTry
from zerotrip.rules import mail_number

TRIES: Final = 5
PAUSE: Final = timedelta(minutes=30)
"""After five wrong tries for one number within half an hour nobody can try it again until that time has passed.

House rule; ten thousand possible endings then take some six weeks.
"""


def open_tracking(number: str, four: str, *, at: datetime) -> Consignment:
    """The piece, when `four` ends the sender's or the addressee's phone; a wrong try is counted and stays counted.

    Not an action: it changes nothing but the count. Raises NotFound, BadInput for a wrong ending, TooMany in the pause.
    """
    compact = mail_number.compact(number)
    with transaction.atomic():
        rows = Consignment.objects.select_for_update(no_key=True, of=("self",)).select_related("sender", "recipient")
        piece = rows.filter(number=compact).first() if len(compact) == 13 else None
        if piece is None:
            raise NotFound(_("没有查到这个邮件号，请核对面单上的号码。"))
        tries = TrackingTry.objects.filter(number=compact, at__gt=at - PAUSE)
        used = tries.count()
        if used >= TRIES:
            minutes = int(PAUSE.total_seconds() // 60)
            raise TooMany(_("输错次数太多，请 {n} 分钟后再试。").format(n=minutes))
        ends = [contact for contact in (piece.sender, piece.recipient) if contact is not None]
        good = any(contact.phone_ends_with(four.strip()) for contact in ends)
        if not good:
            TrackingTry.objects.create(number=compact, at=at)
    if good:
        return piece
    left = TRIES - used - 1
    sentence = _("手机尾号不对，还可以试 {n} 次。").format(n=left)
    raise BadInput(sentence, fields={"four": [sentence]})
