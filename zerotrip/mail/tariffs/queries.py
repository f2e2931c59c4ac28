"""What a piece costs, and whether its sender has an agreement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, NotFound
from zerotrip.core.money import format_yuan
from zerotrip.mail.tariffs import pricing
from zerotrip.mail.tariffs.models import (
    Agreement,
    Product,
    Tariff,
    TariffNet,
    TariffPayer,
    TariffState,
    WatchedQuerySet,
)
from zerotrip.mail.tariffs.pricing import Quote
from zerotrip.places.models import Place


def price(
    product: str,
    net: str,
    weight_g: int | None,
    payer: str,
    *,
    agreement: Agreement | None = None,
    insured_value: Decimal | None = None,
    on: date,
) -> Quote:
    """What a piece costs on a day, to the fen.

    An agreement's own price goes before the public one, of which it may grant a share. `weight_g` None: not weighed,
    so the first step. Raises NotFound when no tariff is in force, BadInput for a weight or insured value that the
    tariff does not take.
    """
    row, share = _row(product, net, payer, agreement, on)
    if row is None:
        raise NotFound(
            _("{day} 没有“{product} · {net}”的资费，请项目经理先发布资费。").format(
                day=on.isoformat(),
                product=Product(product).label if product in Product.values else product,
                net=TariffNet(net).label if net in TariffNet.values else net,
            )
        )
    if insured_value is not None and (row.insured_rate is None or insured_value <= 0):
        sentence = _("这种邮件没有配置保价费率，不能保价。请改为不保价交寄。")
        raise BadInput(sentence, fields={"insured_value": [sentence]})
    try:
        return pricing.quote(
            row.rates,
            weight_g,
            insured_value=insured_value,
            share=share,
            agreement=agreement.number if agreement is not None else "",
        )
    except ValueError as error:
        sentence = _("重量应为 1 至 {n} 克。").format(n=row.heaviest_g)
        raise BadInput(sentence, fields={"weight_g": [sentence]}) from error


def _row(product: str, net: str, payer: str, agreement: Agreement | None, on: date) -> tuple[Tariff | None, Decimal]:
    """The row in force and the share of it that is to be paid. One query."""
    whose = Q(payer=payer, agreement__isnull=True)
    if agreement is not None:
        whose |= Q(payer=TariffPayer.AGREEMENT, agreement=agreement)
    found = in_force(on).filter(whose, product=product, net=net)
    rows = {row.agreement_id: row for row in found}
    if agreement is not None and agreement.pk in rows:
        return rows[agreement.pk], Decimal(1)
    return rows.get(None), agreement.share if agreement is not None else Decimal(1)


def in_force(on: date) -> WatchedQuerySet:
    """The published rows whose days hold `on`."""
    rows: WatchedQuerySet = Tariff.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=on), state=TariffState.PUBLISHED, valid_from__lte=on
    )
    return rows


def agreement_of(place: Place, product: str, on: date) -> Agreement | None:
    """The agreement under which a place sends this product on a day: its organisation's, the newest."""
    return (
        Agreement.objects.filter(
            organisation_id=place.organisation_id,
            state="signed",
            valid_from__lte=on,
            valid_until__gte=on,
            products__contains=product,
        )
        .order_by("-valid_from", "-pk")
        .first()
    )


def tariffs(actor: Actor) -> WatchedQuerySet:
    """All rows the actor sees, those of one key together, the newest first."""
    rows: WatchedQuerySet = Tariff.objects.visible_to(actor).select_related("agreement__organisation")
    return rows


def agreements(actor: Actor) -> WatchedQuerySet:
    """All agreements the actor sees, the newest first."""
    rows: WatchedQuerySet = Agreement.objects.visible_to(actor).select_related("organisation")
    return rows


def apart_from_planner(on: date) -> list[str]:
    """Where the price of a piece an applicant pays is no longer the one plans reckon with, in words."""
    from zerotrip.journey.postage import settings

    said = []
    rows = {row.net: row for row in in_force(on).filter(product=Product.STANDARD, payer=TariffPayer.APPLICANT)}
    for net, fen in settings().postage.items():
        planned, row = Decimal(fen) / 100, rows.get(net)
        if row is not None and row.first_price != planned:
            said.append(
                _("{net}：办事路线按 {planned} 估算，现行资费 {real}").format(
                    net=TariffNet(net).label, planned=format_yuan(planned), real=format_yuan(row.first_price)
                )
            )
    return said
