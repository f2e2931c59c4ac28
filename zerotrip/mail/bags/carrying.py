"""A closed bag as one unit of a hand-over list: counted out and in by its seal, refused, settled.

Locks are taken in this order: the manifest, then the bag, then its pieces by id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action
from zerotrip.mail.actions import manifests as lists
from zerotrip.mail.actions.common import LIVE, line_of, not_held, reason_of
from zerotrip.mail.actions.differences import close_if_settled, give_back
from zerotrip.mail.actions.manifests import HANDS
from zerotrip.mail.bags import kinds, seals
from zerotrip.mail.bags.models import Bag, BagState, ManifestBag, Seal, SealState, UnitState
from zerotrip.mail.bags.packing import lock_bag, lock_contents, needs_bag_state, note, release
from zerotrip.mail.models import Holding, Manifest, ManifestLine, ManifestState

HOW: Final[dict[str, str | Promise]] = {
    "arrived": gettext_lazy("整袋后到，扫描封签接收"),
    "kept": gettext_lazy("整袋仍在交出方"),
    "lost": gettext_lazy("整袋暂未找到，继续查找"),
}
"""How a missing bag may be settled."""


class SealRefused(Conflict):
    """The bag was not taken as one, which is recorded: its pieces must now be counted one by one."""

    slug = "seal-refused"


@action("mail.put_bag", roles=HANDS)
def put_bag(manifest_number: str, scanned: str, *, actor: Actor, at: datetime) -> ManifestBag:
    """The giver counts a closed bag onto the list, by its code or its seal: all its pieces become lines.

    Raises NotFound, Conflict when the giver does not hold it, it is not closed, or it is on a list already.
    """
    manifest = lists.lock_manifest(manifest_number, actor)
    lists.needs_giver(manifest, actor)
    lists.needs_state(manifest, ManifestState.OPEN)
    bag = lock_bag(_code_of(scanned), actor)
    needs_bag_state(bag, BagState.SEALED)
    listed = ManifestBag.objects.filter(bag=bag, manifest__state__in=LIVE).select_related("manifest").first()
    if listed is not None:
        raise Conflict(
            _("总包 {bag} 已在清单 {manifest} 上，不必重复扫描。").format(bag=bag.code, manifest=listed.manifest.number)
        )
    pieces = lock_contents(bag)
    if not pieces:
        raise Conflict(_("总包 {bag} 里已没有邮件，请开袋注销。").format(bag=bag.code))
    if manifest.lines.count() + len(pieces) > lists.MOST_PIECES:
        raise Conflict(_("一张清单最多 {n} 件，请交出这张后另开一张。").format(n=lists.MOST_PIECES))
    held = {
        row.consignment_id: row
        for row in Holding.objects.filter(consignment__in=pieces, until__isnull=True).select_related("account", "place")
    }
    for piece in pieces:
        if not lists.giver_holds(manifest, held.get(piece.pk)):
            raise not_held(piece, held.get(piece.pk))
        lists.fits(piece, manifest.taker_place, carried=manifest.carried)
    unit = ManifestBag.objects.create(manifest=manifest, bag=bag)
    ManifestLine.objects.bulk_create(
        ManifestLine(manifest=manifest, consignment=piece, number=piece.number or "", given=True, bag=bag)
        for piece in pieces
    )
    _listed(manifest, bag, _("放入"), len(pieces))
    return unit


@action("mail.take_off_bag", roles=HANDS)
def take_off_bag(manifest_number: str, bag_code: str, *, actor: Actor, at: datetime) -> Manifest:
    """Take a whole bag off a list that is not given yet. Raises NotFound, Conflict."""
    manifest = lists.lock_manifest(manifest_number, actor)
    lists.needs_giver(manifest, actor)
    lists.needs_state(manifest, ManifestState.OPEN)
    unit = _unit(manifest, bag_code)
    pieces, _rows = manifest.lines.filter(bag=unit.bag).delete()
    unit.delete()
    _listed(manifest, unit.bag, _("取下"), pieces)
    return manifest


def take_bag(
    manifest_number: str, seal: str, *, bag_code: str = "", reason: str = "", actor: Actor, at: datetime
) -> ManifestBag:
    """The taker scans the seal of a bag: right and intact, all its pieces are counted in.

    With `bag_code` another seal than the bag's (or none), or a `reason` (broken, traces), refuses the bag as a unit:
    recorded, and SealRefused is raised; its pieces are counted one by one from then on. Without `bag_code` a seal that
    is on no bag of the list is only said (NotFound): nobody knows which bag is meant.
    """
    unit = _take_bag(manifest_number, seal, bag_code=bag_code, reason=reason, actor=actor, at=at)
    if unit.state == UnitState.REFUSED:
        raise _refused(unit)
    return unit


@action("mail.take_bag", roles=HANDS)
def _take_bag(
    manifest_number: str, seal: str, *, bag_code: str, reason: str, actor: Actor, at: datetime
) -> ManifestBag:
    manifest = lists.lock_manifest(manifest_number, actor)
    lists.needs_taker(manifest, actor)
    lists.needs_state(manifest, ManifestState.GIVEN)
    unit = _unit(manifest, bag_code) if bag_code else _unit_of_seal(manifest, seal)
    bag = lock_bag(unit.bag.code, actor)
    if unit.state == UnitState.TAKEN:
        raise Conflict(_("总包 {bag} 已整袋清点过，不必重复扫描。").format(bag=bag.code))
    if unit.state == UnitState.REFUSED:
        raise _refused(unit)
    if not _is_right(unit, bag, seal, reason, actor, at):
        return unit
    unit.state, unit.seen = UnitState.TAKEN, seals.compact(seal)
    unit.save(update_fields=["state", "seen"])
    pieces = manifest.lines.filter(bag=bag, given=True).update(taken=True)
    note(kinds.TAKEN, bag, manifest.taker_place, seal=unit.seen, pieces=pieces, manifest=manifest.number)
    return unit


def _is_right(unit: ManifestBag, bag: Bag, seal: str, reason: str, actor: Actor, at: datetime) -> bool:
    """Whether the seal is the bag's and intact. If not, the (locked) bag is refused as a unit, with its entry."""
    known, seen = seals.on_bag(bag), line_of(seals.compact(seal), seals.LONGEST)
    if known is not None and seen == known.number and not reason.strip():
        return True
    if not seen and not reason.strip():
        raise BadInput(_("请扫描封签；没有封签或封签破损的，请写明情况。"), fields={"seal": [_("请扫描封签。")]})
    why = line_of(reason) or _("封签号与登记的不一致")
    unit.state, unit.seen, unit.reason = UnitState.REFUSED, seen, why
    unit.save(update_fields=["state", "seen", "reason"])
    seals.end(known, SealState.BROKEN, reason=f"{why} {seen}".strip(), actor=actor, at=at)
    lock_contents(bag)
    pieces = release(bag, BagState.REFUSED, at)
    where = unit.manifest.taker_place
    note(
        kinds.REFUSED,
        bag,
        where,
        seal=str(known or ""),
        seen=seen or _("无"),
        reason=why,
        pieces=pieces,
        manifest=unit.manifest.number,
        giver=unit.manifest.giver_text,
    )
    return False


def _refused(unit: ManifestBag) -> SealRefused:
    return SealRefused(
        _("总包 {bag} 封签不符或破损（{why}），不能整袋接收，已登记。请与交出方一起当面逐件扫描袋内邮件。").format(
            bag=unit.bag.code, why=unit.reason
        ),
        fields={"seal": [unit.reason]},
        bag=unit.bag.code,
    )


def settle_bag(
    manifest_number: str, bag_code: str, *, how: str, reason: str, seal: str = "", actor: Actor, at: datetime
) -> Manifest:
    """Settle a bag that was missing as a whole (`how` is a key of HOW), by either side; the last one closes the list.

    "arrived" needs the taker and the scanned seal; with a wrong one the bag is refused as in `take_bag`, and each of
    its pieces is settled on its own. "lost" leaves the difference open. Raises NotFound, BadInput, Conflict,
    SealRefused.
    """
    unit, manifest = _settle_bag(manifest_number, bag_code, how=how, reason=reason, seal=seal, actor=actor, at=at)
    if unit.state == UnitState.REFUSED:
        raise _refused(unit)
    return manifest


@action("mail.settle_bag", roles=HANDS | {Role.CARE_AGENT, Role.BRANCH_MANAGER})
def _settle_bag(
    manifest_number: str, bag_code: str, *, how: str, reason: str, seal: str, actor: Actor, at: datetime
) -> tuple[ManifestBag, Manifest]:
    manifest = lists.lock_manifest(manifest_number, actor)
    lists.needs_state(manifest, ManifestState.DISPUTED)
    why = reason_of(reason)
    if how not in HOW:
        raise BadInput(_("请选择这项差异的处理方式。"), fields={"how": [_("请选择处理方式。")]})
    unit = _unit(manifest, bag_code)
    bag = lock_bag(unit.bag.code, actor)
    if unit.state != UnitState.MISSING or bag.state != BagState.SEALED:
        raise Conflict(_("总包 {bag} 不再按整袋处理，请逐件处理差异。").format(bag=bag.code))
    words = str(HOW[how])
    if how == "arrived":
        lists.needs_taker(manifest, actor)
        if not _is_right(unit, bag, seal, "", actor, at):
            return unit, manifest
    lines = manifest.lines.filter(bag=bag, difference="missing", resolution="")
    pieces = lists.lock_pieces(manifest, lines.values_list("consignment_id", flat=True))
    if how == "arrived":
        lists.check_holders(manifest, pieces)
        lists.arrive(manifest, pieces, actor, at)
        unit.state, unit.seen = UnitState.TAKEN, seals.compact(seal)
    elif how == "kept":
        if manifest.carried:
            give_back(manifest, pieces, at)
        unit.state = UnitState.KEPT
    if how != "lost":
        unit.save(update_fields=["state", "seen"])
        lines.update(resolution=f"{words}：{why}"[:160], taken=how == "arrived")
    note(kinds.SETTLED, bag, manifest.taker_place, manifest=manifest.number, how=words, reason=why)
    close_if_settled(manifest)
    return unit, manifest


def count_out(manifest_number: str, scanned: str, *, actor: Actor, at: datetime) -> ManifestLine | ManifestBag:
    """What the giver scanned: a mail number puts the piece, a bag's code or seal puts the bag."""
    if _is_bag(scanned):
        return put_bag(manifest_number, scanned, actor=actor, at=at)
    return lists.put(manifest_number, scanned, actor=actor, at=at)


def count_in(manifest_number: str, scanned: str, *, actor: Actor, at: datetime) -> ManifestLine | ManifestBag:
    """What the taker scanned: a mail number counts the piece in, a bag's seal counts the bag in.

    Raises BadInput for a bag's code: only its seal says that nobody was inside.
    """
    if seals.is_bag_code(scanned):
        sentence = _("这是袋号。整袋接收要看封签：请扫描袋 {bag} 上的封签。").format(bag=seals.compact(scanned))
        raise BadInput(sentence, fields={"number": [sentence]})
    if _is_bag(scanned):
        return take_bag(manifest_number, scanned, actor=actor, at=at)
    return lists.tick(manifest_number, scanned, actor=actor, at=at)


def _is_bag(scanned: str) -> bool:
    """Whether it is the code of a bag or a seal that is, or was, on one."""
    if seals.is_bag_code(scanned):
        return True
    return Seal.objects.filter(number=seals.compact(scanned)[: seals.LONGEST], bag__isnull=False).exists()


def _code_of(scanned: str) -> str:
    """The code of a bag from its code or its intact seal."""
    if seals.is_bag_code(scanned):
        return scanned
    number = seals.compact(scanned)[: seals.LONGEST]
    sealed = Seal.objects.filter(number=number, state=SealState.INTACT, bag__isnull=False)
    return sealed.values_list("bag__code", flat=True).first() or scanned


def _unit(manifest: Manifest, bag_code: str) -> ManifestBag:
    unit = manifest.bags.select_related("bag").filter(bag__code=seals.compact(bag_code)[:16]).first()
    if unit is None:
        raise NotFound(_("总包 {bag} 不在这张清单上。").format(bag=line_of(bag_code, 20) or "—"))
    unit.manifest = manifest
    return unit


def _unit_of_seal(manifest: Manifest, seal: str) -> ManifestBag:
    number = seals.compact(seal)[: seals.LONGEST]
    unit = manifest.bags.select_related("bag").filter(bag__seals__number=number).first()
    if unit is None:
        raise NotFound(
            _(
                "封签 {seal} 不是这张清单上任何一袋的封签，没有登记。如果袋上就是这个封签，请在该袋一行选“封签不符”。"
            ).format(seal=line_of(number, 20) or "—")
        )
    unit.manifest = manifest
    return unit


def _listed(manifest: Manifest, bag: Bag, did: str, pieces: int) -> None:
    seal = seals.on_bag(bag)
    note(
        kinds.LISTED,
        bag,
        manifest.giver_place,
        did=did,
        seal=str(seal or ""),
        pieces=pieces,
        manifest=manifest.number,
    )
