"""Counted hand-overs: the giver counts out, the taker counts in, and what differs is kept until somebody settles it.

Locks are always taken in this order: the manifest, then its pieces by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action, record
from zerotrip.ledger.kinds import Kind
from zerotrip.mail import codes, kinds
from zerotrip.mail.actions.common import (
    checked_number,
    free,
    hand_over,
    labelled,
    lock,
    needs_place,
    not_held,
    not_void,
    own_place,
    place_of,
    scan,
    step,
    tell,
)
from zerotrip.mail.bags.models import ManifestBag, UnitState
from zerotrip.mail.models import (
    OFFICERS,
    Consignment,
    HolderKind,
    Holding,
    Manifest,
    ManifestLine,
    ManifestState,
    Purpose,
    State,
)
from zerotrip.places.models import Place, PlaceKind

HANDS: Final = {Role.COURIER, Role.HALL_CLERK, Role.OUTLET_CLERK, *OFFICERS}
PREFIX: Final = "M"
MOST_PIECES: Final = 500


class ManifestDiffers(Conflict):
    """What the taker counted is not what the giver listed: `missing` and `extra` are mail numbers."""

    slug = "manifest-differs"

    def __init__(self, detail: str, *, manifest: str, missing: list[str], extra: list[str]) -> None:
        super().__init__(detail, manifest=manifest, missing=missing, surplus=extra)
        self.missing, self.surplus = missing, extra


@action("mail.open_manifest", roles=HANDS)
def open_manifest(
    *, taker_place_code: str, giver_place_code: str = "", carried: bool = False, actor: Actor, at: datetime
) -> Manifest:
    """Begin a hand-over list to a place: from the actor's place, or (blank, a courier) from his own hands.

    `carried`: somebody carries the pieces; they are in transit from when the list is given.
    """
    taker = place_of(taker_place_code, "taker_place_code")
    by_hand = not giver_place_code.strip() and actor.has(Role.COURIER)
    giver = None if by_hand else own_place(actor, giver_place_code, "giver_place_code")
    if giver is not None and giver.pk == taker.pk:
        sentence = _("接收方不能是交出方自己，请选择另一处场所。")
        raise BadInput(sentence, fields={"taker_place_code": [sentence]})
    body = f"{PREFIX}{local(at):%y%m%d}{ids.next_serial('mail_manifest_seq') % 1_000_000:06d}"
    manifest = Manifest.objects.create(
        number=body + ids.check_character(body),
        giver_place=giver,
        giver_id=actor.id if actor.kind == "staff" else None,
        taker_place=taker,
        carried=carried,
        opened_at=at,
    )
    note(kinds.MANIFEST_OPENED, manifest, giver)
    return manifest


@action("mail.put", roles=HANDS)
def put(manifest_number: str, number: str, *, actor: Actor, at: datetime) -> ManifestLine:
    """The giver counts a piece onto the list. Raises NotFound, Conflict when the giver does not hold it."""
    manifest = lock_manifest(manifest_number, actor)
    needs_giver(manifest, actor)
    needs_state(manifest, ManifestState.OPEN)
    piece = lock(actor, number=checked_number(number))
    if manifest.lines.filter(consignment=piece).exists():
        raise Conflict(_("邮件 {number} 已在这张清单上，不必重复扫描。").format(number=piece.formatted))
    if manifest.lines.count() >= MOST_PIECES:
        raise Conflict(_("一张清单最多 {n} 件，请交出这张后另开一张。").format(n=MOST_PIECES))
    held = piece.holdings.filter(until__isnull=True).select_related("account", "place").first()
    if not giver_holds(manifest, held):
        raise not_held(piece, held)
    free(piece)
    labelled(piece)
    fits(piece, manifest.taker_place, carried=manifest.carried)
    line = ManifestLine.objects.create(manifest=manifest, consignment=piece, number=piece.number or "", given=True)
    _count(manifest, piece, _("清点放入"))
    return line


@action("mail.take_off", roles=HANDS)
def take_off(manifest_number: str, number: str, *, actor: Actor, at: datetime) -> Manifest:
    """Take a piece off a list that is not given yet. Raises NotFound, Conflict."""
    manifest = lock_manifest(manifest_number, actor)
    needs_giver(manifest, actor)
    needs_state(manifest, ManifestState.OPEN)
    line = manifest.lines.filter(number=checked_number(number)).select_related("consignment").first()
    if line is None or line.consignment is None:
        raise NotFound(_("清单上没有这件邮件。"))
    _apart_from_bag(line)
    line.delete()
    _count(manifest, line.consignment, _("取下"))
    return manifest


@action("mail.give", roles=HANDS)
def give(manifest_number: str, *, actor: Actor, at: datetime) -> Manifest:
    """The giver's count is done. A carried list's pieces are now in transit. Raises Conflict for an empty list."""
    manifest = lock_manifest(manifest_number, actor)
    needs_giver(manifest, actor)
    needs_state(manifest, ManifestState.OPEN)
    pieces = lock_pieces(manifest, manifest.lines.values_list("consignment_id", flat=True))
    if not pieces:
        raise Conflict(_("清单上还没有邮件，请先扫描要交出的邮件。"))
    manifest.state, manifest.given_at = ManifestState.GIVEN, at
    manifest.save(update_fields=["state", "given_at"])
    if manifest.carried:
        check_holders(manifest, pieces, carried=False)
        for piece in pieces:
            step(piece, "dispatch", actor)
        hand_over(pieces, HolderKind.TRANSIT, place=manifest.taker_place, at=at)
        Consignment.objects.bulk_update(pieces, ["state"])
        scan(pieces, codes.DISPATCHED, actor=actor, at=at, place=manifest.giver_place)
        for piece in pieces:
            tell(kinds.DISPATCHED, piece, place=manifest.giver_place, to=manifest.taker_place.name)
    note(kinds.MANIFEST_GIVEN, manifest, manifest.giver_place, pieces=len(pieces))
    return manifest


@action("mail.tick", roles=HANDS)
def tick(manifest_number: str, number: str, *, actor: Actor, at: datetime) -> ManifestLine:
    """The taker counts a piece in. One that is not on the list becomes an extra line, to be settled."""
    manifest = lock_manifest(manifest_number, actor)
    needs_taker(manifest, actor)
    needs_state(manifest, ManifestState.GIVEN)
    compact = checked_number(number)
    line = manifest.lines.filter(number=compact).first()
    if line is None:
        not_void(compact)
        if manifest.lines.count() >= 2 * MOST_PIECES:
            raise Conflict(_("多出的邮件太多，请与交出方核对后再清点。"))
        known = Consignment.objects.filter(number=compact).first()
        line = ManifestLine(manifest=manifest, consignment=known, number=compact, difference="extra")
    elif line.taken:
        raise Conflict(_("邮件 {number} 已经清点过，不必重复扫描。").format(number=compact))
    else:
        _apart_from_bag(line)
    line.taken = True
    line.save()
    note(kinds.MANIFEST_COUNTED, manifest, manifest.taker_place, number=compact, did=_("清点收到"))
    return line


def close(manifest_number: str, *, despite_differences: bool = False, actor: Actor, at: datetime) -> Manifest:
    """The taker's count is done: every piece passes to the taker's place.

    When the counts differ, nothing is handed over: the difference is recorded for somebody to see and ManifestDiffers
    is raised. With `despite_differences` those present pass, the missing stay where they were, and the list is
    disputed until each difference is settled.
    """
    try:
        return _close(manifest_number, despite_differences=despite_differences, actor=actor, at=at)
    except ManifestDiffers as differs:
        _differs(manifest_number, differs.missing, differs.surplus, actor=actor, at=at)
        raise


@action("mail.close", roles=HANDS)
def _close(manifest_number: str, *, despite_differences: bool, actor: Actor, at: datetime) -> Manifest:
    manifest = lock_manifest(manifest_number, actor)
    needs_taker(manifest, actor)
    needs_state(manifest, ManifestState.GIVEN)
    lines = list(manifest.lines.select_related("consignment"))
    missing = [line for line in lines if line.given and not line.taken]
    extra = [line for line in lines if not line.given]
    if (missing or extra) and not despite_differences:
        raise ManifestDiffers(
            _("点数不符：缺 {missing} 件，多 {extra} 件。请与交出方一起复点；确认属实的，选择“按差异接收”。").format(
                missing=len(missing), extra=len(extra)
            ),
            manifest=manifest.number,
            missing=[line.number for line in missing],
            extra=[line.number for line in extra],
        )
    present = lock_pieces(manifest, [line.consignment_id for line in lines if line.given and line.taken])
    check_holders(manifest, present)
    arrive(manifest, present, actor, at)
    for line in missing:
        line.taken, line.difference = False, "missing"
    ManifestLine.objects.bulk_update(missing, ["taken", "difference"])
    manifest.bags.filter(state=UnitState.LISTED).update(state=UnitState.MISSING)
    manifest.state = ManifestState.DISPUTED if missing or extra else ManifestState.CLOSED
    manifest.closed_at, manifest.taker_id = at, actor.id
    manifest.save(update_fields=["state", "closed_at", "taker"])
    if missing or extra:
        _note_difference(manifest, [line.number for line in missing], [line.number for line in extra], at)
    else:
        note(kinds.MANIFEST_CLOSED, manifest, manifest.taker_place, pieces=len(present))
    return manifest


@action("mail.manifest_differs", roles=HANDS)
def _differs(manifest_number: str, missing: list[str], extra: list[str], *, actor: Actor, at: datetime) -> None:
    """The close was refused and rolled back; that it was tried and what differed is kept."""
    _note_difference(lock_manifest(manifest_number, actor), missing, extra, at)


def _apart_from_bag(line: ManifestLine) -> None:
    """Raises Conflict for a piece in a bag that is still closed: it is counted with the bag, by the bag's seal."""
    if line.bag is not None and ManifestBag.objects.filter(manifest=line.manifest_id, bag=line.bag).closed().exists():
        raise Conflict(
            _("邮件 {number} 在总包 {bag} 里，按整袋清点。请扫描袋上的封签；封签破损或不符的，在该袋一行登记。").format(
                number=line.number, bag=line.bag.code
            )
        )


def arrive(manifest: Manifest, pieces: list[Consignment], actor: Actor, at: datetime) -> None:
    """What the hand-over means for each piece: handed in, returned, or arrived."""
    place = manifest.taker_place
    if not pieces:
        return
    effects: list[tuple[Consignment, Kind, str]] = []
    for piece in pieces:
        if piece.state == State.RETURNING and piece.sender_place_id == place.pk:
            verb, kind, code = "return", kinds.RETURNED, codes.RETURNED
        elif piece.state != State.RETURNING and piece.recipient_place_id == place.pk:
            verb, kind, code = "hand_in", kinds.HANDED_IN, codes.DELIVERED
        else:
            verb, kind = "arrive", kinds.ARRIVED
            code = {PlaceKind.OUTLET.value: codes.AT_OUTLET, PlaceKind.CENTRE.value: codes.AT_CENTRE}.get(
                place.kind, codes.AT_PLACE
            )
        step(piece, verb, actor)
        if verb == "hand_in":
            piece.delivered_at = at
        effects.append((piece, kind, code))
    hand_over(pieces, HolderKind.PLACE, place=place, at=at)
    Consignment.objects.bulk_update(pieces, ["state", "delivered_at"])
    for code in dict.fromkeys(effect[2] for effect in effects):
        scan([piece for piece, _kind, own in effects if own == code], code, actor=actor, at=at, place=place)
    for piece, kind, _code in effects:
        tell(kind, piece, place=place, manifest=manifest.number)


def fits(piece: Consignment, taker: Place, *, carried: bool) -> None:
    """Raises Conflict for a piece that cannot go there: it has ended, or belongs to another window."""
    if piece.state in {State.DELIVERED, State.RETURNED, State.CANCELLED, State.REQUESTED}:
        raise Conflict(
            _("邮件 {number} 已是“{state}”，不能再交接。").format(number=piece.formatted, state=piece.state_label)
        )
    if carried and piece.state in {State.OUT, State.UNDELIVERED}:
        raise Conflict(
            _("邮件 {number} 是“{state}”，请先当面交回网点，再发运。").format(
                number=piece.formatted, state=piece.state_label
            )
        )
    going_back = piece.state == State.RETURNING
    target = piece.sender_place if going_back else piece.recipient_place
    wrong_window = taker.kind == PlaceKind.WINDOW and (target is None or target.pk != taker.pk)
    if wrong_window and (going_back or piece.purpose == Purpose.MATERIALS):
        raise Conflict(
            _("邮件 {number} 的收件处是“{right}”，不是“{wrong}”，请放到对应窗口的清单。").format(
                number=piece.formatted, right=target.name if target else "—", wrong=taker.name
            )
        )


def check_holders(manifest: Manifest, pieces: list[Consignment], *, carried: bool | None = None) -> None:
    """Every piece must still be with the giver (or in transit, when carried). Raises Conflict naming the first one."""
    in_transit = manifest.carried if carried is None else carried
    held = {
        holding.consignment_id: holding
        for holding in Holding.objects.filter(consignment__in=pieces, until__isnull=True).select_related(
            "account", "place"
        )
    }
    for piece in pieces:
        holding = held.get(piece.pk)
        if in_transit:
            good = (
                holding is not None
                and holding.kind == HolderKind.TRANSIT
                and holding.place_id == manifest.taker_place_id
            )
        else:
            good = giver_holds(manifest, holding)
        if not good:
            raise not_held(piece, holding)


def giver_holds(manifest: Manifest, held: Holding | None) -> bool:
    if held is None:
        return False
    if manifest.giver_place_id is not None:
        return held.kind == HolderKind.PLACE and held.place_id == manifest.giver_place_id
    return held.kind == HolderKind.COURIER and held.account_id == manifest.giver_id


def lock_manifest(number: str, actor: Actor) -> Manifest:
    found = (
        Manifest.objects.visible_to(actor)
        .select_for_update(no_key=True, of=("self",))
        .select_related("giver_place", "taker_place", "giver", "taker")
        .filter(number=ids.compact(number)[:16])
        .first()
    )
    if found is None:
        raise NotFound(_("没有这张交接清单，或它不归您经手。请核对清单号。"))
    return found


def lock_pieces(manifest: Manifest, wanted: Iterable[int | None]) -> list[Consignment]:
    """Some pieces of a manifest, locked in the order of their ids."""
    rows = Consignment.objects.filter(pk__in=[pk for pk in wanted if pk])
    rows = rows.select_for_update(no_key=True, of=("self",)).select_related("sender_place", "recipient_place")
    return list(rows.order_by("pk"))


def needs_giver(manifest: Manifest, actor: Actor) -> None:
    if manifest.giver_place is not None:
        needs_place(actor, manifest.giver_place)
    elif manifest.giver_id != actor.id and not actor.is_system:
        raise NotAllowed(_("这张清单由 {giver} 交出，只能由本人清点。").format(giver=manifest.giver_text))


def needs_taker(manifest: Manifest, actor: Actor) -> None:
    needs_place(actor, manifest.taker_place)
    if manifest.giver_id == actor.id and actor.kind == "staff":
        raise NotAllowed(_("交出和接收须由两个人分别清点，请由另一位同事接收。"))


def needs_state(manifest: Manifest, state: ManifestState) -> None:
    if manifest.state != state:
        raise Conflict(
            _("清单 {number} 是“{state}”，不能这样操作。请刷新页面查看最新进展。").format(
                number=manifest.number, state=ManifestState(manifest.state).label
            )
        )


def _count(manifest: Manifest, piece: Consignment, did: str) -> None:
    note(kinds.MANIFEST_COUNTED, manifest, manifest.giver_place, number=piece.number, did=did)


def _note_difference(manifest: Manifest, missing: list[str], extra: list[str], at: datetime) -> None:
    if manifest.differs_since is None:
        manifest.differs_since = at
        manifest.save(update_fields=["differs_since"])
    note(
        kinds.MANIFEST_DIFFERS,
        manifest,
        manifest.taker_place,
        missing=missing,
        extra=extra,
        missing_count=len(missing),
        extra_count=len(extra),
    )


def note(kind: Kind, manifest: Manifest, place: Place | None, **data: Any) -> None:
    record(
        kind,
        manifest,
        place=place,
        manifest=manifest.number,
        giver=manifest.giver_text,
        taker=manifest.taker_place.name,
        **data,
    )
