"""What stands on the label of a piece: of persons nothing but name, address and phone, and those masked.

Sources: GB/T 41833-2022 (masks), 快递条例 22 (no other identity data). Every phone is masked, also that of an office:
one rule, and the carrier reads the full number from the system. Addresses of places are public and stand in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.conf import settings

from zerotrip.core.money import format_yuan
from zerotrip.documents import court, labels
from zerotrip.documents.court import CourtData
from zerotrip.mail.models import Consignment, Net, Payer, Product
from zerotrip.people.models import Contact
from zerotrip.places.models import Place
from zerotrip.rules import masking

RECEIPT: Final = "须签回执"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a court's letter says on its slip beyond the piece itself. `clerk` and `phone` come in full and are masked
    by `masked`; what is empty is taken from the piece."""

    case_number: str = ""
    department: str = ""
    clerk: str = ""
    phone: str = ""

    def masked(self) -> dict[str, str]:
        """As it is printed and kept with the printing."""
        return asdict(self) | {"clerk": masking.name(self.clerk), "phone": masking.phone(self.phone)}


def is_court(piece: Consignment) -> bool:
    """Whether it is a court's letter (法院专递): its label has a receipt slip."""
    return piece.product == Product.COURT


def usual_size(piece: Consignment) -> labels.Size:
    """The size of label that a piece gets when nobody chooses."""
    return labels.SIZE_180 if is_court(piece) else labels.SIZE_150


def fits(piece: Consignment, size: labels.Size) -> bool:
    """Whether a label of this size holds what the piece's label must say."""
    return not is_court(piece) or size in labels.COURT_SIZES


def label_data(piece: Consignment, slip: dict[str, str] | None = None) -> labels.LabelData:
    """The label of an accepted piece. `slip`: what `Slip.masked` gave, for a court's letter.

    Raises ValueError when it cannot be set (a court's letter without documents).
    """
    number = piece.number or ""
    to, to_phone, to_address = _end(piece.recipient, piece.recipient_place)
    by, by_phone, by_address = _end(piece.sender, piece.sender_place)
    letter = is_court(piece)
    papers = list(piece.papers.all())
    flags = [labels.INSPECTED, RECEIPT if letter else labels.IN_PERSON, labels.NO_LOCKER]
    if piece.sender is not None:
        flags.insert(0, labels.REAL_NAME)
    origin = piece.sender_place or piece.delivery_place
    target = piece.recipient_place or piece.delivery_place
    fee = f"{format_yuan(piece.postage)}（{Payer(piece.payer).label}）" if piece.postage is not None else ""
    return labels.LabelData(
        number=number,
        product=str(Product.COURT.label) if letter else "政务专递",
        service=str(Net(piece.net).label),
        recipient=to[:60],
        recipient_phone=to_phone[:40],
        recipient_address=to_address[:200],
        sender=by[:60],
        sender_phone=by_phone[:40],
        sender_address=by_address[:200],
        from_place=(origin.name if origin else "")[:24],
        to_place=(target.name if target else "")[:24],
        contents="" if letter else _contents([f"{paper.name} {paper.copies} 份" for paper in papers]),
        fee=fee[:40],
        accepted_at=piece.accepted_at,
        flags=flags,
        case_number="" if letter else piece.reference,
        tracking_url=f"{settings.ZEROTRIP_BASE_URL}/t/{number}",
        court=_court(piece, [(paper.name, paper.copies) for paper in papers], slip or {}) if letter else None,
    )


def _contents(names: Sequence[str]) -> str:
    whole = "；".join(names)
    return whole if len(whole) <= labels.LIMITS["contents"] else f"{names[0][:50]}等 {len(names)} 种"


def _court(piece: Consignment, documents: Sequence[tuple[str, int]], slip: dict[str, str]) -> CourtData:
    """The court is the organisation that runs the sending place; the place is its department."""
    place = piece.sender_place
    organisation = place.organisation.name if place is not None else str(piece.sender)
    office = place.name if place is not None and place.name != organisation else ""
    said: dict[str, Any] = {
        "court": organisation,
        "department": slip.get("department") or office,
        "case_number": slip.get("case_number") or piece.reference,
        "clerk": slip.get("clerk", ""),
        "phone": slip.get("phone") or (masking.phone(place.phone) if place is not None else ""),
    }
    return CourtData(documents=documents, **{name: text[: court.LIMITS[name]] for name, text in said.items()})


def _end(contact: Contact | None, place: Place | None) -> tuple[str, str, str]:
    if contact is not None:
        return contact.masked_name, contact.masked_phone, contact.masked_address
    assert place is not None
    return place.name, masking.phone(place.phone), place.address or place.name
