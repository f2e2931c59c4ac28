"""Signing in: staff by password and second factor, citizens by a code sent to their phone.

A wrong try is a fact of its own: it is committed before the refusal is raised. Every refusal of the first factor says
the same sentence, whether the account is unknown, closed, locked or the password wrong.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import NOBODY, Actor
from zerotrip.core.clock import local
from zerotrip.core.crypto import blind_index
from zerotrip.core.errors import BadInput, NotSignedIn, TooMany
from zerotrip.ledger.frame import ANYONE, action, record
from zerotrip.people import kinds, passwords
from zerotrip.people.actions.texts import text
from zerotrip.people.models import Account, AccountKind, FailedTry, PhoneCode
from zerotrip.people.queries import phone_index
from zerotrip.people.wording import refusal
from zerotrip.rules import masking, mobile
from zerotrip.rules.errors import RuleError

WRONG_TRIES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
"""GB/T 22239-2019 8.1.4.1 (b): handling of failed sign-ins; the numbers are usual assessor practice."""

ADDRESS_TRIES: Final = 60
ADDRESS_WINDOW: Final = timedelta(minutes=15)
CODE_GOOD_FOR: Final = timedelta(minutes=5)
CODE_TRIES: Final = 5
RESEND_PAUSE: Final = timedelta(seconds=60)
CODES_A_DAY: Final = 10
CODES_PER_ADDRESS_AN_HOUR: Final = 60


def sign_in_staff(username: str, password: str, code: str, *, at: datetime, address: str = "") -> Account:
    """Both factors in one go. Raises BadInput with one sentence for all mistakes, TooMany for a suspicious address."""
    account = check_password(username, password, at=at, address=address)
    return check_second_factor(account.pk, code, at=at, address=address)


def check_password(username: str, password: str, *, at: datetime, address: str = "") -> Account:
    """The first factor. The account is not signed in yet: `check_second_factor` or enrolment comes next.

    Raises BadInput with the same sentence for an unknown, closed or locked account and a wrong password.
    """
    _not_too_many(address, at)
    known = Account.objects.filter(kind=AccountKind.STAFF, username=username.strip().lower()[:40]).first()
    if known is None or "\0" in username:
        make_password(password)  # takes as long as looking at a real one
        _unknown(address, actor=NOBODY, at=at)
        raise BadInput(_sentence())
    account = _try(known.pk, lambda found: found.check_password(password), _("密码"), at, address)
    if account is None:
        raise BadInput(_sentence())
    return account


def check_second_factor(account_id: int, code: str, *, at: datetime, address: str = "") -> Account:
    """The second factor, after `check_password`: signs the account in. Each code counts once.

    Raises BadInput for a wrong or used code and a locked account, NotSignedIn when no second factor is bound.
    """
    _not_too_many(address, at)

    def right(account: Account) -> bool:
        step = passwords.matching_step(account.totp_secret or "", code, at, account.totp_step)
        account.totp_step = step if step is not None else account.totp_step
        return step is not None

    if not Account.objects.filter(pk=account_id, totp_secret__isnull=False).exists():
        raise NotSignedIn(_("这个账号还没有绑定动态口令，请重新登录并按提示绑定。"))
    account = _try(account_id, right, _("动态口令"), at, address, finish=True)
    if account is None:
        wrong = _("动态口令不正确或已用过，请等下一个口令出现后再填。连续输错 5 次，账号会锁定 15 分钟。")
        raise BadInput(wrong, fields={"code": [wrong]})
    return account


def confirm_password(actor: Actor, password: str, *, at: datetime, address: str = "") -> None:
    """Check the present password of somebody signed in, before something grave. Wrong tries count. Raises BadInput."""
    _not_too_many(address, at)
    if _try(actor.id or 0, lambda found: found.check_password(password), _("密码"), at, address) is None:
        wrong = _("现在的密码不正确。连续输错 5 次，账号会锁定 15 分钟。")
        raise BadInput(wrong, fields={"password": [wrong]})


@action("people.finish_sign_in", roles=ANYONE)
def finish_sign_in(account: Account, *, address: str = "", actor: Actor, at: datetime) -> Account:
    """Note that an account has signed in. Called once all factors are proven, with the account's row locked or new."""
    account.previous_login, account.previous_login_from = account.last_login, account.last_login_from
    account.last_login, account.last_login_from = at, address or None
    account.failed_tries, account.locked_until = 0, None
    account.save(
        update_fields=[
            "previous_login", "previous_login_from", "last_login", "last_login_from", "failed_tries", "locked_until",
            "totp_step",
        ]
    )  # fmt: skip
    record(kinds.SIGNED_IN, account)
    return account


@action("people.sign_out", roles=ANYONE)
def sign_out(*, actor: Actor, at: datetime) -> None:
    """Note that the actor has signed out. The page ends the session."""
    record(kinds.SIGNED_OUT, Account(), subject_id=str(actor.id))


@action("people.send_code", roles=ANYONE)
def send_code(phone: str, *, address: str = "", actor: Actor = NOBODY, at: datetime) -> PhoneCode:
    """Send a one-time code to a mobile. Raises BadInput for a number that is none, TooMany when asked too often."""
    try:
        number = mobile.validate(phone)
    except RuleError as error:
        raise BadInput(refusal(error), fields={"phone": [refusal(error)]}) from None
    index, origin = phone_index(number), _address_index(address)
    with connection.cursor() as cursor:  # two requests at once for one phone: the second waits and is refused
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(index[:8], "big", signed=True)])
    sent = PhoneCode.objects.filter(phone_index=index, sent_at__gt=at - timedelta(days=1)).order_by("-sent_at")
    times = list(sent.values_list("sent_at", flat=True)[:CODES_A_DAY])
    if times and at - times[0] < RESEND_PAUSE:
        wait = int((RESEND_PAUSE - (at - times[0])).total_seconds()) + 1
        raise TooMany(_("验证码刚刚发送过，请 {n} 秒后再试。").format(n=min(wait, 60)), retry_after=wait)
    if len(times) >= CODES_A_DAY:
        raise TooMany(_("这个手机号今天获取验证码的次数已用完，请明天再试，或到服务大厅办理。"))
    recent = PhoneCode.objects.filter(address_index=origin, sent_at__gt=at - timedelta(hours=1))
    if address and recent.count() >= CODES_PER_ADDRESS_AN_HOUR:
        raise TooMany(_("从您的网络获取验证码的次数太多，请一小时后再试。"))
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = PhoneCode.objects.create(
        phone=number,
        phone_index=index,
        address_index=origin,
        code_hash=_code_hash(number, code),
        sent_at=at,
        expires_at=at + CODE_GOOD_FOR,
    )
    message = _("【零跑腿】验证码 {code}，5 分钟内有效。工作人员不会向您索要验证码，请勿告诉他人。").format(code=code)
    text(number, message, purpose="sign-in", send_before=row.expires_at)
    record(kinds.CODE_SENT, row, phone=masking.phone(number))
    return row


def sign_in_citizen(phone: str, code: str, *, at: datetime, address: str = "") -> Account:
    """Sign a citizen in with the code sent last; opens the account at the first time.

    Raises BadInput with one sentence for a wrong, used or expired code and for a code tried five times.
    """
    wrong = _("验证码不正确或已过期，请核对短信；仍不行时请重新获取。")
    _not_too_many(address, at)
    try:
        number = mobile.validate(phone)
    except RuleError as error:
        raise BadInput(refusal(error), fields={"phone": [refusal(error)]}) from None
    typed = "".join(code.split())
    with transaction.atomic():
        sent = (
            PhoneCode.objects.select_for_update(no_key=True, of=("self",))
            .filter(phone_index=phone_index(number))
            .order_by("-sent_at", "-pk")
            .first()
        )
        usable = sent is not None and sent.used_at is None and sent.tries < CODE_TRIES and at < sent.expires_at
        right = secrets.compare_digest(bytes(sent.code_hash) if sent else b"", _code_hash(number, typed))
        if usable and right and sent is not None:
            sent.used_at = at
            sent.save(update_fields=["used_at"])
            account = _citizen(number, at)
            me = Actor(kind="citizen", id=account.pk, name=account.name)
            if account.is_active:
                return finish_sign_in(account, address=address, actor=me, at=at)
        elif sent is not None:
            sent.tries += 1
            sent.save(update_fields=["tries"])
        _note_address(address, at)
    raise BadInput(wrong, fields={"code": [wrong]})


def _citizen(number: str, at: datetime) -> Account:
    fresh = Account(
        kind=AccountKind.CITIZEN,
        name=masking.phone(number),
        phone=number,
        phone_index=phone_index(number),
        password=make_password(None),
        created_at=at,
    )
    Account.objects.bulk_create([fresh], ignore_conflicts=True)
    return Account.objects.select_for_update(no_key=True, of=("self",)).get(
        kind=AccountKind.CITIZEN, phone_index=phone_index(number)
    )


def _try(
    account_id: int, right: Callable[[Account], bool], step: str, at: datetime, address: str, *, finish: bool = False
) -> Account | None:
    """One try of one factor with the account's row locked, so that many at once are counted one by one."""
    with transaction.atomic():
        account = (
            Account.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=account_id, kind=AccountKind.STAFF)
            .first()
        )
        if account is None:
            return None
        locked = account.locked_until is not None and account.locked_until > at
        proven = right(account)  # looked at in any case: a locked account answers no quicker
        if proven and account.is_active and not locked:
            me = Actor(kind="staff", id=account.pk, name=account.name)
            return finish_sign_in(account, address=address, actor=me, at=at) if finish else account
        _failed(account, step, locked=locked, actor=NOBODY, at=at)
        _note_address(address, at)
    return None


@action("people.sign_in_failed", roles=ANYONE)
def _failed(account: Account, step: str, *, locked: bool, actor: Actor, at: datetime) -> None:
    account.failures_since += 1
    if not locked:
        account.failed_tries += 1
    record(kinds.SIGN_IN_FAILED, account, name=account.username, step=step, tries=account.failed_tries)
    if account.failed_tries >= WRONG_TRIES:
        account.failed_tries, account.locked_until = 0, at + LOCKED_FOR
        record(
            kinds.SIGN_IN_LOCKED,
            account,
            name=account.username,
            until=f"{local(account.locked_until):%H:%M}",
        )
    account.save(update_fields=["failures_since", "failed_tries", "locked_until"])


@action("people.sign_in_unknown", roles=ANYONE)
def _unknown(address: str, *, actor: Actor, at: datetime) -> None:
    _note_address(address, at)
    record(kinds.SIGN_IN_FAILED, Account(), subject_id="0", name=_("不存在的账号"), step=_("账号"), tries=1)


def _note_address(address: str, at: datetime) -> None:
    if address:
        FailedTry.objects.create(address_index=_address_index(address), at=at)


def _not_too_many(address: str, at: datetime) -> None:
    recent = FailedTry.objects.filter(address_index=_address_index(address), at__gt=at - ADDRESS_WINDOW)
    if address and recent.count() >= ADDRESS_TRIES:
        raise TooMany(_("从您的网络登录失败的次数太多，请 15 分钟后再试。"))


def _address_index(address: str) -> bytes:
    return blind_index(address, "address")


def _code_hash(number: str, code: str) -> bytes:
    return blind_index(f"{number}:{code}", "phone code")


def _sentence() -> str:
    return _("账号、密码不正确，或账号已锁定。连续输错 5 次，账号会锁定 15 分钟；忘记密码请联系安全管理员。")
