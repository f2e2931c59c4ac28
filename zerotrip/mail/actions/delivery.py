"""Out for delivery: taken out, tried, delivered, or sent back."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.money import format_yuan
from zerotrip.core.roles import Role
from zerotrip.documents.actions import store
from zerotrip.ledger.frame import action
from zerotrip.mail import codes, kinds
from zerotrip.mail.actions.common import (
    hand_over,
    identity,
    labelled,
    line_of,
    lock,
    needs_holder,
    open_holding,
    scan,
    step,
    tell,
)
from zerotrip.mail.bags import kinds as kinds_of_bags
from zerotrip.mail.bags import seals
from zerotrip.mail.bags.models import SealState
from zerotrip.mail.models import Consignment, HolderKind, IdentityCheck, State
from zerotrip.mail.states import MAIL
from zerotrip.people.actions import unmask_row
from zerotrip.rules import masking


@action("mail.take_out", roles=MAIL.roles("take_out"))
def take_out(number: str, *, actor: Actor, at: datetime) -> Consignment:
    """A courier takes a piece from his outlet (or keeps an undelivered one) to deliver it.

    Raises Conflict when his outlet does not hold it or it is addressed to a place.
    """
    piece = lock(actor, number=number)
    if piece.recipient is None:
        raise Conflict(_("这件邮件寄往“{place}”，请用交接清单交付。").format(place=piece.to_text))
    needs_holder(actor, piece)
    labelled(piece)
    step(piece, "take_out", actor)
    piece.save(update_fields=["state"])
    hand_over([piece], HolderKind.COURIER, account=actor.id, at=at)
    scan([piece], codes.OUT, actor=actor, at=at, place=piece.delivery_place)
    tell(kinds.OUT, piece, place=piece.delivery_place)
    return piece


@action("mail.attempt_failed", roles=MAIL.roles("fail"))
def attempt_failed(number: str, *, reason_code: str, note: str = "", actor: Actor, at: datetime) -> Consignment:
    """An attempt failed (reason 101 to 130); the courier keeps the piece. Raises BadInput, Conflict."""
    reason = _reason(reason_code)
    piece = lock(actor, number=number)
    needs_holder(actor, piece)
    step(piece, "fail", actor)
    counted = reason_code not in codes.NOT_COUNTED
    piece.attempts += counted
    piece.save(update_fields=["state", "attempts"])
    scan([piece], codes.FAILED, actor=actor, at=at, place=piece.delivery_place, reason=reason_code)
    tell(
        kinds.ATTEMPT_FAILED,
        piece,
        place=piece.delivery_place,
        reason=reason,
        reason_code=reason_code,
        attempt=piece.attempts,
        counted=counted,
        note=masked_note(note),
    )
    return piece


def _is_paid(piece: Consignment) -> None:
    """Raises Conflict when this installation hands nothing over whose postage the applicant still owes."""
    if not settings.ZEROTRIP_PAY_BEFORE_DELIVERY:
        return
    from zerotrip.mail.payments.queries import unpaid_of

    owed = unpaid_of(piece)
    if owed:
        raise Conflict(_("邮费 {owed} 还没有付。请收件人在“我的办件”里支付后再签收。").format(owed=format_yuan(owed)))


@action("mail.deliver", roles=MAIL.roles("deliver"))
def deliver(
    number: str,
    *,
    id_type: str,
    id_number: str,
    signer_name: str,
    relation: str = "self",
    signature: bytes | None = None,
    seal: str = "",
    seal_broken: str = "",
    actor: Actor,
    at: datetime,
) -> Consignment:
    """Hand the piece to the addressee, or to whom the addressee has entrusted, against a document; never to a locker.

    `relation` is a key of codes.RELATIONS; with "self" the name must be the addressee's. `signature` is a picture.
    `seal`: the number of the intact seal as the courier saw it; `seal_broken`: why it is broken or wrong. That a sealed
    piece was handed over without one of them is recorded too.
    Raises BadInput with the fields that are wrong, Conflict when the courier does not hold it.
    """
    if relation not in codes.RELATIONS:
        raise BadInput(_("请选择签收人与收件人的关系。"), fields={"relation": [_("请选择关系。")]})
    piece = lock(actor, number=number)
    needs_holder(actor, piece)
    step(piece, "deliver", actor)
    if piece.recipient is None:
        raise Conflict(_("这件邮件寄往“{place}”，请用交接清单交付。").format(place=piece.to_text))
    try:
        kind, document, name = identity(id_type, id_number, signer_name, at=at)
    except BadInput as problem:
        fields = {"signer_name" if field == "id_name" else field: texts for field, texts in problem.fields.items()}
        raise BadInput(problem.detail, fields=fields) from None
    if relation == "self" and name != piece.recipient.name:
        sentence = _("签收人姓名与收件人不一致。不是本人签收的，请选择与收件人的关系（须经收件人同意）。")
        raise BadInput(sentence, fields={"signer_name": [sentence]})
    _is_paid(piece)
    sealed = _look_at_seal(piece, seal, masked_note(seal_broken), actor, at)
    piece.delivered_at = at
    piece.save(update_fields=["state", "delivered_at"])
    IdentityCheck.objects.create(
        consignment=piece,
        moment="delivery",
        id_type=kind.value,
        id_number=document,
        name=name,
        relation=relation,
        at=at,
        account_id=actor.id,
    )
    file = None
    if signature:
        file = store(
            "signature.png",
            signature,
            purpose="signature",
            subject_type="mail.consignment",
            subject_id=piece.pk,
            case_number=piece.reference,
            actor=actor,
            at=at,
        )
    hand_over([piece], HolderKind.ADDRESSEE, at=at)
    scan([piece], codes.DELIVERED, actor=actor, at=at, place=piece.delivery_place)
    tell(
        kinds.DELIVERED,
        piece,
        place=piece.delivery_place,
        signer=masking.name(name),
        relation=relation,
        relation_text=str(codes.RELATIONS[relation]),
        identity=kind.zh,
        signature=str(file.public_id) if file is not None else "",
        **sealed,
    )
    return piece


def _look_at_seal(piece: Consignment, seen: str, broken: str, actor: Actor, at: datetime) -> dict[str, str]:
    """What a delivery says of the pouch's seal: intact, broken and why, or not looked at. Raises BadInput, Conflict."""
    known = seals.on_piece(piece.pk)
    if known is None:
        return {}
    if broken:
        seals.end(known, SealState.BROKEN, reason=broken, actor=actor, at=at)
        tell(kinds_of_bags.SEAL_BROKEN, piece, place=piece.delivery_place, seal=known.number, reason=broken)
        return {"seal": known.number, "seal_state": "broken", "seal_reason": broken}
    if not seals.compact(seen):
        return {"seal": known.number, "seal_state": "unchecked", "seal_reason": str(_("投递时没有核对封签"))}
    if seals.checked(seen) != known.number:
        sentence = _("扫到的封签 {seen} 与登记的 {known} 不一致。请核对；封签破损或换过的，选“破损或不符”并写明情况。")
        sentence = sentence.format(seen=seals.compact(seen)[:20], known=known.number)
        raise Conflict(sentence, fields={"seal": [sentence]})
    seals.end(known, SealState.OPENED, reason=_("封签完好，交收件人启封"), actor=actor, at=at)
    return {"seal": known.number, "seal_state": "intact"}


@action("mail.send_back", roles=MAIL.roles("send_back"))
def send_back(number: str, *, reason_code: str, actor: Actor, at: datetime) -> Consignment:
    """Give up: the piece goes back to the place that sent it, which must own what happens next.

    Raises BadInput, Conflict when the actor does not hold it or a person sent it.
    """
    reason = _reason(reason_code)
    piece = lock(actor, number=number)
    needs_holder(actor, piece)
    step(piece, "send_back", actor)
    if piece.sender_place is None:
        raise Conflict(_("这件邮件由个人寄出，不能直接退回；请送到办理大厅，由大厅另寄退还。"))
    piece.save(update_fields=["state"])
    where = piece.delivery_place or piece.sender_place
    scan([piece], codes.SENT_BACK, actor=actor, at=at, place=where)
    tell(kinds.SENT_BACK, piece, place=where, reason=reason, reason_code=reason_code, to=piece.sender_place.name)
    return piece


@action("mail.show_phone", roles={Role.COURIER})
def show_phone(consignment_id: int, *, actor: Actor, at: datetime) -> str:
    """The phone of the person a courier must visit for an open errand, with an entry of the reading.

    Raises NotFound when the courier neither holds the piece nor must collect it.
    """
    piece = lock(actor, pk=consignment_id)
    contact = piece.sender if piece.state == State.REQUESTED else piece.recipient
    held = open_holding(piece)
    to_collect = piece.state == State.REQUESTED and piece.delivery_place_id in actor.places
    holds = held is not None and held.account_id == actor.id and piece.state in {State.OUT, State.UNDELIVERED}
    if contact is None or not (to_collect or holds):
        raise NotFound(_("这件邮件不在您的待办中，不能查看电话。"))
    reason = _("联系揽收") if to_collect else _("联系投递")
    return unmask_row(
        contact,
        "phone",
        reason=reason,
        case_number=piece.reference,
        consignment_number=piece.number or "",
        actor=actor,
        at=at,
    )


def _reason(code: str) -> str:
    words = codes.REASONS.get(code)
    if words is None or code in codes.NOT_OFFERED:
        raise BadInput(_("请从列表中选择原因。"), fields={"reason_code": [_("请从列表中选择原因。")]})
    return str(words)


def masked_note(note: str) -> str:
    """A courier's remark without long runs of digits (phones, document numbers): entries hold no personal data."""
    import re

    return re.sub(r"\d{5,}", "***", line_of(note, 100))
