"""What the actions share: lock a piece, say who holds it, move it, write its scan and entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail.models import (
    OFFICERS,
    BagItem,
    Consignment,
    HolderKind,
    Holding,
    Label,
    ManifestLine,
    ManifestState,
    OldNumber,
)
from zerotrip.mail.states import MAIL
from zerotrip.mail.trace import merge
from zerotrip.people.wording import refusal
from zerotrip.places.models import Place
from zerotrip.rules import acceptance, mail_number
from zerotrip.rules.acceptance import Sender
from zerotrip.rules.errors import RuleError
from zerotrip.rules.findings import Finding
from zerotrip.rules.id_types import IdType

LIVE = (ManifestState.OPEN, ManifestState.GIVEN)


def checked_number(number: str, field: str = "number") -> str:
    """The scanned number as it is stored. Raises BadInput for what is no mail number."""
    try:
        return mail_number.validate(number)
    except RuleError as error:
        raise BadInput(refusal(error), fields={field: [refusal(error)]}) from None


def said(finding: Finding) -> str:
    """The sentence of a finding in the language of the reader."""
    from django.utils.translation import get_language

    return finding.en if (get_language() or "").startswith("en") else finding.zh


def line_of(text: str, most: int = 120) -> str:
    """One line of printable text, without outer spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most]


def reason_of(text: str) -> str:
    """A reason somebody wrote. Raises BadInput without one."""
    reason = line_of(text)
    if len(reason) < 2:
        raise BadInput(_("请写明原因。"), fields={"reason": [_("请写明原因。")]})
    return reason


def at_place(actor: Actor, place: Place) -> bool:
    """Whether the actor acts for this place: a duty there, or an officer of the organisation that runs it."""
    if actor.is_system or place.pk in actor.places:
        return True
    return actor.has(*OFFICERS) and place.organisation_id in actor.organisations


def needs_place(actor: Actor, place: Place) -> None:
    """Raises NotAllowed when the actor has no duty at the place."""
    if not at_place(actor, place):
        raise NotAllowed(_("您不在“{place}”值岗，不能代其交接。请由该处值岗人员办理。").format(place=place.name))


def lock(actor: Actor, *, number: str = "", pk: int | None = None) -> Consignment:
    """A piece the actor may see, by number or id, locked. Raises NotFound."""
    rows = Consignment.objects.visible_to(actor)
    return lock_from(rows, number=number, pk=pk)


def lock_from(rows: Any, *, number: str = "", pk: int | None = None) -> Consignment:
    """As `lock`, among `rows`."""
    rows = rows.select_for_update(no_key=True, of=("self",)).select_related(
        "sender", "recipient", "sender_place", "recipient_place", "delivery_place"
    )
    piece: Consignment | None
    if number:
        piece = rows.filter(number=checked_number(number)).first()
        if piece is None:
            not_void(number)
            raise NotFound(
                _("没有找到邮件 {number}，或它不归您经手。请核对面单上的号码。").format(number=line_of(number, 30))
            )
    else:
        piece = rows.filter(pk=pk or 0).first()
        if piece is None:
            raise NotFound(_("没有找到这件邮件，或它不归您经手。请返回列表刷新。"))
    return piece


def not_void(number: str) -> None:
    """Raises Conflict, with the number that counts, for the number of a label that was replaced by another."""
    old = OldNumber.objects.filter(number=mail_number.compact(number)[:13]).select_related("consignment").first()
    if old is not None:
        raise Conflict(
            _("面单 {old} 已作废（{reason}），这件邮件现在的号码是 {new}。请撕掉旧面单，扫描新面单。").format(
                old=mail_number.format(old.number), reason=old.reason, new=old.consignment.formatted
            ),
            number=old.consignment.number,
        )


def labelled(piece: Consignment) -> None:
    """Raises Conflict when everything that was printed for the piece is void: it must not go on like that."""
    last = Label.objects.filter(consignment=piece).order_by(F("voided_at").desc(nulls_first=True)).first()
    if last is not None and last.void:
        raise Conflict(
            _("邮件 {number} 的面单已作废（{reason}），还没有补打。请先补打面单、贴好，再办理。").format(
                number=piece.formatted, reason=last.void_reason
            )
        )


def open_holding(piece: Consignment) -> Holding | None:
    """Who holds the (locked) piece."""
    return piece.holdings.filter(until__isnull=True).select_related("account", "place").first()


def is_holder(actor: Actor, held: Holding | None) -> bool:
    """Whether the actor holds it himself, or acts for the place that does."""
    if held is None:
        return False
    if held.kind == HolderKind.COURIER:
        return held.account_id == actor.id and actor.kind == "staff"
    return held.kind == HolderKind.PLACE and held.place is not None and at_place(actor, held.place)


def needs_holder(actor: Actor, piece: Consignment) -> Holding:
    """The open holding. Raises Conflict, with who holds it, when that is not the actor or a hand-over is under way."""
    held = open_holding(piece)
    if held is None or not is_holder(actor, held):
        raise not_held(piece, held)
    free(piece)
    return held


def not_held(piece: Consignment, held: Holding | None) -> Conflict:
    """The sentence for somebody who does not hold a piece."""
    who = held.who if held is not None else (_("寄件人") if piece.state == "requested" else _("无人"))
    return Conflict(
        _("邮件 {number} 现由 {holder} 保管，不在您手中，不能办理。请先由对方用交接清单交给您。").format(
            number=piece.formatted or piece.reference, holder=who
        ),
        holder=who,
    )


def free(piece: Consignment) -> None:
    """Raises Conflict when the (locked) piece is in a bag, or is being counted on a hand-over list."""
    unbagged(piece)
    line = ManifestLine.objects.filter(consignment=piece, manifest__state__in=LIVE).select_related("manifest").first()
    if line is not None and line.difference != "extra":
        raise Conflict(
            _("邮件 {number} 正在清单 {manifest} 上交接。请先完成该清单，或从清单上取下。").format(
                number=piece.formatted, manifest=line.manifest.number
            )
        )


def unbagged(piece: Consignment) -> None:
    """Raises Conflict when the (locked) piece is in a bag: it goes where the bag goes."""
    item = BagItem.objects.filter(consignment=piece, until__isnull=True).select_related("bag").first()
    if item is not None:
        raise Conflict(
            _("邮件 {number} 在总包 {bag} 里（{state}），不能单独办理。请先把它从袋中取出或开袋。").format(
                number=piece.formatted, bag=item.bag.code, state=item.bag.status.label
            )
        )


def step(piece: Consignment, verb: str, actor: Actor) -> None:
    """Move the piece along the table (not saved). Raises Conflict, or NotAllowed when this state needs another role."""
    row = MAIL.row(piece.state, verb)
    if not actor.has(*row.roles):
        raise NotAllowed(
            _("邮件已是“{state}”，您的岗位不能再{verb}。请联系邮件的保管人办理。").format(
                state=piece.state_label, verb=row.label
            )
        )
    piece.state = row.target


def hand_over(
    pieces: Sequence[Consignment],
    kind: HolderKind,
    *,
    at: datetime,
    account: int | None = None,
    place: Place | None = None,
) -> None:
    """End the open holdings of (locked) pieces and begin the next ones at the same moment."""
    ids = [piece.pk for piece in pieces]
    open_ones = Holding.objects.filter(consignment__in=ids, until__isnull=True)
    since = dict(open_ones.values_list("consignment_id", "since"))
    moment = max([at, *since.values()])
    """A late report may not end a holding before it began."""
    open_ones.update(until=moment)
    Holding.objects.bulk_create(
        Holding(consignment_id=pk, kind=kind, account_id=account, place=place, since=moment) for pk in ids
    )


def scan(
    pieces: Sequence[Consignment],
    code: str,
    *,
    actor: Actor,
    at: datetime,
    place: Place | None,
    operator: str = "",
    reason: str = "",
) -> None:
    """The trace's row for each piece; a repeat is dropped. `reason`: why a delivery failed."""
    who = operator or (actor.name if actor.kind == "staff" else "")
    office = place.code if place is not None else ""
    merge.add([merge.row(piece.number, code, at, office, who, reason, "{}") for piece in pieces if piece.number])


def announce(piece: Consignment) -> None:
    """The piece has a number now: its trace begins, with what was scanned for that number before."""
    from zerotrip.mail.following.queue import enqueue_waiting  # these two work by actions of this room
    from zerotrip.mail.silence.watch import begin_one

    ends = (piece.sender_place, piece.delivery_place or piece.recipient_place)
    origin, target = (place.code if place is not None else "" for place in ends)
    row = (piece.number, "", origin, target, piece.net, piece.weight_g, piece.ordered_at, None)
    merge.announce([row])
    enqueue_waiting(str(piece.number))
    begin_one(str(piece.number), piece.ordered_at)


def tell(kind: Kind, piece: Consignment, *, place: Place | None = None, **data: Any) -> None:
    """The entry of what happened to a piece."""
    record(
        kind,
        piece,
        case_number=piece.reference,
        consignment_number=piece.number,
        place=place,
        consignment=piece.pk,
        purpose=piece.purpose,
        number=piece.formatted,
        **data,
    )


def place_of(code: str, field: str) -> Place:
    """A place in service by its code. Raises BadInput at `field`."""
    found = Place.objects.active().select_related("parent").filter(code=code.strip()[:40]).first()
    if found is None:
        sentence = _("没有代码为 {code} 的场所，或已停用。请重新选择。").format(code=line_of(code, 40) or "—")
        raise BadInput(sentence, fields={field: [sentence]})
    return found


def own_place(actor: Actor, code: str, field: str) -> Place:
    """The place the actor acts at: by its code, or the only one. Raises BadInput or NotAllowed."""
    if code.strip():
        place = place_of(code, field)
        needs_place(actor, place)
        return place
    mine = Q(pk__in=actor.places)
    if actor.has(*OFFICERS):
        mine |= Q(organisation__in=actor.organisations)
    places = list(Place.objects.active().select_related("parent").filter(mine)[:2])
    if len(places) != 1:
        raise BadInput(_("请选择您所在的场所。"), fields={field: [_("请选择您所在的场所。")]})
    return places[0]


def identity(id_type: str, id_number: str, name: str, *, at: datetime) -> tuple[IdType, str, str]:
    """A document seen at the door, checked. Raises BadInput with its fields."""
    from zerotrip.core.clock import local
    from zerotrip.rules import other_id, person_name

    kind = IdType.get(id_type.strip())
    if kind is None or not kind.of_person:
        raise BadInput(_("请选择证件类型。"), fields={"id_type": [_("请选择证件类型。")]})
    today = local(at).date()
    findings = acceptance.check_sender(Sender(kind, id_number, name, original_seen=True), today=today)
    if findings:
        fields: dict[str, list[str]] = {}
        for found in findings:
            fields.setdefault("id_name" if found.field == "name" else found.field, []).append(said(found))
        raise BadInput(_("身份查验未通过，请核对证件后更正标出的栏目。"), fields=fields)
    return kind, other_id.validate(id_number, kind, today=today), person_name.validate(name, on_document=True)


def is_courier(actor: Actor) -> bool:
    return actor.has(Role.COURIER) and not actor.is_system
