"""Reading what is masked: an action with a reason and an entry, for each field that is read."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.roles import STAFF, Role
from zerotrip.ledger.frame import action, record
from zerotrip.people import kinds
from zerotrip.people.models import Company, Contact, Person
from zerotrip.people.wording import FIELD_NAMES

READERS = STAFF - {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
"""Administrators run the system and need nobody's personal data (least privilege, GB/T 22239-2019 8.1.4.2)."""

FIELDS: dict[str, frozenset[str]] = {
    "people.person": frozenset({"name", "id_number", "phone"}),
    "people.contact": frozenset({"name", "phone", "detail"}),
    "people.company": frozenset({"legal_representative"}),
}
SHORTEST_REASON = 4

Row = Person | Contact | Company


@action("people.unmask", roles=READERS | {Role.CITIZEN})
def unmask(model: str, row_id: int, field: str, *, reason: str, actor: Actor, at: datetime) -> str:
    """The plain value of a sealed field of something the actor may see, with an entry of who read what of whom.

    `model` is "people.person", "people.contact" or "people.company". Raises NotFound when the actor may not see the
    row, BadInput without a reason of four characters or for a field that is not a sealed one.
    """
    if field not in FIELDS.get(model, frozenset()):
        raise BadInput(_("没有可以查看的这一栏。"))
    manager = apps.get_model(model)._default_manager
    row = manager.all().visible_to(actor).filter(pk=row_id).first()
    if row is None:
        raise NotFound(_("没有找到这条资料，或您无权查看。"))
    return unmask_row(row, field, reason=reason, actor=actor, at=at)


@action("people.unmask_row", roles=READERS | {Role.CITIZEN})
def unmask_row(
    row: Row,
    field: str,
    *,
    reason: str,
    case_number: str = "",
    consignment_number: str = "",
    actor: Actor,
    at: datetime,
) -> str:
    """As `unmask`, for a row the caller has reached through a case or mail piece the actor may see."""
    if field not in FIELDS[row._meta.label_lower]:
        raise BadInput(_("没有可以查看的这一栏。"))
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise BadInput(
            _("请写明查看的理由（至少 {n} 个字）。").format(n=SHORTEST_REASON),
            fields={"reason": [_("至少 {n} 个字").format(n=SHORTEST_REASON)]},
        )
    whom = row.name if isinstance(row, Company) else row.masked_name
    record(
        kinds.PERSONAL_DATA_READ,
        row,
        case_number=case_number,
        consignment_number=consignment_number,
        whom=whom,
        field=field,
        what=str(FIELD_NAMES[field]),
        reason=reason[:120],
    )
    return str(getattr(row, field) or "")
