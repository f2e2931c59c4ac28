"""One fact of the trace becomes the piece's own: its state, who holds it, an entry at the time of the scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from zerotrip.core.actors import Actor
from zerotrip.core.memo import briefly
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import Somewhere, action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail import codes, kinds
from zerotrip.mail.actions.common import hand_over, line_of
from zerotrip.mail.bags.packing import take_out_of_bags
from zerotrip.mail.following.table import OUTSIDE, VERBS
from zerotrip.mail.models import Consignment, HolderKind, Holding, ManifestLine, ManifestState, State
from zerotrip.mail.trace.rules import RULES
from zerotrip.places.models import Place
from zerotrip.rules import masking

LOST: Final = "117"
NOT_TRIED: Final = codes.NOT_COUNTED | {LOST}
"""No attempt of delivery that counts."""
SIGNED_FOR: Final = {"704": ("", "未登记"), "747": ("agent", "代收"), "748": ("self", "本人自取")}
"""What the code of a delivery says of who signed: a key of `codes.RELATIONS`, and words."""
ECHO: Final = timedelta(minutes=10)
"""What we recorded ourselves the post scans a little earlier or later: it is the same fact. House rule."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A scan from outside that means something."""

    code: str
    at: datetime
    office: str
    reason: str = ""
    attributes: str = "{}"

    @property
    def verb(self) -> str:
        return VERBS[self.code]

    @property
    def key(self) -> tuple[datetime, int]:
        """Its place in the order of facts."""
        return self.at, RULES[self.code].rank


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An office that is no place of ours: an entry names it by its code."""

    name: str
    pk: int | None = None


@briefly(60)
def place_of_office(office: str) -> Place | None:
    """The place with this code; None for an office of others."""
    return Place.objects.filter(code=office).first() if office else None


def somewhere(office: str) -> Somewhere | None:
    """Where a scan was made, for an entry."""
    return place_of_office(office) or (Elsewhere(office) if office else None)


@action("mail.follow", roles={Role.SYSTEM})
def follow(piece: Consignment, fact: Fact, *, actor: Actor, at: datetime) -> None:
    """Take a (locked) piece where a scan from outside says it is. The caller has established that it is news.

    Raises Conflict where `OUTSIDE` has no row.
    """
    if piece.state == State.REQUESTED:
        _accepted(piece, fact)
        if fact.verb == "accept":
            return
    verb = fact.verb
    piece.state = OUTSIDE.step(piece.state, verb)
    _take_off_lists(piece)
    take_out_of_bags(piece, fact.at)
    _HANDLERS[verb](piece, fact)
    piece.save(update_fields=["state", "attempts", "delivered_at"])


@action("mail.note_late", roles={Role.SYSTEM})
def note_late(piece: Consignment, fact: Fact, *, actor: Actor, at: datetime) -> None:
    """A failed attempt that we learn of when the piece has moved on: counted and kept, it moves nothing."""
    piece.attempts += fact.reason not in NOT_TRIED
    piece.save(update_fields=["attempts"])
    _tell(kinds.NOTED_LATE, piece, fact, what=str(codes.OPERATIONS[fact.code][0]), reason=_reason(fact))


@action("mail.contradict", roles={Role.SYSTEM})
def contradict(piece: Consignment, fact: Fact, signature: str, *, actor: Actor, at: datetime) -> None:
    """A scan that cannot be: after an end, another end, an end before we took the piece. Nothing moves."""
    what = str(codes.OPERATIONS.get(fact.code, (fact.code, ""))[0])
    _tell(kinds.CONTRADICTED, piece, fact, what=what, state=piece.state_label, signature=signature)


def _accepted(piece: Consignment, fact: Fact) -> None:
    piece.state, piece.accepted_at = State.ACCEPTED, fact.at
    piece.save(update_fields=["state", "accepted_at"])
    _hold_at(piece, fact)
    _tell(kinds.ACCEPTED, piece, fact, papers=piece.papers.count())


def _moved(piece: Consignment, fact: Fact) -> None:
    held = _held(piece)
    left = somewhere(fact.office) if fact.code in (codes.DISPATCHED, "389", "911") else None
    if left is None and held is not None and held.place is not None:
        left = held.place
    target = piece.sender_place if piece.state == State.RETURNING else piece.recipient_place or piece.delivery_place
    _hold(piece, HolderKind.TRANSIT, fact.at, place=target)
    _tell(kinds.DISPATCHED, piece, fact, where=left, to=target.name if target is not None else _("投递网点"))


def _arrived(piece: Consignment, fact: Fact) -> None:
    _hold_at(piece, fact)
    _tell(kinds.ARRIVED, piece, fact)


def _gone_out(piece: Consignment, fact: Fact) -> None:
    _hold_with_courier(piece, fact)
    _tell(kinds.OUT, piece, fact)


def _failed(piece: Consignment, fact: Fact) -> None:
    _hold_with_courier(piece, fact)
    if fact.reason == LOST:
        _tell(kinds.LOST, piece, fact, reason_code=LOST, reason=_reason(fact))
        return
    counted = fact.reason not in NOT_TRIED
    piece.attempts += counted
    _tell(
        kinds.ATTEMPT_FAILED, piece, fact, reason=_reason(fact), reason_code=fact.reason, attempt=piece.attempts,
        counted=counted, note="",
    )  # fmt: skip


def _gone_back(piece: Consignment, fact: Fact) -> None:
    _hold_with_courier(piece, fact)
    to = piece.sender_place.name if piece.sender_place is not None else _("寄件人")
    _tell(kinds.SENT_BACK, piece, fact, reason=_reason(fact), reason_code=fact.reason, to=to)


def _signed(piece: Consignment, fact: Fact) -> None:
    if piece.state == State.RETURNED:
        _returned(piece, fact)
        return
    piece.delivered_at = fact.at
    if piece.recipient_place is not None:
        _hold(piece, HolderKind.PLACE, fact.at, place=piece.recipient_place)
        _tell(kinds.HANDED_IN, piece, fact, where=piece.recipient_place)
        return
    _hold(piece, HolderKind.ADDRESSEE, fact.at)
    relation, words = SIGNED_FOR[fact.code]
    _tell(kinds.DELIVERED, piece, fact, signer=_signer(fact.attributes), relation=relation, relation_text=words)


def _returned(piece: Consignment, fact: Fact) -> None:
    """A person who gets back what he sent is the addressee of the way back."""
    if piece.sender_place is not None:
        _hold(piece, HolderKind.PLACE, fact.at, place=piece.sender_place)
        _tell(kinds.RETURNED, piece, fact, where=piece.sender_place)
    else:
        _hold(piece, HolderKind.ADDRESSEE, fact.at)
        _tell(kinds.RETURNED, piece, fact, where=Elsewhere(_("寄件人")))


def _cancelled(piece: Consignment, fact: Fact) -> None:
    held = _held(piece)
    if held is not None:
        Holding.objects.filter(pk=held.pk).update(until=max(fact.at, held.since))
    _tell(kinds.CANCELLED, piece, fact, reason=_("邮政轨迹登记为收寄撤销"), by="post")


_HANDLERS: Final = {
    "move": _moved, "arrive": _arrived, "go_out": _gone_out, "fail": _failed, "go_back": _gone_back,
    "sign": _signed, "return": _returned, "cancel": _cancelled,
}  # fmt: skip


def _held(piece: Consignment) -> Holding | None:
    return piece.holdings.filter(until__isnull=True).select_related("place").first()


def _hold(piece: Consignment, kind: HolderKind, at: datetime, *, place: Place | None = None) -> None:
    held = _held(piece)
    if held is None or (held.kind, held.place_id) != (kind, place.pk if place is not None else None):
        hand_over([piece], kind, place=place, at=at)


def _hold_at(piece: Consignment, fact: Fact) -> None:
    """At the office of the scan; an office of others is none of our places: for us it is on its way."""
    place = place_of_office(fact.office)
    _hold(piece, HolderKind.PLACE if place is not None else HolderKind.TRANSIT, fact.at, place=place)


def _hold_with_courier(piece: Consignment, fact: Fact) -> None:
    """With a courier nobody here knows: his outlet answers for it. A courier of ours keeps what he holds."""
    held = _held(piece)
    if held is None or held.kind != HolderKind.COURIER:
        _hold_at(piece, fact)


def _take_off_lists(piece: Consignment) -> None:
    """The trace has overtaken a hand-over that is still being counted: the piece is no longer part of it."""
    live = ManifestLine.objects.filter(
        consignment=piece, manifest__state__in=(ManifestState.OPEN, ManifestState.GIVEN)
    ).select_related("manifest__taker_place", "manifest__giver_place", "manifest__giver")
    for line in live:
        manifest = line.manifest
        record(
            kinds.MANIFEST_COUNTED, manifest, place=manifest.taker_place, manifest=manifest.number,
            giver=manifest.giver_text, taker=manifest.taker_place.name, number=line.number,
            did=_("轨迹显示已另有去向，移出清单"),
        )  # fmt: skip
        line.delete()


def _reason(fact: Fact) -> str:
    return str(codes.REASONS.get(fact.reason) or _("原因未登记"))


def _signer(attributes: str) -> str:
    """Who signed, masked, if the scan says so."""
    try:
        said: Any = msgspec.json.decode(attributes)
    except msgspec.DecodeError:
        return ""
    name = said.get("signer") or said.get("签收人") if isinstance(said, dict) else ""
    return masking.name(line_of(name, 40)) if isinstance(name, str) else ""


def _tell(kind: Kind, piece: Consignment, fact: Fact, *, where: Somewhere | None = None, **data: Any) -> None:
    record(
        kind,
        piece,
        case_number=piece.reference,
        consignment_number=piece.number,
        place=where or somewhere(fact.office),
        consignment=piece.pk,
        purpose=piece.purpose,
        number=piece.formatted,
        source="trace",
        code=fact.code,
        **data,
    )
