"""Draft, publish and drop tariffs; sign and end security agreements."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.money import format_yuan, yuan
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.mail.tariffs import kinds
from zerotrip.mail.tariffs.models import (
    Agreement,
    AgreementState,
    Product,
    Tariff,
    TariffNet,
    TariffPayer,
    TariffState,
)
from zerotrip.places.models import Organisation

MANAGERS = frozenset({Role.PROJECT_MANAGER, Role.SYSTEM})
HEAVIEST_G: Final = 30_000
PACKAGED = Path(__file__).resolve().parent / "defaults.json"


@dataclass(frozen=True, slots=True)
class NewTariff:
    """A price to be drafted; amounts in yuan, weights in grams."""

    product: str
    net: str
    payer: str
    first_price: Decimal
    valid_from: date
    source: str
    confidence: str
    first_g: int = 1000
    step_g: int = 1000
    step_price: Decimal = Decimal("0.00")
    heaviest_g: int = HEAVIEST_G
    insured_rate: Decimal | None = None
    insured_minimum: Decimal = Decimal("0.00")
    valid_until: date | None = None
    agreement: str = ""
    note: str = ""


@action("mail.draft_tariff", roles=MANAGERS)
def draft(new: NewTariff, *, actor: Actor, at: datetime) -> Tariff:
    """Write a price down; it counts for nothing until it is published. Raises BadInput with the fields."""
    fields = _faults(new)
    agreement = None
    if new.payer == TariffPayer.AGREEMENT:
        agreement = Agreement.objects.filter(number=new.agreement.strip()).first()
        if agreement is None:
            fields["agreement"] = [_("请填写已登记的协议编号。")]
    if fields:
        raise BadInput(_("资费填写有误，请更正标出的栏目。"), fields=fields)
    row = Tariff.objects.create(
        product=new.product,
        net=new.net,
        payer=new.payer,
        agreement=agreement,
        first_g=new.first_g,
        first_price=yuan(new.first_price),
        step_g=new.step_g,
        step_price=yuan(new.step_price),
        heaviest_g=new.heaviest_g,
        insured_rate=new.insured_rate,
        insured_minimum=yuan(new.insured_minimum),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        source=new.source.strip(),
        confidence=new.confidence,
        note=new.note.strip()[:200],
        drafted_at=at,
    )
    record(kinds.DRAFTED, row, **_said(row), source=row.source)
    return row


def _faults(new: NewTariff) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    chosen = (
        ("product", new.product, Product), ("net", new.net, TariffNet), ("payer", new.payer, TariffPayer)
    )  # fmt: skip
    for name, value, known in chosen:
        if value not in known.values:
            fields[name] = [_("请选择。")]
    if not 2 <= len(new.source.strip()) <= 200:
        fields["source"] = [_("请写明资费依据（文件名、文号或“配置值，待核”）。")]
    if new.confidence not in {"A", "B", "C", "K"}:
        fields["confidence"] = [_("请选择可信度。")]
    if not 0 < new.first_g <= new.heaviest_g <= 100_000:
        fields["first_g"] = [_("首重应大于 0，不超过限重；限重不超过 100 千克。")]
    if not 0 < new.step_g <= 100_000:
        fields["step_g"] = [_("续重应为 1 至 100000 克。")]
    for name in ("first_price", "step_price", "insured_minimum"):
        if not Decimal(0) <= getattr(new, name) < Decimal(100_000):
            fields[name] = [_("金额应为 0 至 99999.99 元。")]
    if new.insured_rate is not None and not Decimal(0) < new.insured_rate <= Decimal(1):
        fields["insured_rate"] = [_("保价费率应大于 0、不超过 1。")]
    if new.valid_until is not None and new.valid_until < new.valid_from:
        fields["valid_until"] = [_("截止日期不能早于施行日期。")]
    return fields


@action("mail.publish_tariff", roles=MANAGERS)
def publish(tariff_id: int, *, actor: Actor, at: datetime) -> Tariff:
    """Put a draft into force; the row before it ends the day before.

    Nothing applies backwards: it begins tomorrow at the earliest, or today where this key had no price at all. Raises
    Conflict for a beginning in the past, or days that another row to come already has.
    """
    row = _lock(tariff_id)
    if row.state != TariffState.DRAFT:
        raise Conflict(_("只有草稿可以发布。"))
    _lock_key(row)
    others = list(_same_key(row).filter(state=TariffState.PUBLISHED).order_by("valid_from"))
    today = local(at).date()
    first_ever = all(other.valid_until is not None and other.valid_until < row.valid_from for other in others)
    if row.valid_from < today or (row.valid_from == today and not first_ever):
        sentence = _("资费变更不追溯：施行日期最早为明天（{day}）。").format(
            day=(today + timedelta(days=1)).isoformat()
        )
        raise Conflict(sentence, fields={"valid_from": [sentence]})
    before = [other for other in others if other.valid_from < row.valid_from]
    after = [other for other in others if other.valid_from >= row.valid_from]
    if after and (row.valid_until is None or row.valid_until >= after[0].valid_from):
        raise Conflict(
            _("自 {day} 起已有同类资费。请先作废那一条，或给这一条填写更早的截止日期。").format(
                day=after[0].valid_from.isoformat()
            )
        )
    if before and (before[-1].valid_until is None or before[-1].valid_until >= row.valid_from):
        Tariff.objects.filter(pk=before[-1].pk).update(valid_until=row.valid_from - timedelta(days=1))
    row.state, row.published_at = TariffState.PUBLISHED, at
    row.save(update_fields=["state", "published_at"])
    record(kinds.PUBLISHED, row, **_said(row))
    return row


@action("mail.drop_tariff", roles=MANAGERS)
def drop(tariff_id: int, *, reason: str, actor: Actor, at: datetime) -> Tariff:
    """Drop a draft, or a published row that has not begun; the row before it goes on. Raises Conflict once begun."""
    row = _lock(tariff_id)
    why = _reason(reason)
    if row.state == TariffState.DROPPED or (row.state == TariffState.PUBLISHED and row.valid_from <= local(at).date()):
        raise Conflict(_("已经施行的资费不能作废，请起草并发布新的资费。"))
    _lock_key(row)
    published, row.state = row.state == TariffState.PUBLISHED, TariffState.DROPPED
    row.save(update_fields=["state"])
    if published:
        ended = _same_key(row).filter(state=TariffState.PUBLISHED, valid_until=row.valid_from - timedelta(days=1))
        following = _same_key(row).filter(state=TariffState.PUBLISHED, valid_from__gt=row.valid_from)
        next_one = following.order_by("valid_from").first()
        ended.update(valid_until=next_one.valid_from - timedelta(days=1) if next_one is not None else None)
    record(kinds.DROPPED, row, **_said(row), reason=why)
    return row


def _lock(tariff_id: int) -> Tariff:
    row = Tariff.objects.select_for_update(no_key=True, of=("self",)).select_related("agreement")
    found: Tariff | None = row.filter(pk=min(tariff_id, 2**62)).first()
    if found is None:
        raise NotFound(_("没有这条资费，请返回列表刷新。"))
    return found


def _lock_key(row: Tariff) -> None:
    """Two who publish the same key at once do so one after the other."""
    key = f"tariff/{row.product}/{row.net}/{row.payer}/{row.agreement_id or ''}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _same_key(row: Tariff) -> Any:
    same = Q(agreement=row.agreement) if row.agreement is not None else Q(agreement__isnull=True)
    return Tariff.objects.filter(same, product=row.product, net=row.net, payer=row.payer).exclude(pk=row.pk)


def _said(row: Tariff) -> dict[str, Any]:
    return {"what": str(row), "first": format_yuan(row.first_price), "since": row.valid_from.isoformat()}


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:120]
    if len(reason) < 2:
        raise BadInput(_("请写明原因。"), fields={"reason": [_("请写明原因。")]})
    return reason


@action("mail.sign_agreement", roles=MANAGERS)
def sign(
    number: str,
    *,
    organisation: Organisation,
    products: list[str],
    signed_by: str,
    valid_from: date,
    valid_until: date,
    share: Decimal = Decimal(1),
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Agreement:
    """Enter a signed security agreement. Raises BadInput with the fields, Conflict for a number that is known."""
    fields: dict[str, list[str]] = {}
    clean = " ".join(number.split())[:40]
    if len(clean) < 2:
        fields["number"] = [_("请填写协议编号。")]
    if not products or any(one not in Product.values for one in products):
        fields["products"] = [_("请选择适用的产品。")]
    if len(signed_by.strip()) < 2:
        fields["signed_by"] = [_("请填写签订人。")]
    if valid_until < valid_from:
        fields["valid_until"] = [_("到期日期不能早于生效日期。")]
    if not Decimal(0) < share <= Decimal(1):
        fields["share"] = [_("折扣应大于 0、不超过 1，例如 0.85 为八五折。")]
    if fields:
        raise BadInput(_("协议填写有误，请更正标出的栏目。"), fields=fields)
    if Agreement.objects.filter(number=clean).exists():
        sentence = _("协议编号 {number} 已登记过。").format(number=clean)
        raise Conflict(sentence, fields={"number": [sentence]})
    row = Agreement.objects.create(
        number=clean,
        organisation=organisation,
        products=sorted(set(products)),
        share=share.quantize(Decimal("0.001")),
        signed_by=signed_by.strip()[:60],
        valid_from=valid_from,
        valid_until=valid_until,
        note=note.strip()[:200],
        signed_at=at,
    )
    record(
        kinds.SIGNED,
        row,
        number=row.number,
        organisation=organisation.name,
        since=valid_from.isoformat(),
        until=valid_until.isoformat(),
    )
    return row


@action("mail.end_agreement", roles=MANAGERS)
def end(agreement_id: int, *, reason: str, actor: Actor, at: datetime) -> Agreement:
    """End an agreement now: the next piece of that sender needs a document again. Raises Conflict when it has ended."""
    why = _reason(reason)
    rows = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    row: Agreement | None = rows.filter(pk=min(agreement_id, 2**62)).first()
    if row is None:
        raise NotFound(_("没有这份协议，请返回列表刷新。"))
    if row.state == AgreementState.ENDED:
        raise Conflict(_("这份协议已经终止。"))
    row.state = AgreementState.ENDED
    row.save(update_fields=["state"])
    record(kinds.ENDED, row, number=row.number, organisation=row.organisation.name, reason=why)
    return row


def load_packaged(*, actor: Actor, at: datetime) -> int:
    """Draft and publish the packaged figures where a key has no price yet. Returns how many rows were put into force.

    The figures are those the planner reckons with (`journey/data/planning.json`), in force from today.
    """
    from zerotrip.journey.postage import settings

    told = json.loads(PACKAGED.read_text(encoding="utf-8"))
    made = 0
    for payer in told["payers"]:
        for net, fen in settings().postage.items():
            key = Tariff.objects.filter(product=told["product"], net=net, payer=payer, agreement__isnull=True)
            if key.filter(state=TariffState.PUBLISHED).exists():
                continue
            new = NewTariff(
                product=told["product"],
                net=net,
                payer=payer,
                first_price=Decimal(fen) / 100,
                valid_from=local(at).date(),
                source=told["source"],
                confidence=told["confidence"],
                first_g=told["first_g"],
                step_g=told["step_g"],
                step_price=Decimal(told["step_price"]),
                note=told["note"],
            )
            publish(draft(new, actor=actor, at=at).pk, actor=actor, at=at)
            made += 1
    return made
