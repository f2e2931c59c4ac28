"""Masked values of a case's applicant, shown with a reason.

The plain value reaches the page sealed, for this actor and one minute, so that no answer that is kept, no log and no
history holds it.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.cases.models import Case
from zerotrip.core.actors import Actor
from zerotrip.core.crypto import SealBroken, seal, unseal
from zerotrip.core.errors import BadInput
from zerotrip.people.actions import unmask_row

SHOWN_FOR = timedelta(minutes=1)
_CONTEXT = b"counter.reveal"


@dataclass(frozen=True, slots=True)
class Masked:
    """A fact about the applicant. `field` names what can be revealed; empty for what is not secret."""

    label: str | Promise
    value: str
    field: str = ""
    plain: str = ""


def facts(case: Case, shown: dict[str, str]) -> list[Masked]:
    """Who applies and where the result goes, masked but for what has just been `shown`."""
    rows: list[Masked] = []
    if case.applicant_company is not None:
        company = case.applicant_company
        rows += [Masked(_("单位"), company.name), Masked(_("统一社会信用代码"), company.uscc)]
    if case.applicant_person is not None:
        person = case.applicant_person
        who = _("经办人") if case.applicant_company is not None else _("姓名")
        rows += [
            Masked(who, person.masked_name, "person.name"),
            Masked(person.document, person.masked_id, "person.id_number"),
        ]
        if person.phone:
            rows.append(Masked(_("手机"), person.masked_phone, "person.phone"))
    contact = case.contact
    rows += [
        Masked(_("联系人"), contact.masked_name, "contact.name"),
        Masked(_("联系电话"), contact.masked_phone, "contact.phone"),
        Masked(_("地址"), contact.masked_address, "contact.detail"),
    ]
    return [Masked(row.label, row.value, row.field, shown.get(row.field, "")) for row in rows]


LABELS: dict[str, str | Promise] = {
    "person.name": gettext_lazy("姓名"),
    "person.id_number": gettext_lazy("证件号码"),
    "person.phone": gettext_lazy("手机"),
    "contact.name": gettext_lazy("联系人"),
    "contact.phone": gettext_lazy("联系电话"),
    "contact.detail": gettext_lazy("地址"),
}


def reveal(case: Case, field: str, reason: str, *, actor: Actor, at: datetime) -> str:
    """Read one field with a reason; returns the sealed value for `shown`. Raises BadInput."""
    if field not in LABELS:
        raise BadInput(_("没有可以查看的这一栏。"))
    whose, name = field.split(".")
    row = case.applicant_person if whose == "person" else case.contact
    if row is None:
        raise BadInput(_("没有可以查看的这一栏。"))
    plain = unmask_row(row, name, reason=reason, case_number=case.number, actor=actor, at=at)
    if field == "contact.detail":
        plain = f"{case.contact.region}{plain}"
    told = orjson.dumps({"case": case.number, "who": actor.id, "field": field, "value": plain, "at": at.timestamp()})
    return urlsafe_b64encode(seal(told, _CONTEXT)).decode()


def shown(token: str, case: Case, *, actor: Actor, at: datetime) -> dict[str, str]:
    """What a sealed value lets this actor see now: field and value, or nothing."""
    try:
        told = orjson.loads(unseal(urlsafe_b64decode(token[:2000].encode()), _CONTEXT))
    except (SealBroken, binascii.Error, ValueError):
        return {}
    fresh = timedelta() <= at - datetime.fromtimestamp(told["at"], at.tzinfo) <= SHOWN_FOR
    if not fresh or told["case"] != case.number or told["who"] != actor.id:
        return {}
    return {str(told["field"]): str(told["value"])}
