"""Numbers of seals: read, used once, ended with a reason. For the actions that seal and open: it writes no entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zerotrip.core import ids
from zerotrip.core.actors import Actor
from zerotrip.core.clock import local
from zerotrip.core.errors import BadInput, Conflict
from zerotrip.mail.bags.models import Bag, Seal, SealState
from zerotrip.places.models import Place
from zerotrip.rules import mail_number

LONGEST: Final = 20


def compact(text: str) -> str:
    """What a scanner read of a seal: without blanks and hyphens, in capitals."""
    return ids.compact(text)


def checked(text: str, field: str = "seal") -> str:
    """A seal's number as it is stored. Raises BadInput at `field` for what is none (setting ZEROTRIP_SEAL_NUMBER).

    A mail number, a case's and a bag's are none: the wrong bar code was scanned.
    """
    number = compact(text)
    said = ""
    if not number:
        said = _("请扫描封签。")
    elif mail_number.is_valid(number) or ids.is_case_number(number) or is_bag_code(number):
        said = _("扫到的 {number} 不是封签号。请扫描封签上的条码。").format(number=number[:40])
    elif len(number) > LONGEST or not settings.ZEROTRIP_SEAL_NUMBER.fullmatch(number):
        said = _("{number} 不像封签号。请重新扫描封签上的条码。").format(number=number[:40])
    if said:
        raise BadInput(said, fields={field: [said]})
    return number


def is_bag_code(text: str) -> bool:
    """Whether it is the code of one of our bags, by its shape and check character."""
    code = ids.compact(text)
    return len(code) == 14 and code[0] == BAG and code[1:13].isdigit() and ids.is_checked(code)


BAG: Final = "B"


def used(number: str, field: str = "seal") -> Conflict | None:
    """The refusal when a seal with this number was ever used: where and when. None when it is new."""
    known = Seal.objects.select_related("consignment", "bag", "applied_place").filter(number=number).first()
    if known is None:
        return None
    said = _("封签 {number} 已于 {when} 用在{on}（{place}），一个封签只能用一次。请换一个新封签。").format(
        number=number,
        when=f"{local(known.applied_at):%Y-%m-%d %H:%M}",
        on=known.on,
        place=known.applied_place.name if known.applied_place is not None else "—",
    )
    return Conflict(said, fields={field: [said]})


def put_on(text: str, *, actor: Actor, at: datetime, place: Place | None, **what: Any) -> Seal:
    """Use a new seal on `bag=` or `consignment=`. Raises BadInput, Conflict when its number was ever used."""
    number = checked(text)
    refused = used(number)
    if refused is not None:
        raise refused
    try:
        with transaction.atomic():
            return Seal.objects.create(
                number=number, applied_at=at, applied_by_id=_account(actor), applied_place=place, **what
            )
    except IntegrityError:  # somebody used it at this moment
        raise used(number) or Conflict(_("它已有完好的封签，请先开封。")) from None


def end(seal: Seal | None, state: SealState, *, reason: str, actor: Actor, at: datetime) -> None:
    """A seal is no longer intact, and why. Nothing happens to one that has ended, or to none."""
    if seal is None or seal.state != SealState.INTACT:
        return
    seal.state, seal.reason = state, reason[:160]
    seal.ended_at, seal.ended_by_id = max(at, seal.applied_at), _account(actor)
    seal.save(update_fields=["state", "reason", "ended_at", "ended_by"])


def on_piece(consignment_id: int) -> Seal | None:
    """The intact seal on a piece's pouch."""
    return Seal.objects.filter(consignment=consignment_id, state=SealState.INTACT).first()


def on_bag(bag: Bag) -> Seal | None:
    """The intact seal of a bag."""
    return Seal.objects.filter(bag=bag, state=SealState.INTACT).first()


def _account(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None
