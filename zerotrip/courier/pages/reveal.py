"""Showing a courier the phone or the whole address of a contact: for the errand only, and with an entry."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput
from zerotrip.mail.models import Consignment
from zerotrip.people.actions import unmask_row
from zerotrip.people.models import Contact

FIELDS = {"phone": "phone", "address": "detail"}


def shown(piece: Consignment, contact: Contact | None, what: str, *, reason: str, actor: Actor) -> dict[str, str]:
    """The plain phone or address, by name, after the reading was recorded. Raises BadInput for anything else."""
    if contact is None or what not in FIELDS:
        raise BadInput(_("没有可以查看的这一栏。"))
    value = unmask_row(
        contact,
        FIELDS[what],
        reason=reason,
        case_number=piece.reference,
        consignment_number=piece.number or "",
        actor=actor,
        at=now(),
    )
    return {what: f"{contact.region}{value}" if what == "address" else value}
