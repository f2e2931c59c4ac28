"""What can be done with partners: register, renew the token, add and revoke keys, revoke."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.core.words import listed
from zerotrip.gateway import auth, kinds
from zerotrip.gateway.models import USUAL_RATE, Partner, PartnerKey, Scope
from zerotrip.gateway.signing import keys, verify
from zerotrip.ledger.frame import action, record

KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
MOST = 1_000_000
"""The highest rate a minute that can be agreed."""

MOST_KEYS = 10
"""Keys a partner may hold at a time: enough for several machines and a change of each."""


@action("gateway.register_partner", roles=KEEPERS)
def register_partner(
    name: str,
    scopes: Collection[str] = tuple(Scope.values),
    *,
    organisation: int | None = None,
    rate_per_minute: int = USUAL_RATE,
    actor: Actor,
    at: datetime,
) -> tuple[Partner, str]:
    """Register a partner. Returns it with its token, which is shown this once and never kept.

    `organisation` is the id of the body it belongs to. Raises BadInput with the fields, Conflict for a taken name.
    """
    fields = _agreed(scopes, rate_per_minute)
    if not 1 <= len(name.strip()) <= 60 or not name.isprintable():
        fields["name"] = [_("请填写不超过 60 个字的名称。")]
    if fields:
        raise BadInput(_("合作方信息有误，请按提示修改。"), fields=fields)
    token = auth.fresh_token()
    partner = Partner(
        name=name.strip(),
        scopes=sorted(set(scopes)),
        organisation_id=organisation,
        token_digest=auth.digest(token),
        token_since=at,
        rate_per_minute=rate_per_minute,
        registered_at=at,
    )
    try:
        with transaction.atomic():
            partner.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            _("已有名为“{name}”的合作方，或所属机构不存在。请换一个名称。").format(name=name.strip())
        ) from error
    record(kinds.REGISTERED, partner, partner=partner.name, scopes="、".join(partner.scopes))
    return partner, token


@action("gateway.change_partner", roles=KEEPERS)
def change_partner(name: str, scopes: Collection[str], *, rate_per_minute: int, actor: Actor, at: datetime) -> Partner:
    """Agree on other scopes and another rate; they hold within 30 seconds. Raises NotFound, BadInput, Conflict."""
    fields = _agreed(scopes, rate_per_minute)
    if fields:
        raise BadInput(_("合作方信息有误，请按提示修改。"), fields=fields)
    partner = _locked(name, actor)
    partner.scopes, partner.rate_per_minute = sorted(set(scopes)), rate_per_minute
    partner.save(update_fields=["scopes", "rate_per_minute"])
    record(kinds.CHANGED, partner, partner=name, scopes="、".join(partner.scopes), rate=rate_per_minute)
    transaction.on_commit(lambda: _forget(partner))
    return partner


@action("gateway.renew_token", roles=KEEPERS)
def renew_token(name: str, *, actor: Actor, at: datetime) -> str:
    """Give a partner a new token, shown this once; the former one stops working within 30 seconds.

    Raises NotFound, and Conflict when the partner was revoked.
    """
    partner, token = _locked(name, actor), auth.fresh_token()
    former = bytes(partner.token_digest)
    partner.token_digest, partner.token_since = auth.digest(token), at
    partner.save(update_fields=["token_digest", "token_since"])
    record(kinds.TOKEN_RENEWED, partner, partner=partner.name)
    transaction.on_commit(lambda: auth.forget(former))
    return token


@action("gateway.revoke", roles=KEEPERS)
def revoke(name: str, *, reason: str, actor: Actor, at: datetime) -> Partner:
    """End a partner's access, within 30 seconds everywhere. Raises NotFound, BadInput without a reason, Conflict."""
    if not 2 <= len(reason.strip()) <= 200:
        raise BadInput(_("请说明停用的原因，2 至 200 个字。"), fields={"reason": [_("2 至 200 个字。")]})
    partner = _locked(name, actor)
    partner.active, partner.revoked_at = False, at
    partner.save(update_fields=["active", "revoked_at"])
    record(kinds.REVOKED, partner, partner=partner.name, reason=reason.strip())
    transaction.on_commit(lambda: _forget(partner))
    return partner


@action("gateway.add_key", roles=KEEPERS)
def add_key(name: str, public_key: str, *, actor: Actor, at: datetime) -> PartnerKey:
    """Let a partner sign with the key whose public half is `public_key` (PEM; Ed25519 or ECDSA P-256).

    Keys held so far stay good, so that a partner changes keys without a pause. Raises NotFound, BadInput, and Conflict
    for a key that was ever registered: what was revoked stays revoked.
    """
    try:
        key = keys.read_public(public_key)
    except keys.Secret:
        told = _("这是私钥！请只登记公钥；这把私钥已经外泄，请重新生成一对。")
        raise BadInput(told, fields={"public_key": [told]}) from None
    except keys.NotAKey:
        told = _("不是可用的公钥。请粘贴 PEM 格式的 Ed25519 或 ECDSA P-256 公钥（-----BEGIN PUBLIC KEY----- 开头）。")
        raise BadInput(told, fields={"public_key": [told]}) from None
    partner = _locked(name, actor)
    if PartnerKey.objects.filter(partner=partner, revoked_at__isnull=True).count() >= MOST_KEYS:
        raise Conflict(_("同时有效的密钥最多 {most} 把，请先停用不再使用的。").format(most=MOST_KEYS))
    row = PartnerKey(
        partner=partner, keyid=key.keyid, algorithm=key.algorithm, public_key=key.pem, fingerprint=key.fingerprint,
        added_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("密钥 {keyid} 登记过了，或已停用。请换一对新的密钥。").format(keyid=key.keyid)) from error
    record(kinds.KEY_ADDED, partner, partner=partner.name, keyid=key.keyid, algorithm=key.algorithm)
    transaction.on_commit(lambda: verify.forget(key.keyid))
    return row


@action("gateway.revoke_key", roles=KEEPERS)
def revoke_key(keyid: str, *, reason: str, actor: Actor, at: datetime) -> PartnerKey:
    """End a key's use, within 30 seconds everywhere. Raises NotFound, BadInput without a reason, Conflict."""
    if not 2 <= len(reason.strip()) <= 200:
        raise BadInput(_("请说明停用的原因，2 至 200 个字。"), fields={"reason": [_("2 至 200 个字。")]})
    found = PartnerKey.objects.visible_to(actor).select_related("partner")
    row: PartnerKey | None = (
        found.select_for_update(no_key=True, of=("self",)).filter(keyid=keyid.replace("\0", "")).first()
    )
    if row is None:
        raise NotFound(_("没有密钥 {keyid}。").format(keyid=keyid))
    if row.revoked_at is not None:
        raise Conflict(_("密钥 {keyid} 已经停用了。").format(keyid=keyid))
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    record(kinds.KEY_REVOKED, row.partner, partner=row.partner.name, keyid=row.keyid, reason=reason.strip())
    transaction.on_commit(lambda: verify.forget(row.keyid))
    return row


def _forget(partner: Partner) -> None:
    auth.forget(bytes(partner.token_digest))
    for keyid in PartnerKey.objects.filter(partner=partner).values_list("keyid", flat=True):
        verify.forget(keyid)


def _agreed(scopes: Collection[str], rate: int) -> dict[str, list[str]]:
    """What is wrong with what was agreed, by field."""
    fields: dict[str, list[str]] = {}
    if not scopes or set(scopes) - set(Scope.values):
        fields["scopes"] = [_("请从这些接口中选择：{known}。").format(known=listed(Scope.values))]
    if not 1 <= rate <= MOST:
        fields["rate_per_minute"] = [_("每分钟请求数应在 1 至 {most} 之间。").format(most=MOST)]
    return fields


def _locked(name: str, actor: Actor) -> Partner:
    found = Partner.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).filter(name=name).first()
    if found is None:
        raise NotFound(_("没有名为“{name}”的合作方。").format(name=name))
    if not found.active:
        raise Conflict(_("合作方“{name}”已停用，需要时请重新登记。").format(name=name))
    return found
