"""What can be asked about partners: who they are, how they sign, what was refused them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import today
from zerotrip.core.errors import NotFound
from zerotrip.gateway.models import Partner, PartnerKey, RefusedCall
from zerotrip.gateway.signing import refused

DAYS = 7
"""Days of refusals a page shows, today included."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often something was refused for one reason."""

    reason: str
    label: str | Promise
    today: int
    week: int
    last: RefusedCall


def all_of_them(actor: Actor) -> QuerySet[Partner]:
    """The partners `actor` may see, those in use first, with `keys_held`, `last_signed` and `refused_week`."""
    since = today() - timedelta(days=DAYS - 1)
    week = RefusedCall.objects.filter(partner=OuterRef("pk"), day__gte=since).order_by().values("partner")
    return (
        Partner.objects.visible_to(actor)
        .annotate(
            keys_held=Count("keys", filter=Q(keys__revoked_at__isnull=True)),
            last_signed=Max("keys__last_used_at"),
            refused_week=Subquery(week.annotate(n=Sum("times")).values("n")),
        )
        .order_by("-active", "name")
    )


def one(partner_id: int, actor: Actor) -> Partner:
    """One partner. Raises NotFound."""
    found = Partner.objects.visible_to(actor).select_related("organisation").filter(pk=partner_id).first()
    if found is None:
        raise NotFound(_("没有这个合作方。"))
    return found


def keys_of(partner: Partner, actor: Actor) -> list[PartnerKey]:
    """A partner's keys: those that are good first, newest first."""
    return sorted(PartnerKey.objects.visible_to(actor).filter(partner=partner), key=lambda key: bool(key.revoked_at))


def refusals(partner: Partner | None, actor: Actor) -> list[Refusals]:
    """What a partner was refused these seven days, the latest first; None: what is nobody's known."""
    refused.flush()
    since = today() - timedelta(days=DAYS - 1)
    rows = RefusedCall.objects.visible_to(actor).filter(day__gte=since, partner=partner).order_by("-last_at")
    by_reason: dict[str, list[RefusedCall]] = {}
    for row in rows:
        by_reason.setdefault(row.reason, []).append(row)
    return [
        Refusals(
            reason,
            refused.REASONS.get(reason, reason),
            sum(row.times for row in found if row.day == today()),
            sum(row.times for row in found),
            found[0],
        )
        for reason, found in by_reason.items()
    ]
