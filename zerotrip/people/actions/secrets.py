"""Passwords and second factors of staff."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import check_password as matches
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.ledger.frame import ANYONE, action, record
from zerotrip.people import kinds, passwords
from zerotrip.people.models import Account, AccountKind, OldPassword


@action("people.change_password", roles=ANYONE)
def change_password(new: str, *, actor: Actor, at: datetime) -> Account:
    """Change the actor's own password; the page has checked the present one (`sign_in.confirm_password`).

    Raises BadInput when it is weak or one of the last five. Other sessions of the account end.
    """
    account = _own(actor)
    wrong = passwords.weaknesses(new, account.username or "")
    if not wrong and _used_before(account, new):
        wrong = [_("不能使用最近 {n} 次用过的密码。").format(n=passwords.REMEMBERED)]
    if wrong:
        raise BadInput(_("新密码不合要求。"), fields={"new": wrong})
    keep_password(account, new, at=at, until=at + passwords.GOOD_FOR)
    record(kinds.PASSWORD_CHANGED, account)
    return account


@action("people.enrol_totp", roles=ANYONE)
def enrol_totp(secret: str, code: str, *, first: bool = False, actor: Actor, at: datetime) -> Account:
    """Bind an authenticator app to the actor's own account; `code` proves that the app has the secret.

    `first`: the account must not have one yet. Raises BadInput for a wrong code, Conflict when one is bound already.
    """
    account = _own(actor)
    if account.totp_secret == secret or (first and account.totp_secret):
        raise Conflict(_("这个动态口令已经绑定，请直接使用。"))
    step = passwords.matching_step(secret, code, at, None)
    if step is None:
        raise BadInput(
            _("动态口令不正确。"),
            fields={"code": [_("请填写认证应用现在显示的 6 位数字；若仍不正确，请检查手机时间是否准确。")]},
        )
    account.totp_secret, account.totp_step = secret, step
    account.save(update_fields=["totp_secret", "totp_step"])
    record(kinds.SECOND_FACTOR_ENROLLED, account)
    return account


def keep_password(account: Account, new: str, *, at: datetime, until: datetime | None) -> None:
    """Set a new password and remember the old one's hash. Its session hash changes with it, so other sessions end."""
    OldPassword.objects.create(account=account, password=account.password, used_until=at)
    old = OldPassword.objects.filter(account=account).order_by("-used_until", "-pk")
    kept = list(old.values_list("pk", flat=True)[: passwords.REMEMBERED - 1])
    OldPassword.objects.filter(account=account).exclude(pk__in=kept).delete()
    account.set_password(new)
    account.password_until = until
    account.save(update_fields=["password", "password_until"])


def session_ends(account: Account) -> None:
    """Make every session of the account invalid with its next request, and no password open it."""
    account.password = make_password(None)


def _own(actor: Actor) -> Account:
    account = (
        Account.objects.visible_to(actor)
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=actor.id or 0, kind=AccountKind.STAFF, is_active=True)
        .first()
    )
    if account is None:
        raise NotFound(_("没有可以修改的工作账号，请重新登录。"))
    return account


def _used_before(account: Account, new: str) -> bool:
    hashes = [account.password, *OldPassword.objects.filter(account=account).values_list("password", flat=True)]
    return any(matches(new, old) for old in hashes[: passwords.REMEMBERED])
