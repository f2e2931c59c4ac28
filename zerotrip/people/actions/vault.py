"""The vault: persons, companies and contacts as they were given, checked and sealed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import STAFF, Role
from zerotrip.ledger.frame import action, record
from zerotrip.people import kinds
from zerotrip.people.models import Account, Company, CompanyAgent, Contact, Person
from zerotrip.people.queries import id_index, phone_index
from zerotrip.people.wording import refusal
from zerotrip.places import queries as places
from zerotrip.places.models import Level
from zerotrip.rules import mobile, other_id, person_name, uscc
from zerotrip.rules.errors import RuleError
from zerotrip.rules.id_types import IdType

REGISTRARS = STAFF - {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.AUDITOR} | {
    Role.CITIZEN,
    Role.PARTNER,
}
"""Who may register an applicant: those who take applications, and applicants themselves."""

LONGEST_DETAIL = 120
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}(?:-[0-9]{1,6})?")

Fields = dict[str, list[str]]


@action("people.register_person", roles={Role.CITIZEN})
def register_person(name: str, id_type: str, id_number: str, *, actor: Actor, at: datetime) -> Person:
    """Register the real name of the citizen who acts, with the phone they signed in with.

    A record a counter has made under the same document and phone becomes theirs. Raises BadInput for a name or number
    that is none, Conflict when the citizen is registered already or the document is another's.
    """
    account = (
        Account.objects.select_for_update(no_key=True, of=("self",)).filter(pk=actor.id or 0, kind="citizen").first()
    )
    if account is None:
        raise NotFound(_("请先用手机号登录，再登记实名。"))
    checked_name, kind, number = _identity(name, id_type, id_number, on_document=False, at=at)
    if Person.objects.filter(account=account).exists():
        raise Conflict(_("您已完成实名登记。如姓名或证件有变更，请到服务大厅办理。"))
    person = _find(kind, number, lock=True)
    if person is not None:
        same_phone = person.phone_index is not None and bytes(person.phone_index) == bytes(account.phone_index or b"")
        if person.account_id is not None or person.name != checked_name or not same_phone:
            raise Conflict(_("这个证件号码已登记在别的手机号或姓名下。请到服务大厅持证件核验，或联系客服。"))
        person.account = account
        person.save(update_fields=["account"])
    else:
        person = Person.objects.create(
            name=checked_name,
            id_type=kind.value,
            id_number=number,
            id_index=id_index(kind, number),
            phone=account.phone,
            phone_index=account.phone_index,
            account=account,
            registered_at=at,
        )
    account.name = person.masked_name[:60]
    account.save(update_fields=["name"])
    record(kinds.PERSON_LINKED, person, whom=person.masked_name, document=kind.zh)
    return person


def ensure_person(
    name: str,
    id_type: str,
    id_number: str,
    *,
    phone: str = "",
    on_document: bool = False,
    actor: Actor,
    at: datetime,
) -> Person:
    """The person with this document: the one known, else newly registered with an entry of its own.

    `on_document`: a clerk has read this name on the document. Staff who bring another phone update it. Raises BadInput
    for a name, number or phone that is none, Conflict when the document is known under another name.
    """
    checked_name, kind, number = _identity(name, id_type, id_number, on_document=on_document, at=at)
    mobile_number = _phone(phone) if phone.strip() else ""
    person = _find(kind, number)
    if person is None:
        return _register(checked_name, kind, number, mobile_number, actor=actor, at=at)
    if person.name != checked_name:
        wrong = _("这个证件号码已登记在另一个姓名下，请核对姓名和证件号码。")
        raise Conflict(wrong, fields={"name": [wrong]})
    if mobile_number and mobile_number != person.phone and actor.has(*STAFF) and person.account_id is None:
        return _update_phone(person.pk, mobile_number, actor=actor, at=at)
    return person


@action("people.register_applicant", roles=REGISTRARS)
def _register(name: str, kind: IdType, number: str, phone: str, *, actor: Actor, at: datetime) -> Person:
    person = Person(
        name=name,
        id_type=kind.value,
        id_number=number,
        id_index=id_index(kind, number),
        phone=phone or None,
        phone_index=phone_index(phone) if phone else None,
        registered_at=at,
    )
    # somebody else may register the same document at this moment: both get the one row
    Person.objects.bulk_create([person], update_conflicts=True, unique_fields=["id_index"], update_fields=["id_index"])
    record(kinds.PERSON_REGISTERED, person, whom=person.masked_name, document=kind.zh)
    return person


@action("people.update_phone", roles=STAFF)
def _update_phone(person_id: int, phone: str, *, actor: Actor, at: datetime) -> Person:
    person = Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=person_id)
    person.phone, person.phone_index = phone, phone_index(phone)
    person.save(update_fields=["phone", "phone_index"])
    record(kinds.PHONE_UPDATED, person, whom=person.masked_name)
    return person


def ensure_company(name: str, code: str, *, legal_representative: str = "", actor: Actor, at: datetime) -> Company:
    """The company with this unified social credit code, registered when new; a citizen who acts becomes its agent.

    Raises BadInput for a name or code that is none, Conflict when the code is known under another name.
    """
    fields: Fields = {}
    name = _line(name, 120)
    if len(name) < 2:
        fields["company"] = [_("请填写营业执照或登记证书上的单位名称。")]
    code = _kept(fields, "uscc", code, uscc.validate)
    if legal_representative.strip():
        legal_representative = _kept(
            fields, "legal_representative", legal_representative, lambda v: person_name.validate(v, on_document=True)
        )
    if fields:
        raise BadInput(_("单位信息有误，请改正标出的栏目。"), fields=fields)
    known = Company.objects.filter(uscc=code).first()
    if known is None:
        return _register_company(name, code, legal_representative.strip(), actor=actor, at=at)
    if known.name != name:
        wrong = _("这个统一社会信用代码已登记为“{name}”，请核对单位名称。").format(name=known.name)
        raise Conflict(wrong, fields={"company": [wrong]})
    if actor.kind == "citizen" and not CompanyAgent.objects.filter(company=known, account_id=actor.id or 0).exists():
        _join_company(known, actor=actor, at=at)
    return known


@action("people.register_company", roles=REGISTRARS)
def _register_company(name: str, code: str, legal_representative: str, *, actor: Actor, at: datetime) -> Company:
    company = Company(name=name, uscc=code, legal_representative=legal_representative or None, registered_at=at)
    Company.objects.bulk_create([company], update_conflicts=True, unique_fields=["uscc"], update_fields=["uscc"])
    record(kinds.COMPANY_REGISTERED, company, company=name, uscc=code)
    if actor.kind == "citizen":
        _join_company(company, actor=actor, at=at)
    return company


@action("people.join_company", roles={Role.CITIZEN})
def _join_company(company: Company, *, actor: Actor, at: datetime) -> None:
    CompanyAgent.objects.bulk_create(
        [CompanyAgent(company=company, account_id=actor.id or 0, since=at)], ignore_conflicts=True
    )
    record(kinds.COMPANY_JOINED, company, company=company.name)


def save_contact(
    name: str, phone: str, division: str, detail: str, *, on_document: bool = False, actor: Actor, at: datetime
) -> Contact:
    """Keep a name, phone and address as they are now. The action that uses the snapshot records the entry.

    `division` is a county's or township's code, `detail` the street, house and room. The name may be a company's.
    Raises BadInput with the fields that are wrong: name, phone, division, detail.
    """
    fields: Fields = {}
    name = _line(name, 100)
    if len(name) < 2:
        fields["name"] = [_("请填写收寄件人的姓名或单位名称。")]
    elif not on_document:
        _kept(fields, "name", name, _addressee)
    number = _kept(fields, "phone", phone, _any_phone)
    detail = _line(detail, LONGEST_DETAIL + 1)
    if not 2 <= len(detail) <= LONGEST_DETAIL:
        fields["detail"] = [_("请填写街道、门牌、楼栋和房间号（2 至 {n} 个字）。").format(n=LONGEST_DETAIL)]
    line = places.ancestors(division[:12], actor=actor) if division else []
    if not line or line[-1].code != division or line[-1].level < Level.COUNTY:
        fields["division"] = [_("请选择到县（市、区）或乡镇（街道）。")]
    if fields:
        raise BadInput(_("地址信息有误，请改正标出的栏目。"), fields=fields)
    return Contact.objects.create(
        name=name,
        phone=number,
        phone_index=phone_index(number),
        division=line[-1],
        region="".join(part.name for part in line),
        detail=detail,
        owner_id=actor.id if actor.kind == "citizen" else None,
        saved_at=at,
    )


def _find(kind: IdType, number: str, *, lock: bool = False) -> Person | None:
    found = Person.objects.filter(id_index=id_index(kind, number))
    return (found.select_for_update(no_key=True, of=("self",)) if lock else found).first()


def _identity(name: str, id_type: str, number: str, *, on_document: bool, at: datetime) -> tuple[str, IdType, str]:
    fields: Fields = {}
    kind = IdType.get(id_type)
    if kind is None or not kind.of_person:
        kind = None
        fields["id_type"] = [_("请选择证件类型。")]
    name = _kept(fields, "name", name, lambda value: person_name.validate(value, on_document=on_document))
    if kind is not None:
        chosen = kind
        number = _kept(
            fields, "id_number", number, lambda value: other_id.validate(value, chosen, today=local(at).date())
        )
    if fields or kind is None:
        raise BadInput(_("身份信息有误，请改正标出的栏目。"), fields=fields)
    return name, kind, number


def _kept(fields: Fields, name: str, value: str, rule: Callable[[str], str]) -> str:
    try:
        return rule(value)
    except RuleError as error:
        fields[name] = [refusal(error)]
        return ""


def _phone(phone: str) -> str:
    try:
        return mobile.validate(phone)
    except RuleError as error:
        raise BadInput(refusal(error), fields={"phone": [refusal(error)]}) from None


def _any_phone(phone: str) -> str:
    """A mobile number or a landline with its area code."""
    plain = mobile.compact(phone)
    typed = "".join(phone.split()).replace("—", "-").replace("转", "-")
    return typed if plain.startswith("0") and _LANDLINE.fullmatch(typed) else mobile.validate(phone)


def _addressee(name: str) -> str:
    """A person's full name, or a name long enough to be a company's."""
    return name if len(name) >= 4 and any(word in name for word in _BODIES) else person_name.validate(name)


_BODIES = ("公司", "中心", "学校", "银行", "集团", "大厅", "窗口", *"局厂店院所社会处部")


def _line(value: str, most: int) -> str:
    """One line of printable text without outer spaces; control characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:most]
