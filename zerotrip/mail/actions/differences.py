"""What was missing or too many on a hand-over list, settled one by one until nothing is open, or escalated."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.core.roles import Role
from zerotrip.ledger.frame import action
from zerotrip.mail import kinds
from zerotrip.mail.actions.common import free, hand_over, reason_of, tell, unbagged
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
from zerotrip.mail.bags.models import BagState
from zerotrip.mail.models import (
    Consignment,
    Escalated,
    HolderKind,
    Manifest,
    ManifestLine,
    ManifestState,
    State,
)

log = structlog.get_logger(__name__)
MOST_AT_ONCE: Final = 200

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
    if line.bag is not None and manifest.bags.filter(bag=line.bag, bag__state=BagState.SEALED).closed().exists():
        raise Conflict(
            _("邮件 {number} 在总包 {bag} 里，总包没有开过，请按整袋处理。").format(
                number=line.number, bag=line.bag.code
            )
        )
    words = str(HOW[how][1])
    if how in {"arrived", "taken"}:
        needs_taker(manifest, actor)
        _take_late(manifest, line, actor, at)
    elif how == "kept" and manifest.carried:
        give_back(manifest, lock_pieces(manifest, [line.consignment_id]), at)
    if how != "lost":  # what is not found stays open: somebody must go on looking
        line.resolution = f"{words}：{why}"[:160]
        line.save(update_fields=["resolution"])
    where = manifest.taker_place
    note(kinds.MANIFEST_SETTLED, manifest, where, number=line.number, how=words, reason=why)
    close_if_settled(manifest)
    return manifest


def _take_late(manifest: Manifest, line: ManifestLine, actor: Actor, at: datetime) -> None:
    pieces = lock_pieces(manifest, [line.consignment_id] if line.consignment_id else [])
    if not pieces:
        raise Conflict(_("邮件 {number} 不在本系统中，不能接收。请选择“非本系统邮件”。").format(number=line.number))
    if line.difference == "extra":
        for piece in pieces:
            free(piece)
            fits(piece, manifest.taker_place, carried=manifest.carried)
        check_holders(manifest, pieces, carried=False)
    else:
        for piece in pieces:
            unbagged(piece)
        check_holders(manifest, pieces)
    arrive(manifest, pieces, actor, at)
    line.taken = True
    line.save(update_fields=["taken"])


def give_back(manifest: Manifest, pieces: list[Consignment], at: datetime) -> None:
    """(Locked) pieces said to be on their way never left: back to the giver, as before they were dispatched."""
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


def close_if_settled(manifest: Manifest) -> None:
    """The (locked) list is closed once none of its differences is open."""
    if not manifest.lines.exclude(difference="").filter(resolution="").exists():
        manifest.state = ManifestState.CLOSED
        manifest.save(update_fields=["state"])
        pieces = manifest.lines.filter(taken=True).count()
        note(kinds.MANIFEST_CLOSED, manifest, manifest.taker_place, pieces=pieces)


@action("mail.escalate", roles=HANDS | {Role.CARE_AGENT, Role.BRANCH_MANAGER})
def escalate(manifest_number: str, *, to: str, reason: str, actor: Actor, at: datetime) -> Manifest:
    """Hand a difference that the two sides do not resolve to the branch manager or to care (`to`: see Escalated).

    Raises BadInput, NotFound, Conflict when the list does not differ or they have it already.
    """
    manifest = lock_manifest(manifest_number, actor)
    if manifest.differs_since is None or manifest.state not in {ManifestState.GIVEN, ManifestState.DISPUTED}:
        raise Conflict(_("清单 {number} 没有未处理的差异，不需要升级。").format(number=manifest.number))
    if to not in Escalated.values:
        raise BadInput(_("请选择升级给谁。"), fields={"to": [_("请选择升级给谁。")]})
    why = reason_of(reason)
    whom = Escalated(to)
    if manifest.escalated_to == to:
        raise Conflict(_("这项差异已升级给{whom}，请等待处理或直接联系。").format(whom=whom.label))
    manifest.escalated_to, manifest.escalated_at, manifest.escalated_why = to, at, why
    manifest.save(update_fields=["escalated_to", "escalated_at", "escalated_why"])
    said = {}
    for name, tongue in (("whom", "zh-hans"), ("whom_en", "en")):
        with override(tongue):
            said[name] = str(whom.label)
    note(kinds.MANIFEST_ESCALATED, manifest, manifest.taker_place, to=to, reason=why, **said)
    return manifest


def escalate_late() -> int:
    """Escalate to the branch manager what has differed for longer than ZEROTRIP_ESCALATE_HOURS. Returns how many."""
    hours, escalated = settings.ZEROTRIP_ESCALATE_HOURS, 0
    late = Manifest.objects.filter(
        state__in=(ManifestState.GIVEN, ManifestState.DISPUTED),
        differs_since__lt=now() - timedelta(hours=hours),
        escalated_at__isnull=True,
    )
    for number in list(late.order_by("differs_since").values_list("number", flat=True)[:MOST_AT_ONCE]):
        try:
            why = _("差异超过 {hours} 小时未处理，自动升级").format(hours=hours)
            escalate(number, to=Escalated.MANAGER, reason=why, actor=SYSTEM, at=now())
            escalated += 1
        except Conflict:
            log.info("settled or escalated meanwhile", manifest=number)
    return escalated
