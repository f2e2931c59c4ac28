"""Table 15: one mail piece."""

from __future__ import annotations

from datetime import date, datetime

from zerotrip.core.clock import local
from zerotrip.gateway.exports.rows.whole import About, Whole, day, staff
from zerotrip.gateway.exports.values import Public
from zerotrip.ledger.models import Entry
from zerotrip.mail.models import Consignment


class Posting(About):
    """Table 15: one mail piece."""

    def __init__(self, whole: Whole, piece: Consignment) -> None:
        super().__init__(whole)
        self.piece = piece
        self._signed = whole.signed.get(piece.pk)

    @property
    def key(self) -> str:
        return str(self.piece.number)

    @property
    def sender_body(self) -> str | None:
        return self.piece.sender_place.name if self.piece.sender_place else None

    @property
    def sender(self) -> str | None:
        if self.piece.sender_place is not None:
            return self._who("mail.accepted")
        return self.piece.sender.name if self.piece.sender else None

    @property
    def sent_on(self) -> date | None:
        return day(self.piece.accepted_at)

    @property
    def receiver_body(self) -> str | None:
        return self.piece.recipient_place.name if self.piece.recipient_place else None

    @property
    def receiver(self) -> str | None:
        if self._signed is not None:
            return str(self._signed.name)
        return self._who("mail.handed_in") if self.piece.recipient_place else None

    @property
    def received_on(self) -> date | None:
        return day(self._received_at)

    @property
    def _received_at(self) -> datetime | None:
        if self.piece.delivered_at:
            return self.piece.delivered_at
        handed = self._entry("mail.handed_in")
        return handed.at if handed else None

    @property
    def indicator(self) -> str | None:
        return "寄递时限" if self._assessable else None

    @property
    def project(self) -> str | None:
        return f"{local(self.piece.promised_p95):%Y%m%d%H%M} 前送达" if self._assessable else None  # type: ignore[arg-type]

    @property
    def assessed_on(self) -> date | None:
        return self.received_on if self._assessable else None

    @property
    def assessment(self) -> str | None:
        if not self._assessable:
            return None
        return "按时送达" if self._received_at <= self.piece.promised_p95 else "超时送达"  # type: ignore[operator]

    @property
    def _assessable(self) -> bool:
        return self._received_at is not None and self.piece.promised_p95 is not None

    def _entry(self, kind: str) -> Entry | None:
        mine = (e for e in self.whole.entries if e.kind == kind and e.consignment_number == self.piece.number)
        return next(mine, None)

    def _who(self, kind: str) -> Public | None:
        found = self._entry(kind)
        return staff(found) if found else None
