"""Staff accounts and the duties that give them roles. Kept by the security administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import ADMINS, STAFF, Role
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.people import kinds, passwords
from zerotrip.people.actions.secrets import keep_password, session_ends
from zerotrip.people.models import Account, AccountKind, Duty
from zerotrip.people.wording import refusal, role_name
from zerotrip.places import codes
from zerotrip.places.models import Division, Organisation, Place
from zerotrip.rules import mobile, person_name
from zerotrip.rules.errors import RuleError

KEEPERS = frozenset({Role.SECURITY_ADMIN})
AT_PLACE = frozenset({Role.COURIER, Role.HALL_CLERK, Role.OUTLET_CLERK})
FOR_ORGANISATION = frozenset({Role.AGENCY_OFFICER, Role.POLICE_REVIEWER, Role.COURT_CLERK, Role.JUDGE})
OVER_DIVISION = frozenset({Role.CARE_AGENT, Role.PROJECT_MANAGER, Role.BRANCH_MANAGER})
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a duty holds, looked up and checked."""

    place: Place | None
    organisation: Organisation | None
    division: str


@action("people.hire", roles=KEEPERS)
def hire(
    username: str,
    *,
    name: str,
    password: str,
    role: str = "",
    place: int | None = None,
    organisation: int | None = None,
    division: str = "",
    phone: str = "",
    totp_secret: str = "",
    must_change: bool = True,
    actor: Actor,
    at: datetime,
) -> Account:
    """Open a staff account, with its first duty when `role` is given (see `assign_duty`).

    The password is an initial one and must be changed at the first sign-in unless `must_change` is false; without
    `totp_secret` the account enrols its second factor then. Raises BadInput with the fields that are wrong, Conflict
    for a taken username.
    """
    fields: dict[str, list[str]] = {}
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        fields["username"] = [_("账号应为 3 至 40 位小写字母、数字、点或横线，以字母开头。")]
    try:
        name = person_name.validate(name, on_document=True)
    except RuleError as error:
        fields["name"] = [refusal(error)]
    if len(name) > 60:
        fields["name"] = [_("姓名不能超过 60 个字符。")]
    try:
        phone = mobile.validate(phone) if phone.strip() else ""
    except RuleError as error:
        fields["phone"] = [refusal(error)]
    if weak := passwords.weaknesses(password, username):
        fields["password"] = weak
    if fields:
        raise BadInput(_("账号没有开通，请改正标出的栏目。"), fields=fields)
    account = Account(
        kind=AccountKind.STAFF,
        username=username,
        name=name,
        phone=phone or None,
        totp_secret=totp_secret or None,
        created_at=at,
        password_until=at if must_change else None,
    )
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        taken = _("账号 {username} 已被使用，请换一个。").format(username=username)
        raise Conflict(taken, fields={"username": [taken]}) from None
    record(kinds.HIRED, account, username=username, name=name)
    if role:
        assign_duty(username, role, place=place, organisation=organisation, division=division, actor=actor, at=at)
    return account


@action("people.assign_duty", roles=KEEPERS)
def assign_duty(
    username: str,
    role: str,
    *,
    place: int | None = None,
    organisation: int | None = None,
    division: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Duty:
    """Give an account a role at a place, for an organisation or over a division (ids; a code or its prefix).

    Couriers and clerks need a place, officers and courts an organisation (a window's own is taken), managers and care
    a division. Raises BadInput for a scope that does not fit, Conflict for a duty already held and for a second
    administrator's role on one account (GB/T 22239-2019 8.1.4, separation of administrative rights), NotAllowed for
    one's own account.
    """
    account = _open_account(username, actor)
    since = since or at
    scope = _scope(role, place, organisation, division)
    if until is not None and until <= since:
        raise BadInput(_("岗位的结束时间应晚于开始时间。"), fields={"until": [_("应晚于开始时间。")]})
    overlapping = Duty.objects.filter(Q(until__isnull=True) | Q(until__gt=since), account=account)
    if until is not None:
        overlapping = overlapping.filter(since__lt=until)
    if role in ADMINS and overlapping.filter(role__in=ADMINS).exists():
        only_one = _("系统管理员、安全管理员、审计管理员必须由三个人分别担任；{name} 已担任其中之一。")
        raise Conflict(only_one.format(name=account.name))
    if overlapping.filter(
        role=role, place=scope.place, organisation=scope.organisation, division=scope.division
    ).exists():
        raise Conflict(_("{name} 已在这里担任{duty}，不必重复安排。").format(name=account.name, duty=role_name(role)))
    duty = Duty.objects.create(
        account=account,
        role=role,
        place=scope.place,
        organisation=scope.organisation,
        division=scope.division,
        since=since,
        until=until,
    )
    _record_duty(kinds.DUTY_ASSIGNED, duty)
    return duty


@action("people.end_duty", roles=KEEPERS)
def end_duty(duty_id: int, *, actor: Actor, at: datetime) -> Duty:
    """End a duty now; the account loses the role with its next request. Raises NotFound, Conflict when it has ended."""
    duty = (
        Duty.objects.visible_to(actor)
        .select_for_update(no_key=True, of=("self",))
        .select_related("account", "place", "organisation")
        .filter(pk=duty_id)
        .first()
    )
    if duty is None:
        raise NotFound(_("没有这个岗位，请从人员列表重新进入。"))
    _not_oneself(duty.account, actor)
    if duty.until is not None and duty.until <= at:
        raise Conflict(_("这个岗位已于 {until} 结束。").format(until=f"{local(duty.until):%Y-%m-%d %H:%M}"))
    duty.until = max(at, duty.since)
    duty.save(update_fields=["until"])
    _record_duty(kinds.DUTY_ENDED, duty)
    return duty


@action("people.reset_sign_in", roles=KEEPERS)
def reset_sign_in(username: str, *, password: str, reason: str, actor: Actor, at: datetime) -> Account:
    """Give an account a new initial password and take its second factor and lock away, after checking who asks.

    Raises BadInput for a weak password or no reason, NotAllowed for one's own account.
    """
    account = _open_account(username, actor)
    reason = _reason(reason)
    if weak := passwords.weaknesses(password, account.username or ""):
        raise BadInput(_("初始密码不合要求。"), fields={"password": weak})
    keep_password(account, password, at=at, until=at)
    account.totp_secret, account.totp_step = None, None
    account.failed_tries, account.locked_until = 0, None
    account.save(update_fields=["totp_secret", "totp_step", "failed_tries", "locked_until"])
    record(kinds.SIGN_IN_RESET, account, name=account.name, reason=reason)
    return account


@action("people.close_account", roles=KEEPERS)
def close_account(username: str, *, reason: str, actor: Actor, at: datetime) -> Account:
    """Close a staff account for good and end its duties; its name stays on what it did. Raises as `reset_sign_in`."""
    account = _open_account(username, actor)
    reason = _reason(reason)
    held = Duty.objects.select_related("place", "organisation", "account").filter(account=account)
    for duty in held.filter(Q(until__isnull=True) | Q(until__gt=at)):
        end_duty(duty.pk, actor=actor, at=at)
    account.is_active = False
    session_ends(account)
    account.save(update_fields=["is_active", "password"])
    record(kinds.ACCOUNT_CLOSED, account, username=account.username, name=account.name, reason=reason)
    return account


def _open_account(username: str, actor: Actor) -> Account:
    account = (
        Account.objects.visible_to(actor)
        .select_for_update(no_key=True, of=("self",))
        .filter(kind=AccountKind.STAFF, username=username.strip().lower())
        .first()
    )
    if account is None:
        raise NotFound(_("没有账号 {username}，请从人员列表重新进入。").format(username=username[:40]))
    _not_oneself(account, actor)
    if not account.is_active:
        raise Conflict(_("账号 {username} 已停用。").format(username=account.username))
    return account


def _not_oneself(account: Account, actor: Actor) -> None:
    if actor.kind == "staff" and actor.id == account.pk:
        raise NotAllowed(_("不能为自己安排岗位或重设登录，请由另一位安全管理员办理。"))


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise BadInput(_("请写明原因。"), fields={"reason": [_("必填")]})
    return reason[:120]


def _scope(role: str, place: int | None, organisation: int | None, division: str) -> Scope:
    fields: dict[str, list[str]] = {}
    if role not in STAFF:
        raise BadInput(_("没有这个岗位。"), fields={"role": [_("请选择岗位。")]})
    at_place = Place.objects.active().select_related("organisation").filter(pk=place).first() if place else None
    body = Organisation.objects.filter(pk=organisation, active=True).first() if organisation else None
    if place and at_place is None:
        fields["place"] = [_("没有这个场所，或已停用。")]
    if organisation and body is None:
        fields["organisation"] = [_("没有这个机构，或已停用。")]
    if role in FOR_ORGANISATION and body is None and at_place is not None:
        body = at_place.organisation
    if role in AT_PLACE and at_place is None:
        fields.setdefault("place", [_("{duty}须选定所在场所。").format(duty=role_name(role))])
    if role in FOR_ORGANISATION and body is None:
        fields.setdefault("organisation", [_("{duty}须选定所属机构。").format(duty=role_name(role))])
    prefix = ""
    if division.strip():
        try:
            code = codes.normal(division)
            prefix = codes.prefix(code) if Division.objects.filter(pk=code).exists() else ""
        except ValueError:
            prefix = ""
    if (division.strip() or role in OVER_DIVISION) and not prefix:
        fields["division"] = [_("{duty}须选定负责的行政区划。").format(duty=role_name(role))]
    if fields:
        raise BadInput(_("岗位没有安排，请改正标出的栏目。"), fields=fields)
    return Scope(at_place, body, prefix)


def _record_duty(kind: Kind, duty: Duty) -> None:
    record(
        kind,
        duty.account,
        place=duty.place,
        name=duty.account.name,
        role=duty.role,
        duty=role_name(duty.role),
        scope=duty.scope,
        duty_id=duty.pk,
    )
