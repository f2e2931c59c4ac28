"""What was missing or too many on a hand-over list, settled one by one until nothing is open."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.actors import Actor
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action
from zerotrip.mail import kinds
from zerotrip.mail.actions.common import free, hand_over, reason_of, tell
from zerotrip.mail.actions.manifests import (
    HANDS,
    arrive,
    check_holders,
    fits,
    lock_manifest,
    lock_pieces,
    needs_state,
    needs_taker,
    note,
)
from zerotrip.mail.models import HolderKind, Manifest, ManifestLine, ManifestState, State

HOW: Final[dict[str, tuple[str, str | Promise]]] = {
    "arrived": ("missing", gettext_lazy("后到，已接收")),
    "kept": ("missing", gettext_lazy("仍在交出方")),
    "lost": ("missing", gettext_lazy("暂未找到，继续查找")),
    "taken": ("extra", gettext_lazy("补记接收")),
    "sent_back": ("extra", gettext_lazy("退回交出方")),
    "foreign": ("extra", gettext_lazy("非本系统邮件，另行处理")),
}
"""How a difference may be settled, and which kind of difference it settles."""


@action("mail.settle", roles=HANDS | {Role.CARE_AGENT, Role.BRANCH_MANAGER})
def settle(line_id: int, *, how: str, reason: str, actor: Actor, at: datetime) -> Manifest:
    """Settle one difference (`how` is a key of HOW) by either side; the last one closes the list.

    "arrived" and "taken" hand the piece over to the taker's place, and need the taker; "kept" gives a carried piece
    back to the giver; "lost" is noted and leaves the difference open. Raises NotFound, BadInput, Conflict when it is
    settled or the piece is held elsewhere.
    """
    number = ManifestLine.objects.filter(pk=line_id).values_list("manifest__number", flat=True).first()
    manifest = lock_manifest(number or "", actor)
    line = manifest.lines.select_related("consignment").get(pk=line_id)
    why = reason_of(reason)
    if how not in HOW or HOW[how][0] != line.difference:
        raise BadInput(_("请选择这项差异的处理方式。"), fields={"how": [_("请选择处理方式。")]})
    needs_state(manifest, ManifestState.DISPUTED)
    if line.resolution:
        raise Conflict(_("这项差异已处理：{how}。").format(how=line.resolution))
    words = str(HOW[how][1])
    if how in {"arrived", "taken"}:
        needs_taker(manifest, actor)
        _take_late(manifest, line, actor, at)
    elif how == "kept" and manifest.carried:
        _give_back(manifest, line, at)
    if how != "lost":  # what is not found stays open: somebody must go on looking
        line.resolution = f"{words}：{why}"[:160]
        line.save(update_fields=["resolution"])
    where = manifest.taker_place
    note(kinds.MANIFEST_SETTLED, manifest, where, number=line.number, how=words, reason=why)
    if not manifest.lines.exclude(difference="").filter(resolution="").exists():
        manifest.state = ManifestState.CLOSED
        manifest.save(update_fields=["state"])
        note(kinds.MANIFEST_CLOSED, manifest, where, pieces=manifest.lines.filter(taken=True).count())
    return manifest


def _take_late(manifest: Manifest, line: ManifestLine, actor: Actor, at: datetime) -> None:
    pieces = lock_pieces(manifest, [line.consignment_id] if line.consignment_id else [])
    if not pieces:
        raise Conflict(_("邮件 {number} 不在本系统中，不能接收。请选择“非本系统邮件”。").format(number=line.number))
    if line.difference == "extra":
        for piece in pieces:
            free(piece)
            fits(piece, manifest)
        check_holders(manifest, pieces, carried=False)
    else:
        check_holders(manifest, pieces)
    arrive(manifest, pieces, actor, at)
    line.taken = True
    line.save(update_fields=["taken"])


def _give_back(manifest: Manifest, line: ManifestLine, at: datetime) -> None:
    """A piece said to be on its way never left: back to the giver, as before it was dispatched."""
    pieces = lock_pieces(manifest, [line.consignment_id] if line.consignment_id else [])
    check_holders(manifest, pieces)
    if manifest.giver_place is not None:
        hand_over(pieces, HolderKind.PLACE, place=manifest.giver_place, at=at)
    else:
        hand_over(pieces, HolderKind.COURIER, account=manifest.giver_id, at=at)
    for piece in pieces:
        if piece.state == State.IN_TRANSIT:
            piece.state = State.ARRIVED
            piece.save(update_fields=["state"])
            tell(kinds.ARRIVED, piece, place=manifest.giver_place)
