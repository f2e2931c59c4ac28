"""What can be done with partners: register, renew the token, revoke."""

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
from zerotrip.gateway.models import USUAL_RATE, Partner, Scope
from zerotrip.ledger.frame import action, record

KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
MOST = 1_000_000
"""The highest rate a minute that can be agreed."""


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
    fields: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= 60 or not name.isprintable():
        fields["name"] = [_("请填写不超过 60 个字的名称。")]
    if not scopes or set(scopes) - set(Scope.values):
        known = listed(Scope.values)
        fields["scopes"] = [_("请从这些接口中选择：{known}。").format(known=known)]
    if not 1 <= rate_per_minute <= MOST:
        fields["rate_per_minute"] = [_("每分钟请求数应在 1 至 {most} 之间。").format(most=MOST)]
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
    transaction.on_commit(lambda: auth.forget(bytes(partner.token_digest)))
    return partner


def _locked(name: str, actor: Actor) -> Partner:
    found = Partner.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).filter(name=name).first()
    if found is None:
        raise NotFound(_("没有名为“{name}”的合作方。").format(name=name))
    if not found.active:
        raise Conflict(_("合作方“{name}”已停用，需要时请重新登记。").format(name=name))
    return found
