"""Opening, taking and settling exceptions; telling citizens."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.care import kinds
from zerotrip.care.models import Notice, Trouble, TroubleKind, TroubleState
from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.ledger.models import Entry
from zerotrip.people.actions import text
from zerotrip.people.models import Account
from zerotrip.places.models import Place

SETTLERS = {Role.HALL_CLERK, Role.OUTLET_CLERK, Role.AGENCY_OFFICER, Role.CARE_AGENT, Role.BRANCH_MANAGER}
SHORTEST = 4


@action("care.open_trouble", roles={Role.SYSTEM})
def open_trouble(
    kind: str,
    entry: Entry,
    *,
    place: Place | None,
    role: str,
    division: str = "",
    consignment_number: str = "",
    case_number: str = "",
    manifest_number: str = "",
    actor: Actor,
    at: datetime,
) -> Trouble:
    """Something went wrong with `entry`; `role` at `place`, or without one in `division`, must deal with it."""
    trouble = Trouble.objects.create(
        kind=kind,
        entry=entry,
        place=place,
        division="" if place is not None else division,
        role=role,
        consignment_number=consignment_number,
        case_number=case_number,
        manifest_number=manifest_number,
        opened_at=at,
    )
    _record(kinds.OPENED, trouble)
    return trouble


@action("care.take_trouble", roles=SETTLERS)
def take_trouble(trouble_id: int, *, actor: Actor, at: datetime) -> Trouble:
    """Say that one deals with it now. Raises NotFound, Conflict when somebody does already or it is settled."""
    trouble = _locked(trouble_id, actor)
    if trouble.state == TroubleState.TAKEN:
        raise Conflict(_("{name} 正在处理这项异常，请与其联系。").format(name=trouble.taken_by or _("同事")))
    trouble.state = TroubleState.TAKEN
    trouble.taken_by = Account.objects.filter(pk=actor.id or 0).first()
    trouble.taken_at = at
    trouble.save(update_fields=["state", "taken_by", "taken_at"])
    _record(kinds.TAKEN, trouble)
    return trouble


@action("care.settle_trouble", roles=SETTLERS)
def settle_trouble(trouble_id: int, *, how: str, actor: Actor, at: datetime) -> Trouble:
    """Close it, saying what was done. Raises NotFound, BadInput below four characters, Conflict when closed."""
    how = " ".join(how.replace("\0", "").split())
    if len(how) < SHORTEST:
        raise BadInput(
            _("请写明处理结果（至少 {n} 个字）。").format(n=SHORTEST),
            fields={"how": [_("至少 {n} 个字").format(n=SHORTEST)]},
        )
    trouble = _locked(trouble_id, actor)
    trouble.state = TroubleState.SETTLED
    trouble.settled_at = at
    trouble.settled_by = actor.name[:60]
    trouble.settled_how = how[:200]
    trouble.save(update_fields=["state", "settled_at", "settled_by", "settled_how"])
    _record(kinds.SETTLED, trouble, how=how[:200])
    return trouble


@action("care.tell", roles={Role.SYSTEM})
def tell(entry: Entry, *, phone: str, message: str, what: str, actor: Actor, at: datetime) -> Notice:
    """Send the applicant of the entry's case one text message; `what` names the step, without personal data."""
    notice = Notice.objects.create(entry=entry, case_number=entry.case_number, purpose=entry.kind[:40], told_at=at)
    text(phone, message, purpose=entry.kind)
    record(
        kinds.TOLD,
        notice,
        case_number=entry.case_number,
        consignment_number=entry.consignment_number,
        what=what,
        about=entry.pk,
    )
    return notice


def _locked(trouble_id: int, actor: Actor) -> Trouble:
    rows = Trouble.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    trouble = rows.select_related("place", "taken_by").filter(pk=trouble_id).first()
    if trouble is None:
        raise NotFound(_("没有这项异常，或不归您的场所处理。请返回异常列表。"))
    if trouble.state == TroubleState.SETTLED:
        raise Conflict(_("这项异常已由 {name} 处理。").format(name=trouble.settled_by))
    return trouble


def _record(kind: Kind, trouble: Trouble, **data: str) -> None:
    record(
        kind,
        trouble,
        case_number=trouble.case_number,
        consignment_number=trouble.consignment_number,
        place=trouble.place,
        what=str(TroubleKind(trouble.kind).label),
        manifest=trouble.manifest_number,
        **data,
    )
