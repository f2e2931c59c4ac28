"""Order, accept, cancel a mail piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, ExpressionWrapper, F, FloatField, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotFound, Unavailable
from zerotrip.core.memo import briefly
from zerotrip.core.money import yuan
from zerotrip.ledger.frame import action
from zerotrip.mail import codes, kinds, promising
from zerotrip.mail.actions.common import (
    announce,
    checked_number,
    free,
    hand_over,
    identity,
    is_courier,
    is_holder,
    line_of,
    lock,
    lock_from,
    not_held,
    open_holding,
    own_place,
    reason_of,
    said,
    scan,
    step,
    tell,
)
from zerotrip.mail.bags import seals
from zerotrip.mail.bags.models import SealState
from zerotrip.mail.labels.models import OldNumber
from zerotrip.mail.models import (
    Consignment,
    ConsignmentPaper,
    HolderKind,
    IdentityCheck,
    Net,
    Payer,
    Pickup,
    Purpose,
    State,
)
from zerotrip.mail.numbers import settings_range
from zerotrip.mail.states import MAIL, ORDERERS
from zerotrip.mail.tariffs import queries as tariffs
from zerotrip.mail.tariffs.models import Agreement, Product
from zerotrip.network.queries import net_of
from zerotrip.people.models import Contact
from zerotrip.places.models import Place, PlaceKind
from zerotrip.rules import acceptance

MOST_PAPERS: Final = 200
ACCEPTED: Final = [
    "number", "state", "accepted_at", "weight_g", "postage", "quote", "promised_at", "promised_p95",
]  # fmt: skip
"""What acceptance writes."""

HEAVIEST_G: Final = 30_000
"""What one courier carries to a desk; heavier pieces are no papers."""


@action("mail.order", roles=ORDERERS)
def order(
    *,
    purpose: str,
    reference: str,
    sender: Contact | None = None,
    sender_place: Place | None = None,
    recipient: Contact | None = None,
    recipient_place: Place | None = None,
    papers: Sequence[tuple[str, int]] = (),
    pickup: Pickup | None = None,
    outlet: Place | None = None,
    payer: str = Payer.APPLICANT,
    product: str = Product.STANDARD,
    postage: Decimal | None = None,
    actor: Actor,
    at: datetime,
) -> Consignment:
    """Register a piece to be sent: from a contact (collected by a courier) or a place, to a contact or a place.

    `papers` lists the contents with their copies; names that repeat are added up. `outlet`: where the sender brings it
    (without it, the one that serves the contact's division). The caller has established that the
    actor may send for `reference`. Raises BadInput for an impossible time slot, Conflict when no outlet collects there.
    """
    if purpose not in Purpose.values or payer not in Payer.values or product not in Product.values:
        raise ValueError("unknown purpose, payer or product")
    if (sender is None) == (sender_place is None) or (recipient is None) == (recipient_place is None):
        raise ValueError("a piece goes from a contact or a place to a contact or a place")
    contents: dict[str, int] = {}
    for name, copies in papers:
        contents[line_of(name)] = contents.get(line_of(name), 0) + copies
    if "" in contents or len(contents) > MOST_PAPERS or any(not 1 <= n <= 999 for n in contents.values()):
        raise BadInput(_("邮寄材料清单有误：每种材料须有名称，份数为 1 至 999。"))
    if pickup is not None:
        _check_slot(pickup, at)
    contact = sender or recipient
    if outlet is None and contact is not None:
        outlet = _outlet_for(contact)
    if outlet is None and sender is not None:
        raise Conflict(_("寄件地址所在地区暂无上门揽收网点，请改为到大厅提交材料。"))
    piece = Consignment.objects.create(
        purpose=purpose,
        reference=reference,
        sender=sender,
        sender_place=sender_place,
        recipient=recipient,
        recipient_place=recipient_place,
        delivery_place=outlet,
        net=_net(sender or sender_place, recipient or recipient_place),
        pickup_day=pickup.day if pickup else None,
        pickup_from=pickup.from_minute if pickup else None,
        pickup_until=pickup.until_minute if pickup else None,
        product=product,
        postage=None if postage is None else yuan(postage),
        payer=payer,
        ordered_at=at,
    )
    ConsignmentPaper.objects.bulk_create(
        ConsignmentPaper(consignment=piece, name=name, copies=n) for name, n in contents.items()
    )
    tell(kinds.ORDERED, piece, place=outlet, what=str(Purpose(purpose).label), papers=len(contents))
    return piece


def _check_slot(pickup: Pickup, at: datetime) -> None:
    now = local(at)
    late = pickup.day < now.date() or (pickup.day == now.date() and pickup.until_minute <= now.hour * 60 + now.minute)
    if not 0 <= pickup.from_minute < pickup.until_minute <= 1440 or late:
        sentence = _("揽收时段已过或不正确，请重新选择上门时间。")
        raise BadInput(sentence, fields={"pickup": [sentence]})


def _outlet_for(contact: Contact) -> Place | None:
    """The nearest outlet in service in the contact's township, else county, prefecture, province."""
    here = contact.division
    return _nearest_outlet(here.code, here.lat, here.lon)


@briefly(30)
def _nearest_outlet(code: str, lat: float | None, lon: float | None) -> Place | None:
    """One query, at most 30 seconds old."""
    inside = [prefix for prefix in (code if len(code) > 6 else "", code[:6], code[:4], code[:2]) if prefix]
    wanted = Q(pk__in=[])
    for prefix in inside:
        wanted |= Q(division__code__startswith=prefix)
    rank = Case(
        *[When(division__code__startswith=prefix, then=Value(i)) for i, prefix in enumerate(inside)],
        default=Value(len(inside)),
        output_field=IntegerField(),
    )
    order_by: list[str] = ["rank", "code"]
    found = Place.objects.active().filter(wanted, kind=PlaceKind.OUTLET).annotate(rank=rank)
    if lat is not None and lon is not None:
        away = (F("lat") - lat) * (F("lat") - lat) + (F("lon") - lon) * (F("lon") - lon)
        found = found.annotate(away=ExpressionWrapper(away, output_field=FloatField()))
        return found.order_by("rank", F("away").asc(nulls_last=True), "code").first()
    return found.order_by(*order_by).first()


def _net(one: Contact | Place | None, other: Contact | Place | None) -> Net:
    a, b = (end.division_id if end is not None else "" for end in (one, other))
    return Net(net_of(f"C{a}", f"C{b}"))


@action("mail.accept", roles=MAIL.roles("accept"))
def accept(
    consignment_id: int,
    *,
    number: str = "",
    id_type: str = "",
    id_number: str = "",
    id_name: str = "",
    found: Mapping[str, int] | None = None,
    weight_g: int | None = None,
    insured_value: Decimal | None = None,
    place_code: str = "",
    seal: str = "",
    actor: Actor,
    at: datetime,
) -> Consignment:
    """Take a piece into the mail; the actor (a courier) or the desk (a clerk's place) then holds it.

    From a contact: the document is seen (实名收寄) and what is found inside is counted against the list (验视).
    From a place under a security agreement no document is needed (快递暂行条例 22). A blank `number` takes the next of
    our range. `seal`: the number of the seal on its pouch, never used before. The tariff of the day prices the piece;
    where none is in force it stays without a price.
    Raises BadInput (document, number, contents not counted), Conflict (contents differ, number in use, wrong state).
    """
    piece = lock(actor, pk=consignment_id)
    step(piece, "accept", actor)
    fields: dict[str, list[str]] = {}
    from_contact = piece.sender is not None
    agreement = None if piece.sender_place is None else _agreement(piece, id_type, at)
    document = identity(id_type, id_number, id_name, at=at) if agreement is None else None
    _inspect(piece, found, from_contact)
    if weight_g is not None and not 0 < weight_g <= HEAVIEST_G:
        fields["weight_g"] = [_("重量应为 1 至 {n} 克。").format(n=HEAVIEST_G)]
        raise BadInput(_("重量不正确。"), fields=fields)
    by_courier = is_courier(actor) and not place_code.strip()
    place = None if by_courier else own_place(actor, place_code, "place_code")
    if not from_contact and place is not None and place.pk not in _desks(piece):
        raise Conflict(
            _("这件邮件由 {sender} 交寄，请在该处收寄。").format(
                sender=piece.sender_place.name if piece.sender_place else "—"
            )
        )
    piece.accepted_at, piece.weight_g = at, weight_g
    _price(piece, agreement, insured_value, at)
    promised = promising.promise_of(piece, at)
    if promised is not None:
        piece.promised_at, piece.promised_p95 = promised.arrival, promised.arrival_p95
    give_number(piece, number)
    if document is not None:
        kind, document_number, name = document
        IdentityCheck.objects.create(
            consignment=piece,
            moment="pickup",
            id_type=kind.value,
            id_number=document_number,
            name=name,
            relation="self" if piece.sender is not None and piece.sender.name == name else "agent",
            at=at,
            account_id=actor.id,
        )
    if place is None:
        hand_over([piece], HolderKind.COURIER, account=actor.id, at=at)
    else:
        hand_over([piece], HolderKind.PLACE, place=place, at=at)
    where = place or piece.delivery_place
    sealed = seals.put_on(seal, consignment=piece, actor=actor, at=at, place=where) if seal.strip() else None
    announce(piece)
    scan([piece], codes.ACCEPTED, actor=actor, at=at, place=where)
    tell(
        kinds.ACCEPTED,
        piece,
        place=where,
        papers=piece.papers.count(),
        identity=document[0].zh if document else "",
        weight_g=weight_g,
        postage=str(piece.postage) if piece.quote else "",
        agreement=agreement.number if agreement is not None else "",
        seal=str(sealed or ""),
    )
    return piece


def _agreement(piece: Consignment, id_type: str, at: datetime) -> Agreement | None:
    """The agreement under which a place sends; None when somebody shows a document instead. Raises BadInput."""
    assert piece.sender_place is not None
    found = tariffs.agreement_of(piece.sender_place, piece.product, local(at).date())
    if found is None and not id_type.strip():
        sentence = _(
            "“{sender}”没有有效的安全协议，须查验经办人的身份证件才能收寄；长期交寄的，请项目经理登记安全协议。"
        ).format(sender=piece.sender_place.name)
        raise BadInput(sentence, fields={"id_type": [sentence]})
    return found


def _price(piece: Consignment, agreement: Agreement | None, insured_value: Decimal | None, at: datetime) -> None:
    """Reckon what the piece costs (not saved); without a tariff it keeps what it was ordered with."""
    try:
        quote = tariffs.price(
            piece.product,
            piece.net,
            piece.weight_g,
            piece.payer,
            agreement=agreement,
            insured_value=insured_value,
            on=local(at).date(),
        )
    except NotFound:
        if insured_value is not None:
            raise
        return
    piece.postage, piece.quote = quote.postage, quote.as_json()


def _desks(piece: Consignment) -> set[int]:
    """Where a place's piece may be accepted: there, or at the desk of the hall it stands in."""
    place = piece.sender_place
    return set() if place is None else {pk for pk in (place.pk, place.parent_id) if pk}


def _inspect(piece: Consignment, found: Mapping[str, int] | None, required: bool) -> None:
    papers = list(piece.papers.all())
    if found is None:
        if required and papers:
            sentence = _("请当面验视内件，逐项登记实有份数后再收寄。")
            raise BadInput(sentence, fields={"found": [sentence]})
        return
    counted = {line_of(name): count for name, count in found.items()}
    findings = acceptance.check_contents({paper.name: paper.copies for paper in papers}, counted)
    if findings:
        raise Conflict(
            _("内件与清单不符，未收寄：{what}").format(what=" ".join(said(f) for f in findings)),
            fields={"found": [said(f) for f in findings]},
        )
    for paper in papers:
        paper.found = counted.get(paper.name, 0)
    ConsignmentPaper.objects.bulk_update(papers, ["found"])


def give_number(piece: Consignment, number: str) -> None:
    """Give the (locked) piece this number, or the next of our range, and save it. Raises Conflict when it is in use
    or void."""
    piece.number = checked_number(number) if number.strip() else _next_number()
    if number.strip() and OldNumber.objects.filter(number=piece.number).exists():
        sentence = _("邮件号 {number} 已作废，不能再用，请换一张面单重新扫描。").format(number=piece.formatted)
        raise Conflict(sentence, fields={"number": [sentence]})
    try:
        with transaction.atomic():
            piece.save(update_fields=ACCEPTED)
    except IntegrityError:
        sentence = _("邮件号 {number} 已用于另一件邮件，请换一张面单重新扫描。").format(number=piece.formatted)
        raise Conflict(sentence, fields={"number": [sentence]}) from None


_NEXT = """
SELECT s.n, EXISTS (SELECT 1 FROM mail_consignment c WHERE c.number = (%(first)s + s.n - 1)::text)
    OR EXISTS (SELECT 1 FROM mail_oldnumber o WHERE o.number = (%(first)s + s.n - 1)::text)
FROM nextval('mail_number_seq') AS s(n)
"""


def _next_number() -> str:
    """The next free number of our range. Raises Unavailable when the range is used up."""
    first, last = settings_range()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, {"first": first})
            serial, used = cursor.fetchone()
        number = first + int(serial) - 1
        if number > last:
            raise Unavailable(_("邮件号段已用完，请联系系统管理员配置新号段，或扫描一张空白面单。"))
        if not used:
            return str(number)


@action("mail.cancel", roles=MAIL.roles("cancel"))
def cancel(consignment_id: int, *, reason: str, actor: Actor, at: datetime) -> Consignment:
    """Cancel a piece that has not left; accepted ones only by who holds them.

    Of citizens and partners the caller has established that the piece is theirs. Raises BadInput without a reason,
    NotFound, Conflict once it has left.
    """
    why = reason_of(reason)
    rows = Consignment.objects.all() if actor.kind in {"citizen", "partner"} else Consignment.objects.visible_to(actor)
    piece = lock_from(rows, pk=consignment_id)
    accepted = piece.state == State.ACCEPTED
    step(piece, "cancel", actor)
    if accepted:
        held = open_holding(piece)
        if not (is_holder(actor, held) or actor.is_system):
            raise not_held(piece, held)
        free(piece)
        piece.holdings.filter(until__isnull=True).update(until=max(at, held.since if held else at))
    piece.save(update_fields=["state"])
    place = piece.sender_place or piece.delivery_place
    seals.end(seals.on_piece(piece.pk), SealState.VOID, reason=why, actor=actor, at=at)
    if accepted:
        scan([piece], codes.CANCELLED, actor=actor, at=at, place=place)
    tell(kinds.CANCELLED, piece, place=place, reason=why, by=actor.kind)
    return piece
