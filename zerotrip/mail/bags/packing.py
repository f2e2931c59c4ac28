"""Pack a bag, close it with a seal, open it again. Locks are taken in this order: the bag, then its pieces by id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail.actions.common import (
    LIVE,
    at_place,
    checked_number,
    free,
    labelled,
    line_of,
    lock,
    needs_place,
    not_held,
    open_holding,
    own_place,
    place_of,
    reason_of,
)
from zerotrip.mail.actions.manifests import HANDS, fits
from zerotrip.mail.bags import kinds, seals
from zerotrip.mail.bags.models import Bag, BagItem, BagState, ManifestBag, SealState
from zerotrip.mail.models import Consignment, HolderKind, Holding
from zerotrip.places.models import Place

MOST_PIECES: Final = 200
"""In one bag. 配置值，待核."""


@action("mail.begin_bag", roles=HANDS)
def begin_bag(*, target_place_code: str, place_code: str = "", actor: Actor, at: datetime) -> Bag:
    """Begin a bag at the actor's place for another one. Raises BadInput, NotAllowed."""
    target = place_of(target_place_code, "target_place_code")
    place = own_place(actor, place_code, "place_code")
    if place.pk == target.pk:
        sentence = _("总包要寄往另一处场所，请重新选择。")
        raise BadInput(sentence, fields={"target_place_code": [sentence]})
    body = f"{seals.BAG}{local(at):%y%m%d}{ids.next_serial('mail_bag_seq') % 1_000_000:06d}"
    bag = Bag.objects.create(
        code=body + ids.check_character(body),
        place=place,
        target=target,
        packed_by_id=actor.id if actor.kind == "staff" else None,
        begun_at=at,
    )
    note(kinds.BEGUN, bag, place)
    return bag


@action("mail.pack", roles=HANDS)
def pack(bag_code: str, number: str, *, actor: Actor, at: datetime) -> BagItem:
    """Put a piece that the bag's place holds into the bag. Raises NotFound, Conflict when it cannot go there."""
    bag = _packing(bag_code, actor)
    piece = lock(actor, number=checked_number(number))
    if bag.items.filter(consignment=piece, until__isnull=True).exists():
        raise Conflict(_("邮件 {number} 已在这个袋里，不必重复扫描。").format(number=piece.formatted))
    if bag.items.count() >= MOST_PIECES:
        raise Conflict(_("一袋最多 {n} 件，请封袋后另装一袋。").format(n=MOST_PIECES))
    held = open_holding(piece)
    if held is None or held.kind != HolderKind.PLACE or held.place_id != bag.place_id:
        raise not_held(piece, held)
    free(piece)
    labelled(piece)
    fits(piece, bag.target, carried=False)
    item = BagItem.objects.create(bag=bag, consignment=piece, since=at)
    note(kinds.COUNTED, bag, bag.place, did=_("装入"), number=piece.number)
    return item


@action("mail.unpack", roles=HANDS)
def unpack(bag_code: str, number: str, *, actor: Actor, at: datetime) -> Bag:
    """Take a piece out of a bag that is not closed yet. Raises NotFound, Conflict."""
    bag = _packing(bag_code, actor)
    gone, _rows = bag.items.filter(consignment__number=checked_number(number)).delete()
    if not gone:
        raise NotFound(_("袋里没有这件邮件。"))
    note(kinds.COUNTED, bag, bag.place, did=_("取出"), number=checked_number(number))
    return bag


@action("mail.seal_bag", roles=HANDS)
def seal_bag(bag_code: str, seal: str, *, actor: Actor, at: datetime) -> Bag:
    """Close a bag with a scanned seal: its pieces now go where it goes, until it is opened.

    Raises BadInput for what is no seal, Conflict for an empty bag or a seal that was used before.
    """
    bag = _packing(bag_code, actor)
    packed = lock_contents(bag)
    if not packed:
        raise Conflict(_("袋还是空的，请先扫描要装入的邮件。"))
    used = seals.put_on(seal, bag=bag, actor=actor, at=at, place=bag.place)
    bag.state, bag.sealed_at = BagState.SEALED, at
    bag.save(update_fields=["state", "sealed_at"])
    numbers = [str(piece.number) for piece in packed]
    note(kinds.SEALED, bag, bag.place, seal=used.number, pieces=len(packed), numbers=numbers)
    return bag


@action("mail.open_bag", roles=HANDS)
def open_bag(bag_code: str, *, reason: str = "", broken: bool = False, actor: Actor, at: datetime) -> Bag:
    """Open a closed bag where it lies: at the place it is for, or elsewhere with a reason. Its pieces are on their own.

    `broken`: the seal was found broken or wrong; needs a reason too. Raises BadInput, NotAllowed for who does not hold
    it, Conflict on a list that is being counted.
    """
    bag = lock_bag(bag_code, actor)
    needs_bag_state(bag, BagState.SEALED)
    unit = ManifestBag.objects.filter(bag=bag, manifest__state__in=LIVE).select_related("manifest").first()
    if unit is not None:
        raise Conflict(
            _("总包 {bag} 正在清单 {manifest} 上交接，不能开袋。请先完成该清单，或从清单上取下。").format(
                bag=bag.code, manifest=unit.manifest.number
            )
        )
    lock_contents(bag)
    held = holding_of(bag)
    where = held.place if held is not None else bag.place
    if (held is not None and held.kind != HolderKind.PLACE) or where is None or not at_place(actor, where):
        raise NotAllowed(
            _("总包 {bag} 现由 {holder} 保管，只能由保管的场所开袋。").format(
                bag=bag.code, holder=held.who if held is not None else bag.place.name
            )
        )
    why = line_of(reason) or _("到达后开袋")
    if broken or where.pk != bag.target_id:
        why = reason_of(reason)
    seal = seals.on_bag(bag)
    opened = SealState.BROKEN if broken else SealState.OPENED
    seals.end(seal, opened, reason=why, actor=actor, at=at)
    pieces = release(bag, BagState.OPENED, at)
    note(kinds.OPENED, bag, where, seal=str(seal or ""), pieces=pieces, reason=why, broken=broken)
    return bag


def release(bag: Bag, state: BagState, at: datetime) -> int:
    """The (locked) bag is no longer closed: how many pieces are on their own from now."""
    bag.state, bag.ended_at = state, at
    bag.save(update_fields=["state", "ended_at"])
    return bag.items.filter(until__isnull=True).update(until=at)


def take_out_of_bags(piece: Consignment, at: datetime) -> None:
    """The trace has overtaken a bag: a (locked) piece was scanned elsewhere and is no longer part of it."""
    for item in BagItem.objects.filter(consignment=piece, until__isnull=True).select_related("bag__place"):
        item.until = at
        item.save(update_fields=["until"])
        note(kinds.COUNTED, item.bag, None, did=_("轨迹显示已另有去向，移出"), number=piece.number)


def lock_bag(code: str, actor: Actor) -> Bag:
    """A bag the actor may see, by its code, locked. Raises NotFound."""
    rows = Bag.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    bag = rows.select_related("place", "target").filter(code=ids.compact(code)[:16]).first()
    if bag is None:
        raise NotFound(
            _("没有找到总包 {code}，或它不归您经手。请核对袋牌上的袋号。").format(code=line_of(code, 20) or "—")
        )
    return bag


def needs_bag_state(bag: Bag, state: BagState) -> None:
    """Raises Conflict when the bag is in another state."""
    if bag.state != state:
        raise Conflict(
            _("总包 {bag} 是“{state}”，不能这样操作。请刷新页面查看最新进展。").format(
                bag=bag.code, state=bag.status.label
            )
        )


def lock_contents(bag: Bag) -> list[Consignment]:
    """What is in a (locked) bag now, locked in the order of their ids."""
    inside = bag.items.filter(until__isnull=True).values("consignment")
    rows = Consignment.objects.filter(pk__in=inside).select_for_update(no_key=True, of=("self",))
    return list(rows.select_related("sender_place", "recipient_place").order_by("pk"))


def holding_of(bag: Bag) -> Holding | None:
    """Who holds a closed bag: who holds its pieces. None for an empty one."""
    inside = bag.items.filter(until__isnull=True).values("consignment")
    return Holding.objects.filter(consignment__in=inside, until__isnull=True).select_related("account", "place").first()


def _packing(code: str, actor: Actor) -> Bag:
    bag = lock_bag(code, actor)
    needs_place(actor, bag.place)
    needs_bag_state(bag, BagState.PACKING)
    return bag


def note(kind: Kind, bag: Bag, place: Place | None, *, numbers: Iterable[str] = (), **data: Any) -> None:
    """The entry of what happened to a bag."""
    if numbers:
        data["numbers"] = list(numbers)
    record(kind, bag, place=place, bag=bag.code, to=bag.target.name, **data)
